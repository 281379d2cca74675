// RFC 5681: what of it no other test holds.
#include "test_sender.hpp"

namespace catenet::tcp::testing::rfc5681 {
namespace {

using namespace sender;

TEST(Rfc5681, s3_1_must_not_handshake_leaves_the_first_window_as_it_is) {
  Conversation t;
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  t.write(20 * mss);
  t.in({.flags = syn | ack, .seq = 0, .mss = mss});
  EXPECT_EQ(t.conn().info().cwnd, 10 * mss);
  for (i64 i = 0; i < 10; ++i) t.out({.seq = at(i), .len = mss});
  t.silent();
}

TEST(Rfc5681, s3_1_should_threshold_begins_beyond_any_window) {
  Conversation t;
  send(t, 2, 0);
  EXPECT_GE(t.conn().info().ssthresh, 0xffffu << 14);
}

TEST(Rfc5681, s3_2_must_not_duplicate_that_reports_nothing_new_lets_nothing_out) {
  Conversation t(with_sack());
  send(t, 5, 5);
  t.in({.ack = 1});
  t.silent();
  t.in({.ack = 1, .sack = {{at(1), at(2)}}});
  t.out({.seq = at(5), .len = mss});
  t.in({.ack = 1, .sack = {{at(1), at(2)}}});
  t.silent();
}

TEST(Rfc5681, s3_2_must_limited_transmit_does_not_count_for_the_threshold) {
  Conversation t;
  send(t, 10, 10);
  for (i64 i = 0; i < 2; ++i) {
    t.in({.ack = 1});
    t.out({.seq = at(10 + i), .len = mss});
  }
  t.in({.ack = 1});
  EXPECT_EQ(t.conn().info().ssthresh, 5 * mss);
  t.out({.seq = 1, .len = mss});
}

TEST(Rfc5681, s4_2_must_not_a_segment_is_answered_once) {
  Conversation t;
  t.establish();
  const auto answered_once = [&t](const Seg& seg, i64 next) {
    t.in(seg);
    t.pass(Duration::seconds(1));
    t.out({.seq = 1, .ack = next});
    t.silent();
  };
  answered_once({.seq = 1, .len = 100}, 101);                      // in order
  answered_once({.seq = 1, .len = 100}, 101);                      // again
  answered_once({.seq = 301, .len = 100}, 101);                    // beyond a gap
  answered_once({.seq = 101, .len = 200}, 401);                    // into the gap
  answered_once({.flags = fin | ack, .seq = 401, .len = 1}, 403);  // the last
}

TEST(Rfc5681, s4_3_must_losses_in_two_windows_halve_twice) {
  Conversation t(with_sack());
  send(t, 12, 30);
  t.in({.ack = 1, .sack = {{at(1), at(12)}}});
  EXPECT_EQ(t.conn().info().ssthresh, 6 * mss);
  t.forget_output();
  t.in({.ack = at(12)});
  t.in({.ack = t.conn().info().unacked + at(12)});
  t.forget_output();
  const u32 flight = t.conn().info().unacked;
  const i64 una = static_cast<i64>(t.conn().info().bytes_acked) + 1;
  t.in({.ack = una, .sack = {{una + mss, una + flight}}});
  EXPECT_TRUE(t.conn().info().in_recovery);
  EXPECT_EQ(t.conn().info().ssthresh, std::max(flight / 2, 2 * mss));
  EXPECT_LT(t.conn().info().ssthresh, 6 * mss);
  t.forget_output();
}

}  // namespace
}  // namespace catenet::tcp::testing::rfc5681
