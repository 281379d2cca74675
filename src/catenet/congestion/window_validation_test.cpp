// Windows that are not used: RFC 7661.
#include <gtest/gtest.h>

#include "catenet/congestion/controller.hpp"

namespace catenet::congestion {
namespace {

constexpr u32 validated_smss = 1000;
constexpr Duration rtt = Duration::milliseconds(100);

// A sender that writes bursts, each acknowledged segment by segment a round trip later.
class Validation : public ::testing::Test {
 protected:
  explicit Validation(CongestionKind kind = CongestionKind::newreno)
      : controller(kind, validated_smss, 10) {
    controller.validate_window();
  }
  void burst(u32 segments, bool in_recovery = false) {
    if (una_ == nxt_) controller.on_idle(now, Duration::milliseconds(200));
    controller.on_sent(now);
    nxt_ += u64{segments} * validated_smss;
    now += rtt;
    while (una_ < nxt_) {
      const u32 flight = static_cast<u32>(nxt_ - una_);
      una_ += validated_smss;
      controller.on_ack({.now = now,
                         .acked = validated_smss,
                         .flight_size = flight,
                         .srtt = rtt,
                         .una = una_,
                         .nxt = nxt_,
                         .in_recovery = in_recovery});
    }
  }
  void wait(Duration time) { now += time; }
  // Grows the window to 80 segments or a few more.
  void grow() {
    while (controller.window() < 80 * validated_smss) burst(controller.window() / validated_smss);
    grown = controller.window();
  }
  // Of a grown window only `segments` are used any more, for longer than samples live.
  void use_only(u32 segments) {
    for (int i = 0; i < 30; ++i) burst(segments);
  }

  Controller controller;
  Instant now = Instant::at(Duration::seconds(1));
  u32 grown = 0;

