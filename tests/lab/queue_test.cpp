// What a queue's discipline is good for: ping beside a download over a slow line, and the download
// itself.
#include <cstdlib>
#include <gtest/gtest.h>

#include "catenet/lab/lab_file.hpp"
#include "catenet/lab/runner.hpp"

namespace catenet::lab {
namespace {

struct Outcome {
  double ping_ms = 0;  // the mean
  u64 line_drops = 0;
  Duration transfer;
  u64 hash = 0;
};

// 8 MB over 10 Mbit/s take at least 6.4 s; the echo goes along from 2 s to 6 s. Without a queue it
// takes 20 ms.
std::string lab(const std::string& queue) {
  return "nodes:\n"
         "  alice:\n"
         "  r1: {kind: router}\n"
         "  web: {services: [{http: {files: {/big: {size: 8 MB}}}}],\n"
         "        options: {tcp: {congestion: cubic}}}\n"
         "links:\n"
         "  - {endpoints: [web, r1], impair: {rate: 1 Gbit}}\n"
         "  - {name: line, endpoints: [r1, alice],\n"
         "     impair: {rate: 10 Mbit, delay: 10 ms, queue: {" +
         queue +
         "}}}\n"
         "script:\n"
         "  - {at: 0 s, on: alice, run: fetch -o big http://web/big, name: transfer}\n"
         "  - {at: 2 s, on: alice, run: ping -c 20 -i 0.2 web, name: ping}\n"
         "capture: none\n";
}

double mean_ms(const std::string& output) {
  const std::string_view before = "rtt min/avg/max/mdev = ";
  const std::size_t line = output.find(before);
  if (line == std::string::npos) return -1;
  const std::size_t slash = output.find('/', line + before.size());
  return std::strtod(output.c_str() + slash + 1, nullptr);
}

Outcome run(const std::string& queue, u32 shards = 1) {
  MemoryFileSource none;
  const auto plan = read_lab_text(lab(queue), "queue.yaml", none, {});
  if (!plan) {
    ADD_FAILURE() << to_string(plan.error());
    return {};
  }
  RunnerOptions options;
  options.network.shards = shards;
  options.network.interleave = true;
  Runner runner(*plan, options);
  runner.run();
  const RunResult result = runner.collect();
  EXPECT_TRUE(result.books.balance);
  Outcome outcome;
  outcome.hash = result.event_hash;
  for (const auto& [reason, count] : result.books.dropped) outcome.line_drops += count;
  for (const StepResult& step : result.steps) {
    EXPECT_TRUE(step.faults.empty() && step.ended) << step.name;
    if (step.name == "ping") outcome.ping_ms = mean_ms(step.output);
    if (step.name == "transfer" && step.ended) outcome.transfer = *step.ended - *step.started;
  }
  return outcome;
}

TEST(Queue, codel_and_red_keep_ping_quick_beside_a_cubic_transfer) {
  const Outcome tail = run("frames: 1000");
  const Outcome codel = run("discipline: codel");
  const Outcome red = run("discipline: red, min: 10, max: 30");
  EXPECT_GT(tail.ping_ms, 150);
  EXPECT_LT(codel.ping_ms, 30);
  EXPECT_LT(red.ping_ms, 45);
  EXPECT_GT(codel.line_drops, 0u);
  // Neither costs the transfer much of the line.
  for (const Outcome& one : {codel, red}) EXPECT_LT(one.transfer, tail.transfer * 6 / 5);
}

TEST(Queue, every_discipline_runs_the_same_in_three_shards) {
  for (const char* queue : {"frames: 40", "discipline: codel", "discipline: red, min: 5"}) {
    EXPECT_EQ(run(queue, 1).hash, run(queue, 3).hash) << queue;
  }
}

}  // namespace
}  // namespace catenet::lab
