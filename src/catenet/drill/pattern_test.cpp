// Bytes that tell their place.
#include "catenet/drill/pattern.hpp"

#include <gtest/gtest.h>

namespace catenet::drill {
namespace {

TEST(DrillPattern, bytes_are_right_where_they_belong) {
  EXPECT_EQ(wrong_byte(pattern_bytes(100, 5'000), 100), std::nullopt);
  EXPECT_EQ(wrong_byte({}, 7), std::nullopt);
}

TEST(DrillPattern, whatever_is_displaced_is_found) {
  for (u32 by = 1; by < 1'000; ++by) {
    EXPECT_LT(wrong_byte(pattern_bytes(100 + by, 600), 100).value_or(600), 600u) << by;
  }
  std::vector<u8> bytes = pattern_bytes(0, 100);
  ++bytes[42];
  EXPECT_EQ(wrong_byte(bytes, 0), 42u);
}

}  // namespace
}  // namespace catenet::drill
