// The trie against a linear scan, for both widths, through many random changes.
#include "catenet/ip/prefix_map.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

#include "catenet/base/hash.hpp"

namespace catenet {
namespace {

class Dice {
 public:
  explicit Dice(u64 seed) : state_(seed) {}
  u64 next() { return mix64(state_ += 0x9e3779b97f4a7c15ull); }
  u32 below(u32 bound) { return static_cast<u32>((next() >> 32) * bound >> 32); }

 private:
  u64 state_;
};

template <typename Key>
Key masked(const IpAddress& address, u32 length) {
  return Key(Prefix(address, static_cast<u8>(length)).network());
}

// Addresses crowd together, so that prefixes nest and paths branch late.
IpAddress crowded_address(Dice& dice, Family family) {
  const u64 mask = dice.below(3) == 0 ? ~u64{0} : 0x0f00'00ff'0f0f'00ffull;
  const u64 high = dice.next() & mask;
  if (family == Family::ipv4) return Ipv4Address::from_u32(static_cast<u32>(high));
  return Ipv6Address::from_halves(dice.below(4) ? 0x2001'0db8'0000'0000ull : high,
                                  dice.next() & mask);
}

// The obvious way.
struct Oracle {
  struct Entry {
    Prefix prefix;
    u32 value;
  };
  std::vector<Entry> entries;

  Entry* find(const Prefix& prefix) {
    for (Entry& entry : entries) {
      if (entry.prefix == prefix) return &entry;
    }
    return nullptr;
  }
  std::vector<u32> matches(const IpAddress& address) const {
    std::vector<const Entry*> found;
    for (const Entry& entry : entries) {
      if (entry.prefix.contains(address)) found.push_back(&entry);
    }
    std::sort(found.begin(), found.end(), [](const Entry* a, const Entry* b) {
      return a->prefix.length() > b->prefix.length();
    });
    std::vector<u32> values;
    for (const Entry* entry : found) values.push_back(entry->value);
    return values;
  }
};

template <typename Key>
void expect_same(const PrefixMap<Key>& map, const Oracle& oracle, const IpAddress& address) {
  const Key key(address);
  const std::vector<u32> wanted = oracle.matches(address);
  ASSERT_EQ(map.longest(key), wanted.empty() ? PrefixMap<Key>::none : wanted[0])
      << address.to_string();
  std::vector<u32> visited;
  map.for_each_match(key, [&](u32 value) {
    visited.push_back(value);
    return false;
  });
  ASSERT_EQ(visited, wanted) << address.to_string();
}

template <typename Key>
void churn(Family family, u64 seed, u32 steps, u32 goal) {
  Dice dice(seed);
  PrefixMap<Key> map;
  Oracle oracle;
  for (u32 step = 0; step < steps; ++step) {
    const bool grow = dice.below(goal) >= oracle.entries.size() / 2;
    if (grow || oracle.entries.empty()) {
      const IpAddress address = crowded_address(dice, family);
      const Prefix prefix(address, static_cast<u8>(dice.below(address.bits() + 1)));
      const Key key(prefix.network());
      u32* found = map.find(key, prefix.length());
      ASSERT_EQ(found != nullptr, oracle.find(prefix) != nullptr);
      if (found) {
        ASSERT_EQ(*found, oracle.find(prefix)->value);
        continue;
      }
      map.insert(key, prefix.length(), step);
      oracle.entries.push_back({prefix, step});
    } else {
      const u32 at = dice.below(static_cast<u32>(oracle.entries.size()));
      const Prefix prefix = oracle.entries[at].prefix;
      map.erase(Key(prefix.network()), prefix.length());
      oracle.entries[at] = oracle.entries.back();
      oracle.entries.pop_back();
      ASSERT_EQ(map.find(Key(prefix.network()), prefix.length()), nullptr);
    }
    ASSERT_EQ(map.size(), oracle.entries.size());
    expect_same(map, oracle, crowded_address(dice, family));
    if (!oracle.entries.empty()) {
      const u32 at = dice.below(static_cast<u32>(oracle.entries.size()));
      expect_same(map, oracle, oracle.entries[at].prefix.network());
      expect_same(map, oracle, oracle.entries[at].prefix.last());
    }
  }
  while (!oracle.entries.empty()) {
    const Prefix prefix = oracle.entries.back().prefix;
    map.erase(Key(prefix.network()), prefix.length());
    oracle.entries.pop_back();
    expect_same(map, oracle, prefix.network());
  }
  EXPECT_EQ(map.size(), 0u);
}

TEST(PrefixMap, ipv4_few_prefixes_match_linear_scan) {
  for (u64 seed = 0; seed < 20; ++seed) churn<PrefixKey4>(Family::ipv4, seed, 300, 12);
}

TEST(PrefixMap, ipv4_many_prefixes_match_linear_scan) {
  churn<PrefixKey4>(Family::ipv4, 1, 6'000, 900);
}

TEST(PrefixMap, ipv6_few_prefixes_match_linear_scan) {
  for (u64 seed = 0; seed < 20; ++seed) churn<PrefixKey6>(Family::ipv6, seed, 300, 12);
}

TEST(PrefixMap, ipv6_many_prefixes_match_linear_scan) {
  churn<PrefixKey6>(Family::ipv6, 2, 6'000, 900);
}

TEST(PrefixMap, every_length_of_one_address_nests_to_the_host) {
  PrefixMap<PrefixKey6> map;
  const Ipv6Address address(0x2001, 0xdb8, 1, 2, 3, 4, 5, 6);
  for (u32 length = 0; length <= 128; ++length) {
    map.insert(masked<PrefixKey6>(address, length), length, length);
  }
  u32 expected = 128;
  map.for_each_match(PrefixKey6(address), [&](u32 value) {
    EXPECT_EQ(value, expected--);
    return false;
  });
  for (u32 length = 128; length-- > 0;) {
    map.erase(masked<PrefixKey6>(address, length + 1), length + 1);
    ASSERT_EQ(map.longest(PrefixKey6(address)), length);
  }
}

TEST(PrefixMap, for_each_match_stops_when_told) {
  PrefixMap<PrefixKey4> map;
  for (u32 length = 0; length <= 32; ++length) {
    map.insert(masked<PrefixKey4>(Ipv4Address(10, 1, 2, 3), length), length, length);
  }
  u32 visited = 0;
  EXPECT_TRUE(map.for_each_match(PrefixKey4(Ipv4Address(10, 1, 2, 3)), [&](u32 value) {
    ++visited;
    return value == 30;
  }));
  EXPECT_EQ(visited, 3u);
  EXPECT_FALSE(map.for_each_match(PrefixKey4(Ipv4Address(11, 0, 0, 0)),
                                  [](u32 value) { return value == 30; }));
}

}  // namespace
}  // namespace catenet
