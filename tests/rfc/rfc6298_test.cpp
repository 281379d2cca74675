// RFC 6298: what of it no other test holds.
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing::rfc6298 {
namespace {

constexpr u32 mss = 1000;

TEST(Rfc6298, s2_3_must_variance_counts_for_a_tick_at_least) {
  congestion::RtoLimits limits;
  limits.min = Duration::milliseconds(1);
  congestion::RttEstimator rtt(limits);
  for (int i = 0; i < 200; ++i) rtt.on_sample(Duration::milliseconds(100), limits);
  EXPECT_LT(rtt.rttvar() * 4, limits.granularity);
  EXPECT_EQ(rtt.rto(), Duration::milliseconds(101));
}

TEST(Rfc6298, s3_must_each_round_trip_is_measured) {
  Options options = plain_options();
  options.rto.min = Duration::seconds(1);
  Conversation t(options);
  t.establish({.mss = mss});
  Duration last = t.conn().info().rtt;
  for (i64 round = 1; round <= 5; ++round) {
    t.write(2 * mss);
    t.forget_output();
    t.pass(Duration::milliseconds(100 * round));
    t.in({.ack = 1 + 2 * round * mss});
    EXPECT_GT(t.conn().info().rtt, last);
    last = t.conn().info().rtt;
  }
}

TEST(Rfc6298, s5_must_not_nothing_is_sent_again_too_early) {
  Conversation t;
  t.establish({.mss = mss});
  t.write(mss);
  t.next_out();
  const Duration first = t.conn().info().rto;
  t.pass(first / 2);
  t.write(mss);
  t.out({.seq = 1'001, .len = mss});
  t.pass(first / 2 - Duration::milliseconds(1));
  t.in({.ack = 1'001});  // the timer of the first is not that of the second
  t.pass(t.conn().info().rto - Duration::nanoseconds(1));
  t.silent();
  t.pass(Duration::nanoseconds(1));
  t.out({.seq = 1'001, .len = mss});
}

TEST(Rfc6298, s5_2_recommended_timer_stops_when_all_is_acknowledged) {
  Conversation t;
  t.establish({.mss = mss});
  t.write(2 * mss);
  t.forget_output();
  t.in({.ack = 1'001});
  EXPECT_EQ(t.conn().next_deadline(), t.now() + t.conn().info().rto);
  t.in({.ack = 2'001});
  EXPECT_EQ(t.conn().next_deadline(), Instant::never());
}

}  // namespace
}  // namespace catenet::tcp::testing::rfc6298
