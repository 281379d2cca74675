// The states after ESTABLISHED, resets, and what is outside the window.
#include "catenet/tcp/test_conversation.hpp"
#include "catenet/tcp/time_wait.hpp"

namespace catenet::tcp::testing {
namespace {

TEST(Rfc9293, s3_6_active_close_passes_fin_waits_and_time_wait) {
  Conversation t;
  t.establish();
  t.close();
  EXPECT_EQ(t.conn().state(), State::fin_wait_1);
  t.out({.flags = fin | ack, .seq = 1, .ack = 1});
  t.in({.seq = 1, .ack = 2});
  EXPECT_EQ(t.conn().state(), State::fin_wait_2);
  t.in({.flags = fin | ack, .seq = 1, .ack = 2});
  EXPECT_EQ(t.conn().state(), State::time_wait);
  t.out({.seq = 2, .ack = 2});
  t.pass(Duration::seconds(59));
  EXPECT_EQ(t.conn().state(), State::time_wait);
  t.pass(Duration::seconds(1));
  EXPECT_EQ(t.conn().state(), State::closed);
  EXPECT_TRUE(t.conn().take_events() & Event::closed);
}

TEST(Rfc9293, s3_6_passive_close_passes_close_wait_and_last_ack) {
  Conversation t;
  t.establish();
  t.in({.flags = fin | ack, .seq = 1});
  EXPECT_EQ(t.conn().state(), State::close_wait);
  t.out({.seq = 1, .ack = 2});
  EXPECT_EQ(t.receive_error(), Errno::ok);  // end of stream
  EXPECT_EQ(t.write(5), 5u);                // half-closed: our direction goes on
  t.out({.seq = 1, .ack = 2, .len = 5});
  t.close();
  EXPECT_EQ(t.conn().state(), State::last_ack);
  t.out({.flags = fin | ack, .seq = 6, .ack = 2});
  t.in({.seq = 2, .ack = 7});
  EXPECT_EQ(t.conn().state(), State::closed);
}

TEST(Rfc9293, s3_6_simultaneous_close_passes_closing) {
  Conversation t;
  t.establish();
  t.close();
  t.next_out();
  t.in({.flags = fin | ack, .seq = 1, .ack = 1});
  EXPECT_EQ(t.conn().state(), State::closing);
  t.out({.seq = 2, .ack = 2});
  t.in({.seq = 2, .ack = 2});
  EXPECT_EQ(t.conn().state(), State::time_wait);
}

TEST(Rfc9293, s3_6_fin_that_acknowledges_ours_goes_straight_to_time_wait) {
  Conversation t;
  t.establish();
  t.close();
  t.next_out();
  t.in({.flags = fin | ack, .seq = 1, .ack = 2});
  EXPECT_EQ(t.conn().state(), State::time_wait);
  t.out({.seq = 2, .ack = 2});
}

TEST(Rfc9293, s3_6_half_close_still_receives) {
  Conversation t;
  t.establish();
  t.shutdown();
  t.out({.flags = fin | ack, .seq = 1});
  t.in({.seq = 1, .ack = 2, .len = 100});
  EXPECT_EQ(t.read(1000), 100u);
  t.pass(Duration::milliseconds(40));
  t.out({.seq = 2, .ack = 101});
  t.pass(Duration::seconds(3'600));  // no limit on FIN-WAIT-2 while its user is there
  EXPECT_EQ(t.conn().state(), State::fin_wait_2);
  EXPECT_EQ(t.conn().send(t.now(), std::vector<u8>(1)).error(), Errno::broken_pipe);
}

TEST(Rfc9293, s3_6_fin_goes_with_the_last_data) {
  Conversation t;
  t.establish();
  t.write(100);
  t.out({.seq = 1, .len = 100});
  t.write(50);  // held back by Nagle
  t.silent();
  t.close();
  t.out({.flags = fin | ack, .seq = 101, .len = 50});
}

TEST(Rfc9293, s3_10_4_lost_fin_is_sent_again) {
  Conversation t;
  t.establish();
  t.close();
  t.out({.flags = fin | ack, .seq = 1});
  t.pass(Duration::milliseconds(300));
  t.out({.flags = fin | ack, .seq = 1});
}

TEST(Rfc9293, s3_10_7_4_fin_ahead_of_a_gap_waits) {
  Conversation t;
  t.establish();
  t.in({.flags = fin | ack, .seq = 101, .len = 100});
  t.out({.seq = 1, .ack = 1});
  EXPECT_EQ(t.conn().state(), State::established);
  t.in({.seq = 1, .len = 100});
  t.out({.seq = 1, .ack = 202});
  EXPECT_EQ(t.conn().state(), State::close_wait);
  EXPECT_EQ(t.read(1000), 200u);
}

TEST(Rfc9293, s3_10_7_4_repeated_fin_in_time_wait_is_acked_and_restarts_the_clock) {
  Conversation t;
  t.establish();
  t.close();
  t.next_out();
  t.in({.flags = fin | ack, .seq = 1, .ack = 2});
  t.next_out();
  t.pass(Duration::seconds(50));
  t.in({.flags = fin | ack, .seq = 1, .ack = 2});
  t.out({.seq = 2, .ack = 2});
  t.pass(Duration::seconds(50));
  EXPECT_EQ(t.conn().state(), State::time_wait);
}

TEST(Rfc9293, s3_10_7_4_unacceptable_segment_is_acked) {
  Conversation t;
  t.establish();
  EXPECT_EQ(t.in({.seq = 70'000, .len = 10}), Drop::tcp_unacceptable);
  t.out({.seq = 1, .ack = 1});
  EXPECT_EQ(t.in({.seq = -50, .len = 10}), Drop::tcp_unacceptable);
  t.out({.seq = 1, .ack = 1});
}

TEST(Rfc9293, s3_10_7_4_unacceptable_pure_acks_are_answered_sparingly) {
  Conversation t;
  t.establish();
  for (int i = 0; i < 100; ++i) t.in({.seq = 70'000});
  EXPECT_EQ(t.pending(), 10u);
  t.forget_output();
}

TEST(Rfc9293, s3_10_7_4_overlap_below_the_window_is_trimmed) {
  Conversation t;
  t.establish();
  t.in({.seq = 1, .len = 100});
  t.in({.seq = 51, .len = 100});
  EXPECT_EQ(t.read(1000), 150u);
  t.forget_output();
}

TEST(Rfc9293, s3_10_7_4_segment_without_ack_is_dropped) {
  Conversation t;
  t.establish();
  EXPECT_EQ(t.in({.flags = psh, .seq = 1, .len = 10}), Drop::tcp_bad_ack);
  EXPECT_EQ(t.read(10), 0u);
}

TEST(Rfc9293, s3_10_7_4_ack_of_what_was_never_sent_is_answered) {
  Conversation t;
  t.establish();
  EXPECT_EQ(t.in({.seq = 1, .ack = 1000}), Drop::tcp_challenge);
  t.out({.seq = 1, .ack = 1});
}

TEST(Rfc5961, s3_2_only_the_exact_number_resets) {
  Conversation t;
  t.establish();
  EXPECT_EQ(t.in({.flags = rst, .seq = 2}), Drop::tcp_challenge);
  t.out({.seq = 1, .ack = 1});
  EXPECT_EQ(t.conn().state(), State::established);
  EXPECT_EQ(t.in({.flags = rst, .seq = 70'000}), Drop::tcp_unacceptable);
  t.silent();
  t.in({.flags = rst, .seq = 1});
  EXPECT_EQ(t.conn().state(), State::closed);
  EXPECT_EQ(t.receive_error(), Errno::connection_reset);
  EXPECT_EQ(t.receive_error(), Errno::ok);  // told once
}

TEST(Rfc5961, s4_2_syn_in_the_window_is_challenged) {
  Conversation t;
  t.establish();
  EXPECT_EQ(t.in({.flags = syn, .seq = 100}), Drop::tcp_challenge);
  t.out({.seq = 1, .ack = 1});
  EXPECT_EQ(t.conn().state(), State::established);
}

TEST(Rfc5961, s5_2_ack_older_than_the_largest_window_is_challenged) {
  Conversation t;
  t.establish({.win = 1000});
  EXPECT_EQ(t.in({.seq = 1, .ack = -1000, .len = 10}), Drop::tcp_challenge);
  t.out({.seq = 1, .ack = 1});
  EXPECT_EQ(t.read(10), 0u);
  EXPECT_FALSE(t.in({.seq = 1, .ack = -998, .len = 10}).has_value());
  EXPECT_EQ(t.read(10), 10u);
  t.pass(Duration::milliseconds(40));
  t.out({.seq = 1, .ack = 11});
}

TEST(Rfc5961, s7_challenges_are_limited_for_each_connection) {
  Conversation t;
  t.establish();
  for (int i = 0; i < 50; ++i) t.in({.flags = rst, .seq = 5});
  EXPECT_EQ(t.pending(), 10u);
  t.forget_output();
  t.pass(Duration::seconds(5));
  t.in({.flags = rst, .seq = 5});
  t.out({.seq = 1, .ack = 1});
}

TEST(Rfc1122, s4_2_2_13_close_with_unread_data_resets) {
  Conversation t;
  t.establish();
  t.in({.seq = 1, .len = 10});
  t.close();
  t.out({.flags = rst | ack, .seq = 1, .ack = 11});
  EXPECT_EQ(t.conn().state(), State::closed);
}

TEST(Rfc1122, s4_2_2_13_data_after_close_resets) {
  Conversation t;
  t.establish();
  t.close();
  t.next_out();
  EXPECT_EQ(t.in({.seq = 1, .ack = 2, .len = 10}), Drop::tcp_closed);
  t.out({.flags = rst | ack, .seq = 2, .ack = 1});
  EXPECT_TRUE(t.conn().take_events() & Event::closed);
}

TEST(Rfc9293, s3_10_5_abort_sends_reset_and_forgets_data) {
  Conversation t;
  t.establish();
  t.write(100);
  t.next_out();
  t.conn().abort(t.now());
  t.collect();
  t.out({.flags = rst | ack, .seq = 101, .ack = 1});
  EXPECT_EQ(t.conn().state(), State::closed);
  EXPECT_EQ(t.conn().next_deadline(), Instant::never());
}

TEST(Rfc9293, s3_10_4_close_in_syn_sent_is_silent) {
  Conversation t;
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  t.close();
  EXPECT_EQ(t.conn().state(), State::closed);
}

TEST(FinWait2, its_user_gone_ends_after_sixty_seconds) {
  Conversation t;
  t.establish();
  t.close();
  t.next_out();
  t.in({.seq = 1, .ack = 2});
  t.pass(Duration::seconds(59));
  EXPECT_EQ(t.conn().state(), State::fin_wait_2);
  t.pass(Duration::seconds(1));
  EXPECT_EQ(t.conn().state(), State::closed);
}

class TimeWaitTest : public ::testing::Test {
 protected:
  void enter(Conversation& t, Seg answer = {}) {
    t.establish(answer);
    t.close();
    t.next_out();
    t.in({.flags = fin | ack, .seq = 1, .ack = 2, .tsval = answer.tsval, .tsecr = 1});
    t.next_out();
    ASSERT_EQ(t.conn().state(), State::time_wait);
    wait.emplace(t.conn());
  }
  TimeWait::Verdict in(Conversation& t, const Seg& seg) {
    reply = Packet();
    return wait->on_segment(t.now(), t.header_of(seg), seg.len, reply);
  }
  std::optional<TimeWait> wait;
  Packet reply;
};

TEST_F(TimeWaitTest, repeated_fin_is_acked_and_restarts_two_msl) {
  Conversation t;
  enter(t);
  const Instant before = wait->next_deadline();
  t.pass(Duration::seconds(5));
  EXPECT_EQ(in(t, {.flags = fin | ack, .seq = 1, .ack = 2}), TimeWait::Verdict::reply);
  EXPECT_EQ(Conversation::text(t.parse(reply)), "[.] seq 2 ack 2 len 0 win 65534");
  EXPECT_EQ(wait->next_deadline(), before + Duration::seconds(5));
  reply = Packet();
}

TEST_F(TimeWaitTest, rfc1337_reset_is_ignored) {
  Conversation t;
  enter(t);
  EXPECT_EQ(in(t, {.flags = rst, .seq = 2}), TimeWait::Verdict::refused);
  EXPECT_FALSE(reply);
}

TEST_F(TimeWaitTest, rfc6191_syn_with_newer_timestamp_may_reuse_the_pair) {
  Options options = plain_options();
  options.timestamps = true;
  Conversation t(options);
  enter(t, {.tsval = 100});
  EXPECT_EQ(in(t, {.flags = syn, .seq = 5, .ack = 0, .tsval = 99}), TimeWait::Verdict::reply);
  reply = Packet();
  EXPECT_EQ(in(t, {.flags = syn, .seq = -5, .ack = 0, .tsval = 100}), TimeWait::Verdict::refused);
  EXPECT_EQ(in(t, {.flags = syn, .seq = 5, .ack = 0, .tsval = 100}), TimeWait::Verdict::reuse);
  EXPECT_EQ(in(t, {.flags = syn, .seq = -5, .ack = 0, .tsval = 101}), TimeWait::Verdict::reuse);
}

TEST_F(TimeWaitTest, rfc6191_without_timestamps_the_number_decides) {
  Conversation t;
  enter(t);
  EXPECT_EQ(in(t, {.flags = syn, .seq = 3, .ack = 0}), TimeWait::Verdict::reuse);
  EXPECT_EQ(in(t, {.flags = syn, .seq = 1, .ack = 0}), TimeWait::Verdict::reply);
  reply = Packet();
}

TEST_F(TimeWaitTest, rfc6191_timestamp_where_the_old_connection_had_none_is_enough) {
  Options options = plain_options();
  options.timestamps = true;
  Conversation t(options);
  enter(t);
  EXPECT_EQ(in(t, {.flags = syn, .seq = -5, .ack = 0, .tsval = 7}), TimeWait::Verdict::reuse);
  EXPECT_EQ(in(t, {.flags = syn, .seq = -5, .ack = 0}), TimeWait::Verdict::reply);
  reply = Packet();
}

TEST_F(TimeWaitTest, rfc6191_timestamp_that_would_not_be_agreed_to_decides_nothing) {
  Conversation t;
  enter(t);
  EXPECT_EQ(in(t, {.flags = syn, .seq = -5, .ack = 0, .tsval = 7}), TimeWait::Verdict::reply);
  reply = Packet();
}

TEST_F(TimeWaitTest, pure_ack_gets_no_answer) {
  Conversation t;
  enter(t);
  EXPECT_EQ(in(t, {.seq = 2, .ack = 2}), TimeWait::Verdict::refused);
}

// As Linux: a stream that has ended stays ended, and bytes that were lost are told.
TEST(Reset, after_the_peers_fin_the_stream_has_still_ended_in_order) {
  Conversation t;
  t.establish();
  t.in({.flags = fin | ack, .seq = 1});
  t.write(10);
  t.forget_output();
  t.in({.flags = rst, .seq = 2});
  EXPECT_EQ(t.receive_error(), Errno::ok);
  EXPECT_EQ(t.conn().take_error(), Errno::broken_pipe);
}

TEST(Reset, in_last_ack_is_an_error_where_bytes_are_lost_by_it) {
  for (const u32 bytes : {0u, 1'000u}) {
    Conversation t;
    t.establish();
    t.in({.flags = fin | ack, .seq = 1});
    if (bytes > 0) t.write(bytes);
    t.shutdown();
    t.forget_output();
    EXPECT_EQ(t.conn().state(), State::last_ack);
    t.in({.flags = rst, .seq = 2});
    EXPECT_EQ(t.conn().take_error(), bytes > 0 ? Errno::connection_reset : Errno::ok);
  }
}

}  // namespace
}  // namespace catenet::tcp::testing
