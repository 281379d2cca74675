// RFC 6675: what of it no other test holds. Losses are found by counting.
#include "test_sender.hpp"

namespace catenet::tcp::testing::rfc6675 {
namespace {

using namespace sender;

// The first of twenty segments is lost; of the seventeenth it is not known yet.
void lose_the_first_and_perhaps_the_seventeenth(Conversation& t) {
  t.in({.ack = 1, .sack = {{at(1), at(4)}}});
  t.out({.seq = 1, .len = mss});
  t.in({.ack = 1, .sack = {{at(17), at(19)}, {at(1), at(16)}}});
}

TEST(Rfc6675, s4_must_new_text_goes_before_what_may_only_be_lost) {
  Conversation t(with_sack());
  send(t, 20, 10);
  lose_the_first_and_perhaps_the_seventeenth(t);
  EXPECT_EQ(t.pending(), 7u);
  for (i64 i = 20; t.pending() > 0; ++i) t.out({.seq = at(i), .len = mss});
}

TEST(Rfc6675, s4_should_hole_that_is_not_known_to_be_lost_is_sent_where_nothing_is_new) {
  Conversation t(with_sack());
  send(t, 20, 0);
  lose_the_first_and_perhaps_the_seventeenth(t);
  t.out({.seq = at(16), .len = mss});
  t.silent();
}

TEST(Rfc6675, s5_may_duplicates_before_recovery_let_new_text_out) {
  Conversation t(with_sack());
  send(t, 5, 5);
  t.in({.ack = 1, .sack = {{at(1), at(2)}}});
  t.out({.seq = at(5), .len = mss});
  t.silent();
  t.in({.ack = 1, .sack = {{at(1), at(3)}}});
  t.out({.seq = at(6), .len = mss});
  t.silent();
  EXPECT_FALSE(t.conn().info().in_recovery);
}

TEST(Rfc6675, s5_recovery_halves_the_window_and_repairs_the_first_hole) {
  Conversation t(with_sack());
  send(t, 10, 0);
  t.in({.ack = 1, .sack = {{at(1), at(4)}}});
  EXPECT_TRUE(t.conn().info().in_recovery);
  EXPECT_EQ(t.conn().info().ssthresh, 5 * mss);
  t.out({.seq = 1, .len = mss});
  t.silent();
}

TEST(Rfc6675, s5_must_recovery_ends_at_the_recovery_point_and_not_before) {
  Conversation t(with_sack());
  send(t, 10, 0);
  t.in({.ack = 1, .sack = {{at(1), at(4)}}});
  t.forget_output();
  t.in({.ack = at(9)});
  EXPECT_TRUE(t.conn().info().in_recovery);
  t.forget_output();
  t.in({.ack = at(10)});
  EXPECT_FALSE(t.conn().info().in_recovery);
  t.silent();
}

TEST(Rfc6675, s5_1_must_not_no_recovery_begins_before_the_point_of_a_timeout) {
  Conversation t(with_sack());
  send(t, 10, 0);
  t.pass(t.conn().info().rto);
  t.out({.seq = 1, .len = mss});
  t.in({.ack = at(1)});
  t.forget_output();
  const u32 ssthresh = t.conn().info().ssthresh;
  for (i64 i = 3; i < 10; ++i) t.in({.ack = at(1), .sack = {{at(2), at(i)}}});
  EXPECT_EQ(t.conn().info().ssthresh, ssthresh);
  EXPECT_EQ(t.env().counters.fast_retransmits, 0u);
  t.forget_output();
}

}  // namespace
}  // namespace catenet::tcp::testing::rfc6675
