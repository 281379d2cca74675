// RFC 7323: what of it no other test holds.
#include "catenet/tcp/isn.hpp"
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing::rfc7323 {
namespace {

Options with_timestamps() {
  Options options = plain_options();
  options.timestamps = true;
  return options;
}

// The window is told in fours and rounded up: the peer may fill what it was told.
TEST(Rfc7323, s2_4_must_what_rounding_offered_is_taken) {
  Options options = plain_options();
  options.window_scaling = true;
  options.receive_buffer = 200'003;
  Conversation t(options);
  t.establish({.scale = 0});
  t.in({.seq = 1, .len = 1});
  t.pass(Duration::milliseconds(40));
  const Seg told = t.next_out();
  const i64 right = told.ack + (i64{*told.win} << 2);
  ASSERT_GT(right, told.ack + 200'002);
  EXPECT_FALSE(t.in({.seq = right - 1, .len = 1}));
  t.out({.seq = 1, .ack = 2});
  EXPECT_TRUE(t.in({.seq = right + 4, .len = 1}));
  t.out({.seq = 1, .ack = 2});
}

TEST(Rfc7323, s3_2_must_timestamps_that_were_not_agreed_mean_nothing) {
  Conversation t;
  t.establish();
  EXPECT_FALSE(t.in({.seq = 1, .len = 10, .tsval = 100, .tsecr = 5}));
  EXPECT_FALSE(t.in({.seq = 11, .len = 10, .tsval = 50, .tsecr = 5}));
  t.pass(Duration::milliseconds(40));
  const Seg answer = t.next_out();
  EXPECT_EQ(answer.ack, 21);
  EXPECT_FALSE(answer.tsval);
}

TEST(Rfc7323, s3_2_must_first_syn_echoes_nothing) {
  Conversation t(with_timestamps());
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  EXPECT_EQ(t.next_out().tsecr, 0u);
  // A SYN that crosses ours says what it likes.
  t.in({.flags = syn, .seq = 0, .ack = 0, .mss = 1000, .tsval = 70, .tsecr = 0x7fffffff});
  const Seg answer = t.next_out();
  EXPECT_EQ(answer.flags, syn | ack);
  EXPECT_EQ(answer.tsecr, 70u);
  EXPECT_EQ(t.conn().info().rtt, Duration::zero());
}

TEST(Rfc7323, s5_2_must_not_timestamp_of_a_reset_is_not_kept) {
  Conversation t(with_timestamps());
  t.establish({.tsval = 100});
  t.in({.flags = rst, .seq = 5, .tsval = 500});
  EXPECT_EQ(t.next_out().tsecr, 100u);  // the challenge
  EXPECT_FALSE(t.in({.seq = 1, .len = 10, .tsval = 200}));
  t.pass(Duration::milliseconds(40));
  EXPECT_EQ(t.next_out().tsecr, 200u);
}

TEST(Rfc7323, s5_3_timestamp_beyond_a_gap_is_not_kept) {
  Conversation t(with_timestamps());
  t.establish({.tsval = 100});
  t.in({.seq = 1'001, .len = 1'000, .tsval = 200});
  EXPECT_EQ(t.next_out().tsecr, 100u);
  EXPECT_FALSE(t.in({.seq = 1, .len = 1'000, .tsval = 150}));
  const Seg answer = t.next_out();
  EXPECT_EQ(answer.ack, 2'001);
  EXPECT_EQ(answer.tsecr, 150u);
}

TEST(Rfc7323, s5_4_may_clocks_of_two_connections_are_apart) {
  const SipKey secret{1, 2};
  const Endpoint other{test_remote.address, 2001};
  const u32 one = timestamp_offset(secret, test_local, test_remote);
  EXPECT_NE(one, timestamp_offset(secret, test_local, other));
  EXPECT_NE(one, timestamp_offset({1, 3}, test_local, test_remote));
}

}  // namespace
}  // namespace catenet::tcp::testing::rfc7323
