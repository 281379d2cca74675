#include "catenet/time/time.hpp"

#include <gtest/gtest.h>

#include "catenet/time/timer_table.hpp"

namespace catenet {
namespace {

TEST(Duration, units_convert_and_round_towards_zero) {
  EXPECT_EQ(1_s, 1'000_ms);
  EXPECT_EQ(1_ms, Duration::microseconds(1'000));
  EXPECT_EQ(1_us, 1'000_ns);
  EXPECT_EQ((1'999_us).ms(), 1);
  EXPECT_EQ((-(1'999_us)).ms(), -1);
  EXPECT_EQ((2_s).ns(), 2'000'000'000);
  EXPECT_EQ((2_s).us(), 2'000'000);
  EXPECT_EQ((90_s).s(), 90);
}

TEST(Duration, arithmetic_and_order) {
  EXPECT_EQ(3_s - 1_s, 2_s);
  EXPECT_EQ(2_s * 3, 6_s);
  EXPECT_EQ(3 * 2_s, 6_s);
  EXPECT_EQ(7_s / 2, 3'500_ms);
  EXPECT_EQ(7_s / 2_s, 3);
  EXPECT_LT(-(1_s), Duration::zero());
  EXPECT_GT(Duration::infinite(), Duration::seconds(100LL * 365 * 86'400));
  Duration d = 1_s;
  d += 500_ms;
  d -= 1_s;
  EXPECT_EQ(d, 500_ms);
}

TEST(Duration, text_is_the_shortest_exact_form) {
  EXPECT_EQ(to_string(0_s), "0 s");
  EXPECT_EQ(to_string(20_ms), "20 ms");
  EXPECT_EQ(to_string(1'500_ms), "1.5 s");
  EXPECT_EQ(to_string(12_us), "12 us");
  EXPECT_EQ(to_string(1'000'001_ns), "1.000001 ms");
  EXPECT_EQ(to_string(1'001_ns), "1.001 us");
  EXPECT_EQ(to_string(7_ns), "7 ns");
  EXPECT_EQ(to_string(-(1'500_us)), "-1.5 ms");
  EXPECT_EQ(to_string(3'600_s), "3600 s");
  EXPECT_EQ(to_string(Duration::infinite()), "never");
  EXPECT_EQ(to_string(Duration::nanoseconds(INT64_MIN)), "-9223372036.854775808 s");
}

TEST(Instant, arithmetic_and_order) {
  const Instant start;
  EXPECT_EQ(start.ns(), 0);
  EXPECT_EQ(start + 2_s - 1_s, Instant::at(1_s));
  EXPECT_EQ(Instant::at(5_s) - Instant::at(2_s), 3_s);
  EXPECT_LT(start + Duration::infinite(), Instant::never());
  EXPECT_EQ(Instant::at(3_s).since_start(), 3_s);
  Instant t = start;
  t += 4_ms;
  EXPECT_EQ(t, Instant::at(4_ms));
}

TEST(Instant, text_has_nine_decimals) {
  EXPECT_EQ(to_string(Instant()), "0.000000000");
  EXPECT_EQ(to_string(Instant::at(1'020_ms)), "1.020000000");
  EXPECT_EQ(to_string(Instant::at(-(1_ns))), "-0.000000001");
  EXPECT_EQ(to_string(Instant::never()), "never");
}

enum class Timer { retransmission, persist, keep_alive, count };

TEST(TimerTable, next_is_the_earliest_that_runs) {
  TimerTable<Timer> timers;
  EXPECT_EQ(timers.next(), Instant::never());
  EXPECT_FALSE(timers.running(Timer::persist));
  timers.set(Timer::keep_alive, Instant::at(10_s));
  timers.set(Timer::persist, Instant::at(2_s));
  EXPECT_EQ(timers.next(), Instant::at(2_s));
  timers.set(Timer::persist, Instant::at(20_s));
  EXPECT_EQ(timers.next(), Instant::at(10_s));
  EXPECT_EQ(timers.deadline(Timer::persist), Instant::at(20_s));
}

TEST(TimerTable, deadline_reached_is_expired_until_stopped) {
  TimerTable<Timer> timers;
  timers.set(Timer::retransmission, Instant::at(1_s));
  EXPECT_FALSE(timers.expired(Timer::retransmission, Instant::at(1_s) - 1_ns));
  EXPECT_TRUE(timers.expired(Timer::retransmission, Instant::at(1_s)));
  EXPECT_FALSE(timers.expired(Timer::persist, Instant::at(100_s)));
  timers.stop(Timer::retransmission);
  EXPECT_FALSE(timers.expired(Timer::retransmission, Instant::at(2_s)));
  timers.set(Timer::persist, Instant::at(1_s));
  timers.stop_all();
  EXPECT_EQ(timers.next(), Instant::never());
}

}  // namespace
}  // namespace catenet
