// What the controllers make of one bottleneck: throughput, queue, loss and shares.
#include <gtest/gtest.h>

#include "catenet/congestion/test_pipe.hpp"

namespace catenet::congestion {
namespace {

// Percent of the pipe's rate that `flow` is given in `time` from now.
u64 share(Pipe& pipe, std::initializer_list<PipeFlow*> flows, Duration time) {
  u64 before = 0, after = 0;
  for (const auto* flow : flows) before += flow->delivered;
  pipe.run(time);
  for (const auto* flow : flows) after += flow->delivered;
  return (after - before) * PipeFlow::mss * 100 / bytes_in(pipe.options.rate, time);
}

TEST(Pipe, bbr_fills_it_and_keeps_the_queue_small) {
  Pipe pipe({}), other({});
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  PipeFlow& cubic = other.add(CongestionKind::cubic);
  for (Pipe* p : {&pipe, &other}) {
    p->run(Duration::seconds(3));
    p->mean_queue();
  }
  EXPECT_GE(share(pipe, {&flow}, Duration::seconds(20)), 95u);
  EXPECT_GE(share(other, {&cubic}, Duration::seconds(20)), 95u);
  const u64 queue = pipe.mean_queue();
  EXPECT_LT(queue, 50'000u);  // a tenth of a round trip
  EXPECT_LT(queue * 5, other.mean_queue());
  EXPECT_EQ(flow.lost, 0u);
}

TEST(Pipe, bbr_fills_every_rate_from_one_megabit_to_ten_gigabit) {
  for (const u64 mbit : {1u, 10u, 1'000u, 10'000u}) {
    PipeOptions options;
    options.rate = mbit * 125'000;
    options.rtt = mbit < 10'000 ? Duration::milliseconds(40) : Duration::milliseconds(4);
    options.buffer = std::max<u64>(bytes_in(options.rate, options.rtt) * 2, 20'000);
    Pipe pipe(options);
    PipeFlow& flow = pipe.add(CongestionKind::bbr);
    pipe.run(options.rtt * 20);
    EXPECT_GE(share(pipe, {&flow}, options.rtt * (mbit < 1'000 ? 200 : 15)), 90u) << mbit;
  }
}

TEST(Pipe, bbr_holds_its_rate_at_one_percent_of_loss) {
  PipeOptions options;
  options.loss_per_million = 10'000;
  Pipe pipe(options), other(options);
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  PipeFlow& cubic = other.add(CongestionKind::cubic);
  for (Pipe* p : {&pipe, &other}) p->run(Duration::seconds(3));
  EXPECT_GE(share(pipe, {&flow}, Duration::seconds(20)), 70u);
  EXPECT_LE(share(other, {&cubic}, Duration::seconds(20)), 10u);
  EXPECT_EQ(flow.timeouts, 0u);
}

TEST(Pipe, bbr_loses_little_in_a_shallow_buffer) {
  PipeOptions options;
  options.buffer = 50'000;
  Pipe pipe(options);
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  pipe.run(Duration::seconds(3));
  const u64 sent = flow.sent, lost = flow.lost;
  EXPECT_GE(share(pipe, {&flow}, Duration::seconds(20)), 85u);
  EXPECT_LT((flow.lost - lost) * 100, flow.sent - sent);
}

TEST(Pipe, two_bbr_flows_share) {
  Pipe pipe({});
  PipeFlow& first = pipe.add(CongestionKind::bbr, 1);
  PipeFlow& late = pipe.add(CongestionKind::bbr, 2, Instant::at(Duration::seconds(5)));
  pipe.run(Duration::seconds(25));
  const u64 first_before = first.delivered, late_before = late.delivered;
  EXPECT_GE(share(pipe, {&first, &late}, Duration::seconds(30)), 95u);
  const u64 a = first.delivered - first_before, b = late.delivered - late_before;
  EXPECT_LT(std::max(a, b), 2 * std::min(a, b));
}

TEST(Pipe, bbr_and_cubic_both_live) {
  Pipe pipe({});
  PipeFlow& bbr = pipe.add(CongestionKind::bbr);
  PipeFlow& cubic = pipe.add(CongestionKind::cubic);
  pipe.run(Duration::seconds(10));
  const u64 bbr_before = bbr.delivered, cubic_before = cubic.delivered;
  EXPECT_GE(share(pipe, {&bbr, &cubic}, Duration::seconds(40)), 95u);
  const u64 a = bbr.delivered - bbr_before, b = cubic.delivered - cubic_before;
  EXPECT_LT(std::max(a, b), 4 * std::min(a, b));
}

TEST(Pipe, bbr_follows_the_rate_down_and_up) {
  Pipe pipe({});
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  pipe.run(Duration::seconds(5));
  pipe.options.rate /= 4;
  pipe.run(Duration::seconds(10));
  EXPECT_GE(share(pipe, {&flow}, Duration::seconds(5)), 90u);
  EXPECT_NEAR(static_cast<double>(flow.controller.bbr()->max_bw()), 3'125'000, 400'000);
  pipe.options.rate *= 4;
  pipe.run(Duration::seconds(15));
  EXPECT_GE(share(pipe, {&flow}, Duration::seconds(5)), 80u);
}

TEST(Pipe, the_same_seed_gives_the_same_run) {
  PipeOptions options;
  options.loss_per_million = 1'000;
  u64 sent[2];
  for (u64& count : sent) {
    Pipe pipe(options);
    PipeFlow& flow = pipe.add(CongestionKind::bbr, 5);
    pipe.run(Duration::seconds(10));
    count = flow.sent;
  }
  EXPECT_EQ(sent[0], sent[1]);
}

TEST(Rfc9406, s3_first_slow_start_overshoots_less) {
  u64 lost[2];
  for (const bool on : {false, true}) {
    PipeOptions options;
    options.buffer = 700'000;
    Pipe pipe(options);
    PipeFlow& flow = pipe.add(CongestionKind::cubic);
    flow.controller.set_hystart(on);
    pipe.run(Duration::seconds(3));
    lost[on] = flow.lost;
    EXPECT_GE(share(pipe, {&flow}, Duration::seconds(10)), 90u) << on;
  }
  EXPECT_GT(lost[0], 300u);
  EXPECT_LT(lost[1] * 2, lost[0]);
}

TEST(Rfc8257, s1_full_rate_with_the_queue_at_the_threshold) {
  PipeOptions options;
  options.mark_above = 100'000;
  Pipe pipe(options), other(options);
  PipeFlow& flow = pipe.add(CongestionKind::dctcp);
  PipeFlow& reno = other.add(CongestionKind::newreno);
  for (Pipe* p : {&pipe, &other}) {
    p->run(Duration::seconds(10));
    p->mean_queue();
  }
  EXPECT_GE(share(pipe, {&flow}, Duration::seconds(20)), 98u);
  EXPECT_LE(pipe.mean_queue(), 120'000u);
  EXPECT_LT(share(other, {&reno}, Duration::seconds(20)), 90u);
  EXPECT_EQ(flow.lost, 0u);
}

TEST(Rfc9438, s5_6_late_flow_gets_its_share) {
  PipeOptions options;
  options.rtt = Duration::milliseconds(20);
  options.buffer = 250'000;
  Pipe pipe(options);
  PipeFlow& first = pipe.add(CongestionKind::cubic);
  PipeFlow& late = pipe.add(CongestionKind::cubic, 1, Instant::at(Duration::seconds(5)));
  pipe.run(Duration::seconds(60));
  const u64 first_before = first.delivered, late_before = late.delivered;
  EXPECT_GE(share(pipe, {&first, &late}, Duration::seconds(60)), 95u);
  const u64 a = first.delivered - first_before, b = late.delivered - late_before;
  EXPECT_LT(std::max(a, b), 2 * std::min(a, b));
}

}  // namespace
}  // namespace catenet::congestion
