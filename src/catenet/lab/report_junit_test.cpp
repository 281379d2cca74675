#include <gtest/gtest.h>

#include "catenet/lab/made_up_run_test.hpp"
#include "catenet/lab/report.hpp"

namespace catenet::lab {
namespace {

TEST(JunitReport, good_run_has_a_case_for_each_promise) {
  const std::string xml = junit_report(made_up_run());
  for (const char* part :
       {"<testsuite name=\"pair\" tests=\"4\" failures=\"0\" errors=\"0\" skipped=\"0\" "
        "time=\"1.500000000\">",
        "<property name=\"seed\" value=\"7\"/>",
        "<property name=\"event_hash\" value=\"0000000000abcdef\"/>",
        "<testcase classname=\"pair.steps\" name=\"step 1: a: ping -c 1 b\" time=\"0.020000000\">",
        "<system-out>PING b\n1 received\n</system-out>",
        "<testcase classname=\"pair.expectations\" name=\"line lost little\" "
        "time=\"0.000000000\"/>",
        "name=\"the run came to its end\"", "name=\"the books balance\""}) {
    EXPECT_TRUE(has(xml, part)) << part << " is missing in\n" << xml;
  }
}

TEST(JunitReport, command_of_several_lines_gives_its_case_one) {
  RunResult run = made_up_run();
  run.steps[0].text = "a: ping -c 1 b\nping -c 2 b\n";
  EXPECT_TRUE(has(junit_report(run), "name=\"step 1: a: ping -c 1 b \u2026\""))
      << junit_report(run);
}

TEST(JunitReport, change_of_the_network_is_a_case_only_where_it_failed) {
  RunResult run = made_up_run();
  run.steps[0].kind = ActionKind::change;
  EXPECT_TRUE(has(junit_report(run), "tests=\"3\""));
  run.steps[0].status = StepStatus::failed;
  run.steps[0].faults = {"queue: too long"};
  EXPECT_TRUE(has(junit_report(run), "tests=\"4\" failures=\"1\""));
}

TEST(JunitReport, failures_say_what_was_and_what_was_wanted) {
  RunResult run = made_up_run();
  run.steps[0].status = StepStatus::failed;
  run.steps[0].faults = {"it exited with 1, not 0", "and was late"};
  run.expectations[0].held = false;
  run.books.balance = false;
  run.verification = Verification{"event 3"};
  const std::string xml = junit_report(run);
  for (const char* part :
       {"tests=\"5\" failures=\"4\" errors=\"0\"",
        "message=\"it exited with 1, not 0\">it exited with 1, not 0\nand was late\n</failure>",
        "message=\"it was 2, wanted at most 3\"", "message=\"event 3\""}) {
    EXPECT_TRUE(has(xml, part)) << part << " is missing in\n" << xml;
  }
}

TEST(JunitReport, run_that_was_broken_off_is_an_error_and_what_never_came_is_skipped) {
  RunResult run = made_up_run();
  run.broken_off = "frames circle";
  run.steps.push_back({.name = "late",
                       .text = "a: never",
                       .status = StepStatus::not_run,
                       .faults = {"its time never came"}});
  const std::string xml = junit_report(run);
  EXPECT_TRUE(has(xml, "failures=\"0\" errors=\"1\" skipped=\"1\"")) << xml;
  EXPECT_TRUE(has(xml, "<error type=\"broken-off\" message=\"broken off: frames circle\">"));
  EXPECT_TRUE(has(xml, "<skipped message=\"its time never came\"/>"));
  run.broken_off.clear();
  EXPECT_TRUE(has(junit_report(run), "failures=\"1\" errors=\"0\" skipped=\"0\""));
}

TEST(JunitReport, cases_of_one_name_are_told_apart) {
  RunResult run = made_up_run();
  run.expectations.push_back(run.expectations[0]);
  EXPECT_TRUE(has(junit_report(run), "name=\"line lost little (2)\""));
}

TEST(JunitReport, any_bytes_are_written_visibly) {
  const std::string xml = junit_report(hostile_run());
  EXPECT_TRUE(
      has(xml, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\x1b[2J\\xff\\u202e"));
  EXPECT_FALSE(has(xml, "<script"));
  EXPECT_FALSE(has(xml, "event_hash"));
  for (const char c : xml) EXPECT_TRUE(static_cast<u8>(c) >= 0x20 || c == '\n');
}

TEST(JunitReport, outputs_have_a_bound_each_and_together) {
  RunResult run = made_up_run();
  run.steps[0].output = std::string(100 << 10, 'x');
  EXPECT_LT(junit_report(run).size(), 32u << 10);
  const StepResult step = run.steps[0];
  for (int i = 0; i < 2'000; ++i) run.steps.push_back(step);
  EXPECT_LT(junit_report(run).size(), 8u << 20);
}

}  // namespace
}  // namespace catenet::lab
