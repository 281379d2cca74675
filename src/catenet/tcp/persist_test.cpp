// A sender that cannot go on: closed windows, silence, peers that take back what they said. Who
// waits, how long, and who gives up. Read RFC 9293 §3.8.3, §3.8.4 and §3.8.6.1, RFC 6429.
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp {
namespace {

using namespace catenet::literals;
using namespace tcp::testing;

Options sack_options() {
  Options options = plain_options();
  options.sack = true;
  return options;
}

// A peer that keeps its window shut and answers every probe, for `time` or until the end.
void answer_with_a_closed_window(Conversation& t, i64 ack, Duration time) {
  const Instant end = t.now() + time;
  while (t.now() < end && t.conn().state() != State::closed) {
    t.pass(1_s);
    if (t.pending() == 0) continue;
    t.forget_output();
    t.in({.ack = ack, .win = 0});
  }
}

// A window of 1,000 bytes, filled and closed, with more to send.
void fill_the_window(Conversation& t) {
  t.establish({.win = 1'000});
  t.write(3'000);
  t.forget_output();
  t.in({.ack = 1'001, .win = 0});
}

// Three segments are out, and the peer, with text of its own, takes back all but 500 bytes of its
// window.
void shrink(Conversation& t) {
  t.establish({.win = 3'000, .mss = 1'000});
  t.write(3'000);
  t.forget_output();
  t.in({.seq = 1, .ack = 1, .len = 100, .win = 500});
}

// All of `bytes` is sent and lost; after the timeout the first segment goes again.
void lose_all(Conversation& t, u32 bytes) {
  t.establish({.sack_ok = true});
  t.write(bytes);
  t.forget_output();
  t.pass(300_ms);
  t.out({.seq = 1, .len = 1'460});
}

TEST(Rfc5681, s4_1_window_after_idle_time_is_a_segment_at_least) {
  Conversation t;
  t.create();
  t.conn().set_max_segment(536);
  t.establish_after_a_lost_syn(1'460);  // the first window is one small segment
  t.write(100);
  t.out({.seq = 1, .len = 100});
  t.in({.ack = 101});
  t.conn().set_max_segment(1'460);
  t.pass(100_s);
  t.write(5'000);
  t.out({.seq = 101, .len = 1'460});
  t.silent();
}

// Its acknowledgements would not be heard beyond the window; two such ends would hear nothing of
// each other.
TEST(Rfc9293, s3_8_6_acknowledgement_stays_in_a_window_that_shrank) {
  Conversation t;
  shrink(t);
  t.pass(40_ms);
  t.out({.seq = 501, .ack = 101});
  t.pass(1_s);  // sent again, also where the peer expects it
  EXPECT_EQ(t.next_out().seq, 1);
  t.in({.seq = 101, .ack = 501, .win = 5'000});
  t.pass(1_s);
  t.forget_output();
  t.in({.seq = 101, .ack = 3'001, .len = 100, .win = 5'000});
  t.pass(40_ms);
  t.out({.seq = 3'001, .ack = 201});
}

TEST(Rfc9293, s3_8_6_acknowledgement_of_who_shut_the_window_again_is_at_its_edge) {
  Conversation t;
  shrink(t);
  t.forget_output();
  t.in({.seq = 101, .ack = 1, .len = 100, .win = 0});
  t.pass(40_ms);
  t.out({.seq = 1, .ack = 201});
  t.pass(1_s);
  EXPECT_EQ(t.next_out().seq, 1);
  t.forget_output();
}

// RFC 7323 §2.3: what rounding takes off a scaled window is no shrinking.
TEST(Rfc7323, s2_3_window_that_rounding_moved_left_has_not_shrunk) {
  Options options = plain_options();
  options.window_scaling = true;
  Conversation t(options);
  t.establish({.win = 3'000, .mss = 1'000, .scale = 7});
  t.write(3'000);
  t.forget_output();
  t.in({.seq = 1, .ack = 1, .len = 100, .win = 3'000 / 128});  // 2944
  t.pass(40_ms);
  t.out({.seq = 3'001, .ack = 101});
  t.in({.seq = 101, .ack = 3'001});
}

TEST(Rfc2018, s8_block_that_begins_where_the_ack_stands_is_no_news) {
  Conversation t(sack_options());
  lose_all(t, 4'380);
  t.in({.ack = 1'461, .sack = {{1'461, 4'381}}});
  t.out({.seq = 1'461, .len = 1'460});
  t.out({.seq = 2'921, .len = 1'460});
  t.in({.ack = 4'381});
}

TEST(Rfc2018, s8_peer_that_acknowledges_less_than_it_reported_is_sent_all_again) {
  Conversation t(sack_options());
  lose_all(t, 7'300);
  t.in({.ack = 1, .sack = {{1'461, 7'301}}});
  t.in({.ack = 2'921});
  t.out({.seq = 2'921, .len = 1'460});
  t.forget_output();
}

TEST(Rfc9293, s3_8_4_count_of_probes_does_not_outlive_an_answer) {
  Options options = plain_options();
  options.keep_alive_times = {10_s, 1_s, 3};
  Conversation t(options);
  t.establish();
  t.conn().set_keep_alive(t.now(), true);
  t.pass(12'500_ms);  // three probes, none answered
  t.forget_output();
  t.conn().set_keep_alive(t.now(), false);
  t.in({.seq = 1, .len = 10});
  t.pass(1_s);
  t.forget_output();
  t.conn().set_keep_alive(t.now(), true);
  t.pass(9'500_ms);
  EXPECT_EQ(t.conn().state(), State::established);
  t.out({.seq = 0, .ack = 11});
}

TEST(Rfc6429, s3_connection_nobody_uses_does_not_probe_a_closed_window_for_ever) {
  Conversation t;
  fill_the_window(t);
  t.close();
  answer_with_a_closed_window(t, 1'001, 2'000_s);
  EXPECT_EQ(t.conn().state(), State::closed);
  t.forget_output();
}

TEST(Rfc9293, s3_8_6_1_connection_in_use_may_probe_for_ever) {
  Conversation t;
  fill_the_window(t);
  answer_with_a_closed_window(t, 1'001, 10'000_s);
  EXPECT_EQ(t.conn().state(), State::established);
  t.forget_output();
}

TEST(Rfc9293, s3_8_6_1_cork_holds_no_longer_for_a_window_that_was_closed) {
  Conversation t;
  t.establish({.win = 1'000});
  t.conn().set_cork(t.now(), true);
  t.write(1'460);
  t.pass(1_s);
  t.forget_output();
  t.in({.ack = 1'001, .win = 0});
  answer_with_a_closed_window(t, 1'001, 300_s);
  t.in({.ack = 1'001, .win = 60'000});
  t.pass(199_ms);
  t.silent();
  t.pass(1_ms);
  t.out({.seq = 1'001, .len = 460});
}

// Both ends have probed the other's window, and both bytes were taken: each speaks from one byte
// before where the other expects it, until one of them listens.
TEST(Rfc9293, s3_8_6_1_ends_that_probe_each_other_hear_each_other) {
  Conversation t;
  fill_the_window(t);
  t.pass(1_s);
  t.forget_output();  // our byte at 1,001
  t.in({.seq = 1, .ack = 1'001, .len = 1, .win = 0});
  t.pass(40_ms);
  t.out({.seq = 1'001, .ack = 2});
  t.in({.seq = 1, .ack = 1'002, .win = 5'000});
  t.out({.seq = 1'002, .ack = 2, .len = 1'460});
  t.forget_output();
}

TEST(Rfc9293, s3_9_2_2_soft_error_is_forgotten_once_the_path_heals) {
  Conversation t;
  t.establish();
  t.write(100);
  t.out({.seq = 1, .len = 100});
  t.conn().on_icmp_error(t.now(), Errno::host_unreachable, false, t.sent_seq(1));
  EXPECT_EQ(t.conn().soft_error(), Errno::host_unreachable);
  t.in({.ack = 101});
  t.write(100);
  while (t.conn().state() != State::closed) {
    t.pass(10_s);
    t.forget_output();
  }
  EXPECT_EQ(t.conn().take_error(), Errno::timed_out);
}

}  // namespace
}  // namespace catenet::tcp
