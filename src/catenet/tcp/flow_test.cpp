// Windows, small segments, delayed ACKs, probes, keep-alive, urgent data, timestamps.
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing {
namespace {

TEST(Rfc5681, s4_2_second_full_segment_is_acked_at_once) {
  Conversation t;
  t.establish();
  t.in({.seq = 1, .len = 1460});
  t.silent();
  t.in({.seq = 1461, .len = 1460});
  t.out({.ack = 2921});
}

TEST(Rfc9293, s3_8_6_3_lone_segment_is_acked_within_the_delay) {
  Conversation t;
  t.establish();
  t.in({.seq = 1, .len = 100});
  t.pass(Duration::milliseconds(39));
  t.silent();
  t.pass(Duration::milliseconds(1));
  t.out({.ack = 101});
}

TEST(Rfc9293, s3_8_6_3_data_carries_the_ack) {
  Conversation t;
  t.establish();
  t.in({.seq = 1, .len = 100});
  t.write(10);
  t.out({.seq = 1, .ack = 101, .len = 10});
  t.pass(Duration::milliseconds(100));
  t.silent();
  t.in({.seq = 101, .ack = 11});
}

TEST(Rfc9293, s3_7_4_nagle_holds_a_small_segment_while_one_is_out) {
  Conversation t;
  t.establish();
  t.write(10);
  t.out({.seq = 1, .len = 10});
  t.write(10);
  t.write(10);
  t.silent();
  t.in({.ack = 11});
  t.out({.seq = 11, .len = 20});
}

TEST(Rfc9293, s3_7_4_nodelay_sends_at_once) {
  Conversation t;
  t.establish();
  t.conn().set_nodelay(t.now(), true);
  t.write(10);
  t.write(10);
  t.out({.seq = 1, .len = 10});
  t.out({.seq = 11, .len = 10});
}

TEST(Cork, holds_back_until_full_removed_or_two_hundred_milliseconds) {
  Conversation t;
  t.establish();
  t.conn().set_cork(t.now(), true);
  t.write(100);
  t.silent();
  t.write(1400);
  t.out({.seq = 1, .len = 1460});
  t.in({.ack = 1461});
  t.pass(Duration::milliseconds(200));
  t.out({.seq = 1461, .len = 40});
  t.in({.ack = 1501});
  t.write(7);
  t.silent();
  t.conn().set_cork(t.now(), false);
  t.collect();
  t.out({.seq = 1501, .len = 7});
}

TEST(Rfc9293, s3_8_6_peer_window_is_never_overrun) {
  Conversation t;
  t.establish({.win = 3000});
  t.write(10'000);
  t.out({.seq = 1, .len = 1460});
  t.out({.seq = 1461, .len = 1460});
  t.silent();  // 80 bytes of window are not worth a segment
  t.in({.ack = 2921, .win = 0});
  t.silent();
}

TEST(Rfc9293, s3_8_6_1_closed_window_is_probed_without_end_while_answered) {
  Options options = plain_options();
  options.r2 = Duration::seconds(100);
  Conversation t(options);
  t.establish({.win = 1000});
  t.write(3000);
  t.out({.seq = 1, .len = 1000});
  t.in({.ack = 1001, .win = 0});
  u32 probes = 0;
  while (t.now() < Instant::at(Duration::seconds(2'000))) {
    t.pass(Duration::seconds(1));
    if (t.pending() == 0) continue;
    t.out({.seq = 1001, .len = 1});
    ++probes;
    t.in({.ack = 1001, .win = 0});
  }
  EXPECT_GE(probes, 2'000u / 60);
  EXPECT_LE(probes, 2'000u / 60 + 10);
  EXPECT_EQ(t.conn().state(), State::established);
  t.in({.ack = 1001, .win = 5000});
  t.out({.seq = 1001, .len = 1460});
  t.in({.ack = 2461, .win = 5000});
  t.out({.seq = 2461, .len = 540});
}

TEST(Rfc9293, s3_8_6_1_probe_that_was_taken_counts_as_sent) {
  Conversation t;
  t.establish({.win = 1000});
  t.write(2000);
  t.next_out();
  t.in({.ack = 1001, .win = 0});
  t.pass(Duration::milliseconds(300));
  t.out({.seq = 1001, .len = 1});
  t.in({.ack = 1002, .win = 5000});
  t.out({.seq = 1002, .len = 999});
}

TEST(Rfc9293, s3_8_6_1_probes_without_answer_end_the_connection) {
  Options options = plain_options();
  options.r2 = Duration::seconds(100);
  Conversation t(options);
  t.establish({.win = 1000});
  t.write(3000);
  t.next_out();
  t.in({.ack = 1001, .win = 0});
  for (int i = 0; i < 300 && t.conn().state() == State::established; ++i) {
    t.pass(Duration::seconds(1));
    t.forget_output();
  }
  EXPECT_EQ(t.conn().take_error(), Errno::timed_out);
}

TEST(Rfc9293, s3_8_6_shrinking_window_does_no_harm) {
  Conversation t;
  t.establish({.win = 10'000});
  t.write(10'000);
  for (int i = 0; i < 6; ++i) t.next_out();
  t.in({.ack = 1461, .win = 500});
  t.silent();
  t.pass(t.conn().info().rto);
  EXPECT_EQ(t.next_out().seq, 1461);
  t.forget_output();
}

TEST(Rfc9293, s3_8_6_2_1_small_window_waits_then_is_used) {
  Conversation t;
  t.establish({.win = 4000});
  t.write(8000);
  t.forget_output();
  t.in({.ack = 2921, .win = 1000});  // less than a segment, less than half the largest window
  t.silent();
  t.pass(t.conn().info().rto);
  t.out({.seq = 2921, .len = 1000});
  t.forget_output();
}

TEST(Rfc9293, s3_8_6_2_2_receiver_opens_its_window_by_worthwhile_steps) {
  Options options = plain_options();
  options.receive_buffer = 4'000;
  Conversation t(options);
  t.establish({.mss = 1460});
  t.in({.seq = 1, .len = 1460});
  t.in({.seq = 1461, .len = 1460});
  t.out({.ack = 2921, .win = 1080});
  t.in({.seq = 2921, .len = 1080});
  t.pass(Duration::milliseconds(40));
  t.out({.ack = 4001, .win = 0});
  t.read(100);
  t.silent();
  t.read(1300);
  t.silent();
  t.read(600);
  t.out({.ack = 4001, .win = 2000});
}

TEST(Rfc9293, s3_8_6_right_edge_of_the_window_never_moves_left) {
  Options options = plain_options();
  options.receive_buffer = 10'000;
  Conversation t(options);
  t.establish();
  Position edge = 0;
  for (i64 at = 1; at < 9'000; at += 300) {
    t.in({.seq = at, .len = 300});
    t.pass(Duration::milliseconds(40));
    const Seg acked = t.next_out();
    EXPECT_GE(acked.ack + *acked.win, edge);
    edge = acked.ack + *acked.win;
    t.forget_output();
  }
}

TEST(Rfc9293, s3_10_7_4_probe_of_our_closed_window_is_answered_and_its_ack_counts) {
  Options options = plain_options();
  options.receive_buffer = 2'920;
  Conversation t(options);
  t.establish();
  t.write(10);
  t.next_out();
  t.in({.seq = 1, .len = 1460});
  t.in({.seq = 1461, .len = 1460});
  t.out({.seq = 11, .ack = 2921, .win = 0});
  EXPECT_EQ(t.in({.seq = 2921, .ack = 11, .len = 1}), Drop::socket_buffer_full);
  t.out({.seq = 11, .ack = 2921, .win = 0});
  EXPECT_EQ(t.conn().info().unacked, 0u);
}

TEST(Rfc7323, s5_3_old_timestamp_is_refused_and_acked) {
  Options options = plain_options();
  options.timestamps = true;
  Conversation t(options);
  t.establish({.tsval = 100});
  t.in({.seq = 1, .len = 10, .tsval = 110});
  EXPECT_EQ(t.in({.seq = 11, .len = 10, .tsval = 105}), Drop::tcp_unacceptable);
  EXPECT_EQ(t.next_out().tsecr, 110u);
  EXPECT_EQ(t.read(100), 10u);
}

TEST(Rfc7323, s3_2_segment_without_timestamp_is_dropped_silently) {
  Options options = plain_options();
  options.timestamps = true;
  Conversation t(options);
  t.establish({.tsval = 100});
  EXPECT_EQ(t.in({.seq = 1, .len = 10}), Drop::tcp_unacceptable);
  t.silent();
  t.in({.flags = rst, .seq = 1});  // but a reset needs none
  EXPECT_EQ(t.conn().state(), State::closed);
}

TEST(Rfc7323, s4_3_echo_is_of_the_segment_that_moved_the_ack) {
  Options options = plain_options();
  options.timestamps = true;
  Conversation t(options);
  t.establish({.tsval = 100});
  t.in({.seq = 1, .len = 100, .tsval = 110});
  t.in({.seq = 101, .len = 100, .tsval = 120});  // not acknowledged yet: 110 stands
  t.pass(Duration::milliseconds(40));
  EXPECT_EQ(t.next_out().tsecr, 110u);
  t.in({.seq = 301, .len = 100, .tsval = 130});  // ahead of a gap
  EXPECT_EQ(t.next_out().tsecr, 110u);
  t.in({.seq = 201, .len = 100, .tsval = 140});
  EXPECT_EQ(t.next_out().tsecr, 140u);
}

TEST(Rfc7323, s5_5_timestamps_expire_after_24_days_of_silence) {
  Options options = plain_options();
  options.timestamps = true;
  Conversation t(options);
  t.establish({.tsval = 0x9000'0000});
  t.pass(Duration::seconds(25 * 24 * 3600));
  EXPECT_FALSE(t.in({.seq = 1, .len = 10, .tsval = 0x1000'0001}).has_value());
  EXPECT_EQ(t.read(100), 10u);
  t.pass(Duration::milliseconds(40));
  t.next_out();
}

TEST(Rfc9293, s3_8_4_keep_alive_is_off_by_default) {
  Conversation t;
  t.establish();
  t.pass(Duration::seconds(30 * 24 * 3600));
  t.silent();
}

TEST(Rfc9293, s3_8_4_keep_alive_probes_then_drops_a_silent_peer) {
  Conversation t;
  t.establish();
  t.conn().set_keep_alive(t.now(), true);
  t.conn().set_keep_alive_times(
      t.now(), {.idle = Duration::seconds(100), .interval = Duration::seconds(10), .probes = 2});
  t.pass(Duration::seconds(100));
  t.out({.seq = 0, .ack = 1});
  t.in({.seq = 1, .ack = 1});
  t.pass(Duration::seconds(99));
  t.silent();
  t.pass(Duration::seconds(1));
  t.out({.seq = 0, .ack = 1});
  t.pass(Duration::seconds(10));
  t.out({.seq = 0, .ack = 1});
  t.pass(Duration::seconds(10));
  t.out({.flags = rst | ack, .seq = 1, .ack = 1});
  EXPECT_EQ(t.conn().take_error(), Errno::timed_out);
}

TEST(Rfc5482, user_timeout_drops_unacknowledged_data) {
  Conversation t;
  t.establish();
  t.conn().set_user_timeout(t.now(), Duration::seconds(5));
  t.write(100);
  t.pass(Duration::milliseconds(4'999));
  EXPECT_EQ(t.conn().state(), State::established);
  t.pass(Duration::milliseconds(1));
  EXPECT_EQ(t.conn().state(), State::closed);
  EXPECT_EQ(t.conn().take_error(), Errno::timed_out);
  t.forget_output();
}

TEST(Rfc6093, s4_urgent_pointer_is_one_past_the_byte) {
  Conversation t;
  t.establish();
  t.write(3);
  t.next_out();
  t.conn().set_nodelay(t.now(), true);
  const std::array<u8, 1> byte = {pattern(4)};
  EXPECT_EQ(*t.conn().send_urgent(t.now(), byte), 1u);
  t.skip_written(1);
  t.collect();
  t.out({.flags = ack | urg, .seq = 4, .len = 1, .urg = 1});
  t.in({.ack = 5});
  t.write(5);
  t.out({.seq = 5, .len = 5});
}

TEST(Rfc6093, s3_urgent_byte_is_out_of_band_and_reading_stops_at_the_mark) {
  Conversation t;
  t.establish();
  t.in({.flags = ack | urg, .seq = 1, .len = 10, .urg = 5});
  EXPECT_TRUE(t.conn().take_events() & Event::urgent);
  std::vector<u8> bytes(100);
  EXPECT_EQ(*t.conn().receive(t.now(), bytes), 4u);
  EXPECT_TRUE(t.conn().at_mark());
  EXPECT_EQ(*t.conn().receive_urgent(), pattern(5));
  EXPECT_EQ(t.conn().receive_urgent().error(), Errno::invalid);
  EXPECT_EQ(*t.conn().receive(t.now(), bytes), 5u);
  EXPECT_EQ(bytes[0], pattern(6));
  EXPECT_FALSE(t.conn().at_mark());
  t.pass(Duration::milliseconds(40));
  t.next_out();
}

TEST(Rfc6093, s3_inline_urgent_byte_is_read_behind_the_mark) {
  Conversation t;
  t.establish();
  t.conn().set_oob_inline(true);
  t.in({.flags = ack | urg, .seq = 1, .len = 10, .urg = 5});
  EXPECT_EQ(t.read(100), 4u);
  EXPECT_EQ(t.read(100), 6u);
  t.pass(Duration::milliseconds(40));
  t.next_out();
}

TEST(Rfc6093, urgent_pointer_may_come_before_its_byte) {
  Conversation t;
  t.establish();
  t.in({.flags = ack | urg, .seq = 1, .urg = 11});
  EXPECT_EQ(t.conn().receive_urgent().error(), Errno::again);
  t.in({.seq = 1, .len = 10});
  t.in({.seq = 11, .len = 5});
  EXPECT_EQ(t.read(100), 10u);
  EXPECT_EQ(*t.conn().receive_urgent(), pattern(11));
  t.forget_output();
}

TEST(Peek, leaves_the_bytes) {
  Conversation t;
  t.establish();
  t.in({.seq = 1, .len = 10});
  t.in({.seq = 11, .len = 1460});
  t.forget_output();
  std::vector<u8> bytes(20);
  EXPECT_EQ(*t.conn().receive(t.now(), bytes, true), 20u);
  EXPECT_EQ(bytes[19], pattern(20));
  EXPECT_EQ(t.read(5'000), 1'470u);
}

TEST(SendBuffer, full_buffer_says_again_and_tells_when_there_is_room) {
  Options options = plain_options();
  options.send_buffer = 3'000;
  Conversation t(options);
  t.establish();
  EXPECT_EQ(t.write(5'000), 3'000u);
  EXPECT_EQ(t.conn().send(t.now(), std::vector<u8>(1)).error(), Errno::again);
  t.forget_output();
  t.conn().take_events();
  t.in({.ack = 1461});
  EXPECT_TRUE(t.conn().take_events() & Event::writable);
  EXPECT_EQ(t.conn().writable(), 1460u);
  t.forget_output();
}

TEST(SendBuffer, grows_with_the_congestion_window_up_to_the_option) {
  Options options = plain_options();
  options.send_buffer = 100'000;
  Conversation t(options);
  t.establish();
  EXPECT_EQ(t.write(200'000), Options::first_send_buffer);
  u32 written = Options::first_send_buffer;
  u32 before = t.conn().send_buffer();
  for (u32 acked = 1'460; t.conn().send_buffer() < options.send_buffer && acked < 1'000'000;
       acked += 1'460) {
    t.forget_output();
    t.in({.ack = 1 + acked});
    EXPECT_GE(t.conn().send_buffer(), before);
    before = t.conn().send_buffer();
    written += t.write(1'460);
  }
  EXPECT_EQ(t.conn().send_buffer(), options.send_buffer);
  EXPECT_LE(t.conn().send_queue(), options.send_buffer);
  t.forget_output();
}

TEST(SendBuffer, of_a_size_the_user_gave_does_not_grow) {
  Conversation t(plain_options());
  t.establish();
  t.conn().set_send_buffer(20'000);
  EXPECT_EQ(t.write(50'000), 20'000u);
  for (u32 acked = 1'460; acked <= 14'600; acked += 1'460) {
    t.forget_output();
    t.in({.ack = 1 + acked});
    EXPECT_EQ(t.conn().send_buffer(), 20'000u);
  }
  t.forget_output();
}

TEST(SuperSegment, carries_whole_segments_and_their_size) {
  Conversation t;
  t.establish({.mss = 1000});
  t.conn().set_super_segments(64'000);
  t.write(10'500);
  t.out({.seq = 1, .len = 10'000});
  t.silent();
  t.in({.ack = 10'001});
  t.out({.seq = 10'001, .len = 500});
}

TEST(SuperSegment, received_whole_is_acked_at_once) {
  Conversation t;
  t.establish();
  t.in({.seq = 1, .len = 14'600});
  t.in({.seq = 14'601, .len = 14'600});
  t.out({.ack = 29'201});
  EXPECT_EQ(t.read(50'000), 29'200u);
}

TEST(Memory, tiny_segments_do_not_blow_up_the_receive_queue) {
  Conversation t;
  t.establish();
  for (i64 i = 0; i < 20'000; ++i) t.in({.seq = 1 + i, .len = 1});
  EXPECT_LT(t.conn().footprint(), 100'000u);
  EXPECT_EQ(t.read(30'000), 20'000u);
  t.forget_output();
}

TEST(Memory, tiny_segments_out_of_order_stay_within_the_limit) {
  Conversation t;
  t.establish();
  for (i64 i = 0; i < 20'000; ++i) t.in({.seq = 3 + 2 * i, .len = 1});
  EXPECT_LT(t.conn().footprint(), 300'000u);
  t.forget_output();
  EXPECT_EQ(t.read(10), 0u);
}

}  // namespace
}  // namespace catenet::tcp::testing
