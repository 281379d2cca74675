// Labs along the machine's clock, with real programs in namespaces at their hosts.
#include "catenet/lab/wall_run.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

#include "catenet/lab/read_test.hpp"
#include "catenet/lab/report.hpp"
#include "catenet/program/doctor.hpp"

#include "captured_run_test.hpp"

namespace catenet::lab {
namespace {

class WallRun : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = program::why_not_netns()) GTEST_SKIP() << *why;
  }
  RunResult run(const Plan& given) {
    auto [result, faults] = interop::run_captured(given, options);
    if (!result) {
      ADD_FAILURE() << result.error().text();
      return {};
    }
    EXPECT_EQ(faults, "");
    EXPECT_TRUE(result->books.balance);
    EXPECT_TRUE(result->wall_clock);
    EXPECT_TRUE(result->lag.starts_with("events were late by ")) << result->lag;
    return *std::move(result);
  }
  RunResult run(const std::string& text) {
    plan = plan_of(text);
    return run(plan);
  }
  static std::string story(const RunResult& result) {
    std::string text;
    for (const StepResult& step : result.steps) {
      text += step.text + ": " + std::string(step_status_name(step.status)) + "\n" + step.output +
              step.error_output;
      for (const std::string& fault : step.faults) text += "fault: " + fault + "\n";
    }
    return text;
  }

  Plan plan;
  RunnerOptions options;
};

const std::string alone = "nodes: {n: {kind: namespace}, h: }\nlinks: [{endpoints: [n, h]}]\n";

// The kernel reports its groups to multicast routers, unasked, and nobody misses that here.
TEST_F(WallRun, chatter_of_the_kernel_is_no_loss) {
  const RunResult result =
      run("nodes: {n: {kind: namespace}, r: {kind: router}, h: }\n"
          "links: [{endpoints: [n, r]}, {endpoints: [r, h]}]\n"
          "script: [{at: 0 s, on: n, run: sleep 3}]\n"
          "expect: [{counter: r.dropped, is: 0}, {counter: 'r:eth0.dropped', is: 0}]\n");
  EXPECT_TRUE(result.passed()) << story(result);
  const auto port = std::ranges::find(result.ports, "r:eth0", &PortResult::name);
  ASSERT_NE(port, result.ports.end());
  EXPECT_GT(port->dropped[static_cast<std::size_t>(Drop::other_group)], 0u);
  EXPECT_EQ(port->dropped[static_cast<std::size_t>(Drop::not_our_address)], 0u);
  EXPECT_EQ(text_report(result, {}).find("dropped at ports"), std::string::npos)
      << text_report(result, {});
}

TEST_F(WallRun, two_kernels_speak_through_a_router_of_ours) {
  SKIP_WITHOUT("ping");
  const RunResult result =
      run("nodes: {a: {kind: namespace}, r: {kind: router}, b: {kind: namespace}}\n"
          "links: [{endpoints: [a, r], impair: {delay: 20 ms}}, {endpoints: [r, b]}]\n"
          "script:\n"
          "  - {at: 0 s, on: a, run: ping -4 -c 2 -i 0.1 -W 5 b,\n"
          "     expect: {stdout: {contains: ['2 received', ttl=63]}}}\n"
          "  - {at: 0 s, on: b, run: ping -6 -c 2 -i 0.1 -W 5 a,\n"
          "     expect: {stdout: {contains: '2 received'}, takes: {min: 40 ms}}}\n");
  EXPECT_TRUE(result.passed()) << story(result);
}

TEST_F(WallRun, tools_of_lab_hosts_run_beside_real_programs) {
  const RunResult result = run(
      alone +
      "script:\n"
      "  - {at: 0 s, on: h, run: ping -c 2 -i 0.2 n, expect: {stdout: {contains: '2 received'}}}\n"
      "  - {at: 100 ms, on: n, run: hostname, expect: {stdout: {equals: \"n\\n\"}}}\n");
  EXPECT_TRUE(result.passed()) << story(result);
}

