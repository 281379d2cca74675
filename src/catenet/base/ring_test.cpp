#include "catenet/base/ring.hpp"

#include <gtest/gtest.h>
#include <memory>

namespace catenet {
namespace {

TEST(Ring, push_and_pop_are_first_in_first_out_across_growth) {
  Ring<int> ring;
  int next = 0;
  int expected = 0;
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 7; ++i) ring.push_back(next++);
    for (int i = 0; i < 5; ++i) ASSERT_EQ(ring.pop_front(), expected++);
  }
  EXPECT_EQ(ring.size(), 200u);
  EXPECT_EQ(ring.front(), expected);
  EXPECT_EQ(ring.back(), next - 1);
  for (std::size_t i = 0; i < ring.size(); ++i) ASSERT_EQ(ring[i], expected + static_cast<int>(i));
}

TEST(Ring, pop_lets_go_of_what_the_place_held) {
  auto item = std::make_shared<int>(1);
  Ring<std::shared_ptr<int>> ring;
  ring.push_back(item);
  EXPECT_EQ(item.use_count(), 2);
  ring.pop_front();
  EXPECT_EQ(item.use_count(), 1);
  ring.push_back(item);
  ring.clear();
  EXPECT_EQ(item.use_count(), 1);
  EXPECT_TRUE(ring.empty());
}

TEST(Ring, move_only_items_are_held) {
  Ring<std::unique_ptr<int>> ring;
  for (int i = 0; i < 20; ++i) ring.push_back(std::make_unique<int>(i));
  for (int i = 0; i < 20; ++i) ASSERT_EQ(*ring.pop_front(), i);
}

TEST(Ring, moved_from_is_empty_and_usable) {
  Ring<int> ring;
  ring.push_back(1);
  Ring<int> other = std::move(ring);
  EXPECT_EQ(other.pop_front(), 1);
  EXPECT_TRUE(ring.empty());
  ring.push_back(2);
  other.push_back(3);
  other = std::move(ring);
  EXPECT_EQ(other.pop_front(), 2);
  EXPECT_TRUE(other.empty());
  EXPECT_TRUE(ring.empty());
}

TEST(RingDeathTest, pop_of_nothing_is_a_broken_invariant) {
  Ring<int> ring;
  EXPECT_DEATH(ring.pop_front(), "broken invariant");
}

}  // namespace
}  // namespace catenet
