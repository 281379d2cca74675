#include <gtest/gtest.h>

#include "catenet/lab/made_up_run_test.hpp"
#include "catenet/lab/report.hpp"
#include "catenet/lab/run_test.hpp"

namespace catenet::lab {
namespace {

// A page of 300 kB over a line that loses every fifteenth frame.
std::string lossy_lab() {
  return "name: lossy\nnodes: {a: , b: {services: [{http: {files: {/x: {size: 300 kB}}}}]}}\n"
         "links: [{name: line, endpoints: [a, b], impair: {rate: 10 Mbit, delay: 10 ms, loss: "
         "{every: 15}}}]\n"
         "script:\n"
         "- {at: 0 s, on: a, run: \"fetch http://b/x -o /x\"}\n"
         "- {at: 100 ms, link: line, impair: {delay: 20 ms}}\n";
}

RunResult watched_run(const std::string& text) {
  RunnerOptions options;
  options.watch_traffic = true;
  return run_of(text, options);
}

TEST(HtmlReport, good_run_shows_everything) {
  const std::string page = html_report(made_up_run());
  for (const char* part :
       {"<title>pair: passed — Catenet</title>", "✓ passed", "<code>0000000000abcdef</code>",
        "a: ping -c 1 b", "PING b\n1 received\n", "line lost little", "at most 3",
        "a:eth0 &gt; b:eth0", "<a href=\"#drop-random_loss\">random_loss</a>",
        "<tr id=\"drop-no_socket\">", "no socket listens there", "they balance", "tcp.in_segs"}) {
    EXPECT_TRUE(has(page, part)) << part << " is missing in\n" << page;
  }
  EXPECT_FALSE(has(page, "✗ failed"));
  EXPECT_FALSE(has(page, "FAILED"));
}

TEST(HtmlReport, what_failed_stands_at_the_top_and_in_its_place) {
  RunResult run = made_up_run();
  run.steps[0].status = StepStatus::failed;
  run.steps[0].faults = {"it exited with 1, not 0"};
  run.expectations[0].held = false;
  run.broken_off = "frames circle";
  const std::string page = html_report(run);
  for (const char* part :
       {"✗ FAILED", "<li>✗ broken off: frames circle</li>",
        "<li>✗ <bdi>line lost little</bdi>: it was 2, wanted at most 3</li>",
        "<li>✗ <bdi>a: ping -c 1 b</bdi>: it exited with 1, not 0</li>",
        "<p class=\"fault\">✗ it exited with 1, not 0</p>", "class=\"badbar\"", "✗ failed"}) {
    EXPECT_TRUE(has(page, part)) << part << " is missing in\n" << page;
  }
}

TEST(HtmlReport, any_bytes_are_written_visibly) {
  const std::string page = html_report(hostile_run());
  EXPECT_FALSE(has(page, "<script"));
  EXPECT_FALSE(has(page, "\u202e"));
  EXPECT_TRUE(has(page, "\\x1b[2J\\xff\\u202e"));
  for (const char c : page) EXPECT_TRUE(static_cast<u8>(c) >= 0x20 || c == '\n');
}

TEST(HtmlReport, lossy_transfer_is_drawn) {
  const RunResult run = watched_run(lossy_lab());
  ASSERT_TRUE(run.traffic);
  ASSERT_EQ(run.traffic->connections.size(), 1u);
  const Connection& connection = run.traffic->connections[0];
  EXPECT_TRUE(connection.a.starts_with("a 10.0.1.10:")) << connection.a;
  EXPECT_EQ(connection.b, "b 10.0.1.11:80");
  EXPECT_EQ(connection.b_port, "b:eth0");
  // The lab ends when the page is here, before the last acknowledgement is there.
  EXPECT_GT(connection.trace.b_to_a.acked_bytes(), 290'000);
  EXPECT_GT(connection.trace.b_to_a.bytes, 300'000u);
  EXPECT_GT(connection.trace.b_to_a.retransmitted, 0u);
  const std::string page = html_report(run);
  for (const char* part :
       {"<figure id=\"tcp-1\"", "seen at <code>b:eth0</code>", "<path class=\"d\"",
        "<path class=\"r\"", "<path class=\"x\"", "<path class=\"a\"", "<path class=\"k\"",
        "<path class=\"w\"", ">S<title>SYN at ", ">F<title>FIN at ", "<path class=\"change\"",
        "<path class=\"lost\"", "<path class=\"load\""}) {
    EXPECT_TRUE(has(page, part)) << part << " is missing in\n" << page;
  }
}

TEST(HtmlReport, what_is_drawn_agrees_with_what_was_counted) {
  const RunResult run = watched_run(lossy_lab());
  const TcpTrace& trace = run.traffic->connections[0].trace;
  u64 link_lost = 0;
  for (const DirectionResult& way : run.directions) {
    link_lost += total_drops(way.counters.dropped);
    u64 bytes = 0;
    u64 lost = 0;
    for (const u64 n : run.traffic->load.at(way.from).bytes) bytes += n;
    for (const u64 n : run.traffic->load.at(way.from).lost) lost += n;
    EXPECT_EQ(bytes, way.counters.offered_bytes) << way.name;
    EXPECT_EQ(lost, total_drops(way.counters.dropped)) << way.name;
  }
  // Some of the lost frames were ARP's or ND's, if any.
  EXPECT_LE(trace.a_to_b.lost + trace.b_to_a.lost, link_lost);
  EXPECT_GT(trace.b_to_a.lost, 0u);
  const auto counter = [&](std::string_view node, std::string_view name) {
    for (const NodeResult& result : run.nodes) {
      for (const auto& [counted, value] : result.counters) {
        if (result.name == node && counted == name) return value;
      }
    }
    return u64{0};
  };
  EXPECT_EQ(trace.b_to_a.retransmitted, counter("b", "tcp.retrans_segs"));
  EXPECT_EQ(trace.a_to_b.segments, counter("a", "tcp.out_segs") + counter("a", "tcp.retrans_segs"));
}

TEST(HtmlReport, looking_changes_nothing_and_the_same_run_gives_the_same_page) {
  const RunResult unwatched = run_of(lossy_lab());
  const RunResult first = watched_run(lossy_lab());
  const RunResult second = watched_run(lossy_lab());
  EXPECT_FALSE(unwatched.traffic);
  EXPECT_EQ(unwatched.event_hash, first.event_hash);
  EXPECT_EQ(html_report(first), html_report(second));
  EXPECT_EQ(json_report(first), json_report(second));
}

TEST(HtmlReport, page_has_a_bound_whatever_ran) {
  RunResult run = watched_run(lossy_lab());
  const Connection connection = run.traffic->connections[0];
  for (int i = 0; i < 100; ++i) run.traffic->connections.push_back(connection);
  StepResult step = run.steps[0];
  step.output = std::string(20'000, '<');
  for (int i = 0; i < 5'000; ++i) {
    step.status = i % 2 == 0 ? StepStatus::passed : StepStatus::failed;
    run.steps.push_back(step);
    run.expectations.push_back({"e", i % 2 == 0, 1, "at most 0"});
    run.directions.push_back(run.directions[0]);
    run.ports.push_back(run.ports[0]);
    run.nodes.push_back(run.nodes[0]);
    run.notes.emplace_back(1'000, 'n');
  }
  const std::string page = html_report(run);
  EXPECT_LT(page.size(), 3u << 20);
  EXPECT_TRUE(has(page, "more; <code>run.json</code> has them all"));
  EXPECT_TRUE(has(page, "Graphs of the 24 with the most bytes."));
}

TEST(HtmlReport, first_that_failed_are_shown_however_many_went_before) {
  RunResult run = made_up_run();
  const StepResult step = run.steps[0];
  for (int i = 0; i < 2'000; ++i) run.steps.push_back(step);
  run.steps.back().status = StepStatus::failed;
  run.steps.back().text = "a: the one";
  run.steps.back().started = Instant::at(1'400_ms);
  const std::string page = html_report(run);
  EXPECT_TRUE(has(page, "<tr id=\"step-2001\">"));
  EXPECT_TRUE(has(page, "<a href=\"#step-2001\">"));
}

TEST(HtmlReport, empty_lab_is_a_page_too) {
  RunResult run;
  run.lab = "empty";
  const std::string page = html_report(run);
  EXPECT_TRUE(has(page, "empty: passed"));
  EXPECT_FALSE(has(page, "<svg"));
}

TEST(HtmlReport, real_programs_and_lag_are_told) {
  RunResult run = made_up_run();
  run.wall_clock = true;
  run.lag = "events were 12 us late";
  run.steps[0].resources = ResourceUse{12_ms, 3_ms, 9 << 20};
  const std::string page = html_report(run);
  EXPECT_TRUE(has(page, "events were 12 us late"));
  EXPECT_TRUE(has(page, "12 ms user, 3 ms system, 9.44 MB"));
  EXPECT_FALSE(has(page, "event hash"));
}

}  // namespace
}  // namespace catenet::lab
