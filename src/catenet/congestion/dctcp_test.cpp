#include "catenet/congestion/dctcp.hpp"

#include <gtest/gtest.h>

#include "catenet/congestion/controller.hpp"

namespace catenet::congestion {
namespace {

constexpr u32 dctcp_smss = 1000;

// Windows of ten segments, `marked` of each under ECE.
void windows(Dctcp& dctcp, u32 count, u32 marked, u64& una) {
  for (u32 i = 0; i < count; ++i) {
    for (u32 index = 0; index < 10; ++index) {
      una += dctcp_smss;
      const u64 nxt = una + 10 * dctcp_smss;
      dctcp.on_ack(
          {.acked = dctcp_smss, .una = una, .nxt = nxt, .marked = index < marked ? dctcp_smss : 0});
    }
  }
}

TEST(Rfc8257, s3_3_alpha_follows_the_marked_fraction) {
  Dctcp dctcp;
  u64 una = 1;
  windows(dctcp, 200, 3, una);
  EXPECT_NEAR(dctcp.alpha(), Dctcp::one * 0.3, Dctcp::one * 0.01);
  windows(dctcp, 200, 0, una);
  EXPECT_EQ(dctcp.alpha(), 0u);
  windows(dctcp, 300, 10, una);
  EXPECT_NEAR(dctcp.alpha(), Dctcp::one, Dctcp::one * 0.01);
}

TEST(Rfc8257, s3_3_gain_is_a_sixteenth_a_window) {
  Dctcp dctcp;
  u64 una = 1;
  windows(dctcp, 1, 0, una);  // its first index closed a window, too
  EXPECT_EQ(dctcp.alpha(), Dctcp::one - Dctcp::one / 16);
  windows(dctcp, 1, 0, una);
  EXPECT_NEAR(dctcp.alpha(), Dctcp::one * 225.0 / 256, 2);
}

TEST(Rfc8257, s3_3_window_shrinks_by_half_of_alpha) {
  Controller c(CongestionKind::dctcp, dctcp_smss, 100);
  u64 una = 1;
  for (u32 i = 0; i < 20'000; ++i) {
    una += dctcp_smss;
    c.on_ack({.acked = dctcp_smss,
              .flight_size = 100 * dctcp_smss,
              .una = una,
              .nxt = una + 100 * dctcp_smss,
              .marked = i % 10 == 0 ? dctcp_smss : 0,
              .in_recovery = true});
  }
  const u32 before = c.window();
  c.on_ecn({}, before);
  EXPECT_NEAR(c.window(), before * 0.95, before * 0.01);  // alpha is 0.1
  EXPECT_EQ(c.window(), c.ssthresh());
}

TEST(Rfc8257, s3_3_first_marks_halve_the_window) {
  Controller c(CongestionKind::dctcp, dctcp_smss, 100);
  c.on_ecn({}, 100 * dctcp_smss);
  EXPECT_EQ(c.window(), 50 * dctcp_smss);
}

TEST(Rfc8257, s3_5_loss_halves_the_window_whatever_alpha_is) {
  Controller c(CongestionKind::dctcp, dctcp_smss, 100);
  u64 una = 1;
  for (u32 i = 0; i < 20'000; ++i) {
    una += dctcp_smss;
    c.on_ack({.acked = dctcp_smss, .una = una, .nxt = una + 10 * dctcp_smss, .in_recovery = true});
  }
  const u32 before = c.window();
  c.on_ecn({}, before);
  EXPECT_EQ(c.window(), before);  // alpha is 0
  c.on_loss({}, before);
  EXPECT_EQ(c.window(), before / 2);
}

TEST(Rfc8257, s3_4_unmarked_window_grows_as_reno_does) {
  Controller dctcp(CongestionKind::dctcp, dctcp_smss, 10),
      reno(CongestionKind::newreno, dctcp_smss, 10);
  u64 una = 1;
  for (auto* c : {&dctcp, &reno}) c->on_loss({}, 10 * dctcp_smss);
  for (int i = 0; i < 500; ++i) {
    una += dctcp_smss;
    for (auto* c : {&dctcp, &reno}) {
      c->on_ack(
          {.acked = dctcp_smss, .flight_size = c->window(), .una = una, .nxt = una + c->window()});
    }
  }
  EXPECT_GT(reno.window(), 20 * dctcp_smss);
  EXPECT_EQ(dctcp.window(), reno.window());
}

}  // namespace
}  // namespace catenet::congestion
