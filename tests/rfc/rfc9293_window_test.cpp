// RFC 9293 §3.8.3, §3.8.5, §3.8.6: giving up, urgent data, and windows that shrink.
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing::rfc9293_window {
namespace {

constexpr u32 mss = 1000;

// Whether the path became suspect in these `rounds` time-outs.
bool suspect(Conversation& t, int rounds) {
  u32 events = 0;
  for (int i = 0; i < rounds; ++i) {
    t.pass(t.conn().info().rto);
    events |= t.conn().take_events();
    t.next_out();
  }
  return (events & Event::path_suspect) != 0;
}

TEST(Rfc9293, shld_10_path_is_suspect_from_the_third_retransmission_on) {
  Conversation t;
  t.establish({.mss = mss});
  t.write(mss);
  t.next_out();
  EXPECT_FALSE(suspect(t, 2));
  EXPECT_TRUE(suspect(t, 1));
}

TEST(Rfc9293, shld_9_who_asks_is_told_of_the_retransmissions) {
  Conversation t;
  t.establish({.mss = mss});
  t.write(mss);
  t.next_out();
  EXPECT_EQ(t.conn().info().backoff, 0u);
  EXPECT_TRUE(suspect(t, 4));
  EXPECT_EQ(t.conn().info().backoff, 4u);
  EXPECT_EQ(t.conn().info().retransmissions, 4u);
  t.in({.ack = 1 + mss});
  t.write(mss);
  t.next_out();
  t.in({.ack = 1 + 2 * mss});
  EXPECT_EQ(t.conn().info().backoff, 0u);
}

TEST(Rfc9293, must_22_syn_makes_the_path_suspect_and_gives_up_too) {
  Conversation t;
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  EXPECT_FALSE(suspect(t, 2));
  EXPECT_TRUE(suspect(t, 1));
  t.pass(Duration::seconds(400));
  t.forget_output();
  EXPECT_EQ(t.conn().state(), State::closed);
  EXPECT_EQ(t.conn().take_error(), Errno::timed_out);
}

TEST(Rfc9293, must_31_urgent_data_fills_several_segments) {
  Conversation t;
  t.establish({.mss = mss});
  const auto bytes = pattern_bytes(1, 2'500);
  ASSERT_EQ(t.conn().send_urgent(t.now(), bytes), 2'500u);
  t.collect();
  t.out({.flags = ack | urg, .seq = 1, .len = mss, .urg = 2'500});
  t.out({.flags = ack | urg, .seq = 1'001, .len = mss, .urg = 1'500});
  t.silent();
  t.in({.ack = 2'001});
  t.out({.flags = ack | urg, .seq = 2'001, .len = 500, .urg = 500});
}

TEST(Rfc9293, must_32_user_is_told_when_an_urgent_pointer_comes_and_when_it_moves_on) {
  Conversation t;
  t.establish();
  const auto told = [&t] { return (t.conn().take_events() & Event::urgent) != 0; };
  t.in({.flags = ack | urg, .seq = 1, .len = 10, .urg = 20});
  EXPECT_TRUE(told());
  t.in({.flags = ack | urg, .seq = 11, .len = 5, .urg = 10});  // the same place
  EXPECT_FALSE(told());
  t.in({.flags = ack | urg, .seq = 16, .len = 5, .urg = 15});
  EXPECT_TRUE(told());
  t.forget_output();
}

TEST(Rfc9293, must_66_urgent_pointer_counts_though_the_window_is_closed) {
  Options options = plain_options();
  options.receive_buffer = 4'000;
  Conversation t(options);
  t.establish();
  t.in({.seq = 1, .len = 2'000});
  t.in({.seq = 2'001, .len = 2'000});
  t.forget_output();
  EXPECT_EQ(t.conn().info().receive_window, 0u);
  t.conn().take_events();
  t.in({.flags = ack | urg, .seq = 4'001, .len = 1, .urg = 1});
  EXPECT_TRUE(t.conn().take_events() & Event::urgent);
  t.out({.seq = 1, .ack = 4'001, .win = 0});
}

TEST(Rfc9293, shld_16_old_text_inside_the_smaller_window_is_sent_again) {
  Conversation t;
  t.establish({.win = 3'000, .mss = mss});
  t.write(5'000);
  for (i64 i = 0; i < 3; ++i) t.out({.seq = 1 + i * mss, .len = mss});
  t.in({.ack = 1, .win = 2'000});
  t.silent();
  t.pass(t.conn().info().rto);
  t.out({.seq = 1, .len = mss});
  t.in({.ack = 1'001, .win = 1'000});
  t.out({.seq = 1'001, .len = mss});
  t.silent();
}

// The peer takes no more and says so, for longer than R2.
TEST(Rfc9293, shld_17_text_beyond_a_closed_window_ends_no_connection) {
  Conversation t;
  t.establish({.win = 3'000, .mss = mss});
  t.write(3'000);
  t.forget_output();
  t.in({.ack = 1'001, .win = 0});
  const Instant begin = t.now();
  while (t.now() - begin < t.env().options.r2 * 2) {
    t.pass(t.conn().info().rto);
    t.forget_output();
    t.in({.ack = 1'001, .win = 0});
  }
  EXPECT_EQ(t.conn().state(), State::established);
  t.in({.ack = 3'001, .win = 3'000});
  EXPECT_EQ(t.conn().info().unacked, 0u);
}

TEST(Rfc9293, must_35_window_that_shrank_to_nothing_is_probed_until_it_opens) {
  Conversation t;
  t.establish({.win = 3'000, .mss = mss});
  t.write(5'000);
  for (i64 i = 0; i < 3; ++i) t.out({.seq = 1 + i * mss, .len = mss});
  t.in({.ack = 1, .win = 0});
  for (int i = 0; i < 4; ++i) {
    t.pass(t.conn().info().rto);
    EXPECT_EQ(t.next_out().seq, 1);
    t.silent();
    t.in({.ack = 1, .win = 0});
  }
  t.in({.ack = 1, .win = 5'000});
  t.pass(t.conn().info().rto);
  t.out({.seq = 1, .len = mss});
  t.in({.ack = 3'001, .win = 5'000});
  t.out({.seq = 3'001, .len = mss});
  t.out({.seq = 4'001, .len = mss});
}

}  // namespace
}  // namespace catenet::tcp::testing::rfc9293_window
