#include "catenet/lab/live_step.hpp"

#include <gtest/gtest.h>

#include "catenet/lab/read_test.hpp"

namespace catenet::lab {
namespace {

Plan two_routers() {
  return plan_of(R"(
nodes: {alice: {}, bob: {}, r1: {kind: router}, office: {kind: switch}}
links:
  - {endpoints: [alice, r1], name: wan}
  - {endpoints: [bob, r1]}
  - {endpoints: [bob, r1]}
  - {endpoints: [r1, office]}
)");
}

LiveRequest set(std::string link, std::string impair, LiveWay way = LiveWay::both) {
  LiveRequest request;
  request.verb = LiveVerb::set;
  request.link = std::move(link);
  request.impair = std::move(impair);
  request.way = way;
  return request;
}

TEST(LiveStep, set_means_what_the_scripts_step_does) {
  const Plan plan = two_routers();
  const auto both = plan_live_step(plan, set("wan", "delay: 20 ms, loss: 1 %"));
  ASSERT_TRUE(both) << both.error().text;
  EXPECT_EQ(both->kind, ActionKind::impair);
  EXPECT_EQ(both->impair.link, 0u);
  EXPECT_EQ(both->impair.impair.forward.delay, 20_ms);
  EXPECT_EQ(both->impair.impair.back.delay, 20_ms);
  // Forward is the way in which the link is written.
  const auto turned = plan_live_step(plan, set("r1--alice", "delay: 5 ms", LiveWay::forward));
  ASSERT_TRUE(turned) << turned.error().text;
  EXPECT_TRUE(turned->impair.impair.forward.empty());
  EXPECT_EQ(turned->impair.impair.back.delay, 5_ms);
  EXPECT_TRUE(plan_live_step(plan, set("wan", "none"))->impair.impair.forward.clear);
}

TEST(LiveStep, what_is_wrong_is_one_sentence) {
  const Plan plan = two_routers();
  const auto told = [&plan](const LiveRequest& request) {
    const auto step = plan_live_step(plan, request);
    return step ? "" : step.error().text;
  };
  EXPECT_EQ(told(set("van", "delay: 1 ms")), "unknown link 'van'; did you mean 'wan'?");
  EXPECT_NE(told(set("bob--r1", "delay: 1 ms")).find("fits 2 links"), std::string::npos);
  EXPECT_NE(told(set("wan", "delay: soon")).find("delay"), std::string::npos);
  EXPECT_NE(told(set("wan", "delay: 1 ms}, down: {all")), "");
  EXPECT_NE(told(set("wan", "delay: 1 ms}\nrun: ls #")), "");
  EXPECT_NE(told(set("w\"an\n", "delay: 1 ms")), "");
}

TEST(LiveStep, a_setting_without_its_colon_is_told_with_it) {
  const Plan plan = two_routers();
  struct Row {
    std::string said;
    std::string_view told;
  };
  const Row rows[] = {
      {"delay=3ms", "'delay=3ms' is no setting of a link; say delay: 3 ms"},
      {"loss 5%", "'loss 5%' is no setting of a link; say loss: 5 %"},
      {"jitter={amount: 1 ms}, delay 2.5 ms",
       "'delay 2.5 ms' is no setting of a link; say delay: 2.5 ms"},
      {"rate: 1 Mbit, queue",
       "'queue' is no setting of a link; say key: value, as in delay: 20 ms"},
      {"bit_errors=1e-9", "'bit_errors=1e-9' is no setting of a link; say bit_errors: 1e-9"},
      {"loss all", "'loss all' is no setting of a link; say loss: all"},
      {"delay", "'delay' is no setting of a link; say key: value, as in delay: 20 ms"},
      {"5%", "'5%' is no setting of a link; say key: value, as in delay: 20 ms"},
  };
  for (const Row& row : rows) {
    const auto step = plan_live_step(plan, set("wan", row.said));
    ASSERT_FALSE(step) << row.said;
    EXPECT_EQ(step.error().text, row.told) << row.said;
    EXPECT_EQ(step.error().code, 2);
  }
}

TEST(LiveStep, cut_and_heal_take_links_nodes_and_ports) {
  const Plan plan = two_routers();
  LiveRequest cut;
  cut.verb = LiveVerb::cut;
  cut.targets = {"bob", "alice:eth0"};
  const auto step = plan_live_step(plan, cut);
  ASSERT_TRUE(step) << step.error().text;
  EXPECT_EQ(step->change.change, LinkChange::cut);
  EXPECT_EQ(step->change.links, (std::vector<LinkIndex>{0, 1, 2}));
  LiveRequest heal;
  heal.verb = LiveVerb::heal;
  heal.targets = {"all"};
  EXPECT_EQ(plan_live_step(plan, heal)->change.links.size(), 4u);
}

TEST(LivePorts, are_a_links_two_a_nodes_or_one) {
  const Plan plan = two_routers();
  EXPECT_EQ(find_live_ports(plan, "wan")->size(), 2u);
  EXPECT_EQ(find_live_ports(plan, "r1")->size(), 4u);
  EXPECT_EQ(*find_live_ports(plan, "bob:eth1"), (std::vector<PlanEnd>{{1, 1}}));
  EXPECT_EQ(find_live_ports(plan, "bobb").error().text,
            "unknown link or node 'bobb'; did you mean 'bob'?");
}

TEST(LiveHost, is_one_where_something_can_run) {
  const Plan plan = two_routers();
  EXPECT_EQ(find_live_host(plan, "r1"), 2u);
  EXPECT_EQ(find_live_host(plan, "office").error().text,
            "'office' is a switch: nothing runs there");
  EXPECT_EQ(find_live_host(plan, "alic").error().text,
            "unknown host 'alic'; did you mean 'alice'?");
}

}  // namespace
}  // namespace catenet::lab
