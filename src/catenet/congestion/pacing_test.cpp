#include "catenet/congestion/pacing.hpp"

#include <gtest/gtest.h>

namespace catenet::congestion {
namespace {

TEST(Pacing, slow_start_sends_at_twice_the_window_a_round_trip) {
  const Window window{.cwnd = 100'000, .smss = 1000};
  EXPECT_EQ(window_pacing_rate(window, Duration::milliseconds(100)), 2'000'000u);
}

TEST(Pacing, avoidance_sends_at_six_fifths) {
  const Window window{.cwnd = 100'000, .ssthresh = 100'000, .smss = 1000};
  EXPECT_EQ(window_pacing_rate(window, Duration::milliseconds(100)), 1'200'000u);
  // The last doubling is not sent faster than it can be acknowledged (cwnd at least ssthresh / 2).
  const Window late{.cwnd = 60'000, .ssthresh = 100'000, .smss = 1000};
  EXPECT_EQ(window_pacing_rate(late, Duration::milliseconds(100)), 720'000u);
}

TEST(Pacing, unknown_round_trip_is_unpaced) {
  const Window window{.cwnd = 100'000, .smss = 1000};
  EXPECT_EQ(window_pacing_rate(window, Duration::zero()), 0u);
  Pacer pacer;
  const Instant now = Instant::at(Duration::seconds(1));
  pacer.on_sent(now, 1'000, 0);
  EXPECT_TRUE(pacer.may_send(now));
}

TEST(Pacing, segments_leave_at_the_rate) {
  Pacer pacer;
  Instant now = Instant::at(Duration::seconds(1));
  EXPECT_TRUE(pacer.may_send(now));
  for (int i = 0; i < 1'000; ++i) {
    pacer.on_sent(now, 1'500, 1'500'000);
    EXPECT_FALSE(pacer.may_send(now));
    now = pacer.next();
  }
  EXPECT_EQ(now, Instant::at(Duration::seconds(2)));
}

TEST(Pacing, late_sender_does_not_catch_up) {
  Pacer pacer;
  pacer.on_sent(Instant::at(Duration::seconds(1)), 1'500, 1'500'000);
  const Instant late = Instant::at(Duration::seconds(5));
  pacer.on_sent(late, 1'500, 1'500'000);
  EXPECT_EQ(pacer.next(), late + Duration::milliseconds(1));
}

TEST(Pacing, reset_forgets_a_plan_made_at_a_low_rate) {
  Pacer pacer;
  const Instant now = Instant::at(Duration::seconds(1));
  pacer.on_sent(now, 1'500, 10);
  EXPECT_FALSE(pacer.may_send(now + Duration::seconds(100)));
  pacer.reset(now);
  EXPECT_TRUE(pacer.may_send(now));
}

TEST(Pacing, quantum_is_a_millisecond_within_bounds) {
  EXPECT_EQ(pacing_quantum(0, 1'460), 65'536u);
  EXPECT_EQ(pacing_quantum(1'000, 1'460), 2'920u);
  EXPECT_EQ(pacing_quantum(12'500'000, 1'460), 12'500u);
  EXPECT_EQ(pacing_quantum(1'250'000'000, 1'460), 65'536u);
}

TEST(Rates, are_exact_from_bits_to_terabits) {
  EXPECT_EQ(bytes_in(12'500'000, Duration::milliseconds(20)), 250'000u);
  EXPECT_EQ(bytes_in(125'000'000'000, Duration::seconds(10)), 1'250'000'000'000u);
  EXPECT_EQ(bytes_in(1, Duration::seconds(3)), 3u);
  EXPECT_EQ(bytes_in(1'000, Duration::zero()), 0u);
  EXPECT_EQ(rate_of(250'000, Duration::milliseconds(20)), 12'500'000u);
  EXPECT_EQ(rate_of(1, Duration::zero()), 0u);
  EXPECT_EQ(time_for(1'500, 12'500'000), Duration::microseconds(120));
  EXPECT_EQ(time_for(1, 3), Duration::nanoseconds(333'333'334));
}

}  // namespace
}  // namespace catenet::congestion
