// What a command did against what the lab file promised.
#include "catenet/lab/judge.hpp"

#include <gtest/gtest.h>

namespace catenet::lab {
namespace {

StepResult ended(int exit, std::string output = "", std::string error = "") {
  StepResult step;
  step.started = Instant::at(1_s);
  step.ended = Instant::at(3_s);
  step.exit = exit;
  step.output = std::move(output);
  step.error_output = std::move(error);
  return step;
}

// The only fault, "" for none; several are told apart by their number.
std::string judged(const RunExpectation& expect, StepResult step) {
  judge_run(expect, step);
  if (step.faults.size() > 1) return std::to_string(step.faults.size()) + " faults";
  return step.faults.empty() ? "" : step.faults[0];
}

TEST(Judge, exit_code_is_zero_unless_promised_otherwise) {
  EXPECT_EQ(judged({}, ended(0)), "");
  EXPECT_EQ(judged({}, ended(1)), "it exited with 1, not 0");
  EXPECT_EQ(judged({.exit = 8}, ended(8)), "");
  EXPECT_EQ(judged({.exit = 8}, ended(0)), "it exited with 0, not 8");
}

TEST(Judge, command_that_never_ended_is_not_judged_by_its_exit_code) {
  StepResult step;
  step.started = Instant::at(1_s);
  EXPECT_EQ(judged({.exit = 8, .max_time = 1_s}, step), "");
}

TEST(Judge, contains_and_not_contains_are_searched_in_the_whole_text) {
  RunExpectation expect;
  expect.stdout_text.contains = {"one", "b\nc"};
  expect.stdout_text.not_contains = {"nine"};
  EXPECT_EQ(judged(expect, ended(0, "one\nb\nc\n")), "");
  EXPECT_EQ(judged(expect, ended(0, "b\nc\n")), "stdout does not contain 'one': 'b\\nc\\n'");
  EXPECT_EQ(judged(expect, ended(0, "one\nb\nc\nnineteen")), "stdout contains 'nine'");
  EXPECT_EQ(judged(expect, ended(0, "nine")), "3 faults");
}

TEST(Judge, standard_error_is_judged_by_itself) {
  RunExpectation expect;
  expect.stderr_text.contains = {"refused"};
  EXPECT_EQ(judged(expect, ended(0, "refused", "")), "stderr does not contain 'refused': ''");
  EXPECT_EQ(judged(expect, ended(0, "", "connection refused")), "");
}

TEST(Judge, equals_wants_a_line_end_that_is_written) {
  RunExpectation expect;
  expect.stdout_text.equals = "abc\n";
  EXPECT_EQ(judged(expect, ended(0, "abc\n")), "");
  EXPECT_EQ(judged(expect, ended(0, "abc")), "stdout is not 'abc\\n' but 'abc'");
  EXPECT_EQ(judged(expect, ended(0, "")), "stdout is not 'abc\\n' but ''");
}

TEST(Judge, equals_does_not_mind_the_last_line_end_and_nothing_else) {
  RunExpectation expect;
  expect.stdout_text.equals = "Hello";
  EXPECT_EQ(judged(expect, ended(0, "Hello\n")), "");
  EXPECT_EQ(judged(expect, ended(0, "Hello")), "");
  EXPECT_EQ(judged(expect, ended(0, "Hello\n\n")), "stdout is not 'Hello' but 'Hello\\n\\n'");
  EXPECT_EQ(judged(expect, ended(0, "hello")), "stdout is not 'Hello' but 'hello'");
  expect.stdout_text.equals = "";
  EXPECT_EQ(judged(expect, ended(0, "")), "");
  EXPECT_EQ(judged(expect, ended(0, "x")), "stdout is not '' but 'x'");
}

TEST(Judge, matches_looks_at_each_line_alone) {
  RunExpectation expect;
  expect.stdout_text.matches = {"^b+$"};
  EXPECT_EQ(judged(expect, ended(0, "a\nbbb\nc")), "");
  EXPECT_EQ(judged(expect, ended(0, "a\nbbbc\n")),
            "no line of stdout matches '^b+$': 'a\\nbbbc\\n'");
  expect.stdout_text.matches = {"a.b"};
  EXPECT_EQ(judged(expect, ended(0, "a\nb")), "no line of stdout matches 'a.b': 'a\\nb'");
}

TEST(Judge, nothing_behind_the_last_line_end_is_no_line) {
  RunExpectation expect;
  expect.stdout_text.matches = {"^$"};
  EXPECT_EQ(judged(expect, ended(0, "hello\n")), "no line of stdout matches '^$': 'hello\\n'");
  EXPECT_EQ(judged(expect, ended(0, "")), "no line of stdout matches '^$': ''");
  EXPECT_EQ(judged(expect, ended(0, "hello\n\n")), "");
  EXPECT_EQ(judged(expect, ended(0, "\nhello")), "");
}

TEST(Judge, command_that_still_runs_is_judged_by_what_it_printed_and_how_long_it_ran) {
  StepResult step;
  step.started = Instant::at(1_s);
  step.output = "one\n";
  const auto running = [&](const RunExpectation& expect) {
    StepResult copy = step;
    judge_running(expect, Instant::at(4_s), copy);
    return copy.faults.empty() ? "" : copy.faults[0];
  };
  EXPECT_EQ(running({.exit = 8, .min_time = 9_s, .max_time = 3_s}), "");
  EXPECT_TRUE(running({.max_time = 2_s}).starts_with("it still ran after 3 s, more than 2 s"));
  RunExpectation expect;
  expect.stdout_text.contains = {"two"};
  EXPECT_EQ(running(expect), "stdout does not contain 'two': 'one\\n'");
}

TEST(Judge, time_taken_may_lie_on_its_bounds_but_not_outside) {
  EXPECT_EQ(judged({.max_time = 2_s}, ended(0)), "");
  EXPECT_NE(judged({.max_time = 1'999_ms}, ended(0)), "");
  EXPECT_EQ(judged({.min_time = 2_s}, ended(0)), "");
  EXPECT_TRUE(judged({.min_time = 2'001_ms}, ended(0)).starts_with("it took "));
}

TEST(Judge, long_output_is_quoted_in_part) {
  RunExpectation expect;
  expect.stdout_text.contains = {"z"};
  const std::string fault = judged(expect, ended(0, std::string(5'000, 'a')));
  EXPECT_LT(fault.size(), 200u);
  EXPECT_TRUE(fault.ends_with("a'…")) << fault;
}

}  // namespace
}  // namespace catenet::lab
