#include "catenet/link/partition.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "catenet/link/link_fixture.hpp"

namespace catenet {
namespace {

// a - b - c - d, and a - d: a ring.
struct Ring4 {
  Ring4() {
    const char* ends[][2] = {{"a", "b"}, {"b", "c"}, {"c", "d"}, {"a", "d"}};
    std::vector<std::string> names = {"a", "b", "c", "d"};
    for (const auto& [x, y] : ends) {
      names.push_back(std::string(x) + y);
      names.push_back(std::string(y) + x);
    }
    origins = std::make_unique<link_test::Origins>(names);
    for (const auto& [x, y] : ends) {
      for (const char* end : {x, y}) {
        nics.push_back(
            std::make_unique<Nic>(end, MacAddress(), 1'500, engine, pool, (*origins)[end]));
      }
      links.push_back(std::make_unique<Link>(*nics[nics.size() - 2], *nics.back(),
                                             (*origins)[std::string(x) + y],
                                             (*origins)[std::string(y) + x]));
      named.push_back({links.back().get(), x, y});
    }
  }
  // Which of ab, bc, cd, ad are cut.
  std::vector<bool> cut() const {
    std::vector<bool> all;
    for (const auto& link : links) all.push_back(link->direction(Way::a_to_b).partitioned());
    return all;
  }

  Engine engine;
  PacketPool pool;
  std::unique_ptr<link_test::Origins> origins;
  std::vector<std::unique_ptr<Nic>> nics;
  std::vector<std::unique_ptr<Link>> links;
  std::vector<NamedLink> named;
};

using Cut = std::vector<bool>;

TEST(Partition, cuts_links_between_two_sets) {
  Ring4 ring;
  const NodeSet sets[] = {{"a", "b"}, {"c", "d"}};
  EXPECT_EQ(partition(ring.named, sets).value(), 2u);
  EXPECT_EQ(ring.cut(), (Cut{false, true, false, true}));
  EXPECT_TRUE(ring.links[1]->direction(Way::b_to_a).partitioned());
}

TEST(Partition, nodes_not_named_are_one_more_set) {
  Ring4 ring;
  const NodeSet sets[] = {{"a"}};
  EXPECT_EQ(partition(ring.named, sets).value(), 2u);
  EXPECT_EQ(ring.cut(), (Cut{true, false, false, true}));
}

TEST(Partition, a_new_partition_replaces_the_old) {
  Ring4 ring;
  const NodeSet first[] = {{"a"}};
  const NodeSet second[] = {{"c"}, {"d"}};
  ASSERT_TRUE(partition(ring.named, first));
  EXPECT_EQ(partition(ring.named, second).value(), 3u);
  EXPECT_EQ(ring.cut(), (Cut{false, true, true, true}));
  heal(ring.named);
  EXPECT_EQ(ring.cut(), (Cut{false, false, false, false}));
}

TEST(Partition, no_sets_heal) {
  Ring4 ring;
  const NodeSet sets[] = {{"a"}};
  ASSERT_TRUE(partition(ring.named, sets));
  EXPECT_EQ(partition(ring.named, {}).value(), 0u);
  EXPECT_EQ(ring.cut(), (Cut{false, false, false, false}));
}

TEST(Partition, unknown_or_twice_named_node_changes_nothing) {
  Ring4 ring;
  const NodeSet unknown[] = {{"a", "z"}};
  const NodeSet twice[] = {{"a"}, {"b", "a"}};
  const auto first = partition(ring.named, unknown);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().node, "z");
  const auto second = partition(ring.named, twice);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().node, "a");
  EXPECT_EQ(second.error().message, "named twice; once would be right");
  EXPECT_EQ(ring.cut(), (Cut{false, false, false, false}));
}

}  // namespace
}  // namespace catenet
