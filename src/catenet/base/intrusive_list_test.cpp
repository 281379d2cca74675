#include "catenet/base/intrusive_list.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace catenet {
namespace {

struct ByAge;
struct Item : ListHook<Item>, ListHook<Item, ByAge> {
  explicit Item(int n) : value(n) {}
  int value;
};

template <typename List>
std::vector<int> values(List& list) {
  std::vector<int> out;
  for (Item& item : list) out.push_back(item.value);
  return out;
}

TEST(IntrusiveList, push_and_insert_keep_order) {
  Item one(1), two(2), three(3), four(4);
  IntrusiveList<Item> list;
  list.push_back(two);
  list.push_back(four);
  list.push_front(one);
  list.insert(four, three);
  EXPECT_EQ(values(list), (std::vector<int>{1, 2, 3, 4}));
  EXPECT_EQ(list.front().value, 1);
  EXPECT_EQ(list.back().value, 4);
}

TEST(IntrusiveList, member_destroyed_leaves_the_list) {
  Item one(1), three(3);
  auto two = std::make_unique<Item>(2);
  IntrusiveList<Item> list;
  list.push_back(one);
  list.push_back(*two);
  list.push_back(three);
  two.reset();
  EXPECT_EQ(values(list), (std::vector<int>{1, 3}));
}

TEST(IntrusiveList, list_destroyed_unlinks_its_members) {
  Item one(1);
  {
    IntrusiveList<Item> list;
    list.push_back(one);
    EXPECT_TRUE(static_cast<ListHook<Item>&>(one).linked());
  }
  EXPECT_FALSE(static_cast<ListHook<Item>&>(one).linked());
}

TEST(IntrusiveList, two_tags_are_two_memberships) {
  Item one(1), two(2);
  IntrusiveList<Item> list;
  IntrusiveList<Item, ByAge> by_age;
  list.push_back(one);
  list.push_back(two);
  by_age.push_back(two);
  by_age.push_back(one);
  EXPECT_EQ(list.pop_front().value, 1);
  EXPECT_EQ(values(list), (std::vector<int>{2}));
  EXPECT_EQ(values(by_age), (std::vector<int>{2, 1}));
}

TEST(IntrusiveList, member_under_the_iterator_may_be_unlinked) {
  Item one(1), two(2), three(3);
  IntrusiveList<Item> list;
  for (Item* item : {&one, &two, &three}) list.push_back(*item);
  for (Item& item : list) {
    if (item.value != 2) static_cast<ListHook<Item>&>(item).unlink();
  }
  EXPECT_EQ(values(list), (std::vector<int>{2}));
}

TEST(IntrusiveList, clear_leaves_members_free_for_another_list) {
  Item one(1);
  IntrusiveList<Item> list, other;
  list.push_back(one);
  list.clear();
  EXPECT_TRUE(list.empty());
  other.push_back(one);
  EXPECT_EQ(values(other), (std::vector<int>{1}));
}

TEST(IntrusiveListDeathTest, misuse_is_a_broken_invariant) {
  Item one(1);
  IntrusiveList<Item> list, other;
  EXPECT_DEATH(list.pop_front(), "broken invariant");
  list.push_back(one);
  EXPECT_DEATH(other.push_back(one), "broken invariant");
}

}  // namespace
}  // namespace catenet
