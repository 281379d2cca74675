// Steps that start, stop and wait, in virtual time.
#include <gtest/gtest.h>

#include "catenet/lab/run_test.hpp"

namespace catenet::lab {
namespace {

TEST(Steps, what_was_started_runs_until_it_is_stopped) {
  const RunResult result =
      run_of(pair_and("script:\n"
                      "  - {name: echo, at: 1 s, on: a, start: ping b}\n"
                      "  - {at: 4500 ms, stop: echo, signal: QUIT,\n"
                      "     expect: {exit: 131, stdout: {contains: icmp_seq=4}, within: 1 s}}\n"));
  EXPECT_TRUE(result.passed()) << faults(result.steps[0]) << faults(result.steps[1]);
  EXPECT_EQ(result.steps[0].status, StepStatus::passed);
  EXPECT_EQ(result.steps[0].exit, 131);
  EXPECT_EQ(result.steps[0].ended, Instant::at(4'500_ms));
  EXPECT_EQ(result.steps[1].exit, 131);
  EXPECT_EQ(result.end, Instant::at(4'500_ms));
}

TEST(Steps, ping_that_is_interrupted_tells_what_it_has_seen) {
  const RunResult result =
      run_of(pair_and("script:\n"
                      "  - {name: echo, at: 1 s, on: a, start: ping b}\n"
                      "  - {name: lost, at: 1 s, on: a, start: ping 10.0.1.99}\n"
                      "  - {at: 3500 ms, stop: echo, signal: INT, expect: {exit: 0}}\n"
                      "  - {at: 3500 ms, stop: lost, signal: INT, expect: {exit: 1}}\n"));
  EXPECT_TRUE(result.passed()) << faults(result.steps[2]) << faults(result.steps[3]);
  EXPECT_NE(result.steps[0].output.find("3 packets transmitted, 3 received, 0% packet loss"),
            std::string::npos)
      << result.steps[0].output;
  EXPECT_EQ(result.steps[0].ended, Instant::at(3'500_ms));
}

TEST(Steps, stop_is_judged_by_what_it_stopped) {
  const RunResult result =
      run_of(pair_and("script:\n"
                      "  - {name: echo, at: 0 s, on: a, start: ping b}\n"
                      "  - {at: 2 s, stop: echo, expect: {exit: 0, stdout: {contains: NEVER}}}\n"));
  EXPECT_EQ(result.steps[0].status, StepStatus::passed);
  EXPECT_EQ(result.steps[1].status, StepStatus::failed);
  EXPECT_TRUE(faults(result.steps[1]).starts_with("it exited with 143, not 0; stdout does not"))
      << faults(result.steps[1]);
}

TEST(Steps, what_was_started_and_ends_by_itself_has_failed_unless_its_exit_is_expected) {
  const RunResult result =
      run_of(pair_and("script:\n"
                      "  - {at: 0 s, on: a, start: ping -c 1 b}\n"
                      "  - {at: 0 s, on: a, start: 'ping -c 1 b', expect: {exit: 0}}\n"
                      "  - {at: 0 s, on: a, start: 'ping -c 1 b', expect: {exit: 1}}\n"));
  EXPECT_EQ(faults(result.steps[0]), "it ended before it was stopped, with 0");
  EXPECT_EQ(faults(result.steps[1]), "");
  EXPECT_EQ(faults(result.steps[2]), "it exited with 0, not 1");
}

TEST(Steps, what_is_started_last_holds_the_lab_open) {
  for (const char* when : {"after: first", "at: 5 s"}) {
    const RunResult result = run_of(pair_and(
        fmt::format("script:\n"
                    "  - {{name: first, at: 0 s, on: a, run: ping -c 1 b}}\n"
                    "  - {{name: last, {}, on: a, start: ping -c 3 b, expect: {{exit: 0}}}}\n",
                    when)));
    EXPECT_TRUE(result.passed()) << faults(result.steps[1]);
    EXPECT_EQ(result.steps[1].exit, 0) << when;
    EXPECT_EQ(result.end, result.steps[1].ended) << when;
  }
}

TEST(Steps, what_waits_for_an_endless_start_does_not_hold_the_lab_open) {
  const RunResult result =
      run_of(pair_and("script:\n"
                      "  - {name: endless, at: 0 s, on: a, start: ping b}\n"
                      "  - {at: 1 s, on: a, run: ping -c 2 b}\n"
                      "  - {after: endless, on: a, start: ping -c 1 b}\n"));
  EXPECT_EQ(result.steps[0].status, StepStatus::running);
  EXPECT_EQ(faults(result.steps[2]), "its time never came");
  EXPECT_LT(result.end, Instant::at(3_s));
}

TEST(Steps, endless_ping_that_begins_last_is_warned_of) {
  const auto warnings = [](const char* script) {
    return plan_of(pair_and(fmt::format(
                       "script:\n  - {{name: x, at: 0 s, on: a, run: ping -c 1 b}}\n{}", script)))
        .warnings.size();
  };
  EXPECT_EQ(warnings("  - {at: 1 s, on: a, start: ping b}\n"), 1u);
  EXPECT_EQ(warnings("  - {after: x, on: a, start: ping b}\n"), 1u);
  EXPECT_EQ(warnings("  - {at: 0 s, on: a, start: ping b}\n"), 0u);
  EXPECT_EQ(warnings("  - {name: y, at: 1 s, on: a, start: ping b}\n  - {at: 2 s, stop: y}\n"), 0u);
}

TEST(Steps, only_what_runs_can_be_stopped) {
  const RunResult result =
      run_of(pair_and("script:\n"
                      "  - {at: 0 s, stop: echo}\n"
                      "  - {name: echo, at: 1 s, on: a, start: ping b}\n"
                      "  - {at: 2 s, stop: echo}\n"
                      "  - {at: 3 s, stop: echo}\n"));
  EXPECT_EQ(faults(result.steps[0]), "echo has not begun");
  EXPECT_EQ(faults(result.steps[2]), "");
  EXPECT_EQ(faults(result.steps[3]), "echo had ended already");
}

TEST(Steps, wait_ends_with_the_step_or_fails_in_time) {
  const RunResult result =
      run_of(pair_and("script:\n"
                      "  - {name: three, at: 0 s, on: a, run: ping -c 3 b}\n"
                      "  - {name: ended, at: 1 s, wait: three}\n"
                      "  - {name: soon, at: 1 s, wait: three, timeout: 500 ms}\n"
                      "  - {after: ended, wait: three}\n"));
  EXPECT_EQ(result.steps[1].status, StepStatus::passed);
  EXPECT_EQ(result.steps[1].ended, result.steps[0].ended);
  EXPECT_EQ(faults(result.steps[2]), "three had not ended within 500 ms");
  EXPECT_EQ(result.steps[2].ended, Instant::at(1'500_ms));
  EXPECT_EQ(result.steps[3].ended, result.steps[0].ended);
}

TEST(Steps, wait_for_a_port_asks_the_hosts_listeners) {
  const RunResult result = run_of(
      "nodes: {a: , b: {services: [http]}}\nlinks: [{endpoints: [a, b]}]\n"
      "script:\n"
      "  - {at: 0 s, wait: {on: b, port: 80}}\n"
      "  - {at: 0 s, wait: {on: a, port: 80}, timeout: 1 s}\n");
  EXPECT_EQ(result.steps[0].status, StepStatus::passed);
  EXPECT_LE(*result.steps[0].ended, Instant::at(10_ms));
  EXPECT_EQ(faults(result.steps[1]), "nothing listened on port 80 within 1 s");
  EXPECT_EQ(result.end, Instant::at(1_s));
}

TEST(Steps, repeat_alike) {
  const std::string text = pair_and(
      "script:\n"
      "  - {name: echo, at: 0 s, on: a, start: ping -i 0.3 b}\n"
      "  - {name: up, at: 0 s, wait: {on: b, port: 7}, timeout: 2 s}\n"
      "  - {after: up, stop: echo}\n");
  EXPECT_EQ(run_of(text).event_hash, run_of(text).event_hash);
}

// --- What the reader says ---

// The errors of a lab with these steps, in one text.
std::string said_of(const std::string& steps) {
  std::string text;
  for (const Diagnostic& error :
       errors_of("nodes: {a: , b: , s: {kind: switch}}\nlinks: [{endpoints: [a, b]}]\nscript:\n" +
                 steps)) {
    text += error.one_line() + "\n";
  }
  return text;
}

TEST(StepErrors, say_where_and_what_would_be_right) {
  const std::string ping = "  - {name: ping, at: 0 s, on: a, run: ping -c 1 b}\n";
  const std::pair<std::string, std::string> wrong[] = {
      {ping + "  - {at: 0 s, stop: ping}\n",
       "lab.yaml:5:21: error: 'ping' is no step with 'start'; only what start began is stopped"},
      {ping + "  - {at: 0 s, stop: pin}\n",
       "lab.yaml:5:21: error: no step has the name 'pin'; did you mean 'ping'?"},
      {ping + "  - {at: 0 s, wait: pin}\n", "lab.yaml:5:21: error: no step has the name 'pin'"},
      {"  - {name: w, at: 0 s, wait: w}\n", "lab.yaml:4:30: error: this step waits for itself"},
      {"  - {at: 0 s, wait: {on: c, port: 80}}\n", "lab.yaml:4:26: error: "},
      {"  - {at: 0 s, wait: {on: s, port: 80}}\n", "lab.yaml:4:26: error: 's' is a switch"},
      {"  - {at: 0 s, wait: {on: a}}\n", "a listener has no 'port'"},
      {"  - {at: 0 s, on: a, run: ping -c 1 b, signal: TERM}\n",
       "'signal' means nothing in this step; it goes with 'stop'"},
      {"  - {at: 0 s, on: a, start: ping b, timeout: 1 s}\n",
       "'timeout' means nothing in this step; it goes with 'run' or 'stop' or 'wait'"},
      {"  - {at: 0 s, on: a, start: nginx}\n", "start: a lab host has no tool 'nginx'"},
      {"  - {at: 0 s, on: a, run: ping b, background: true}\n",
       "unknown key 'background' in a step; say start: instead of run:"}};
  for (const auto& [steps, error] : wrong) {
    EXPECT_NE(said_of(steps).find(error), std::string::npos) << said_of(steps) << error;
  }
}

}  // namespace
}  // namespace catenet::lab
