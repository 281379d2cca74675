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

TEST(Controller, window_that_is_not_half_used_does_not_grow) {
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
  cubic.on_loss(before, 100 * smss);
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
  cubic.on_loss(window, 100 * smss);
  EXPECT_EQ(cubic.w_max(), 100 * smss);
  window.cwnd = 80 * smss;
  cubic.on_loss(window, 80 * smss);
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

TEST(Rfc9438, s4_3_alpha_is_one_from_the_window_before_the_loss) {
  Window window{.cwnd = 100 * smss, .smss = smss};
  Cubic cubic;
  window.cwnd = window.ssthresh = cubic.on_loss(window, 100 * smss);
  EXPECT_EQ(cubic.cwnd_prior(), 100 * smss);
  // With round trips so short that only Reno's estimate grows.
  Instant now = ms(0);
  const auto round = [&] {
    const u32 before = window.cwnd;
    for (u32 i = 0; i < before / smss; ++i) {
      cubic.avoid(window, {now, smss, window.cwnd, Duration::microseconds(10)});
    }
    now += Duration::microseconds(10);
    return window.cwnd - before;
  };
  EXPECT_NEAR(round(), smss * 9 / 17, 20);
  while (window.cwnd < 101 * smss) round();
  EXPECT_NEAR(round(), smss, 20);
}

TEST(Rfc9438, s4_2_window_grows_by_half_a_round_at_most) {
  Window window{.cwnd = 100 * smss, .smss = smss};
  Cubic cubic;
  window.cwnd = window.ssthresh = cubic.on_loss(window, 100 * smss);
  cubic.avoid(window, {ms(0), smss, window.cwnd, Duration::milliseconds(100)});
  // A minute on the curve is far above; a window's worth of acknowledgements must not follow it.
  const u32 before = window.cwnd;
  for (u32 i = 0; i < before / smss; ++i) {
    cubic.avoid(window, {ms(60'000), smss, window.cwnd, Duration::milliseconds(100)});
  }
  EXPECT_GT(window.cwnd, before + before * 2 / 5);
  EXPECT_LT(window.cwnd, before + before * 3 / 5);
}

TEST(Rfc9438, s4_6_ssthresh_follows_the_flight_not_the_window) {
  Controller c(CongestionKind::cubic, smss, 100);
  c.on_loss(ms(0), 50 * smss);
  EXPECT_EQ(c.ssthresh(), 35 * smss);
  EXPECT_EQ(c.window(), 35 * smss);
}

TEST(Rfc9438, s4_2_application_limited_time_does_not_count) {
  Controller idle(CongestionKind::cubic, smss, 100), busy(CongestionKind::cubic, smss, 100);
  Instant now = ms(0);
  for (auto* c : {&idle, &busy}) c->on_loss(now, 100 * smss);
  for (auto* c : {&idle, &busy}) now = one_round(*c, ms(0), Duration::milliseconds(100));
  idle.on_sent(now);
  // A minute without data: the curve stands still.
  const Instant later = now + Duration::seconds(60);
  idle.on_idle(later, Duration::seconds(100));
  EXPECT_EQ(idle.window(), busy.window());
  one_round(idle, later, Duration::milliseconds(100));
  one_round(busy, now, Duration::milliseconds(100));
  EXPECT_LE(idle.window(), busy.window());
  EXPECT_NEAR(idle.window(), busy.window(), 2 * smss);
}

TEST(Rfc9438, s4_6_ssthresh_is_two_segments_at_least) {
  Controller c(CongestionKind::cubic, smss, 2);
  for (int i = 0; i < 3; ++i) c.on_loss(ms(i), c.window());
  EXPECT_EQ(c.window(), 2 * smss);
  EXPECT_EQ(c.ssthresh(), 2 * smss);
}

TEST(Rfc9438, s4_6_marks_reduce_to_one_segment) {
  Controller c(CongestionKind::cubic, smss, 100);
  c.on_ecn(ms(0), 100 * smss);
  EXPECT_EQ(c.window(), 70 * smss);
  EXPECT_EQ(c.ssthresh(), 70 * smss);
  for (int i = 1; i < 20; ++i) c.on_ecn(ms(i), c.window());
  EXPECT_EQ(c.window(), smss);
  EXPECT_EQ(c.ssthresh(), 2 * smss);
}

TEST(Rfc3168, s6_1_2_marks_halve_the_window_of_reno) {
  Controller c(CongestionKind::newreno, smss, 100);
  c.on_ecn(ms(0), 100 * smss);
  EXPECT_EQ(c.window(), 50 * smss);
  EXPECT_FALSE(c.in_slow_start());
}

TEST(Rfc9438, s4_9_2_spurious_loss_is_taken_back) {
  Controller spared(CongestionKind::cubic, smss, 100), wronged(CongestionKind::cubic, smss, 100);
  for (auto* c : {&spared, &wronged}) c->on_loss(ms(0), 100 * smss);
  Instant now;
  for (auto* c : {&spared, &wronged}) {
    now = ms(0);
    for (int i = 0; i < 20; ++i) now = one_round(*c, now, Duration::milliseconds(100));
  }
  const u32 before = wronged.window();
  wronged.save();
  wronged.on_loss(now, before);
  EXPECT_LT(wronged.window(), before);
  wronged.restore();
  EXPECT_EQ(wronged.window(), before);
  EXPECT_EQ(wronged.ssthresh(), spared.ssthresh());
  // W_max, K, t_epoch and W_est too: both go on alike.
  for (auto* c : {&spared, &wronged}) {
    Instant t = now;
    for (int i = 0; i < 20; ++i) t = one_round(*c, t, Duration::milliseconds(100));
  }
  EXPECT_EQ(wronged.window(), spared.window());
}

TEST(Rfc9438, s4_9_1_spurious_timeout_is_taken_back) {
  for (const auto kind : {CongestionKind::newreno, CongestionKind::cubic, CongestionKind::dctcp}) {
    Controller c(kind, smss, 100);
    c.save();
    c.on_rto(ms(0), 100 * smss, false);
    c.on_rto(ms(1), smss, true);
    EXPECT_EQ(c.window(), smss);
    c.restore();
    EXPECT_EQ(c.window(), 100 * smss);
    EXPECT_EQ(c.ssthresh(), Window::max_cwnd);
    c.on_loss(ms(2), 100 * smss);
    const u32 reduced = c.window();
    c.restore();  // there is nothing left to go back to
    EXPECT_EQ(c.window(), reduced);
  }
}

TEST(Rfc9438, s4_9_2_window_that_has_outgrown_the_old_one_stays) {
  Controller c(CongestionKind::cubic, smss, 10);
  c.save();
  c.on_loss(ms(0), 10 * smss);
  Instant now;
  for (int i = 0; i < 50; ++i) now = one_round(c, now, Duration::milliseconds(100));
  const u32 grown = c.window();
  ASSERT_GT(grown, 10 * smss);
  c.restore();
  EXPECT_EQ(c.window(), grown);
  EXPECT_LT(c.ssthresh(), grown);
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
  EXPECT_EQ(congestion_by_name("dctcp"), CongestionKind::dctcp);
  EXPECT_EQ(congestion_by_name("bbr"), CongestionKind::bbr);
  EXPECT_EQ(congestion_by_name("vegas"), std::nullopt);
  EXPECT_EQ(congestion_by_name(""), std::nullopt);
  EXPECT_EQ(congestion_by_name("CUBIC"), std::nullopt);
  EXPECT_EQ(congestion_name(CongestionKind::newreno), "reno");
}

}  // namespace
}  // namespace catenet::congestion
