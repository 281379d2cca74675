#include "catenet/congestion/hystart.hpp"

#include <gtest/gtest.h>

#include "catenet/congestion/controller.hpp"

namespace catenet::congestion {
namespace {

constexpr u32 segment = 1000;

// A sender that always fills its window, acknowledged a segment at a time.
struct HyStartFlow {
  explicit HyStartFlow(CongestionKind kind = CongestionKind::cubic)
      : controller(kind, segment, 10) {}

  // A round whose samples are `rtt`; the window when it is over.
  u32 round(Duration rtt) {
    now += rtt;
    const u64 end = nxt = una + controller.window();
    while (una < end) {
      una += segment;
      nxt = una + controller.window();
      controller.on_ack({.now = now,
                         .acked = segment,
                         .flight_size = controller.window(),
                         .srtt = rtt,
                         .rtt = rtt,
                         .una = una,
                         .nxt = nxt});
    }
    return controller.window();
  }

  Controller controller;
  Instant now;
  u64 una = 1;
  u64 nxt = 1;
};

constexpr Duration rtt_ms(i64 n) { return Duration::milliseconds(n); }

TEST(Rfc9406, s4_2_constant_delay_stays_in_slow_start) {
  HyStartFlow flow;
  for (u32 window = 20; window <= 1280; window *= 2)
    EXPECT_EQ(flow.round(rtt_ms(50)), window * segment);
  EXPECT_FALSE(flow.controller.in_conservative_start());
}

TEST(Rfc9406, s4_2_rtt_growth_enters_conservative_slow_start) {
  HyStartFlow flow;
  flow.round(rtt_ms(40));
  flow.round(rtt_ms(40));
  flow.round(rtt_ms(44));  // less than 40 / 8 = 5 ms more
  EXPECT_FALSE(flow.controller.in_conservative_start());
  flow.round(rtt_ms(50));
  EXPECT_TRUE(flow.controller.in_conservative_start());
  EXPECT_TRUE(flow.controller.in_slow_start());
}

TEST(Rfc9406, s4_2_conservative_slow_start_grows_by_a_quarter) {
  HyStartFlow flow;
  flow.round(rtt_ms(40));
  flow.round(rtt_ms(80));
  ASSERT_TRUE(flow.controller.in_conservative_start());
  const u32 before = flow.controller.window();
  EXPECT_NEAR(flow.round(rtt_ms(80)), before + before / 4, segment);
}

TEST(Rfc9406, s4_2_conservative_slow_start_ends_in_avoidance_after_five_rounds) {
  HyStartFlow flow;
  flow.round(rtt_ms(40));
  flow.round(rtt_ms(80));
  ASSERT_TRUE(flow.controller.in_conservative_start());
  int rounds = 0;
  while (flow.controller.in_slow_start() && rounds < 20) {
    flow.round(rtt_ms(80));
    ++rounds;
  }
  // The round in which it began counted.
  EXPECT_GE(rounds, 4);
  EXPECT_LE(rounds, 5);
  EXPECT_LT(flow.controller.ssthresh(), Window::max_cwnd);
}

TEST(Rfc9406, s4_2_smaller_delay_resumes_slow_start) {
  HyStartFlow flow;
  flow.round(rtt_ms(40));
  flow.round(rtt_ms(80));
  ASSERT_TRUE(flow.controller.in_conservative_start());
  flow.round(rtt_ms(80));
  const u32 before = flow.controller.window();
  flow.round(rtt_ms(41));
  EXPECT_FALSE(flow.controller.in_conservative_start());
  EXPECT_GT(flow.controller.window(), before + before / 2);
  EXPECT_EQ(flow.controller.ssthresh(), Window::max_cwnd);
}

TEST(Rfc9406, s4_2_fewer_than_eight_samples_decide_nothing) {
  Controller c(CongestionKind::newreno, segment, 10);
  u64 una = 1;
  const auto ack = [&](Duration rtt, u64 nxt) {
    una += segment;
    c.on_ack({.acked = segment, .flight_size = c.window(), .rtt = rtt, .una = una, .nxt = nxt});
  };
  for (int i = 0; i < 10; ++i) ack(rtt_ms(10), i < 9 ? 10'001 : 100'000);
  for (int i = 0; i < 7; ++i) ack(rtt_ms(100), 100'000);
  EXPECT_FALSE(c.in_conservative_start());
  ack(rtt_ms(100), 100'000);
  EXPECT_TRUE(c.in_conservative_start());
}

TEST(Rfc9406, s4_2_loss_ends_conservative_slow_start) {
  HyStartFlow flow(CongestionKind::newreno);
  flow.round(rtt_ms(40));
  flow.round(rtt_ms(80));
  ASSERT_TRUE(flow.controller.in_conservative_start());
  const u32 window = flow.controller.window();
  flow.controller.on_loss(flow.now, window);
  EXPECT_FALSE(flow.controller.in_conservative_start());
  EXPECT_EQ(flow.controller.window(), window / 2);
}

TEST(Rfc9406, s4_2_marks_end_conservative_slow_start) {
  HyStartFlow flow(CongestionKind::newreno);
  flow.round(rtt_ms(40));
  flow.round(rtt_ms(80));
  flow.controller.on_ecn(flow.now, flow.controller.window());
  EXPECT_FALSE(flow.controller.in_conservative_start());
  EXPECT_FALSE(flow.controller.in_slow_start());
}

TEST(Rfc9406, s4_3_threshold_lies_between_4_and_16_ms) {
  for (const auto& [base, below, above] :
       {std::tuple{10, 13, 14}, std::tuple{80, 89, 90}, std::tuple{400, 415, 416}}) {
    HyStartFlow quiet, loud;
    quiet.round(rtt_ms(base));
    quiet.round(rtt_ms(below));
    EXPECT_FALSE(quiet.controller.in_conservative_start()) << base;
    loud.round(rtt_ms(base));
    loud.round(rtt_ms(above));
    EXPECT_TRUE(loud.controller.in_conservative_start()) << base;
  }
}

TEST(Rfc9406, s4_3_unpaced_ack_counts_for_eight_segments_paced_for_all) {
  for (const bool paced : {false, true}) {
    Controller c(CongestionKind::cubic, segment, 10);
    c.set_paced(paced);
    c.on_ack({.acked = 10 * segment, .flight_size = 10 * segment, .una = 10'001, .nxt = 10'001});
    EXPECT_EQ(c.window(), (paced ? 20 : 18) * segment);
  }
}

TEST(Rfc9406, s4_3_only_the_first_slow_start_uses_it) {
  HyStartFlow flow;
  flow.round(rtt_ms(40));
  flow.controller.on_rto(flow.now, flow.controller.window(), false);
  for (int i = 0; i < 3; ++i) flow.round(rtt_ms(40));
  flow.round(rtt_ms(100));
  EXPECT_FALSE(flow.controller.in_conservative_start());
}

TEST(Rfc9438, s4_10_hystart_exit_begins_the_curve_flat) {
  HyStartFlow flow;
  flow.round(rtt_ms(40));
  while (flow.controller.in_slow_start()) flow.round(rtt_ms(80));
  const u32 window = flow.controller.window();
  flow.round(rtt_ms(80));
  // K = 0, W_max = cwnd: the first round's growth is the Reno estimate's, a segment.
  EXPECT_GE(flow.controller.window(), window);
  EXPECT_LE(flow.controller.window(), window + 2 * segment);
}

}  // namespace
}  // namespace catenet::congestion
