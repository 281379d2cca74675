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

TEST(Runner, iperf3_measures_goodput_with_the_service_in_the_labs_time) {
  const RunResult result = run_of(
      "nodes: {a: , b: {services: [iperf3, {iperf3: {port: 99}}]}}\n"
      "links: [{endpoints: [a, b], impair: {rate: 100 Mbit, delay: 5 ms}}]\n"
      "script:\n"
      "  - {name: tcp, at: 0 s, on: a, run: iperf3 -c b -t 10,\n"
      "     expect: {stdout: {matches: '0.00-10.[01]. +sec +1[01][0-9] MBytes +9[0-9].* rece'}}}\n"
      "  - {after: tcp, on: a, run: iperf3 -c b -p 99 -u -b 2M -t 5,\n"
      "     expect: {stdout: {contains: '1.19 MBytes  2.00 Mbits/sec'}, takes: {max: 6 s}}}\n");
  EXPECT_TRUE(result.passed()) << faults(result.steps[0]) << result.steps[0].output
                               << faults(result.steps[1]) << result.steps[1].output;
}

TEST(Runner, timeout_stops_a_command_with_exit_124) {
  const RunResult result =
      run_of(pair_and("script: [{at: 1 s, on: a, run: ping b, timeout: 2500 ms}]\n"));
  const StepResult& step = result.steps[0];
  EXPECT_EQ(step.exit, 124);
  EXPECT_EQ(*step.ended - *step.started, 2'500_ms);
  EXPECT_NE(faults(step).find("it was stopped after"), std::string::npos) << faults(step);
  EXPECT_EQ(step.status, StepStatus::failed);
  EXPECT_NE(step.output.find("icmp_seq=2"), std::string::npos) << step.output;
}

TEST(Runner, timeout_that_is_expected_is_no_fault) {
  const RunResult result = run_of(
      pair_and("script: [{at: 1 s, on: a, run: ping b, timeout: 2500 ms, expect: {exit: 124}}]\n"));
  EXPECT_EQ(result.steps[0].status, StepStatus::passed) << faults(result.steps[0]);
}

TEST(Runner, timeout_that_is_not_reached_changes_nothing) {
  const RunResult result =
      run_of(pair_and("script: [{at: 1 s, on: a, run: ping -c 1 b, timeout: 1 min}]\n"));
  EXPECT_EQ(faults(result.steps[0]), "");
  EXPECT_LT(result.end, Instant::at(10_s));
}

TEST(Runner, what_was_started_does_not_hold_the_lab_open) {
  const RunResult result =
      run_of(pair_and("script:\n"
                      "  - {at: 0 s, on: a, start: ping b}\n"
                      "  - {at: 3 s, on: b, run: ping -c 1 a}\n"));
  EXPECT_EQ(result.steps[0].status, StepStatus::running);
  EXPECT_FALSE(result.steps[0].exit);
  EXPECT_EQ(result.steps[1].status, StepStatus::passed);
  EXPECT_TRUE(result.passed());
  EXPECT_LT(result.end, Instant::at(5_s));
}

TEST(Runner, what_was_started_and_still_runs_at_the_end_is_judged_by_what_it_did) {
  const RunResult result =
      run_of(pair_and("script:\n"
                      "  - {at: 0 s, on: a, start: ping b, expect: {within: 1 s}}\n"
                      "  - {at: 0 s, on: a, start: ping b, expect: {stdout: {contains: NEVER}}}\n"
                      "  - {at: 0 s, on: a, start: ping b,\n"
                      "     expect: {within: 1 min, stdout: {contains: icmp_seq=2}}}\n"
                      "  - {at: 3 s, on: b, run: ping -c 1 a}\n"));
  EXPECT_EQ(result.steps[0].status, StepStatus::failed);
  EXPECT_TRUE(faults(result.steps[0]).starts_with("it still ran after 3"));
  EXPECT_EQ(result.steps[1].status, StepStatus::failed);
  EXPECT_TRUE(faults(result.steps[1]).starts_with("stdout does not contain 'NEVER'"));
  EXPECT_EQ(result.steps[2].status, StepStatus::running);
  EXPECT_NE(result.steps[2].output.find("icmp_seq=2"), std::string::npos);
  EXPECT_FALSE(result.passed());
}

TEST(Runner, steps_that_all_start_something_hold_the_lab_open) {
  const RunResult result =
      run_of(pair_and("script:\n"
                      "  - {at: 1 s, on: a, start: ping -c 2 b, expect: {exit: 0}}\n"
                      "  - {at: 2 s, on: b, start: ping -c 4 a, expect: {exit: 0}}\n"));
  for (const StepResult& step : result.steps) EXPECT_EQ(step.status, StepStatus::passed);
  EXPECT_GT(result.end, Instant::at(5_s));
  const RunResult stopped =
      run_of(pair_and("stop_time: 3 s\nscript: [{at: 1 s, on: a, start: ping b}]\n"));
  EXPECT_EQ(stopped.steps[0].status, StepStatus::running);
  EXPECT_EQ(stopped.end, Instant::at(3_s));
  EXPECT_TRUE(stopped.passed());
}

TEST(Runner, recording_ends_when_the_books_close) {
  const Plan plan =
      plan_of(pair_and("stop_time: 3 s\nscript: [{at: 1 s, on: a, start: ping b}]\n"));
  EventLog log(10'000);
  RunResult result;
  std::size_t seen = 0;
  {
    Runner runner(plan, {.recorder = &log});
    runner.run();
    result = runner.collect();
    seen = log.size();
    runner.network().shards().run_until(Instant::at(9_s));
  }
  EXPECT_GT(seen, 0u);
  EXPECT_EQ(log.size(), seen);
}

struct Talker {
  LabSystem& system;
  void talk() { system.log("test", "now"); }
  MemberEvent<Talker, &Talker::talk> event{*this};
};

TEST(Runner, notes_tell_the_time_of_their_node) {
  const Plan plan = plan_of(pair_and("script: [{at: 5 s, on: a, run: ping -c 1 b}]\n"));
  Runner runner(plan, {});
  Network& network = runner.network();
  Talker talker{*network.system(0)};
  network.shards().engine(0).schedule_at(Instant::at(1_s), network.origin(0).next_key(),
                                         talker.event);
  runner.run();
  const RunResult result = runner.collect();
  ASSERT_EQ(result.notes.size(), 1u);
  EXPECT_EQ(result.notes[0], to_string(Instant::at(1_s)) + " a: test: now");
}

TEST(Runner, interrupted_run_is_collected_and_says_so) {
  RunnerOptions options;
  int asked = 0;
  options.interrupted = [&asked] { return ++asked > 5; };
  const RunResult result = run_of(pair_and("script: [{at: 0 s, on: a, run: ping b}]\n"), options);
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.broken_off, "interrupted");
  EXPECT_FALSE(result.passed());
  EXPECT_NE(result.steps[0].output.find("icmp_seq=1"), std::string::npos);
}

TEST(Runner, thousands_of_repeated_steps_keep_their_order) {
  const std::string step = "{at: 0 s, every: 1 ms, times: 2000, on: a, run: ping -c 1 b}";
  const RunResult result = run_of(pair_and("script: [" + step + ", " + step + "]\n"));
  ASSERT_EQ(result.steps.size(), 4'000u);
  for (std::size_t i = 1; i < result.steps.size(); ++i) {
    ASSERT_LE(*result.steps[i - 1].started, *result.steps[i].started) << i;
  }
  EXPECT_TRUE(result.passed());
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

// A command that the reader would have refused.
RunResult run_unchecked(const std::string& command) {
  Plan plan = plan_of(pair_and("script: [{at: 0 s, on: a, run: ping -c 1 b}]\n"));
  plan.script[0].run.command = command;
  Runner runner(plan, {});
  runner.run();
  return runner.collect();
}

TEST(Runner, quotes_that_do_not_close_exit_with_2) {
  const RunResult result = run_unchecked("ping 'b");
  EXPECT_EQ(result.steps[0].exit, 2);
  EXPECT_NE(faults(result.steps[0]).find("quotes"), std::string::npos) << faults(result.steps[0]);
  EXPECT_EQ(result.steps[0].status, StepStatus::failed);
}

TEST(Runner, unknown_tool_exits_with_127) {
  const RunResult result = run_unchecked("frobnicate b");
  EXPECT_EQ(result.steps[0].exit, 127);
  EXPECT_TRUE(faults(result.steps[0]).starts_with("frobnicate: there is no such tool"));
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

// A folder of the machine: one file, touched at some time.
class DiskFile final : public Files {
 public:
  DiskFile(i64 modified_s, std::string text) : modified_s_(modified_s), text_(std::move(text)) {}
  Result<Status> status(const std::string& path) override {
    const Kind kind = path == "/" ? Kind::directory : Kind::file;
    return Status{kind, text_.size(), modified_s_};
  }
  Result<u32> read(const std::string&, u64 offset, MutableBytes into) override {
    const std::string_view rest = std::string_view(text_).substr(std::min(offset, text_.size()));
    return static_cast<u32>(rest.copy(reinterpret_cast<char*>(into.data()), into.size()));
  }
  Result<void> write(const std::string&, ByteView) override { return closed(); }
  Result<void> append(const std::string&, ByteView) override { return closed(); }
  Result<void> remove(const std::string&) override { return closed(); }
  Result<std::vector<std::string>> list(const std::string&) override { return closed(); }

 private:
  static Unexpected closed() { return Unexpected(Errno::access_denied); }
  i64 modified_s_;
  std::string text_;
};

TEST(Runner, when_a_folders_file_was_touched_changes_no_byte_of_a_run) {
  const std::string lab =
      "nodes: {a: , b: {services: [{http: {root: site}}]}}\nlinks: [{endpoints: [a, b]}]\n"
      "script: [{at: 0 s, on: a, run: fetch -S http://b/page}]\n";
  const auto run_at = [&](i64 modified_s, const std::string& text) {
    RunnerOptions options;
    options.open_folder = [&](const std::string&) {
      return std::make_unique<DiskFile>(modified_s, text);
    };
    MemoryFileSource source({{"site/page", text}});
    const Plan plan = plan_of(lab, source);
    Runner runner(plan, options);
    runner.run();
    return runner.collect();
  };
  const RunResult first = run_at(1'000'000'000, "Hello");
  EXPECT_TRUE(first.passed()) << faults(first.steps[0]);
  const RunResult touched = run_at(1'700'000'000, "Hello");
  EXPECT_EQ(first.event_hash, touched.event_hash);
  EXPECT_EQ(first.steps[0].error_output, touched.steps[0].error_output);
  EXPECT_NE(first.steps[0].error_output.find("ETag"), std::string::npos);
  const RunResult edited = run_at(1'000'000'000, "Hullo");
  EXPECT_NE(edited.steps[0].error_output, first.steps[0].error_output);
}

TEST(Runner, output_beyond_a_mebibyte_is_cut_off_and_said_so) {
  const RunResult result = run_of(served("1500 kB"));
  const std::string& output = result.steps[0].output;
  EXPECT_EQ(result.steps[0].exit, 0);
  EXPECT_EQ(output.size(), BudgetedText::most + 24);
  EXPECT_TRUE(output.ends_with("\n[the rest was cut off]\n"));
}

TEST(Runner, outputs_of_running_commands_share_a_budget) {
  RunnerOptions options;
  options.running_budget = 3'000;
  const std::string text = pair_and(
      "stop_time: 500 s\n"
      "script:\n"
      "  - {at: 0 s, on: a, start: ping -c 200 b, expect: {exit: 0}}\n"
      "  - {at: 100 s, every: 1 ms, times: 20, on: a, start: ping b}\n"
      "  - {at: 400 s, on: b, run: ping -c 20 a}\n");
  const RunResult result = run_of(text, options);
  std::size_t together = 0;
  for (std::size_t i = 0; i + 1 < result.steps.size(); ++i) {
    const std::string& output = result.steps[i].output;
    EXPECT_TRUE(output.ends_with("\n[the rest was cut off]\n")) << output;
    EXPECT_GE(output.size(), BudgetedText::least);
    together += output.size();
  }
  EXPECT_LE(together, options.running_budget + 21 * (BudgetedText::least + 24));
  // What ended has given back what it had.
  EXPECT_NE(result.steps.back().output.find("20 packets transmitted"), std::string::npos)
      << result.steps.back().output;
}

TEST(Runner, outputs_beyond_the_budget_keep_their_ends_after_they_were_judged) {
  RunnerOptions options;
  options.output_budget = 150'000;
  const std::string size = "100 kB";
  std::string text = served(size);
  const std::string one = "{at: 0 s, on: a, run: fetch http://b/big}";
  text.replace(text.find(one), one.size(),
               one + ", {at: 1 s, on: a, run: fetch http://b/big, expect: {within: 1 min}}");
  const RunResult result = run_of(text, options);
  ASSERT_EQ(result.steps.size(), 2u);
  EXPECT_TRUE(result.passed()) << faults(result.steps[1]);
  EXPECT_EQ(result.steps[0].output.size(), 100'000u);
  const std::string& cut = result.steps[1].output;
  EXPECT_LT(cut.size(), 1'200u);
  EXPECT_NE(cut.find("\n[98976 bytes cut out"), std::string::npos);
  EXPECT_EQ(cut.substr(0, 512), result.steps[0].output.substr(0, 512));
  EXPECT_EQ(cut.substr(cut.size() - 512), result.steps[0].output.substr(100'000 - 512));
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

TEST(Runner, bulk_over_loopback_arrives) {
  const RunResult result = run_of(
      "nodes: {a: {services: [{http: {files: {/big: {size: 30 MB}}}}]}}\n"
      "script: [{at: 0 s, on: a, run: fetch --digest sha256 http://127.0.0.1/big}]\n");
  EXPECT_TRUE(result.passed()) << faults(result.steps[0]) << result.steps[0].error_output;
}

// --- Cold boots ---

// When the frames of each kind of ARP went by.
struct ArpTimes final : Recorder {
  std::vector<Instant> probes;  // from 0.0.0.0 (RFC 5227 §2.1.1)

  void on_frame(Instant now, PortId, FrameEvent event, const Packet& frame,
                std::optional<Drop>) override {
    const ByteView bytes = frame.linear_bytes();
    const bool arp = bytes.size() >= 42 && load16(bytes.data() + 12) == 0x0806;
    if (event == FrameEvent::sent && arp && load32(bytes.data() + 28) == 0) probes.push_back(now);
  }
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}
};

constexpr std::string_view cold_pair =
    "nodes: {a: {boot: cold}, b: {boot: cold}}\n"
    "links: [{endpoints: [a, b], impair: {delay: 10 ms}}]\n";

TEST(Runner, cold_boot_is_over_at_0_s) {
  ArpTimes arp;
  RunnerOptions options;
  options.recorder = &arp;
  const RunResult result = run_of(std::string(cold_pair) +
                                      "script:\n"
                                      "  - {at: 0 s, on: a, run: ping -c 1 -4 b}\n"
                                      "  - {at: 0 s, on: b, run: ping -c 1 -6 a}\n",
                                  options);
  EXPECT_TRUE(result.passed()) << faults(result.steps[0]) << faults(result.steps[1]);
  EXPECT_EQ(result.steps[0].started, Instant());
  EXPECT_EQ(arp.probes.size(), 6u);  // three of each host
  for (const Instant at : arp.probes) EXPECT_LT(at, Instant());
}

TEST(Runner, lab_of_cold_hosts_alone_ends_when_they_are_awake) {
  EXPECT_EQ(run_of(std::string(cold_pair)).end, Instant());
}

TEST(Rfc4862, s5_4_5_address_that_is_anothers_is_told_in_the_notes) {
  Plan plan = plan_of("nodes: {a: , b: {boot: cold}}\nlinks: [{endpoints: [a, b]}]\n");
  const auto& taken = plan.nodes[0].interfaces[0].addresses;
  auto& own = plan.nodes[1].interfaces[0].addresses;
  own.insert(own.end(), taken.begin(), taken.end());
  Runner runner(plan, {});
  runner.run();
  EXPECT_EQ(
      runner.collect().notes,
      (std::vector<std::string>{"b: 10.0.1.10 at eth0 is another's too, and was given up",
                                "b: fd00:0:0:1::a at eth0 is another's too, and was given up"}));
}

TEST(Runner, warm_hosts_of_a_cold_lab_are_silent_before_0_s) {
  ArpTimes arp;
  RunnerOptions options;
  options.recorder = &arp;
  const RunResult result = run_of(
      "nodes: {a: {boot: cold}, b: }\n"
      "links: [{endpoints: [a, b], impair: {delay: 10 ms, rate: 1 Mbit, jitter: 1 ms}}]\n"
      "script: [{at: 0 s, on: b, run: ping -c 1 a}]\n",
      options);
  EXPECT_TRUE(result.passed()) << faults(result.steps[0]);
  EXPECT_EQ(arp.probes.size(), 3u);
}

TEST(Runner, router_speaks_to_a_cold_host_before_0_s) {
  const RunResult result = run_of(
      "nodes: {a: {boot: cold, slaac: true}, r: {kind: router, boot: cold, advertise: true}}\n"
      "links: [{endpoints: [a, r], impair: {delay: 1 ms}}]\n"
      "script: [{at: 0 s, on: a, run: ping -6 -c 1 r}]\n");
  EXPECT_TRUE(result.passed()) << faults(result.steps[0]);
}

}  // namespace
}  // namespace catenet::lab
