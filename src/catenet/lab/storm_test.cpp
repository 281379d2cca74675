// The storm's first seeds, and that the storm would notice if something were wrong.
#include "catenet/lab/storm.hpp"

#include <gtest/gtest.h>

#include "catenet/lab/read_test.hpp"
#include "catenet/lab/storm_lab.hpp"

namespace catenet::lab {
namespace {

class Storm : public testing::TestWithParam<u64> {};

TEST_P(Storm, every_oracle_holds_plain_captured_and_in_three_shards) {
  const StormResult result = run_storm(GetParam());
  for (const std::string& fault : result.faults) ADD_FAILURE() << fault;
  EXPECT_EQ(result.seed, GetParam());
  EXPECT_GT(result.events, 0u);
}

INSTANTIATE_TEST_SUITE_P(Seed, Storm, testing::Range(u64{1}, u64{11}));

TEST(StormOnce, same_seed_gives_the_same_hash_and_another_seed_another) {
  const StormResult first = run_storm_once(3);
  EXPECT_EQ(first.hash, run_storm_once(3).hash);
  EXPECT_NE(first.hash, run_storm_once(4).hash);
}

TEST(StormLab, many_seeds_make_labs_without_a_mistake) {
  bool routers = false, switches = false, partitions = false, bursts = false;
  bool codel = false, red = false;
  for (u64 seed = 1; seed <= 300; ++seed) {
    const std::string text = storm_lab(seed);
    const Plan plan = plan_of(text);
    ASSERT_FALSE(testing::Test::HasFailure()) << text;
    EXPECT_EQ(plan.seed, seed);
    EXPECT_GE(plan.links.size(), 1u);
    EXPECT_EQ(text, storm_lab(seed));
    routers = routers || text.find("kind: router") != text.npos;
    switches = switches || text.find("kind: switch") != text.npos;
    partitions = partitions || text.find("partition:") != text.npos;
    codel = codel || text.find("discipline: codel") != text.npos;
    red = red || text.find("discipline: red") != text.npos;
    bursts = bursts || text.find("gilbert_elliott") != text.npos;
  }
  EXPECT_TRUE(routers && switches && partitions && bursts && codel && red);
}

TEST(StormLab, everything_is_healed_at_the_end) {
  const Plan plan = plan_of(storm_lab(7));
  std::size_t healed = 0;
  for (const PlanStep& step : plan.script) {
    EXPECT_LE(step.at, storm_heal_at);
    if (step.at == storm_heal_at && step.kind == ActionKind::impair) ++healed;
  }
  EXPECT_EQ(healed, plan.links.size());
}

}  // namespace
}  // namespace catenet::lab
