// What an attacker may cost, and that every packet taken in is accounted for.
#include <algorithm>
#include <gtest/gtest.h>

#include "catenet/engine/random.hpp"
#include "catenet/ip/fragment_test_data.hpp"
#include "catenet/ip/reassembly.hpp"

namespace catenet {
namespace {

using namespace literals;
using namespace test_data;
using Outcome = ReassemblyResult::Outcome;

struct Receiver {
  explicit Receiver(ReassemblyLimits given) : limits(given) {}

  ReassemblyResult add(const FragmentSpec& spec) {
    Packet packet = ipv4_packet(pool, spec);
    const FragmentInfo info = ipv4_info(packet);
    ++offered;
    auto result = machine.add(now, std::move(packet), info);
    ended += result.fragments + result.discarded.size() + result.evicted.size() +
             (result.outcome == Outcome::dropped);
    return result;
  }
  // Fragments that neither ended nor wait would be lost.
  u64 waiting() const { return offered - ended; }
  void expire() {
    while (auto expired = machine.poll_expired(now)) {
      EXPECT_EQ(expired->fragments, expired->rest.size() + (expired->first ? 1 : 0));
      ended += expired->fragments;
    }
  }

  PacketPool pool;
  ReassemblyLimits limits;
  Reassembler machine{limits, 3};
  Instant now;
  u64 offered = 0;
  u64 ended = 0;
};

Ipv4Address source(u32 n) { return Ipv4Address::from_u32(0x0b000000 + n); }

TEST(Reassembly, source_over_its_share_loses_its_own_oldest) {
  Receiver host({.peer_bytes = 64 << 10});
  ASSERT_EQ(host.add({.offset = 8, .size = 8, .source4 = source(1)}).outcome, Outcome::waiting);
  u32 evicted = 0;
  for (u32 id = 1; id <= 200; ++id) {
    auto result = host.add({.offset = 0, .size = 1000, .more = true, .identification = id});
    ASSERT_EQ(result.outcome, Outcome::waiting);
    while (Packet packet = result.evicted.pop_front()) {
      ++evicted;
      EXPECT_EQ(load16(packet.data() + 4), evicted);  // identifications, oldest first
    }
    ASSERT_LE(host.machine.bytes(), host.limits.peer_bytes + 4096);
  }
  EXPECT_GT(evicted, 150u);
  EXPECT_EQ(host.pool.live(), host.waiting());
  // The other source's datagram is untouched.
  EXPECT_EQ(host.add({.offset = 0, .size = 8, .more = true, .source4 = source(1)}).outcome,
            Outcome::complete);
}

TEST(Reassembly, host_over_its_share_loses_the_oldest_of_all) {
  Receiver host({.host_bytes = 256 << 10});
  for (u32 n = 0; n < 500; ++n) {
    const auto result = host.add({.offset = 0, .size = 1000, .more = true, .source4 = source(n)});
    ASSERT_EQ(result.outcome, Outcome::waiting);
    ASSERT_LE(host.machine.bytes(), host.limits.host_bytes);
  }
  EXPECT_GT(host.ended, 350u);
  EXPECT_EQ(host.pool.live(), host.waiting());
  EXPECT_EQ(host.add({.offset = 1000, .size = 8, .source4 = source(499)}).outcome,
            Outcome::complete);
}

TEST(Reassembly, datagrams_are_bounded_in_number) {
  Receiver host({.datagrams = 16});
  for (u32 n = 0; n < 100; ++n) {
    host.add({.offset = 0, .size = 8, .more = true, .source4 = source(n)});
    ASSERT_LE(host.machine.datagrams(), 16u);
  }
  EXPECT_EQ(host.waiting(), 16u);
}

TEST(Reassembly, datagram_larger_than_the_share_ends_itself) {
  Receiver host({.peer_bytes = 16 << 10});
  ASSERT_EQ(host.add({.offset = 8, .size = 8, .source4 = source(1)}).outcome, Outcome::waiting);
  ReassemblyResult last;
  u32 taken = 0;
  while (last.outcome == Outcome::waiting && taken < 1'000) {
    last = host.add({.offset = 8 * taken, .size = 8, .more = true});
    ++taken;
  }
  ASSERT_EQ(last.outcome, Outcome::dropped);
  EXPECT_EQ(last.reason, Drop::reassembly_memory);
  EXPECT_EQ(last.discarded.size(), taken - 1);
  // Nobody else had to make room in vain.
  EXPECT_EQ(host.waiting(), 1u);
  EXPECT_EQ(host.add({.offset = 8 * taken, .size = 8, .more = true}).reason,
            Drop::reassembly_memory);
}

// FragmentSmack: many small fragments that never become whole, the worst order for a list.
TEST(Reassembly, thousands_of_small_fragments_are_placed_and_joined) {
  Receiver host({.host_bytes = 64 << 20, .peer_bytes = 64 << 20});
  constexpr u32 units = 8'189;
  for (u32 i = 0; i + 1 < units; ++i) {
    const u32 unit = (i * 4'099) % units;
    const bool last = unit + 1 == units;
    const auto result = host.add({.offset = 8 * unit, .size = last ? 3u : 8u, .more = !last});
    ASSERT_EQ(result.outcome, Outcome::waiting) << i;
  }
  const u32 unit = ((units - 1) * 4'099) % units;
  const auto result = host.add({.offset = 8 * unit, .size = 8, .more = true});
  ASSERT_EQ(result.outcome, Outcome::complete);
  EXPECT_EQ(result.fragments, units);
  EXPECT_EQ(bytes_of(result.packet, 20), data_bytes(0, 8 * (units - 1) + 3));
}

TEST(Reassembly, cleared_machine_gives_everything_back) {
  Receiver host({});
  for (u32 n = 0; n < 50; ++n) {
    host.add({.offset = 0, .size = 8, .more = true, .identification = n});
    host.add({.offset = 16, .size = 8, .more = true, .identification = n});
  }
  EXPECT_EQ(host.machine.clear().size(), 100u);
  EXPECT_EQ(host.machine.bytes(), 0u);
  EXPECT_EQ(host.machine.next_deadline(), Instant::never());
  EXPECT_EQ(host.pool.live(), 0u);
  EXPECT_EQ(host.add({.offset = 0, .size = 8, .more = true}).outcome, Outcome::waiting);
}

TEST(Reassembly, same_traffic_again_takes_no_new_buffers) {
  Receiver host({});
  auto pass = [&] {
    for (u32 id = 0; id < 20; ++id) {
      host.add({.offset = 0, .size = 1400, .more = true, .identification = id});
    }
    for (u32 id = 0; id < 20; ++id) {
      const auto result = host.add({.offset = 1400, .size = 100, .identification = id});
      ASSERT_EQ(result.outcome, Outcome::complete);
    }
  };
  pass();
  const u64 allocated = host.pool.allocated();
  pass();
  EXPECT_EQ(host.pool.allocated(), allocated);
}

// What should become of fragments of one datagram, worked out byte by byte.
class LimitsOracle {
 public:
  enum class Verdict { taken, whole, duplicate, ended };

  Verdict add(u32 offset, u32 size, bool more) {
    if (ended_) return Verdict::ended;
    const u32 end = offset + size;
    if (conflicts(end, more)) return finish();
    for (const auto& [o, s] : pieces_) {
      if (o == offset && s == size) return Verdict::duplicate;
    }
    for (u32 i = offset; i < end; ++i) {
      if (here_[i]) return finish();
    }
    std::fill_n(here_.begin() + offset, size, true);
    pieces_.emplace_back(offset, size);
    highest_ = std::max(highest_, end);
    if (!more) total_ = end;
    const auto whole = std::find(here_.begin(), here_.end(), false) - here_.begin();
    return total_ && static_cast<u32>(whole) == total_ ? Verdict::whole : Verdict::taken;
  }
  std::size_t held() const { return pieces_.size(); }

 private:
  bool conflicts(u32 end, bool more) const {
    if (total_) return more ? end >= total_ : end != total_;
    return !more && end < highest_;
  }
  Verdict finish() {
    ended_ = true;
    return Verdict::ended;
  }
  std::vector<bool> here_ = std::vector<bool>(66'000);
  std::vector<std::pair<u32, u32>> pieces_;
  u32 highest_ = 0;
  u32 total_ = 0;
  bool ended_ = false;
};

struct Cut {
  u32 offset, size;
  bool more;
};

// `total` bytes in pieces, in random order, with duplicates and, if `hostile`, pieces that do not
// fit.
std::vector<Cut> random_cuts(RandomStream& random, u32 total, bool hostile) {
  std::vector<Cut> cuts;
  for (u32 at = 0; at < total;) {
    const u32 size = std::min(total - at, 8 * static_cast<u32>(random.between(1, 40)));
    cuts.push_back({at, size, at + size < total});
    at += size;
  }
  for (u32 i = 0; i < cuts.size() && random.below(3) == 0; ++i) {
    cuts.push_back(cuts[random.below(cuts.size())]);
  }
  if (hostile) {
    const u32 offset = 8 * static_cast<u32>(random.between(1, total / 8 + 2));
    cuts.push_back({offset, 8 * static_cast<u32>(random.between(1, 9)), random.below(4) != 0});
  }
  for (u32 i = static_cast<u32>(cuts.size()); i > 1; --i) {
    std::swap(cuts[i - 1], cuts[random.below(i)]);
  }
  return cuts;
}

TEST(Reassembly, random_fragments_meet_the_fate_a_plain_oracle_gives_them) {
  RandomStream random(11);
  Receiver host({});
  u32 whole = 0;
  u32 ended = 0;
  for (u32 round = 0; round < 1'500; ++round) {
    const u32 total = static_cast<u32>(random.between(321, round % 10 ? 3'000 : 30'000));
    LimitsOracle oracle;
    bool poisoned = false;
    for (const Cut& cut : random_cuts(random, total, round % 3 == 0)) {
      const auto verdict = oracle.add(cut.offset, cut.size, cut.more);
      auto result = host.add({cut.offset, cut.size, cut.more, round});
      if (verdict == LimitsOracle::Verdict::whole) {
        ASSERT_EQ(result.outcome, Outcome::complete);
        ASSERT_EQ(result.fragments, oracle.held());
        ASSERT_EQ(bytes_of(result.packet, 20), data_bytes(0, result.packet.size() - 20));
        ++whole;
        oracle = LimitsOracle();
      } else if (verdict == LimitsOracle::Verdict::taken) {
        ASSERT_EQ(result.outcome, Outcome::waiting);
      } else {
        ASSERT_EQ(result.outcome, Outcome::dropped);
        const bool ends = verdict == LimitsOracle::Verdict::ended && !poisoned;
        ASSERT_EQ(result.discarded.size(), ends ? oracle.held() : 0);
        poisoned |= ends;
        ended += ends;
      }
    }
    host.now += 1_s;
    host.expire();
    ASSERT_EQ(host.pool.live(), host.waiting());
  }
  EXPECT_GT(whole, 1'000u);
  EXPECT_GT(ended, 200u);
  host.now += 60_s;
  host.expire();
  EXPECT_EQ(host.waiting(), 0u);
  EXPECT_EQ(host.pool.live(), 0u);
  EXPECT_EQ(host.machine.bytes(), 0u);
}

}  // namespace
}  // namespace catenet
