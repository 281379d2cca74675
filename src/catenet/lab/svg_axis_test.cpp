#include "catenet/lab/svg_axis.hpp"

#include <gtest/gtest.h>

namespace catenet::lab {
namespace {

TEST(Axis, places_numbers_between_its_ends_and_the_rest_at_them) {
  const Axis axis(100, 200, 0, 50);
  EXPECT_EQ(axis.at(100), 0);
  EXPECT_EQ(axis.at(150), 25);
  EXPECT_EQ(axis.at(200), 50);
  EXPECT_EQ(axis.at(99), 0);
  EXPECT_EQ(axis.at(1'000), 50);
  const Axis upwards(0, 10, 50, 0);
  EXPECT_EQ(upwards.at(10), 0);
  EXPECT_EQ(Axis(5, 5, 0, 50).at(5), 0);
}

TEST(Axis, ticks_are_round_and_few) {
  EXPECT_EQ(Axis(0, 15, 0, 1).ticks(10), (std::vector<i64>{0, 2, 4, 6, 8, 10, 12, 14}));
  EXPECT_EQ(Axis(-10, 5, 0, 1).ticks(4), (std::vector<i64>{-10, -5, 0, 5}));
  EXPECT_EQ(Axis(0, 1'048'576, 0, 1).step(7), 200'000);
  for (const i64 high : {1, 7, 99, 12'345, 987'654'321}) {
    EXPECT_LE(Axis(0, high, 0, 1).ticks(10).size(), 11u) << high;
  }
}

TEST(Axis, numbers_are_told_exactly_in_their_unit) {
  EXPECT_EQ(in_unit(1'250'000'000, time_unit(2'000'000'000)), "1.25");
  EXPECT_EQ(in_unit(-500'000, {"s", 1'000'000'000}), "-0.0005");
  EXPECT_EQ(in_unit(3'000, byte_unit(5'000)), "3");
  EXPECT_EQ(time_unit(5'000).name, "µs");
}

TEST(Axis, for_reading_numbers_are_rounded) {
  EXPECT_EQ(rough_duration(120'983'000), "121 ms");
  EXPECT_EQ(rough_duration(1'500'000'000), "1.50 s");
  EXPECT_EQ(rough_duration(0), "0 s");
  EXPECT_EQ(rough_duration(-2'000), "-2 µs");
  EXPECT_EQ(rough_bytes(1'048'576), "1.05 MB");
  EXPECT_EQ(rough_rate(12), "12 bit/s");
  EXPECT_EQ(grouped(1'234'567), "1\u202f234\u202f567");
  EXPECT_EQ(grouped(123), "123");
}

}  // namespace
}  // namespace catenet::lab
