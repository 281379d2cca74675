#include "catenet/wire/seq.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/testing.hpp"

namespace catenet::wire {
namespace {

TEST(Rfc9293, s3_4_order_goes_round_the_circle) {
  const Seq last(0xffffffff), zero(0);
  EXPECT_TRUE(last.before(zero));
  EXPECT_TRUE(zero.after(last));
  EXPECT_FALSE(zero.before(last));
  EXPECT_TRUE(zero.at_or_before(zero));
  EXPECT_TRUE(zero.at_or_after(zero));
  EXPECT_FALSE(zero.before(zero));
  EXPECT_FALSE(zero.after(zero));
  EXPECT_EQ(zero - last, 1);
  EXPECT_EQ(last - zero, -1);
  EXPECT_EQ(last + 1, zero);
  EXPECT_EQ(zero - u32{1}, last);
}

TEST(Rfc9293, s3_4_window_is_half_open_and_wraps) {
  const Seq first(0xfffffff0);
  EXPECT_TRUE(first.in_window(first, 1));
  EXPECT_FALSE(first.in_window(first, 0));
  EXPECT_TRUE((first + 0x1f).in_window(first, 0x20));
  EXPECT_FALSE((first + 0x20).in_window(first, 0x20));
  EXPECT_FALSE((first - u32{1}).in_window(first, 0x20));
}

TEST(Seq, distance_and_sum_are_inverse) {
  testing::Draws draws(90);
  for (int i = 0; i < 1000; ++i) {
    const Seq a(draws.number());
    const u32 distance = draws.number() >> 1;
    const Seq b = a + distance;
    EXPECT_EQ(b - a, static_cast<i32>(distance));
    EXPECT_EQ(b - distance, a);
    EXPECT_EQ(a.before(b), distance != 0);
    EXPECT_EQ(later(a, b), b);
    EXPECT_EQ(earlier(a, b), a);
  }
}

TEST(Seq, steps_in_place) {
  Seq seq(0xfffffffe);
  EXPECT_EQ(++seq, Seq(0xffffffff));
  seq += 2;
  EXPECT_EQ(seq, Seq(1));
  seq -= 3;
  EXPECT_EQ(seq, Seq(0xfffffffe));
}

}  // namespace
}  // namespace catenet::wire
