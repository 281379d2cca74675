#include "catenet/base/interval_set.hpp"

#include <gtest/gtest.h>
#include <set>

#include "catenet/base/hash.hpp"

namespace catenet {
namespace {

std::vector<Interval> all(const IntervalSet& set) { return {set.begin(), set.end()}; }

TEST(IntervalSet, insert_disjoint_stays_sorted) {
  IntervalSet set;
  EXPECT_EQ(set.insert({20, 30}), (Interval{20, 30}));
  EXPECT_EQ(set.insert({0, 5}), (Interval{0, 5}));
  EXPECT_EQ(set.insert({40, 41}), (Interval{40, 41}));
  EXPECT_EQ(all(set), (std::vector<Interval>{{0, 5}, {20, 30}, {40, 41}}));
  EXPECT_EQ(set.count(), 16u);
  EXPECT_EQ(set.size(), 3u);
}

TEST(IntervalSet, insert_adjacent_merges) {
  IntervalSet set;
  set.insert({0, 5});
  EXPECT_EQ(set.insert({5, 10}), (Interval{0, 10}));
  set.insert({20, 30});
  EXPECT_EQ(set.insert({10, 20}), (Interval{0, 30}));
  EXPECT_EQ(set.size(), 1u);
}

TEST(IntervalSet, insert_over_several_swallows_them) {
  IntervalSet set;
  for (u64 at = 0; at < 50; at += 10) set.insert({at, at + 2});
  EXPECT_EQ(set.insert({11, 35}), (Interval{10, 35}));
  EXPECT_EQ(all(set), (std::vector<Interval>{{0, 2}, {10, 35}, {40, 42}}));
}

TEST(IntervalSet, insert_inside_or_empty_changes_nothing) {
  IntervalSet set;
  set.insert({10, 20});
  EXPECT_EQ(set.insert({12, 15}), (Interval{10, 20}));
  set.insert({30, 30});
  set.insert({31, 29});
  EXPECT_EQ(all(set), (std::vector<Interval>{{10, 20}}));
}

TEST(IntervalSet, contains_tells_edges_apart) {
  IntervalSet set;
  set.insert({10, 20});
  set.insert({30, 40});
  EXPECT_FALSE(set.contains(9));
  EXPECT_TRUE(set.contains(10));
  EXPECT_TRUE(set.contains(19));
  EXPECT_FALSE(set.contains(20));
  EXPECT_TRUE(set.contains(Interval{10, 20}));
  EXPECT_FALSE(set.contains(Interval{10, 21}));
  EXPECT_FALSE(set.contains(Interval{15, 35}));
  EXPECT_TRUE(set.contains(Interval{25, 25}));
}

TEST(IntervalSet, erase_below_cuts_the_interval_it_meets) {
  IntervalSet set;
  set.insert({0, 10});
  set.insert({20, 30});
  set.erase_below(25);
  EXPECT_EQ(all(set), (std::vector<Interval>{{25, 30}}));
  set.erase_below(3);
  EXPECT_EQ(all(set), (std::vector<Interval>{{25, 30}}));
  set.erase_below(30);
  EXPECT_TRUE(set.empty());
}

TEST(IntervalSet, random_inserts_agree_with_a_plain_set) {
  u64 random = 1;
  for (int round = 0; round < 200; ++round) {
    IntervalSet set;
    std::set<u64> model;
    for (int i = 0; i < 40; ++i) {
      random = mix64(random + 0x9e3779b97f4a7c15ull);
      const u64 first = random % 100;
      const u64 last = first + (random >> 32) % 12;
      set.insert({first, last});
      for (u64 v = first; v < last; ++v) model.insert(v);
      if (i % 10 == 9) {
        set.erase_below(first / 2);
        model.erase(model.begin(), model.lower_bound(first / 2));
      }
    }
    ASSERT_EQ(set.count(), model.size());
    for (u64 v = 0; v < 120; ++v) ASSERT_EQ(set.contains(v), model.count(v) == 1) << v;
    for (std::size_t i = 1; i < set.size(); ++i) ASSERT_LT(set[i - 1].last, set[i].first);
  }
}

}  // namespace
}  // namespace catenet
