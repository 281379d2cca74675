// How connections begin and what their SYNs agree on.
#include "catenet/tcp/isn.hpp"
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing {
namespace {

TEST(Rfc9293, s3_5_active_open_sends_syn_then_ack) {
  Conversation t;
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.silent_except_syn();
  t.in({.flags = syn | ack, .seq = 0, .ack = 1, .mss = 1460});
  t.out({.seq = 1, .ack = 1});
  EXPECT_EQ(t.conn().state(), State::established);
  EXPECT_EQ(t.conn().take_events() & Event::connected, Event::connected);
}

TEST(Rfc9293, s3_5_simultaneous_open_establishes_without_further_segments) {
  Conversation t;
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  t.in({.flags = syn, .seq = 0, .ack = 0, .mss = 1460});
  EXPECT_EQ(t.conn().state(), State::syn_received);
  t.out({.flags = syn | ack, .seq = 0, .ack = 1, .mss = 1460});
  t.in({.flags = syn | ack, .seq = 0, .ack = 1, .mss = 1460});
  EXPECT_EQ(t.conn().state(), State::established);
}

TEST(Rfc9293, s3_10_7_3_syn_sent_unacceptable_ack_sends_reset_and_stays) {
  Conversation t;
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  EXPECT_EQ(t.in({.flags = ack, .seq = 0, .ack = 77}), Drop::tcp_bad_ack);
  t.out({.flags = rst, .seq = 77, .ack = 0});
  EXPECT_EQ(t.in({.flags = rst | ack, .seq = 0, .ack = 77}), Drop::tcp_bad_ack);
  EXPECT_EQ(t.conn().state(), State::syn_sent);
}

TEST(Rfc9293, s3_10_7_3_syn_sent_reset_with_ack_refuses_the_connection) {
  Conversation t;
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  t.in({.flags = rst, .seq = 0});  // without an ACK it may come from anybody
  EXPECT_EQ(t.conn().state(), State::syn_sent);
  t.in({.flags = rst | ack, .seq = 0, .ack = 1});
  EXPECT_EQ(t.conn().state(), State::closed);
  EXPECT_EQ(t.conn().take_error(), Errno::connection_refused);
  EXPECT_EQ(t.conn().take_error(), Errno::ok);
}

TEST(Rfc9293, s3_10_7_3_syn_sent_ack_without_syn_is_dropped) {
  Conversation t;
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  EXPECT_EQ(t.in({.seq = 1, .ack = 1}), Drop::tcp_unacceptable);
  EXPECT_EQ(t.conn().state(), State::syn_sent);
}

TEST(Rfc9293, s3_10_7_3_text_and_fin_with_syn_ack_are_taken) {
  Conversation t;
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  t.in({.flags = syn | ack | fin, .seq = 0, .ack = 1, .len = 10, .mss = 1460});
  t.out({.seq = 1, .ack = 12});
  EXPECT_EQ(t.conn().state(), State::close_wait);
  EXPECT_EQ(t.read(100), 10u);
}

TEST(Rfc9293, s3_8_3_syn_is_repeated_for_three_minutes_then_times_out) {
  Conversation t;
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.collect();
  u32 syns = 0;
  while (t.conn().state() == State::syn_sent && t.now() < Instant::at(Duration::seconds(400))) {
    while (t.pending() > 0) {
      t.out({.flags = syn, .seq = 0, .ack = 0, .mss = 1460});
      ++syns;
    }
    t.pass(Duration::milliseconds(500));
  }
  EXPECT_GE(t.now(), Instant::at(Duration::seconds(180)));
  EXPECT_LE(t.now(), Instant::at(Duration::seconds(250)));
  EXPECT_EQ(syns, 8u);  // at 0, 1, 3, 7, 15, 31, 63 and 123 s
  EXPECT_EQ(t.conn().take_error(), Errno::timed_out);
  EXPECT_TRUE(t.conn().take_events() & Event::path_suspect);
}

TEST(Rfc9293, s3_7_1_missing_mss_option_means_536) {
  Conversation t;
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  t.in({.flags = syn | ack, .seq = 0, .ack = 1});
  t.next_out();
  EXPECT_EQ(t.conn().send_mss(), 536u);
}

TEST(Rfc9293, s3_9_2_3_open_to_a_group_or_to_all_is_refused) {
  PacketPool pool;
  Environment env(pool, {{1, 2}, {3, 4}});
  for (const Ipv4Address to : {Ipv4Address(224, 0, 0, 1), Ipv4Address(255, 255, 255, 255)}) {
    Connection conn(env, test_local, {to, 80}, 1500);
    EXPECT_FALSE(conn.open(Instant()).has_value());
    EXPECT_FALSE(conn.poll_transmit(Instant()));
  }
}

TEST(Rfc6691, offered_mss_does_not_subtract_options) {
  Options options;
  options.timestamps = true;
  Conversation t(options);
  t.create(1400);
  ASSERT_TRUE(t.conn().open(t.now()));
  EXPECT_EQ(t.next_out().mss, 1360);
  t.in({.flags = syn | ack, .seq = 0, .ack = 1, .mss = 1460, .tsval = 9, .tsecr = 0});
  t.next_out();
  EXPECT_EQ(t.conn().send_mss(), 1348u);  // but what is sent makes room for them
}

TEST(Rfc7323, s2_2_options_offered_in_syn_and_window_is_not_scaled) {
  Options options;
  options.receive_buffer = options.receive_buffer_most = 1 << 20;
  Conversation t(options);
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  const Seg first = t.next_out();
  EXPECT_EQ(first.scale, 5);
  EXPECT_TRUE(first.sack_ok);
  EXPECT_TRUE(first.tsval.has_value());
  EXPECT_EQ(first.tsecr, 0u);
  EXPECT_EQ(first.win, 0xffffu);
  t.in({.flags = syn | ack,
        .seq = 0,
        .ack = 1,
        .win = 1000,
        .mss = 1460,
        .scale = 7,
        .sack_ok = true,
        .tsval = 500,
        .tsecr = first.tsval});
  const Seg second = t.next_out();
  EXPECT_EQ(second.win, (1u << 20) >> 5);
  EXPECT_EQ(second.tsecr, 500u);
  EXPECT_EQ(t.conn().info().send_window, 1000u);  // the SYN,ACK's is not scaled
  t.in({.win = 1000, .tsval = 501, .tsecr = second.tsval});
  EXPECT_EQ(t.conn().info().send_window, 128'000u);
}

TEST(Rfc7323, s2_3_shift_above_fourteen_counts_as_fourteen) {
  Options options = plain_options();
  options.window_scaling = true;
  Conversation t(options);
  t.establish({.scale = 20});
  EXPECT_EQ(t.conn().info().send_scale, 14);
}

TEST(Rfc7323, s2_2_scale_stays_what_the_syn_said_when_the_buffer_changes) {
  Options options = plain_options();
  options.window_scaling = true;
  options.receive_buffer = 256 * 1024;
  Conversation t(options);
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  EXPECT_EQ(t.next_out().scale, 3);
  t.conn().set_receive_buffer(t.now(), 4 << 20);
  t.in({.flags = syn | ack, .seq = 0, .ack = 1, .mss = 1460, .scale = 2});
  EXPECT_EQ(t.next_out().win, 0xffffu);
  EXPECT_EQ(t.conn().info().receive_scale, 3);
}

TEST(Rfc9293, s3_10_7_3_text_with_syn_ack_beyond_the_window_is_cut) {
  Options options = plain_options();
  options.receive_buffer = 2'048;
  Conversation t(options);
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  t.in({.flags = syn | ack | fin, .seq = 0, .ack = 1, .len = 3'000, .mss = 1460});
  t.out({.seq = 1, .ack = 2'049, .win = 0});
  EXPECT_EQ(t.conn().state(), State::established);
  EXPECT_EQ(t.read(5'000), 2'048u);
  t.forget_output();
}

TEST(Rfc7323, s1_3_no_scaling_where_the_answer_has_none) {
  Options options = plain_options();
  options.window_scaling = true;
  options.receive_buffer = options.receive_buffer_most = 1 << 20;
  Conversation t(options);
  t.establish();
  EXPECT_FALSE(t.conn().info().window_scaling);
  EXPECT_EQ(t.conn().info().receive_scale, 0);
}

TEST(Rfc6298, s5_7_rto_is_three_seconds_after_a_lost_syn) {
  Conversation t;
  t.establish_after_a_lost_syn(1'460);
  EXPECT_EQ(t.conn().info().rto, Duration::seconds(3));
}

TEST(Rfc5681, s3_1_window_is_one_segment_after_a_lost_syn) {
  Conversation t;
  t.establish_after_a_lost_syn(1'000);
  t.write(10'000);
  t.out({.seq = 1, .ack = 1, .len = 1000});
}

TEST(Rfc6528, s3_initial_sequence_depends_on_the_pair_the_secret_and_time) {
  const SipKey key{1, 2};
  const Endpoint other{Ipv4Address(10, 0, 0, 3), 2000};
  const Instant start;
  const wire::Seq base = initial_sequence(key, test_local, test_remote, start);
  EXPECT_NE(base, initial_sequence(key, test_local, other, start));
  EXPECT_NE(base, initial_sequence(key, test_remote, test_local, start));
  EXPECT_NE(base, initial_sequence({1, 3}, test_local, test_remote, start));
  const Instant later = start + Duration::microseconds(4'000);
  EXPECT_EQ(initial_sequence(key, test_local, test_remote, later) - base, 1000);
}

TEST(Rfc5461, s4_1_soft_error_ends_an_opening_where_it_is_told_to) {
  Options options = plain_options();
  options.unreachable_ends_opening = true;
  Conversation t(options);
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  const wire::Seq iss = initial_sequence({1, 2}, test_local, test_remote, t.now());
  t.conn().on_icmp_error(t.now(), Errno::host_unreachable, false, iss);
  EXPECT_EQ(t.conn().state(), State::closed);
  EXPECT_EQ(t.conn().take_error(), Errno::host_unreachable);
}

TEST(Rfc5927, s4_1_icmp_error_for_numbers_not_in_flight_is_ignored) {
  Conversation t;
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  const wire::Seq iss = initial_sequence({1, 2}, test_local, test_remote, t.now());
  t.conn().on_icmp_error(t.now(), Errno::connection_refused, true, iss + 5);
  EXPECT_EQ(t.conn().state(), State::syn_sent);
  t.conn().on_icmp_error(t.now(), Errno::host_unreachable, false, iss);
  EXPECT_EQ(t.conn().state(), State::syn_sent);
  EXPECT_EQ(t.conn().soft_error(), Errno::host_unreachable);
  t.conn().on_icmp_error(t.now(), Errno::connection_refused, true, iss);
  EXPECT_EQ(t.conn().state(), State::closed);
  EXPECT_EQ(t.conn().take_error(), Errno::connection_refused);
}

TEST(Rfc5927, s5_2_hard_error_is_soft_once_established) {
  Conversation t;
  t.establish();
  t.write(100);
  t.next_out();
  const wire::Seq iss = initial_sequence({1, 2}, test_local, test_remote, Instant());
  t.conn().on_icmp_error(t.now(), Errno::connection_refused, true, iss + 1);
  EXPECT_EQ(t.conn().state(), State::established);
  EXPECT_EQ(t.conn().soft_error(), Errno::connection_refused);
  EXPECT_EQ(t.conn().take_error(), Errno::ok);
}

TEST(Rfc7323, s2_2_window_of_a_syn_ack_in_a_simultaneous_open_is_not_scaled) {
  Options options = plain_options();
  options.window_scaling = true;
  Conversation t(options);
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  t.in({.flags = syn, .seq = 0, .ack = 0, .win = 1'000, .mss = 1460, .scale = 7});
  t.next_out();
  t.in({.flags = syn | ack, .seq = 0, .ack = 1, .win = 1'000, .mss = 1460, .scale = 7});
  EXPECT_EQ(t.conn().state(), State::established);
  EXPECT_EQ(t.conn().info().send_window, 1'000u);
}

TEST(Rfc9293, s3_7_1_mss_is_offered_by_the_interface_and_not_by_the_path) {
  Conversation t;
  t.create(1500);
  t.conn().on_path_mtu(t.now(), 1'300);
  ASSERT_TRUE(t.conn().open(t.now()));
  t.silent_except_syn();
  t.in({.flags = syn | ack, .seq = 0, .ack = 1, .mss = 1460});
  t.next_out();
  EXPECT_EQ(t.conn().send_mss(), 1'260u);
}

}  // namespace
}  // namespace catenet::tcp::testing
