#include "catenet/engine/random.hpp"

#include <array>
#include <cmath>
#include <gtest/gtest.h>

#include "catenet/engine/random_tables.hpp"

namespace catenet {
namespace {

TEST(RandomStream, first_values_are_the_same_on_every_machine) {
  RandomStream random(1);
  EXPECT_EQ(random.next(), 0xb3f2af6d0fc710c5ull);
  EXPECT_EQ(random.next(), 0x853b559647364ceaull);
  EXPECT_EQ(random.next(), 0x92f89756082a4514ull);
  EXPECT_EQ(random.next(), 0x642e1c7bc266a3a7ull);
}

TEST(RandomStream, distributions_first_values_are_the_same_on_every_machine) {
  RandomStream random(42);
  std::array<i64, 9> values;
  for (int i = 0; i < 3; ++i) values[i] = random.normal(1'000'000'000);
  for (int i = 3; i < 6; ++i) values[i] = random.exponential(1'000'000'000);
  for (int i = 6; i < 9; ++i) values[i] = random.pareto(1'000'000'000);
  const std::array<i64, 9> golden = {1728705123, 879799630,  -412427302, 78314500,  8260792,
                                     261742896,  -443279782, -513053454, -467475424};
  EXPECT_EQ(values, golden);
}

TEST(RandomStream, below_is_uniform_and_inside) {
  RandomStream random(2);
  std::array<int, 7> count{};
  for (int i = 0; i < 70'000; ++i) ++count[random.below(7)];
  for (const int n : count) EXPECT_NEAR(n, 10'000, 500);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0u);
}

TEST(RandomStream, below_large_bound_is_not_skewed) {
  // Without rejection every third value would come twice as often as the others.
  RandomStream random(3);
  int multiples = 0;
  for (int i = 0; i < 30'000; ++i) multiples += random.below(3ull << 62) % 3 == 0;
  EXPECT_NEAR(multiples, 10'000, 500);
}

TEST(RandomStream, between_takes_any_range) {
  RandomStream random(4);
  bool seen[3] = {};
  for (int i = 0; i < 200; ++i) {
    const i64 n = random.between(-1, 1);
    ASSERT_TRUE(n >= -1 && n <= 1);
    seen[n + 1] = true;
  }
  EXPECT_TRUE(seen[0] && seen[1] && seen[2]);
  EXPECT_EQ(random.between(5, 5), 5);
  bool negative = false;
  bool positive = false;
  for (int i = 0; i < 100; ++i) {
    const i64 n = random.between(INT64_MIN, INT64_MAX);
    (n < 0 ? negative : positive) = true;
  }
  EXPECT_TRUE(negative && positive);
  const Duration d = random.uniform(1_ms, 2_ms);
  EXPECT_TRUE(d >= 1_ms && d <= 2_ms);
}

TEST(RandomStreamDeathTest, empty_range_is_a_broken_invariant) {
  RandomStream random(5);
  EXPECT_DEATH(random.below(0), "broken invariant");
  EXPECT_DEATH(random.between(1, 0), "broken invariant");
}

TEST(RandomStream, chance_holds_its_odds_and_always_draws) {
  RandomStream random(6);
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) hits += random.chance(10'000'000);
  EXPECT_NEAR(hits, 1'000, 150);
  RandomStream never(7);
  RandomStream always(7);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_FALSE(never.chance(0));
    ASSERT_TRUE(always.chance(1'000'000'000));
  }
  EXPECT_EQ(never.next(), always.next());
}

struct Moments {
  double mean, variance, least, most;
};
template <typename Draw>
Moments moments(Draw draw) {
  constexpr int n = 1'000'000;
  double sum = 0, squares = 0, least = 1e18, most = -1e18;
  for (int i = 0; i < n; ++i) {
    const double x = static_cast<double>(draw()) / 1e6;
    sum += x;
    squares += x * x;
    least = std::min(least, x);
    most = std::max(most, x);
  }
  return {sum / n, squares / n - sum / n * sum / n, least, most};
}

TEST(RandomStream, normal_has_its_moments_and_cut) {
  RandomStream random(8);
  const Moments m = moments([&] { return random.normal(1'000'000); });
  EXPECT_NEAR(m.mean, 0, 0.005);
  EXPECT_NEAR(m.variance, 1, 0.01);
  EXPECT_NEAR(m.most, 3.7, 1e-6);
  EXPECT_NEAR(m.least, -3.7, 1e-6);
}

TEST(RandomStream, normal_falls_inside_one_and_two_deviations_as_often_as_it_should) {
  RandomStream random(9);
  int one = 0;
  int two = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    const i64 x = std::abs(random.normal(1'000'000));
    one += x < 1'000'000;
    two += x < 2'000'000;
  }
  EXPECT_NEAR(one, 682'689, 2'000);
  EXPECT_NEAR(two, 954'500, 1'000);
}

TEST(RandomStream, exponential_has_its_moments) {
  RandomStream random(10);
  const Moments m = moments([&] { return random.exponential(1'000'000); });
  EXPECT_NEAR(m.mean, 1, 0.005);
  EXPECT_NEAR(m.variance, 1, 0.02);
  EXPECT_GE(m.least, 0);
  EXPECT_GT(m.most, 10);
}

TEST(RandomStream, pareto_has_mean_zero_and_a_heavy_tail) {
  RandomStream random(11);
  const Moments m = moments([&] { return random.pareto(1'000'000); });
  EXPECT_NEAR(m.mean, 0, 0.01);
  EXPECT_NEAR(m.variance, 1, 0.3);
  EXPECT_NEAR(m.least, -0.57735, 1e-4);
  EXPECT_GT(m.most, 30);
}

TEST(RandomStream, scale_may_be_zero_or_as_wide_as_time) {
  RandomStream random(12);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(random.normal(0), 0);
    const i64 hour = 3'600'000'000'000;
    const i64 n = random.normal(hour);
    EXPECT_LE(std::abs(n), hour * 37 / 10 + 1);
    EXPECT_GE(random.exponential(hour), 0);
  }
}

// The tables, computed again with the C library.
TEST(RandomTables, every_knot_is_the_function_it_says) {
  using namespace random_tables;
  for (u32 at = 0; at < random_tables::normal.size(); ++at) {
    const double tail =
        std::ldexp(1 - (at % knots_per_octave) / 64.0, -static_cast<int>(at / knots_per_octave));
    const double z = std::ldexp(random_tables::normal[at], -28);
    if (z > 3.699999) {
      EXPECT_LE(tail, std::erfc(3.6999 / std::sqrt(2.0)));
    } else {
      EXPECT_NEAR(std::erfc(z / std::sqrt(2.0)) / tail, 1, 1e-7) << at;
    }
  }
  for (u32 i = 0; i <= knots_per_octave; ++i) {
    const double x = 1 - i / 64.0;
    EXPECT_NEAR(random_tables::exponential[i], std::ldexp(-std::log(x), 30), 1);
    EXPECT_NEAR(random_tables::pareto[i], std::ldexp(1 / std::cbrt(x), 30), 1);
  }
  EXPECT_NEAR(static_cast<double>(ln_2), std::ldexp(std::log(2.0), 30), 1);
  EXPECT_NEAR(static_cast<double>(cube_roots[2]), std::ldexp(std::cbrt(4.0), 30), 1);
  EXPECT_NEAR(static_cast<double>(pareto_per_deviation), std::ldexp(1 / std::sqrt(0.75), 30), 1);
}

}  // namespace
}  // namespace catenet
