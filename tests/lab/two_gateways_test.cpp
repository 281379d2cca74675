// Two hosts with two routers between them, of which the preferred one dies in the middle of a page:
// the connection finds the other. Read RFC 1122 section 3.3.1, RFC 9293 section 3.8.3.
#include <gtest/gtest.h>

#include "catenet/lab/counters.hpp"
#include "catenet/lab/run_test.hpp"

namespace catenet::lab {
namespace {

constexpr const char* two_gateways =
    "name: two-gateways\n"
    "families: [ipv4]\n"
    "nodes:\n"
    "  a: {routes: [{to: default, via: 10.0.1.1}, {to: default, via: 10.0.1.2, metric: 9}]}\n"
    "  b:\n"
    "    routes: [{to: default, via: 10.0.2.1}, {to: default, via: 10.0.2.2, metric: 9}]\n"
    "    services: [{http: {files: {/page: {size: 250 kB}}}}]\n"
    "  r1: {kind: router, addresses: [10.0.1.1/24, 10.0.2.1/24]}\n"
    "  r2: {kind: router, addresses: [10.0.1.2/24, 10.0.2.2/24]}\n"
    "  s1: {kind: switch}\n"
    "  s2: {kind: switch}\n"
    "links:\n"
    "  - {endpoints: [a, s1], subnet: 10.0.1.0/24, impair: {rate: 1 Mbit}}\n"
    "  - {endpoints: [r1, s1]}\n"
    "  - {endpoints: [r2, s1]}\n"
    "  - {endpoints: [b, s2], subnet: 10.0.2.0/24}\n"
    "  - {endpoints: [r1, s2]}\n"
    "  - {endpoints: [r2, s2]}\n"
    "script:\n"
    "  - {at: 0 s, on: a, run: fetch -T 300 -o /page http://b/page, timeout: 300 s}\n"
    "  - {at: 1 s, down: [r1--s1, r1--s2]}\n";

TEST(TwoGateways, connection_outlives_the_death_of_the_preferred_one) {
  const Plan plan = plan_of(two_gateways);
  Runner runner(plan, {});
  runner.run();
  const RunResult result = runner.collect();
  ASSERT_FALSE(result.steps.empty());
  EXPECT_EQ(result.steps[0].status, StepStatus::passed) << faults(result.steps[0]);
  const auto forwarded = [&](std::string_view router) {
    const auto node = static_cast<NodeIndex>(plan.find_node(router) - plan.nodes.data());
    return read_counter(runner.network(), {.node = node}, "ip.forw_datagrams").value_or(0);
  };
  EXPECT_GE(forwarded("r1"), 50u);
  EXPECT_GE(forwarded("r2"), 50u);
}

}  // namespace
}  // namespace catenet::lab