 private:
  u64 una_ = 1;
  u64 nxt_ = 1;
};

using Rfc7661 = Validation;

class Rfc7661Cubic : public Validation {
 protected:
  Rfc7661Cubic() : Validation(CongestionKind::cubic) {}
};

TEST_F(Rfc7661, s4_1_begins_validated) {
  burst(10);
  EXPECT_EQ(controller.window(), 20 * validated_smss);
}

TEST_F(Rfc7661, s4_2_must_pipe_ack_is_the_most_of_the_sampling_period) {
  WindowValidation validation;
  const Window window{.cwnd = 10 * validated_smss, .smss = validated_smss};
  const auto ack = [&](Instant at, u32 acked, u64 una) {
    validation.on_ack({.now = at, .acked = acked, .srtt = rtt, .una = una, .nxt = una}, window);
  };
  ack(now, 7 * validated_smss, 7'001);
  ack(now + Duration::milliseconds(600), 2 * validated_smss, 9'001);
  EXPECT_EQ(validation.pipe_ack(now + Duration::milliseconds(1'000)), 7 * validated_smss);
  EXPECT_EQ(validation.pipe_ack(now + Duration::milliseconds(1'001)), 2 * validated_smss);
  EXPECT_EQ(validation.pipe_ack(now + Duration::milliseconds(1'601)), 0u);
}

TEST_F(Rfc7661, s4_2_sampling_period_is_three_long_round_trips) {
  WindowValidation validation;
  const Window window{.cwnd = 10 * validated_smss, .smss = validated_smss};
  validation.on_ack({.now = now,
                     .acked = validated_smss,
                     .srtt = Duration::seconds(1),
                     .una = 1'001,
                     .nxt = 1'001},
                    window);
  EXPECT_EQ(validation.pipe_ack(now + Duration::seconds(3)), validated_smss);
  EXPECT_EQ(validation.pipe_ack(now + Duration::milliseconds(3'001)), 0u);
}

TEST_F(Rfc7661, s4_3_validated_window_grows_though_a_burst_is_small) {
  grow();
  controller.on_ecn(now, grown);  // leaves slow start
  const u32 cwnd = controller.window();
  burst(cwnd / validated_smss);
  burst(2);
  burst(2);
  const u32 before = controller.window();
  for (int i = 0; i < 3; ++i) burst(cwnd / validated_smss / 2 + 2);
  EXPECT_GT(controller.window(), before);
}

TEST_F(Rfc7661, s4_4_must_not_grow_in_the_non_validated_phase) {
  grow();
  use_only(5);
  const u32 before = controller.window();
  use_only(5);
  EXPECT_EQ(controller.window(), before);
}

TEST_F(Rfc7661, s4_3_idle_window_is_kept) {
  grow();
  wait(Duration::seconds(200));
  burst(2);
  EXPECT_EQ(controller.window(), grown);
}

TEST_F(Rfc7661, s4_4_1_must_loss_leaves_half_of_what_was_used) {
  grow();
  use_only(20);
  controller.on_loss(now, 8 * validated_smss);
  EXPECT_EQ(controller.window(), 10 * validated_smss);
  EXPECT_EQ(controller.ssthresh(), 10 * validated_smss);
}

TEST_F(Rfc7661, s4_4_1_flight_counts_where_it_was_more) {
  grow();
  use_only(20);
  controller.on_loss(now, 30 * validated_smss);
  EXPECT_EQ(controller.window(), 15 * validated_smss);
}

TEST_F(Rfc7661, s4_4_1_must_end_of_recovery_takes_off_what_was_sent_again) {
  grow();
  use_only(20);
  controller.on_loss(now, 8 * validated_smss);
  controller.on_recovery_end(6 * validated_smss);
  EXPECT_EQ(controller.window(), 7 * validated_smss);
  EXPECT_EQ(controller.ssthresh(), 7 * validated_smss);
}

TEST_F(Rfc7661, s4_4_1_must_not_end_below_one_segment) {
  grow();
  use_only(4);
  controller.on_loss(now, 4 * validated_smss);
  controller.on_recovery_end(9 * validated_smss);
  EXPECT_EQ(controller.window(), validated_smss);
}

TEST_F(Rfc7661, s4_4_1_must_pipe_ack_is_undefined_after_recovery) {
  grow();
  use_only(20);
  controller.on_loss(now, 20 * validated_smss);
  burst(5, true);
  controller.on_recovery_end(validated_smss);
  const u32 after = controller.window();
  for (u32 acked = 0; acked < after;
       acked += validated_smss) {  // nothing measured yet: grows as ever
    controller.on_ack({.now = now,
                       .acked = validated_smss,
                       .flight_size = validated_smss,
                       .srtt = rtt,
                       .una = 1,
                       .nxt = 1'000'000});
  }
  EXPECT_EQ(controller.window(), after + validated_smss);
}

TEST_F(Rfc7661, s4_4_1_loss_of_a_validated_window_is_answered_as_ever) {
  grow();
  controller.on_loss(now, grown);
  EXPECT_EQ(controller.window(), grown / 2);
  controller.on_recovery_end(30 * validated_smss);
  EXPECT_EQ(controller.window(), grown / 2);
}

TEST_F(Rfc7661, s4_4_1_mark_leaves_half_of_what_was_used) {
  grow();
  use_only(20);
  controller.on_ecn(now, 8 * validated_smss);
  EXPECT_EQ(controller.window(), 10 * validated_smss);
}

TEST_F(Rfc7661Cubic, s4_4_1_curve_goes_by_what_was_used) {
  grow();
  use_only(20);
  controller.on_loss(now, 8 * validated_smss);
  EXPECT_EQ(controller.window(), 10 * validated_smss);
}

TEST_F(Rfc7661, s4_4_3_must_halve_after_five_minutes) {
  grow();
  wait(WindowValidation::non_validated_period);
  burst(2);
  EXPECT_EQ(controller.window(), grown / 2);
}

TEST_F(Rfc7661, s4_4_3_must_threshold_remembers_three_quarters) {
  grow();
  controller.on_loss(now, grown);
  controller.on_recovery_end(0);
  const u32 threshold = controller.ssthresh();
  for (int i = 0; i < 30; ++i) burst(controller.window() / validated_smss);
  const u32 cwnd = controller.window();
  ASSERT_GT(cwnd / 4 * 3, threshold);
  wait(Duration::seconds(301));
  burst(2);
  EXPECT_EQ(controller.ssthresh(), cwnd / 4 * 3);
  EXPECT_EQ(controller.window(), cwnd / 2);
}

TEST_F(Rfc7661, s4_4_3_counts_in_a_trickle_too) {
  grow();
  use_only(1);
  const u32 kept = controller.window();
  for (int i = 0; i < 310; ++i) {
    wait(Duration::milliseconds(900));
    burst(1);
  }
  EXPECT_EQ(controller.window(), kept / 2);
}

TEST_F(Rfc7661, s4_4_3_never_below_the_initial_window) {
  grow();
  wait(Duration::seconds(100'000));
  burst(2);
  EXPECT_EQ(controller.window(), 10 * validated_smss);
}

TEST_F(Rfc7661, s4_3_use_validates_again) {
  grow();
  use_only(5);
  burst(grown / validated_smss);
  burst(grown / validated_smss);
  EXPECT_GT(controller.window(), grown);
}

}  // namespace
}  // namespace catenet::congestion
