#include "catenet/ip/rate_limiter.hpp"

#include <array>
#include <gtest/gtest.h>
#include <utility>

namespace catenet {
namespace {

using namespace literals;

IpAddress numbered(u32 n) { return Ipv4Address::from_u32(0x0a000000 + n); }

TEST(TokenBucket, burst_is_taken_then_one_an_interval) {
  TokenBucket bucket(3, 100_ms);
  Instant now;
  EXPECT_EQ(bucket.available(now), 3u);
  EXPECT_TRUE(bucket.take(now) && bucket.take(now) && bucket.take(now));
  EXPECT_FALSE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now + 99_ms));
  EXPECT_TRUE(bucket.take(now + 100_ms));
  EXPECT_FALSE(bucket.take(now + 199_ms));
  EXPECT_EQ(bucket.available(now + 1_s), 3u);
  EXPECT_FALSE(bucket.take(now + 1_s, 4));
  EXPECT_TRUE(bucket.take(now + 1_s, 3));
  EXPECT_EQ(bucket.available(now + 1_s), 0u);
}

TEST(Rfc4443, s2_4_f_errors_to_one_destination_are_limited) {
  RandomStream random(1);
  IcmpRateLimiter limiter(random);
  u32 allowed = 0;
  for (u32 i = 0; i < 1'000; ++i) allowed += limiter.allow(numbered(1), Instant::at(1_ms * i));
  EXPECT_EQ(allowed, 6u);
  EXPECT_TRUE(limiter.allow(numbered(2), Instant::at(1_s)));
  EXPECT_TRUE(limiter.allow(numbered(1), Instant::at(1_s)));
  EXPECT_FALSE(limiter.allow(numbered(1), Instant::at(1_s)));
}

TEST(Rfc1812, s4_3_2_8_errors_of_the_host_are_limited) {
  RandomStream random(1);
  IcmpRateLimiter limiter(random);
  u32 allowed = 0;
  for (u32 i = 0; i < 10'000; ++i) allowed += limiter.allow(numbered(i), Instant::at(100_us * i));
  // A thousand tokens and the burst, one to three an error.
  EXPECT_GT(allowed, 1'050u / 3);
  EXPECT_LT(allowed, 1'050u);
}

// SAD DNS: whoever counts the errors of one burst must not learn how many others there were.
TEST(IcmpRateLimiter, burst_is_not_a_number_one_can_count_on) {
  RandomStream random(1);
  std::array<bool, 64> seen{};
  u32 different = 0;
  for (u32 round = 0; round < 40; ++round) {
    IcmpRateLimiter limiter(random);
    u32 allowed = 0;
    for (u32 i = 0; i < 200; ++i) allowed += limiter.allow(numbered(i), Instant());
    ASSERT_LT(allowed, seen.size());
    different += !std::exchange(seen[allowed], true);
    EXPECT_GE(allowed, 17u);
    EXPECT_LE(allowed, 50u);
  }
  EXPECT_GT(different, 3u);
}

TEST(IcmpRateLimiter, many_destinations_cost_bounded_memory_and_the_recent_stay) {
  RandomStream random(1);
  IcmpLimits limits;
  limits.host_burst = 1'000'000;
  IcmpRateLimiter limiter(random, limits);
  for (u32 i = 0; i < 6; ++i) EXPECT_TRUE(limiter.allow(numbered(7), Instant()));
  for (u32 i = 0; i < 50'000; ++i) {
    EXPECT_TRUE(limiter.allow(numbered(1'000 + i), Instant::at(1_us * i)));
    ASSERT_FALSE(limiter.allow(numbered(7), Instant::at(1_us * i)));
  }
}

}  // namespace
}  // namespace catenet
