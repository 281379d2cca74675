#include "catenet/link/mac_table.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>

#include "catenet/engine/random.hpp"

namespace catenet {
namespace {

MacAddress mac(u64 n) { return MacAddress::from_u64(0x020000000000 + n); }
Instant at(i64 seconds) { return Instant::at(Duration::seconds(seconds)); }

TEST(MacTable, learnt_station_is_found_until_it_is_too_old) {
  MacTable table;
  EXPECT_FALSE(table.find(0, mac(1), at(0)));
  EXPECT_TRUE(table.learn(0, mac(1), 3, at(0)));
  EXPECT_EQ(table.find(0, mac(1), at(300)), 3u);
  EXPECT_FALSE(table.find(0, mac(1), at(300) + 1_ns));
  EXPECT_FALSE(table.find(1, mac(1), at(0)));
}

TEST(MacTable, hearing_again_refreshes_and_moves) {
  MacTable table;
  table.learn(0, mac(1), 3, at(0));
  table.learn(0, mac(1), 4, at(200));
  EXPECT_EQ(table.find(0, mac(1), at(400)), 4u);
  EXPECT_EQ(table.size(), 1u);
}

TEST(MacTable, full_table_evicts_the_one_not_heard_for_longest) {
  MacTable table(3);
  for (u64 n = 1; n <= 3; ++n) table.learn(0, mac(n), 0, at(static_cast<i64>(n)));
  table.learn(0, mac(1), 0, at(4));
  table.learn(0, mac(4), 0, at(5));
  EXPECT_FALSE(table.find(0, mac(2), at(5)));
  EXPECT_TRUE(table.find(0, mac(1), at(5)));
  EXPECT_EQ(table.size(), 3u);
  EXPECT_EQ(table.evicted(), 1u);
}

TEST(MacTable, static_entry_neither_moves_ages_nor_is_evicted_or_flushed) {
  MacTable table(2);
  ASSERT_TRUE(table.add_static(0, mac(1), 7, at(0)));
  table.learn(0, mac(1), 2, at(1));
  table.learn(0, mac(2), 2, at(1));
  table.learn(0, mac(3), 2, at(1));
  table.flush_port(7);
  table.flush();
  EXPECT_EQ(table.find(0, mac(1), at(100'000)), 7u);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_FALSE(table.remove_static(0, mac(2)));
  EXPECT_TRUE(table.remove_static(0, mac(1)));
  EXPECT_FALSE(table.find(0, mac(1), at(1)));
}

TEST(MacTable, full_of_static_entries_learns_nothing) {
  MacTable table(2);
  table.add_static(0, mac(1), 0, at(0));
  table.add_static(0, mac(2), 0, at(0));
  EXPECT_FALSE(table.add_static(0, mac(3), 0, at(0)));
  EXPECT_FALSE(table.learn(0, mac(3), 0, at(0)));
  EXPECT_TRUE(table.add_static(0, mac(2), 1, at(0)));
  EXPECT_EQ(table.find(0, mac(2), at(0)), 1u);
}

TEST(MacTable, learnt_entry_may_become_static) {
  MacTable table(2);
  table.learn(0, mac(1), 1, at(0));
  table.learn(0, mac(2), 1, at(0));
  table.add_static(0, mac(1), 5, at(0));
  table.flush();
  EXPECT_EQ(table.find(0, mac(1), at(0)), 5u);
  EXPECT_FALSE(table.find(0, mac(2), at(0)));
}

TEST(MacTable, flush_port_forgets_that_port_only) {
  MacTable table;
  for (u64 n = 0; n < 10; ++n) table.learn(0, mac(n), static_cast<u32>(n % 2), at(0));
  table.flush_port(1);
  EXPECT_EQ(table.size(), 5u);
  for (u64 n = 0; n < 10; ++n) EXPECT_EQ(table.find(0, mac(n), at(0)).has_value(), n % 2 == 0);
}

TEST(MacTable, snapshot_is_sorted_and_leaves_out_the_old) {
  MacTable table;
  table.learn(0, mac(9), 1, at(0));
  table.learn(0, mac(3), 2, at(200));
  table.learn(2, mac(1), 2, at(200));
  table.learn(0, mac(5), 2, at(200));
  const auto entries = table.snapshot(at(400));
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0], (MacTable::Entry{mac(3), 0, 2, false, at(200)}));
  EXPECT_EQ(entries[1].mac, mac(5));
  EXPECT_EQ(entries[2].vlan, 2);
}

// Against a plain map, with few addresses so that searches collide and gaps close, and with any
// salt.
TEST(MacTable, behaves_as_a_map_whatever_its_salt) {
  for (u64 salt = 0; salt < 8; ++salt) {
    MacTable table(64, 50_s, mix64(salt));
    std::map<u64, std::pair<u32, i64>> model;
    RandomStream random(99);
    for (i64 now = 0; now < 4'000; ++now) {
      const u64 who = random.below(120);
      const u32 port = static_cast<u32>(random.below(8));
      if (random.below(50) == 0) {
        table.flush_port(port);
        std::erase_if(model, [&](const auto& one) { return one.second.first == port; });
      } else {
        if (!model.contains(who) && model.size() == 64) {
          model.erase(std::min_element(
              model.begin(), model.end(),
              [](const auto& a, const auto& b) { return a.second.second < b.second.second; }));
        }
        model[who] = {port, now};
        table.learn(0, mac(who), port, at(now));
      }
      ASSERT_EQ(table.size(), model.size());
      const u64 asked = random.below(120);
      const auto known = model.find(asked);
      const bool fresh = known != model.end() && now - known->second.second <= 50;
      const auto found = table.find(0, mac(asked), at(now));
      ASSERT_EQ(found.has_value(), fresh);
      ASSERT_TRUE(!fresh || *found == known->second.first);
    }
  }
}

}  // namespace
}  // namespace catenet
