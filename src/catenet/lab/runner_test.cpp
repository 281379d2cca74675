// Whole runs in virtual time: when steps start and end, what ends a lab, what is judged.
#include "catenet/lab/run_test.hpp"

namespace catenet::lab {
namespace {

TEST(Runner, step_runs_at_its_time_and_passes) {
  const RunResult result = run_of(pair_and("script: [{at: 2 s, on: a, run: ping -c 3 b}]\n"));
  ASSERT_EQ(result.steps.size(), 1u);
  const StepResult& step = result.steps[0];
  EXPECT_EQ(faults(step), "");
  EXPECT_EQ(step.status, StepStatus::passed);
  EXPECT_EQ(step.started, Instant::at(2_s));
  EXPECT_EQ(step.exit, 0);
  EXPECT_NE(step.output.find("3 packets transmitted, 3 received"), std::string::npos)
      << step.output;
  // The third request leaves two seconds after the first, its answer takes 20 ms.
  EXPECT_GE(*step.ended - *step.started, 2'020_ms);
  EXPECT_LT(*step.ended - *step.started, 2'200_ms);
  EXPECT_TRUE(result.passed());
  EXPECT_TRUE(result.books.balance);
  EXPECT_GE(result.books.delivered, 6u);
}

TEST(Runner, step_after_another_waits_for_its_end_and_its_delay) {
  const RunResult result =
      run_of(pair_and("script:\n"
                      "  - {name: second, after: first, delay: 500 ms, on: b, run: ping -c 1 a}\n"
                      "  - {name: first, at: 1 s, on: a, run: ping -c 2 b}\n"));
  ASSERT_EQ(result.steps.size(), 2u);
  const StepResult& first = result.steps[result.steps[0].name == "first" ? 0 : 1];
  const StepResult& second = result.steps[result.steps[0].name == "first" ? 1 : 0];
  EXPECT_EQ(first.started, Instant::at(1_s));
  ASSERT_TRUE(first.ended && second.started);
  EXPECT_EQ(*second.started - *first.ended, 500_ms);
  EXPECT_TRUE(result.passed());
}

TEST(Runner, failed_step_does_not_hold_up_the_one_after_it) {
  const RunResult result =
      run_of(pair_and("script:\n"
                      "  - {name: first, at: 0 s, on: a, run: ping -c 1 b, expect: {exit: 1}}\n"
                      "  - {after: first, on: b, run: ping -c 1 a}\n"));
  EXPECT_EQ(result.steps[0].status, StepStatus::failed);
  EXPECT_EQ(result.steps[1].status, StepStatus::passed);
  EXPECT_FALSE(result.passed());
}

TEST(Runner, timeout_stops_a_command_with_exit_124) {
  const RunResult result = run_of(
      pair_and("script: [{at: 1 s, on: a, run: ping b, timeout: 2500 ms, expect: {exit: 124}}]\n"));
  const StepResult& step = result.steps[0];
  EXPECT_EQ(step.exit, 124);
  EXPECT_EQ(*step.ended - *step.started, 2'500_ms);
  EXPECT_NE(faults(step).find("it was stopped after"), std::string::npos) << faults(step);
  EXPECT_EQ(step.status, StepStatus::failed);
  EXPECT_NE(step.output.find("icmp_seq=2"), std::string::npos) << step.output;
}

TEST(Runner, timeout_that_is_not_reached_changes_nothing) {
  const RunResult result =
      run_of(pair_and("script: [{at: 1 s, on: a, run: ping -c 1 b, timeout: 1 min}]\n"));
  EXPECT_EQ(faults(result.steps[0]), "");
  EXPECT_LT(result.end, Instant::at(10_s));
}

TEST(Runner, background_step_does_not_hold_the_lab_open) {
  const RunResult result =
      run_of(pair_and("script:\n"
                      "  - {at: 0 s, on: a, run: ping b, background: true}\n"
                      "  - {at: 3 s, on: b, run: ping -c 1 a}\n"));
  EXPECT_EQ(result.steps[0].status, StepStatus::background);
  EXPECT_FALSE(result.steps[0].exit);
  EXPECT_EQ(result.steps[1].status, StepStatus::passed);
  EXPECT_TRUE(result.passed());
  EXPECT_LT(result.end, Instant::at(5_s));
}

TEST(Runner, stop_time_ends_the_lab_and_fails_what_is_not_over) {
  const RunResult result =
      run_of(pair_and("stop_time: 5 s\n"
                      "script:\n"
                      "  - {name: early, at: 0 s, on: a, run: ping -c 100 b}\n"
                      "  - {name: late, after: early, on: b, run: ping -c 1 a}\n"));
  ASSERT_EQ(result.steps.size(), 2u);
  EXPECT_EQ(result.end, Instant::at(5_s));
  EXPECT_EQ(result.steps[0].status, StepStatus::failed);
  EXPECT_EQ(faults(result.steps[0]), "it had not ended when the lab did");
  EXPECT_EQ(result.steps[1].status, StepStatus::not_run);
  EXPECT_EQ(faults(result.steps[1]), "its time never came");
  EXPECT_FALSE(result.passed());
}

TEST(Runner, lab_without_a_script_runs_to_its_stop_time) {
  const RunResult result = run_of(pair_and("stop_time: 7 s\n"));
  EXPECT_EQ(result.end, Instant::at(7_s));
  EXPECT_TRUE(result.passed());
}

TEST(Runner, unmet_promises_are_told_one_by_one) {
  const RunResult result =
      run_of(pair_and("script: [{at: 0 s, on: a, run: ping -c 1 b,\n"
                      "  expect: {exit: 3, stdout: {contains: nowhere}, within: 1 ms}}]\n"));
  const StepResult& step = result.steps[0];
  ASSERT_EQ(step.faults.size(), 3u) << faults(step);
  EXPECT_EQ(step.faults[0], "it exited with 0, not 3");
  EXPECT_TRUE(step.faults[1].starts_with("stdout does not contain 'nowhere'")) << step.faults[1];
  EXPECT_TRUE(step.faults[2].starts_with("it took ")) << step.faults[2];
}

TEST(Runner, quotes_that_do_not_close_exit_with_2) {
  const RunResult result =
      run_of(pair_and("script: [{at: 0 s, on: a, run: \"ping 'b\", expect: {exit: 2}}]\n"));
  EXPECT_EQ(result.steps[0].exit, 2);
  EXPECT_NE(faults(result.steps[0]).find("quotes"), std::string::npos) << faults(result.steps[0]);
  EXPECT_EQ(result.steps[0].status, StepStatus::failed);
}

TEST(Runner, unknown_tool_exits_with_127) {
  const RunResult result =
      run_of(pair_and("script: [{at: 0 s, on: a, run: frobnicate b, expect: {exit: 127}}]\n"));
  EXPECT_EQ(result.steps[0].exit, 127);
  EXPECT_EQ(faults(result.steps[0]), "frobnicate: there is no such tool on a lab host");
}

TEST(Runner, link_steps_change_the_network_at_their_time) {
  const RunResult result =
      run_of(pair_and("script:\n"
                      "  - {at: 0 s, on: a, run: ping -c 1 b}\n"
                      "  - {at: 2 s, cut: line}\n"
                      "  - {at: 3 s, on: a, run: ping -c 1 -W 1 b, expect: {exit: 1}}\n"
                      "  - {at: 10 s, heal: all}\n"
                      "  - {at: 11 s, on: a, run: ping -c 1 b}\n"
                      "expect:\n"
                      "  - {counter: line.dropped.partitioned, above: 0}\n"));
  for (const StepResult& step : result.steps) EXPECT_EQ(faults(step), "") << step.text;
  ASSERT_EQ(result.expectations.size(), 1u);
  EXPECT_TRUE(result.expectations[0].held);
  EXPECT_TRUE(result.passed());
}

TEST(Runner, counter_out_of_bounds_fails_the_run_and_says_what_it_was) {
  const RunResult result =
      run_of(pair_and("script: [{at: 0 s, on: a, run: ping -c 2 b}]\n"
                      "expect:\n"
                      "  - {name: few, counter: \"b:eth0.received_frames\", max: 1}\n"
                      "  - {name: silent, counter: line.dropped, is: 0}\n"));
  ASSERT_EQ(result.expectations.size(), 2u);
  EXPECT_EQ(result.steps[0].status, StepStatus::passed);
  EXPECT_FALSE(result.expectations[0].held);
  EXPECT_GE(result.expectations[0].measured, 3u);
  EXPECT_EQ(result.expectations[0].wanted, "at most 1");
  EXPECT_TRUE(result.expectations[1].held);
  EXPECT_FALSE(result.passed());
}

TEST(Runner, packets_are_counted_through_the_compiled_filter) {
  RunnerOptions options;
  options.compile_filter = [](const std::string& filter) {
    EXPECT_EQ(filter, "icmp");
    return [](ByteView frame) { return frame.size() > 23 && frame[12] == 8 && frame[23] == 1; };
  };
  const RunResult result =
      run_of(pair_and("script: [{at: 0 s, on: a, run: ping -4 -c 3 b}]\n"
                      "expect: [{packets: {where: line, filter: icmp, count: 6}}]\n"),
             options);
  ASSERT_EQ(result.expectations.size(), 1u);
  EXPECT_EQ(result.expectations[0].measured, 6u);
  EXPECT_TRUE(result.passed());
}

const std::string page = pair_and(
    "script: [{at: 0 s, on: a, run: fetch http://b/big}]\n"
    "seed: 3\n");

std::string served(const std::string& size) {
  std::string text = page;
  return text.replace(text.find("b: }"), 4,
                      "b: {services: [{http: {files: {/big: {size: " + size + "}}}}]}}");
}

TEST(Runner, http_service_serves_the_seeded_bytes_of_the_lab) {
  const RunResult result = run_of(served("100 kB"));
  const StepResult& step = result.steps[0];
  EXPECT_EQ(faults(step), "");
  ASSERT_EQ(step.output.size(), 100'000u);
  for (u64 i = 0; i < step.output.size(); ++i) {
    ASSERT_EQ(static_cast<u8>(step.output[i]), seeded_byte(3, "/big", i)) << i;
  }
}

TEST(Runner, output_beyond_a_mebibyte_is_cut_off_and_said_so) {
  const RunResult result = run_of(served("1500 kB"));
  const std::string& output = result.steps[0].output;
  EXPECT_EQ(result.steps[0].exit, 0);
  EXPECT_EQ(output.size(), Command::output_limit + 24);
  EXPECT_TRUE(output.ends_with("\n[the rest was cut off]\n"));
}

const std::string lossy =
    pair_and("script: [{at: 0 s, on: a, run: ping -c 20 -i 0.2 b, expect: {within: 1 min}}]\n",
             ", loss: 30 %");

TEST(Runner, same_seed_repeats_the_run_and_another_does_not) {
  const RunResult first = run_of("seed: 5\n" + lossy);
  const RunResult again = run_of("seed: 5\n" + lossy);
  const RunResult other = run_of("seed: 6\n" + lossy);
  EXPECT_EQ(first.event_hash, again.event_hash);
  EXPECT_EQ(first.events, again.events);
  EXPECT_EQ(first.steps[0].output, again.steps[0].output);
  EXPECT_NE(first.event_hash, other.event_hash);
}

TEST(Runner, looking_changes_nothing) {
  EventLog log(1'000);
  const RunResult watched = run_of("seed: 5\n" + lossy, {.recorder = &log});
  EXPECT_GT(log.size(), 20u);
  EXPECT_EQ(watched.event_hash, run_of("seed: 5\n" + lossy).event_hash);
}

TEST(Runner, two_labs_run_in_one_process_without_touching_each_other) {
  const Plan plan = plan_of("seed: 5\n" + lossy);
  Runner one(plan, {});
  Runner two(plan, {});
  one.run();
  two.run();
  EXPECT_EQ(one.collect().event_hash, two.collect().event_hash);
}

}  // namespace
}  // namespace catenet::lab
