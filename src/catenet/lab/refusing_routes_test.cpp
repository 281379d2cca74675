// Routes that refuse, as the lab file says them: what the sender hears of it, and what is lost.
#include <gtest/gtest.h>

#include "catenet/lab/run_test.hpp"

namespace catenet::lab {
namespace {

std::string lab_with(std::string_view type, std::string_view target, std::string_view expect) {
  return fmt::format(
      "nodes:\n"
      "  a: {{}}\n"
      "  r: {{kind: router, routes: [{{to: 198.51.100.0/24, type: {}}},\n"
      "       {{to: '2001:db8::/32', type: {}}}]}}\n"
      "links: [{{endpoints: [a, r]}}]\n"
      "script:\n"
      "  - {{at: 0 s, on: a, run: 'ping -c 1 -W 1 {}', expect: {{exit: 1, stdout: {}}}}}\n"
      "expect: [{{counter: r.dropped.no_route, is: 1}}]\n",
      type, type, target, expect);
}

struct Refusal {
  std::string_view type;
  std::string_view target;
  std::string_view expect;
};

class RefusingRoute : public testing::TestWithParam<Refusal> {};

TEST_P(RefusingRoute, is_told_to_the_sender_by_its_type) {
  const auto& [type, target, expect] = GetParam();
  const RunResult result = run_of(lab_with(type, target, expect));
  EXPECT_TRUE(result.passed()) << faults(result.steps[0]) << result.steps[0].output;
}

INSTANTIATE_TEST_SUITE_P(
    Types, RefusingRoute,
    testing::Values(Refusal{"unreachable", "198.51.100.1",
                            "{contains: Destination Host Unreachable}"},
                    Refusal{"prohibit", "198.51.100.1", "{contains: Packet filtered}"},
                    Refusal{"blackhole", "198.51.100.1", "{not_contains: From}"},
                    Refusal{"unreachable", "2001:db8::1", "{contains: Reject route}"},
                    Refusal{"prohibit", "2001:db8::1", "{contains: Administratively prohibited}"},
                    Refusal{"blackhole", "2001:db8::1", "{not_contains: From}"}));

TEST(RefusingRoutes, default_that_refuses_is_of_both_families_and_leaves_the_lab_reachable) {
  const RunResult result = run_of(
      "nodes:\n"
      "  a: {}\n"
      "  r: {kind: router, routes: [{to: default, type: prohibit}]}\n"
      "  s: {kind: router}\n"
      "  b: {}\n"
      "links: [{endpoints: [a, r]}, {endpoints: [r, s]}, {endpoints: [s, b]}]\n"
      "script:\n"
      "  - {at: 0 s, on: a, run: ping -c 1 b}\n"
      "  - {at: 1 s, on: a, run: ping -c 1 192.0.2.1, expect: {exit: 1}}\n"
      "  - {at: 2 s, on: a, run: 'ping -c 1 2001:db8::1', expect: {exit: 1}}\n"
      "expect: [{counter: r.dropped.no_route, is: 2}]\n");
  EXPECT_TRUE(result.passed()) << faults(result.steps[0]);
}

TEST(RefusingRoutes, nodes_own_programs_are_refused_too) {
  const RunResult result = run_of(
      "nodes:\n"
      "  a: {routes: [{to: 198.51.100.0/24, type: prohibit}]}\n"
      "  b: {}\n"
      "links: [{endpoints: [a, b]}]\n"
      "script:\n"
      "  - {at: 0 s, on: a, run: ping -c 1 198.51.100.1, expect: {exit: 2}}\n"
      "expect: [{counter: 'a:eth0.sent_frames', is: 0}]\n");
  EXPECT_TRUE(result.passed()) << faults(result.steps[0]) << result.steps[0].error_output;
}

TEST(Switch, ageing_is_what_the_lab_says) {
  // b is silent once a has asked whether it is there yet: once it is forgotten, frames for it reach
  // c too.
  const auto flooded = [](std::string_view ageing) {
    const RunResult result = run_of(
        fmt::format("nodes: {{s: {{kind: switch, ageing: {}}}, a: {{}}, b: {{}}, c: {{}}}}\n"
                    "links: [{{endpoints: [a, s]}}, {{endpoints: [b, s]}}, {{endpoints: [c, s]}}]\n"
                    "script:\n"
                    "  - {{at: 0 s, on: a, run: ping -4 -c 1 b}}\n"
                    "  - {{at: 40 s, on: a, run: ping -4 -c 2 b}}\n",
                    ageing));
    EXPECT_TRUE(result.passed());
    const auto port = std::ranges::find(result.ports, "c:eth0", &PortResult::name);
    return port->dropped[static_cast<std::size_t>(Drop::not_for_us)];
  };
  EXPECT_GT(flooded("10 s"), 0u);
  EXPECT_EQ(flooded("300 s"), 0u);
}

}  // namespace
}  // namespace catenet::lab
