#include "catenet/congestion/controller.hpp"

#include <gtest/gtest.h>

namespace catenet::congestion {
namespace {

constexpr u32 smss = 1000;

Instant ms(i64 n) { return Instant::at(Duration::milliseconds(n)); }

// Acknowledges a whole window in segments, `rtt` later; returns the time.
Instant one_round(Controller& c, Instant now, Duration rtt) {
  now += rtt;
  const u32 flight = c.window();
  for (u32 acked = 0; acked + smss <= flight; acked += smss) {
    c.on_ack({now, smss, flight, rtt});
  }
  return now;
}

TEST(Rfc6928, s2_initial_window_is_ten_segments_within_bounds) {
  EXPECT_EQ(initial_window(1460, 10), 14'600u);
  EXPECT_EQ(initial_window(536, 10), 5'360u);
  EXPECT_EQ(initial_window(8'960, 10), 17'920u);
  EXPECT_EQ(Controller(CongestionKind::cubic, 1460, 10).window(), 14'600u);
}

TEST(Rfc5681, s3_1_slow_start_doubles_each_round) {
  Controller c(CongestionKind::newreno, smss, 10);
  one_round(c, ms(0), Duration::milliseconds(20));
  EXPECT_EQ(c.window(), 20 * smss);
}

TEST(Rfc5681, s3_1_congestion_avoidance_adds_one_segment_a_round) {
  Controller c(CongestionKind::newreno, smss, 10);
  c.on_loss(ms(0), 10 * smss);
  EXPECT_EQ(c.ssthresh(), 5 * smss);
  EXPECT_EQ(c.window(), 5 * smss);
  Instant now;
  for (u32 round = 1; round <= 5; ++round) {
    now = one_round(c, now, Duration::milliseconds(20));
    EXPECT_EQ(c.window(), (5 + round) * smss);
  }
}

TEST(Rfc5681, s3_1_timeout_leaves_one_segment_and_halves_ssthresh_once) {
  Controller c(CongestionKind::newreno, smss, 10);
  c.on_rto(ms(0), 10 * smss, false);
  EXPECT_EQ(c.window(), smss);
  EXPECT_EQ(c.ssthresh(), 5 * smss);
  c.on_rto(ms(0), smss, true);
  EXPECT_EQ(c.ssthresh(), 5 * smss);
}

TEST(Rfc5681, s3_1_ssthresh_is_two_segments_at_least) {
  Controller c(CongestionKind::newreno, smss, 10);
  c.on_loss(ms(0), smss);
  EXPECT_EQ(c.ssthresh(), 2 * smss);
}

TEST(Rfc5681, s4_1_idle_sender_restarts_from_the_initial_window) {
  Controller c(CongestionKind::newreno, smss, 10);
  c.on_idle(ms(0), Duration::milliseconds(200));
  c.on_sent(ms(0));
  Instant now = one_round(c, ms(0), Duration::milliseconds(20));
  c.on_sent(now);
  c.on_idle(now + Duration::milliseconds(200), Duration::milliseconds(200));
  c.on_sent(now + Duration::milliseconds(200));
  EXPECT_EQ(c.window(), 20 * smss);
  c.on_idle(now + Duration::milliseconds(401), Duration::milliseconds(200));
  EXPECT_EQ(c.window(), 10 * smss);
}

TEST(Rfc3465, s2_2_one_ack_counts_for_two_segments_at_most) {
  Controller c(CongestionKind::newreno, smss, 10);
  c.on_ack({ms(1), 10 * smss, 10 * smss, Duration::milliseconds(1)});
  EXPECT_EQ(c.window(), 12 * smss);
}

TEST(Rfc7661, s4_3_unused_window_does_not_grow) {
  for (const auto kind : {CongestionKind::newreno, CongestionKind::cubic}) {
    Controller c(kind, smss, 10);
    c.on_ack({ms(1), smss, 4 * smss, Duration::milliseconds(1)});
    EXPECT_EQ(c.window(), 10 * smss);
  }
}

TEST(Rfc9438, s4_6_loss_leaves_seven_tenths) {
  Controller c(CongestionKind::cubic, smss, 100);
  c.on_loss(ms(0), 100 * smss);
  EXPECT_EQ(c.window(), 70 * smss);
  EXPECT_EQ(c.ssthresh(), 70 * smss);
}

TEST(Rfc9438, s4_2_curve_is_flat_at_w_max_after_k) {
  Window window{.cwnd = 70 * smss, .ssthresh = 70 * smss, .smss = smss};
  Cubic cubic;
  Window before{.cwnd = 100 * smss, .ssthresh = Window::max_cwnd, .smss = smss};
  cubic.on_loss(before, ms(0), 100 * smss);
  cubic.avoid(window, {ms(0), smss, 70 * smss, Duration::milliseconds(100)});
  // K = cbrt(30 / 0.4) = 4.217 s
  EXPECT_EQ(cubic.k(), Duration::milliseconds(4'217));
  EXPECT_EQ(cubic.w_max(), 100 * smss);
  EXPECT_NEAR(static_cast<double>(cubic.w_cubic(Duration::zero(), smss)), 70'000, 30);
  EXPECT_EQ(cubic.w_cubic(cubic.k(), smss), 100'000u);
  // One second on: 0.4 segments more.
  EXPECT_EQ(cubic.w_cubic(cubic.k() + Duration::seconds(1), smss), 100'400u);
  EXPECT_EQ(cubic.w_cubic(cubic.k() + Duration::seconds(10), smss), 500'000u);
  EXPECT_EQ(cubic.w_cubic(cubic.k() + Duration::seconds(100), smss), 400'100'000u);
}

TEST(Rfc9438, s4_7_fast_convergence_lowers_w_max) {
  Window window{.cwnd = 100 * smss, .ssthresh = 0, .smss = smss};
  Cubic cubic;
  cubic.on_loss(window, ms(0), 100 * smss);
  EXPECT_EQ(cubic.w_max(), 100 * smss);
  window.cwnd = 80 * smss;
  cubic.on_loss(window, ms(1), 80 * smss);
  EXPECT_EQ(cubic.w_max(), 68 * smss);
}

TEST(Rfc9438, s4_3_short_round_trips_grow_as_reno_does) {
  Controller cubic(CongestionKind::cubic, smss, 10);
  cubic.on_loss(ms(0), 10 * smss);
  EXPECT_EQ(cubic.window(), 7 * smss);
  Instant now;
  for (int i = 0; i < 17; ++i) now = one_round(cubic, now, Duration::milliseconds(1));
  // 9/17 of a segment a round until the window before the loss, then one.
  EXPECT_GT(cubic.window(), 19 * smss);
  EXPECT_LT(cubic.window(), 22 * smss);
}

TEST(Rfc9438, s4_4_long_round_trips_return_to_w_max_in_k) {
  Controller c(CongestionKind::cubic, smss, 1'000);
  c.on_loss(ms(0), 1'000 * smss);
  Instant now;
  for (int i = 0; i < 91; ++i) now = one_round(c, now, Duration::milliseconds(100));  // K = 9.08 s
  EXPECT_NEAR(static_cast<double>(c.window()), 1'000'000, 10'000);
}

TEST(Rfc9438, s4_8_after_a_timeout_the_curve_begins_flat) {
  Controller c(CongestionKind::cubic, smss, 100);
  c.on_rto(ms(0), 100 * smss, false);
  EXPECT_EQ(c.window(), smss);
  EXPECT_EQ(c.ssthresh(), 70 * smss);
  Instant now;
  for (int i = 0; i < 9; ++i) now = one_round(c, now, Duration::milliseconds(100));
  EXPECT_GE(c.window(), 70 * smss);
  EXPECT_LT(c.window(), 80 * smss);
}

TEST(CubeRoot, is_exact) {
  for (u64 r = 0; r < 3'000; ++r) {
    EXPECT_EQ(cube_root(r * r * r), r);
    if (r > 0) {
      EXPECT_EQ(cube_root(r * r * r - 1), r - 1);
    }
  }
  EXPECT_EQ(cube_root(~u64{0}), 2'642'245u);
}

TEST(Congestion, names_are_those_of_the_socket_option) {
  EXPECT_EQ(congestion_by_name("cubic"), CongestionKind::cubic);
  EXPECT_EQ(congestion_by_name("reno"), CongestionKind::newreno);
  EXPECT_EQ(congestion_by_name("vegas"), std::nullopt);
  EXPECT_EQ(congestion_name(CongestionKind::newreno), "reno");
}

}  // namespace
}  // namespace catenet::congestion
