#include "catenet/congestion/delivery_rate.hpp"

#include <gtest/gtest.h>
#include <map>

#include "catenet/congestion/windowed_max.hpp"

namespace catenet::congestion {
namespace {

Instant at_ms(i64 n) { return Instant::at(Duration::milliseconds(n)); }

TEST(DeliveryRate, first_flight_is_measured_from_its_transmission) {
  DeliveryRate rate;
  const SentState range = rate.on_sent(at_ms(100), 0, 10'000);
  rate.on_delivered(range, 10'000);
  const RateSample rs = rate.take(at_ms(150));
  EXPECT_TRUE(rs.has_data);
  EXPECT_EQ(rs.interval, Duration::milliseconds(50));
  EXPECT_EQ(rs.delivery_rate, 200'000u);
  EXPECT_EQ(rs.rtt, Duration::milliseconds(50));
  EXPECT_EQ(rs.newly_acked, 10'000u);
  EXPECT_EQ(rs.tx_in_flight, 10'000u);
  EXPECT_FALSE(rs.app_limited);
  EXPECT_EQ(rate.rate(), 200'000u);
}

// A pipe of 1000 bytes a millisecond and 20 ms each way, always full.
TEST(DeliveryRate, steady_pipe_is_measured_exactly) {
  DeliveryRate rate;
  std::map<i64, SentState> flight;
  for (u32 t = 0; t < 20; ++t) flight[t] = rate.on_sent(at_ms(t), t * 1'000, 1'000);
  for (i64 t = 20; t < 200; ++t) {
    rate.on_delivered(flight.at(t - 20), 1'000);
    flight.erase(t - 20);
    const RateSample rs = rate.take(at_ms(t));
    if (t >= 60) {
      EXPECT_EQ(rs.delivery_rate, 1'000'000u) << t;
      EXPECT_EQ(rs.delivered, 20'000u);
    }
    flight[t] = rate.on_sent(at_ms(t), 19'000, 1'000);
  }
}

TEST(DeliveryRate, acknowledgements_that_come_at_once_are_bounded_by_the_sending_rate) {
  DeliveryRate rate;
  SentState flight[10];
  // Sent over 90 ms, acknowledged together 100 ms after the first.
  for (u32 i = 0; i < 10; ++i) flight[i] = rate.on_sent(at_ms(10 * i), 1'000 * i, 1'000);
  rate.on_delivered(flight[0], 1'000);
  rate.take(at_ms(99));
  for (u32 i = 1; i < 10; ++i) rate.on_delivered(flight[i], 1'000);
  const RateSample rs = rate.take(at_ms(100));
  EXPECT_EQ(rs.interval, Duration::milliseconds(100));
  EXPECT_EQ(rs.delivery_rate, 100'000u);
}

TEST(DeliveryRate, stretched_acknowledgement_uses_the_newest_range) {
  DeliveryRate rate;
  const SentState old = rate.on_sent(at_ms(0), 0, 1'000);
  const SentState newer = rate.on_sent(at_ms(5), 1'000, 1'000);
  rate.on_delivered(old, 1'000);
  rate.on_delivered(newer, 1'000);
  EXPECT_EQ(rate.take(at_ms(40)).rtt, Duration::milliseconds(35));
}

TEST(DeliveryRate, reordered_acknowledgement_uses_the_newest_range) {
  DeliveryRate rate;
  const SentState old = rate.on_sent(at_ms(0), 0, 1'000, false);
  const SentState newer = rate.on_sent(at_ms(5), 1'000, 1'000);
  rate.on_delivered(newer, 1'000);
  rate.on_delivered(old, 1'000);
  EXPECT_EQ(rate.take(at_ms(40)).rtt, Duration::milliseconds(35));
}

TEST(DeliveryRate, what_duplicates_told_of_is_not_counted_again) {
  DeliveryRate rate;
  const SentState lost = rate.on_sent(at_ms(0), 0, 1'000);
  const SentState behind = rate.on_sent(at_ms(0), 1'000, 3'000);
  rate.on_duplicate(2'000);
  EXPECT_EQ(rate.take(at_ms(20)).newly_acked, 2'000u);
  rate.on_delivered(lost, 1'000);
  rate.on_delivered(behind, 3'000);
  const RateSample all = rate.take(at_ms(40));
  EXPECT_EQ(all.newly_acked, 2'000u);
  EXPECT_EQ(rate.delivered(), 4'000u);
  rate.on_duplicate(1'000);
  rate.forget_duplicates();
  rate.on_delivered(rate.on_sent(at_ms(40), 0, 1'000), 1'000);
  EXPECT_EQ(rate.delivered(), 6'000u);
}

TEST(DeliveryRate, application_limited_until_the_bubble_is_acknowledged) {
  DeliveryRate rate;
  const SentState before = rate.on_sent(at_ms(0), 0, 1'000);
  rate.on_app_limited(1'000);
  const SentState after = rate.on_sent(at_ms(10), 1'000, 1'000);
  rate.on_delivered(before, 1'000);
  EXPECT_FALSE(rate.take(at_ms(40)).app_limited);
  EXPECT_TRUE(rate.app_limited());
  rate.on_delivered(after, 1'000);
  EXPECT_TRUE(rate.take(at_ms(50)).app_limited);
  EXPECT_FALSE(rate.app_limited());
  EXPECT_FALSE(rate.on_sent(at_ms(60), 0, 1'000).app_limited);
}

TEST(DeliveryRate, losses_since_the_transmission_are_told) {
  DeliveryRate rate;
  rate.on_lost(500);
  rate.take(at_ms(0));
  const SentState first = rate.on_sent(at_ms(0), 0, 1'000);
  const SentState second = rate.on_sent(at_ms(1), 1'000, 1'000);
  rate.on_lost(1'000);
  EXPECT_EQ(rate.lost_since(first), 1'000u);
  rate.on_delivered(second, 1'000);
  const RateSample rs = rate.take(at_ms(40));
  EXPECT_EQ(rs.lost, 1'000u);
  EXPECT_EQ(rs.newly_lost, 1'000u);
  EXPECT_EQ(rs.total_lost, 1'500u);
  EXPECT_EQ(rate.take(at_ms(41)).newly_lost, 0u);
}

TEST(DeliveryRate, implausible_sample_of_a_retransmission_is_dropped) {
  DeliveryRate rate;
  const SentState first = rate.on_sent(at_ms(0), 0, 1'000);
  rate.on_delivered(first, 1'000);
  rate.take(at_ms(40));
  // Sent again; the acknowledgement of the first transmission comes 5 ms later.
  const SentState again = rate.on_sent(at_ms(100), 0, 1'000, true);
  rate.on_delivered(again, 1'000);
  const RateSample rs = rate.take(at_ms(105));
  EXPECT_TRUE(rs.has_data);
  EXPECT_EQ(rs.delivery_rate, 0u);
  EXPECT_EQ(rs.rtt, Duration::zero());
  EXPECT_EQ(rate.min_rtt(), Duration::milliseconds(40));
}

TEST(DeliveryRate, range_nobody_kept_state_of_counts_and_measures_nothing) {
  DeliveryRate rate;
  rate.on_delivered(SentState{}, 3'000);
  const RateSample rs = rate.take(at_ms(5));
  EXPECT_FALSE(rs.has_data);
  EXPECT_EQ(rs.newly_acked, 3'000u);
  EXPECT_EQ(rs.total_delivered, 3'000u);
}

TEST(DeliveryRate, counts_go_on_beyond_32_bits) {
  DeliveryRate rate;
  for (i64 i = 0; i < 10; ++i) {
    const SentState range = rate.on_sent(at_ms(i * 10), 0, 1u << 29);
    rate.on_delivered(range, 1u << 29);
    const RateSample rs = rate.take(at_ms(i * 10 + 10));
    EXPECT_EQ(rs.delivered, 1u << 29);
    EXPECT_EQ(rs.prior_delivered, static_cast<u64>(i) << 29);
    EXPECT_EQ(rs.delivery_rate, (1ull << 29) * 100);
  }
}

TEST(WindowedMax, is_never_older_than_its_window_nor_below_recent_values) {
  WindowedMax filter;
  u64 values[400];
  u32 state = 7;
  for (u64 t = 0; t < 400; ++t) {
    state = state * 1'664'525 + 1'013'904'223;
    values[t] = state >> 20;
    filter.update(values[t], t, 10);
    u64 most = 0;
    for (u64 back = t >= 10 ? t - 10 : 0; back <= t; ++back) most = std::max(most, values[back]);
    EXPECT_LE(filter.get(), most) << t;
    EXPECT_GE(filter.get(), values[t]) << t;
  }
}

TEST(WindowedMax, forgets_a_peak_after_the_window) {
  WindowedMax filter;
  filter.update(100, 0, 10);
  for (u64 t = 1; t <= 10; ++t) EXPECT_EQ(filter.update(5, t, 10), 100u);
  EXPECT_EQ(filter.update(5, 11, 10), 5u);
  filter.update(50, 12, 10);
  EXPECT_EQ(filter.update(1, 40, 10), 1u);
}

}  // namespace
}  // namespace catenet::congestion
