// Reports of a made-up run: what people read, and what programs parse.
#include "catenet/lab/report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "catenet/lab/made_up_run_test.hpp"

namespace catenet::lab {
namespace {

TEST(TextReport, control_characters_and_wrong_utf8_do_not_reach_the_terminal) {
  RunResult run = made_up_run();
  run.steps[0].text = "a: fetch 'x\x1b[2J'";
  run.steps[0].output =
      "\x1b]0;title\a\tplain \u00e9\u2026\r\n\xc2\x9b"
      "31m \xff\xe2\x82\n";
  run.steps[0].faults = {"stdout is not '\b'"};
  run.expectations[0].name = "\x7f";
  run.notes = {"a: \x1b[31m"};
  const std::string text = text_report(run);
  for (const char* part :
       {"fetch 'x\\x1b[2J'", "| \\x1b]0;title\\x07\tplain \u00e9\u2026\\x0d\n",
        "| \\xc2\\x9b31m \\xff\\xe2\\x82\n", "not '\\x08'", "ok   \\x7f (2)", "a: \\x1b[31m"}) {
    EXPECT_TRUE(has(text, part)) << part << " is missing in\n" << text;
  }
}

TEST(TextReport, of_a_command_of_several_lines_the_first_is_shown) {
  RunResult run = made_up_run();
  run.steps[0].text = "a: for i in 1 2; do\n  ping -c 1 b\ndone\n";
  EXPECT_TRUE(has(text_report(run), "  ok   a: for i in 1 2; do \u2026\n")) << text_report(run);
  run.steps[0].text = "a: ping -c 1 b\n";
  EXPECT_TRUE(has(text_report(run), "  ok   a: ping -c 1 b\n")) << text_report(run);
}

TEST(TextReport, what_turns_the_direction_of_writing_is_seen) {
  RunResult run = made_up_run();
  run.steps[0].output = "a\u202eb\u2066c\u061cd\u2028e\ufefff \u0639\u2026\n";
  EXPECT_TRUE(has(text_report(run), "| a\\u202eb\\u2066c\\u061cd\\u2028e\\ufefff \u0639\u2026\n"))
      << text_report(run);
}

TEST(JsonReport, capture_is_named_as_it_lies_beside_the_report) {
  RunResult run = made_up_run();
  run.capture_path = "/tmp/out/pair/lab.pcapng";
  EXPECT_EQ(nlohmann::json::parse(json_report(run))["capture"], "lab.pcapng");
  run.capture_path.clear();
  EXPECT_TRUE(nlohmann::json::parse(json_report(run))["capture"].is_null());
}

TEST(TextReport, long_line_is_cut_between_characters) {
  RunResult run = made_up_run();
  run.steps[0].output = std::string(159, 'a') + "\u2026 and more";
  EXPECT_TRUE(has(text_report(run), "| " + std::string(159, 'a') + " \u2026 12 bytes more\n"));
  run.steps[0].output = std::string(160, 'a') + "\n";
  EXPECT_TRUE(has(text_report(run), "| " + std::string(160, 'a') + "\n"));
}

TEST(TextReport, last_notes_are_among_those_shown) {
  RunResult run = made_up_run();
  run.notes.clear();
  for (int i = 1; i <= 25; ++i) run.notes.push_back(fmt::format("note {}", i));
  const std::string text = text_report(run);
  EXPECT_TRUE(
      has(text, "  note 10\n  \u2026 5 more; the JSON report has them all \u2026\n  note 16\n"))
      << text;
  EXPECT_TRUE(has(text, "  note 25\n"));
}

TEST(TextReport, frames_to_groups_that_nobody_joined_are_no_loss) {
  RunResult run = made_up_run();
  for (PortResult& port : run.ports) {
    port.counters.drops = {};
    port.counters.drops[static_cast<std::size_t>(Drop::other_group)] = 4;
  }
  EXPECT_FALSE(has(text_report(run), "dropped at ports")) << text_report(run);
}

TEST(Reports, verification_is_part_of_the_verdict) {
  RunResult run = made_up_run();
  EXPECT_FALSE(nlohmann::json::parse(json_report(run)).contains("verify"));
  run.verification.emplace();
  EXPECT_TRUE(run.passed());
  EXPECT_EQ(nlohmann::json::parse(json_report(run))["verify"]["same"], true);
  EXPECT_TRUE(has(text_report(run), "verify: four runs"));
  run.verification->difference = "event 3";
  EXPECT_FALSE(run.passed());
  EXPECT_EQ(nlohmann::json::parse(json_report(run))["verify"]["difference"], "event 3");
  EXPECT_TRUE(has(text_report(run), "verify: NOT the same: event 3\npair: FAILED"));
}

TEST(TextReport, good_run_tells_everything_and_ends_with_the_verdict) {
  const std::string text = text_report(made_up_run());
  for (const char* part :
       {"lab pair, seed 7", "1.000000", "1.020000", "ok   a: ping -c 1 b", "| PING b",
        "| 1 received", "ok   line lost little (2)", "a:eth0 > b:eth0", "random_loss 2",
        "no_socket 3", "10 offered = 7 delivered + 2 dropped + 1 in flight: they balance",
        "42 events", "seed 7, event hash 0000000000abcdef"}) {
    EXPECT_TRUE(has(text, part)) << part << " is missing in\n" << text;
  }
  EXPECT_TRUE(text.ends_with("\npair: passed\n")) << text;
  EXPECT_FALSE(has(text, "FAIL"));
  EXPECT_FALSE(has(text, "\x1b"));
}

TEST(TextReport, failure_says_what_it_was_and_what_it_should_have_been) {
  RunResult result = made_up_run();
  result.steps[0].status = StepStatus::failed;
  result.steps[0].faults = {"it exited with 1, not 0"};
  result.expectations[0].held = false;
  const std::string text = text_report(result);
  EXPECT_TRUE(has(text, "FAIL a: ping -c 1 b")) << text;
  EXPECT_TRUE(has(text, "it exited with 1, not 0"));
  EXPECT_TRUE(has(text, "FAIL line lost little: it was 2, wanted at most 3"));
  EXPECT_TRUE(text.ends_with("\npair: FAILED\n"));
}

TEST(Reports, real_program_is_told_with_what_it_took_of_the_machine) {
  RunResult result = made_up_run();
  EXPECT_FALSE(has(text_report(result), "MiB"));
  EXPECT_FALSE(nlohmann::json::parse(json_report(result))["steps"][0].contains("resources"));
  result.steps[0].resources = ResourceUse{12_ms, 3_ms, 9 << 20};
  EXPECT_TRUE(has(text_report(result), "12 ms user, 3 ms system, 9.0 MiB"));
  const auto json = nlohmann::json::parse(json_report(result))["steps"][0]["resources"];
  EXPECT_EQ(json["user"], "0.012000000");
  EXPECT_EQ(json["system"], "0.003000000");
  EXPECT_EQ(json["max_resident_bytes"], 9 << 20);
}

TEST(Reports, run_that_was_broken_off_has_failed_and_says_why) {
  RunResult result = made_up_run();
  EXPECT_TRUE(nlohmann::json::parse(json_report(result))["broken_off"].is_null());
  result.broken_off = "frames circle";
  EXPECT_FALSE(result.passed());
  EXPECT_TRUE(has(text_report(result), "broken off: frames circle"));
  EXPECT_TRUE(text_report(result).ends_with("\npair: FAILED\n"));
  EXPECT_EQ(nlohmann::json::parse(json_report(result))["broken_off"], "frames circle");
}

TEST(TextReport, books_that_do_not_balance_fail_the_run) {
  RunResult result = made_up_run();
  result.books.balance = false;
  EXPECT_FALSE(result.passed());
  EXPECT_TRUE(has(text_report(result), "THEY DO NOT BALANCE"));
  EXPECT_TRUE(text_report(result).ends_with("\npair: FAILED\n"));
}

TEST(TextReport, step_that_never_ran_has_no_times) {
  RunResult result = made_up_run();
  StepResult& step = result.steps[0];
  step = {.name = "late", .text = "a: never", .status = StepStatus::not_run};
  const std::string text = text_report(result);
  EXPECT_TRUE(has(text, "           -            -  FAIL a: never")) << text;
  EXPECT_FALSE(result.passed());
}

TEST(TextReport, steps_stand_in_the_order_of_their_start) {
  RunResult result = made_up_run();
  result.steps.clear();
  const auto add = [&](const char* text, std::optional<Instant> started) {
    result.steps.push_back(
        {.name = text, .text = text, .status = StepStatus::passed, .started = started});
  };
  add("a: never", {});
  add("a: third", Instant::at(3_s));
  add("a: fifth", Instant::at(5_s));
  add("a: first", Instant::at(1_s));
  add("a: fourth", Instant::at(3_s));
  const std::string text = text_report(result);
  std::size_t last = 0;
  for (const char* name : {"first", "third", "fourth", "fifth", "never"}) {
    const std::size_t at = text.find(std::string("ok   a: ") + name);
    ASSERT_NE(at, std::string::npos) << name;
    EXPECT_GT(at, last) << name << " stands too early in\n" << text;
    last = at;
  }
}

TEST(TextReport, step_that_still_runs_counts_as_good) {
  RunResult result = made_up_run();
  result.steps[0].status = StepStatus::running;
  EXPECT_TRUE(result.passed());
  EXPECT_TRUE(has(text_report(result), "ok   a: ping"));
}

TEST(TextReport, long_output_keeps_its_first_and_last_lines) {
  RunResult result = made_up_run();
  result.steps[0].output.clear();
  for (int i = 1; i <= 1'000; ++i) {
    result.steps[0].output += "line " + std::to_string(i) + " of it\n";
  }
  const std::string text = text_report(result);
  EXPECT_TRUE(has(text, "| line 1 of it\n"));
  EXPECT_TRUE(has(text, "| line 24 of it\n"));
  EXPECT_FALSE(has(text, "| line 25 of it\n"));
  EXPECT_TRUE(has(text, "970 lines more"));
  EXPECT_FALSE(has(text, "| line 994 of it\n"));
  EXPECT_TRUE(has(text, "| line 995 of it\n"));
  EXPECT_TRUE(has(text, "| line 1000 of it\n"));
  EXPECT_FALSE(has(text_report(result, {.outputs = false}), "line 1 of it"));
}

TEST(TextReport, colour_is_only_for_terminals) {
  const std::string text = text_report(made_up_run(), {.colour = true});
  EXPECT_TRUE(has(text, "\x1b[32mok  \x1b[0m"));
  EXPECT_TRUE(has(text, "\x1b[32mpassed\x1b[0m"));
}

TEST(TextReport, wall_clock_run_tells_its_lag_and_no_hash) {
  RunResult result = made_up_run();
  result.wall_clock = true;
  result.lag = "events were 12 us late at the median";
  const std::string text = text_report(result);
  EXPECT_TRUE(has(text, result.lag));
  EXPECT_FALSE(has(text, "event hash"));
}

TEST(JsonReport, every_field_can_be_parsed_back) {
  const auto json = nlohmann::json::parse(json_report(made_up_run()));
  EXPECT_EQ(json["lab"], "pair");
  EXPECT_EQ(json["passed"], true);
  EXPECT_EQ(json["seed"], 7);
  EXPECT_EQ(json["event_hash"], "0000000000abcdef");
  EXPECT_EQ(json["events"], 42);
  EXPECT_EQ(json["end"], "1.500000000");
  EXPECT_EQ(json["time"], "virtual");
  EXPECT_TRUE(json["capture"].is_null());
  EXPECT_EQ(json["steps"][0]["name"], "step 1");
  EXPECT_EQ(json["steps"][0]["status"], "passed");
  EXPECT_EQ(json["steps"][0]["started"], "1.000000000");
  EXPECT_EQ(json["steps"][0]["ended"], "1.020000000");
  EXPECT_EQ(json["steps"][0]["exit"], 0);
  EXPECT_EQ(json["steps"][0]["stdout"], "PING b\n1 received\n");
  EXPECT_EQ(json["steps"][0]["faults"], nlohmann::json::array());
  EXPECT_EQ(json["expectations"][0]["measured"], 2);
  EXPECT_EQ(json["expectations"][0]["wanted"], "at most 3");
  EXPECT_EQ(json["books"]["dropped"], (nlohmann::json{{"random_loss", 2}}));
  EXPECT_EQ(json["books"]["balance"], true);
  EXPECT_EQ(json["directions"][0]["dropped"], (nlohmann::json{{"random_loss", 2}}));
  EXPECT_EQ(json["nodes"][0]["kind"], "router");
  EXPECT_EQ(json["nodes"][0]["counters"], (nlohmann::json{{"tcp.in_segs", 12}}));
  EXPECT_FALSE(json.contains("connections"));
  EXPECT_EQ(json["directions"][0]["in_flight"], 1);
  EXPECT_EQ(json["ports"][0]["name"], "b:eth0");
  EXPECT_EQ(json["ports"][0]["dropped"], (nlohmann::json{{"no_socket", 3}, {"random_loss", 2}}));
}

TEST(JsonReport, what_a_page_draws_can_be_drawn_from_it) {
  RunResult result = made_up_run();
  result.traffic.emplace();
  result.traffic->connections_seen = 1;
  result.traffic->width = 1_ms;
  result.traffic->load[0].bytes[3] = 99;
  Connection connection{"a 10.0.0.1:5000", "b 10.0.0.2:80", "a:eth0", "", {}};
  connection.trace.a_to_b.data.add(Instant::at(1_ms), 1, 101);
  connection.trace.a_to_b.mark(Instant::at(2_ms), 0, TcpMarkKind::syn);
  result.traffic->connections.push_back(connection);
  result.traffic->connections.push_back(connection);
  const auto json = nlohmann::json::parse(json_report(result));
  ASSERT_EQ(json["connections"].size(), 2u);
  const auto& way = json["connections"][1]["a_to_b"];
  EXPECT_EQ(way["data"], nlohmann::json::parse("[[1000000, 1000000, 1, 101, 1]]"));
  EXPECT_EQ(way["marks"], nlohmann::json::parse("[[2000000, 0, \"SYN\"]]"));
  EXPECT_TRUE(json["connections"][0]["b_to_a"]["port"].is_null());
  EXPECT_EQ(json["load"][0]["direction"], "a:eth0 > b:eth0");
  EXPECT_EQ(json["load"][0]["bytes"][3], 99);
  EXPECT_EQ(json["load"][0]["width"], "0.001000000");
}

TEST(JsonReport, what_never_was_is_null) {
  RunResult result = made_up_run();
  result.steps[0] = {.name = "late", .text = "a: never", .status = StepStatus::not_run};
  result.wall_clock = true;
  const auto json = nlohmann::json::parse(json_report(result));
  EXPECT_EQ(json["passed"], false);
  EXPECT_EQ(json["steps"][0]["status"], "not run");
  EXPECT_TRUE(json["steps"][0]["started"].is_null());
  EXPECT_TRUE(json["steps"][0]["exit"].is_null());
  EXPECT_TRUE(json["event_hash"].is_null());
  EXPECT_EQ(json["time"], "wall");
}

TEST(JsonReport, bytes_that_are_no_text_are_replaced_not_refused) {
  RunResult result = made_up_run();
  result.steps[0].output = "\xff\xfe ok \x80";
  const auto json = nlohmann::json::parse(json_report(result));
  EXPECT_TRUE(has(json["steps"][0]["stdout"].get<std::string>(), " ok "));
}

TEST(JsonReport, numbers_beyond_a_double_keep_every_digit) {
  RunResult result = made_up_run();
  result.seed = 18'446'744'073'709'551'615ull;
  EXPECT_TRUE(has(json_report(result), "\"seed\": 18446744073709551615"));
}

}  // namespace
}  // namespace catenet::lab