TEST_F(WallRun, what_a_program_took_of_the_machine_is_reported) {
  const RunResult result =
      run(alone +
          "script:\n"
          "  - {at: 0 s, on: n, run: \"i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done\"}\n"
          "  - {at: 0 s, on: h, run: ping -c 1 n}\n");
  EXPECT_TRUE(result.passed()) << story(result);
  ASSERT_TRUE(result.steps[0].resources);
  EXPECT_GT(result.steps[0].resources->user + result.steps[0].resources->system, 1_ms);
  EXPECT_GT(result.steps[0].resources->max_resident_bytes, 100'000u);
  EXPECT_FALSE(result.steps[1].resources);
}

TEST_F(WallRun, program_over_its_time_is_stopped) {
  const RunResult result = run(alone +
                               "script:\n"
                               "  - {name: slow, at: 0 s, on: n, run: echo begun; sleep 1000,\n"
                               "     timeout: 200 ms}\n"
                               "  - {after: slow, on: n, run: echo next}\n");
  ASSERT_EQ(result.steps.size(), 2u);
  const StepResult& slow = result.steps[0];
  EXPECT_EQ(slow.status, StepStatus::failed);
  EXPECT_EQ(slow.exit, 124);
  EXPECT_EQ(slow.output, "begun\n");
  ASSERT_FALSE(slow.faults.empty());
  EXPECT_EQ(slow.faults[0], "it was stopped after 200 ms");
  EXPECT_GE(*slow.ended - *slow.started, 200_ms);
  EXPECT_LT(*slow.ended - *slow.started, 10_s);
  EXPECT_EQ(result.steps[1].status, StepStatus::passed);
  EXPECT_GE(*result.steps[1].started, *slow.ended);
}

TEST_F(WallRun, program_that_was_started_ends_with_the_lab) {
  const RunResult result = run(alone +
                               "script:\n"
                               "  - {at: 0 s, on: n, start: sleep 1000}\n"
                               "  - {at: 50 ms, on: n, run: 'true'}\n");
  EXPECT_TRUE(result.passed()) << story(result);
  EXPECT_EQ(result.steps[0].status, StepStatus::running);
  EXPECT_LT(result.end, Instant::at(10_s));
}

TEST_F(WallRun, program_that_still_runs_is_judged_by_what_it_printed) {
  const RunResult result = run(alone +
                               "script:\n"
                               "  - {at: 0 s, on: n, start: echo up; sleep 100,\n"
                               "     expect: {stdout: {contains: up}}}\n"
                               "  - {at: 0 s, on: n, start: echo up; sleep 100,\n"
                               "     expect: {stdout: {contains: down}}}\n"
                               "  - {at: 200 ms, on: n, run: 'true'}\n");
  EXPECT_EQ(result.steps[0].status, StepStatus::running) << story(result);
  EXPECT_EQ(result.steps[1].status, StepStatus::failed) << story(result);
  EXPECT_EQ(result.steps[1].output, "up\n");
}

TEST_F(WallRun, outputs_of_programs_that_run_share_a_budget) {
  options.running_budget = 10'000;
  const RunResult result =
      run(alone +
          "script:\n"
          "  - {name: a, at: 0 s, on: n, start: 'yes | head -c 8000; sleep 100'}\n"
          "  - {name: b, at: 200 ms, on: n, start: 'yes | head -c 8000; sleep 100'}\n"
          "  - {name: c, at: 400 ms, on: n, start: 'yes | head -c 8000; sleep 100'}\n"
          "  - {at: 800 ms, on: n, run: 'true'}\n");
  constexpr std::size_t cut = 24;  // and says so
  EXPECT_EQ(result.steps[0].output.size(), 8'000u);
  EXPECT_EQ(result.steps[1].output.size(), 2'000u + cut);
  EXPECT_EQ(result.steps[2].output.size(), BudgetedText::least + cut);
}

TEST_F(WallRun, exit_code_and_output_are_judged) {
  const RunResult result =
      run(alone +
          "script:\n"
          "  - {at: 0 s, on: n, run: exit 3}\n"
          "  - {at: 0 s, on: n, run: echo no >&2; exit 3, expect: {exit: 3, stderr: {equals: "
          "\"no\\n\"}}}\n");
  EXPECT_FALSE(result.passed());
  EXPECT_EQ(result.steps[0].status, StepStatus::failed);
  EXPECT_EQ(result.steps[1].status, StepStatus::passed) << story(result);
}

TEST_F(WallRun, link_that_goes_down_is_seen_by_the_kernel) {
  const RunResult result = run(
      alone +
      "script:\n"
      "  - {name: cut, at: 50 ms, down: n--h}\n"
      "  - {name: look, after: cut, delay: 10 ms, on: n, run: cat /sys/class/net/eth0/carrier,\n"
      "     expect: {stdout: {equals: \"0\\n\"}}}\n"
      "  - {name: join, after: look, up: n--h}\n"
      "  - {after: join, delay: 10 ms, on: n, run: cat /sys/class/net/eth0/carrier,\n"
      "     expect: {stdout: {equals: \"1\\n\"}}}\n");
  EXPECT_TRUE(result.passed()) << story(result);
}

TEST_F(WallRun, stop_time_ends_a_lab_that_would_go_on) {
  const RunResult result =
      run("stop_time: 200 ms\n" + alone + "script: [{at: 0 s, on: n, run: sleep 1000}]\n");
  EXPECT_FALSE(result.passed());
  EXPECT_EQ(result.end, Instant::at(200_ms));
}

TEST_F(WallRun, lab_without_namespaces_may_follow_the_clock) {
  const RunResult result =
      run("time: wall\nnodes: {a: , b: }\nlinks: [{endpoints: [a, b]}]\n"
          "script: [{at: 50 ms, on: a, run: ping -c 1 b}]\n");
  EXPECT_TRUE(result.passed()) << story(result);
  EXPECT_GE(result.end, Instant::at(50_ms));
}

TEST_F(WallRun, what_the_machine_cannot_do_is_said_of_its_node) {
  plan = plan_of(alone);
  plan.nodes[0].interfaces[0].name = "much-too-long-for-a-name";
  const auto result = run_on_wall_clock(plan, options);
  ASSERT_FALSE(result.has_value());
  EXPECT_TRUE(result.error().what.starts_with("n: cannot make the TAP much-too-long"))
      << result.error().text();
}

}  // namespace
}  // namespace catenet::lab
