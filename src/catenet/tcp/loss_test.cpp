// What is lost is found and sent again: timers, duplicate ACKs, SACK.
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing {
namespace {

constexpr u32 mss = 1000;

Options sack_options() {
  Options options = plain_options();
  options.sack = true;
  return options;
}

// Ten segments are out; the peer has acknowledged none.
void send_ten(Conversation& t, bool sack) {
  t.establish({.mss = mss, .sack_ok = sack});
  t.write(10 * mss);
  for (i64 i = 0; i < 10; ++i) t.out({.seq = 1 + i * mss, .len = mss});
  t.silent();
}

TEST(Rfc6298, s2_2_first_sample_sets_srtt_and_half_of_it_as_variance) {
  congestion::RtoLimits limits;
  congestion::RttEstimator rtt(limits);
  EXPECT_EQ(rtt.rto(), Duration::seconds(1));
  rtt.on_sample(Duration::milliseconds(400), limits);
  EXPECT_EQ(rtt.srtt(), Duration::milliseconds(400));
  EXPECT_EQ(rtt.rttvar(), Duration::milliseconds(200));
  EXPECT_EQ(rtt.rto(), Duration::milliseconds(1'200));
}

TEST(Rfc6298, s2_3_later_samples_move_by_an_eighth_and_a_quarter) {
  congestion::RtoLimits limits;
  congestion::RttEstimator rtt(limits);
  rtt.on_sample(Duration::milliseconds(400), limits);
  rtt.on_sample(Duration::milliseconds(800), limits);
  EXPECT_EQ(rtt.rttvar(), Duration::milliseconds(250));
  EXPECT_EQ(rtt.srtt(), Duration::milliseconds(450));
  EXPECT_EQ(rtt.rto(), Duration::milliseconds(1'450));
}

TEST(Rfc6298, s2_5_time_out_doubles_up_to_sixty_seconds) {
  congestion::RtoLimits limits;
  congestion::RttEstimator rtt(limits);
  for (int i = 0; i < 10; ++i) rtt.back_off(limits);
  EXPECT_EQ(rtt.rto(), Duration::seconds(60));
  rtt.on_sample(Duration::milliseconds(1), limits);
  EXPECT_EQ(rtt.rto(), limits.min);
}

TEST(Rfc6298, s5_expired_timer_sends_the_first_segment_and_backs_off) {
  Conversation t;
  send_ten(t, false);
  const Duration rto = t.conn().info().rto;
  t.pass(rto - Duration::nanoseconds(1));
  t.silent();
  t.pass(Duration::nanoseconds(1));
  t.out({.seq = 1, .len = mss});
  t.silent();
  EXPECT_EQ(t.conn().info().rto, rto * 2);
  EXPECT_EQ(t.conn().info().cwnd, mss);
  t.pass(rto * 2);
  t.out({.seq = 1, .len = mss});
  EXPECT_EQ(t.conn().info().ssthresh, 5 * mss);  // held at what the first timeout set
}

TEST(Rfc6298, s5_3_new_ack_restarts_the_timer) {
  Conversation t;
  send_ten(t, false);
  t.pass(Duration::milliseconds(150));
  t.in({.ack = 1 + mss});
  t.pass(t.conn().info().rto - Duration::nanoseconds(1));
  t.silent();
  t.pass(Duration::nanoseconds(1));
  t.out({.seq = 1 + mss, .len = mss});
}

TEST(Rfc6298, s3_karn_retransmitted_segment_gives_no_sample) {
  Conversation t;
  t.establish({.mss = mss});
  t.write(100);
  t.next_out();
  const Duration before = t.conn().info().rtt;
  t.pass(t.conn().info().rto);
  t.next_out();
  const Duration backed_off = t.conn().info().rto;
  t.pass(Duration::milliseconds(10));
  t.in({.ack = 101});
  EXPECT_EQ(t.conn().info().rtt, before);
  EXPECT_EQ(t.conn().info().rto, backed_off);  // kept until a sample comes
}

TEST(Rfc6298, s3_karn_fast_retransmitted_segment_gives_no_sample_either) {
  Conversation t;
  send_ten(t, false);
  const Duration before = t.conn().info().rtt;
  t.pass(Duration::milliseconds(50));
  for (int i = 0; i < 3; ++i) t.in({.ack = 1});
  t.out({.seq = 1, .len = mss});
  t.pass(Duration::milliseconds(50));
  t.in({.ack = 1 + 10 * mss});
  EXPECT_EQ(t.conn().info().rtt, before);
}

TEST(Rfc7323, s4_timestamp_echo_measures_a_retransmitted_segment) {
  Options options = plain_options();
  options.timestamps = true;
  Conversation t(options);
  t.pass(Duration::seconds(1));
  t.establish({.mss = mss, .tsval = 1, .tsecr = 0});
  t.write(100);
  t.next_out();
  t.pass(t.conn().info().rto);
  const Seg again = t.next_out();
  t.pass(Duration::milliseconds(50));
  t.in({.ack = 101, .tsval = 2, .tsecr = again.tsval});
  EXPECT_EQ(t.conn().info().backoff, 0u);
  EXPECT_GT(t.conn().info().rtt, Duration::milliseconds(5));
}

TEST(Rfc9406, s4_3_first_slow_start_grows_by_what_is_acknowledged_up_to_eight_segments) {
  Conversation t;
  send_ten(t, false);
  t.in({.ack = 1 + mss});
  EXPECT_EQ(t.conn().info().cwnd, 11 * mss);
  t.in({.ack = 1 + 3 * mss});
  EXPECT_EQ(t.conn().info().cwnd, 13 * mss);
  t.in({.ack = 1 + 10 * mss});
  EXPECT_EQ(t.conn().info().cwnd, 20 * mss);
  t.write(20 * mss);
  for (int i = 0; i < 20; ++i) t.next_out();
  t.in({.ack = 1 + 30 * mss});
  EXPECT_EQ(t.conn().info().cwnd, 28 * mss);
}

TEST(Rfc5681, s3_2_third_duplicate_ack_retransmits_first_segment) {
  Conversation t;
  send_ten(t, false);
  t.in({.ack = 1});
  t.in({.ack = 1});
  t.silent();
  t.in({.ack = 1});
  t.out({.seq = 1, .len = mss});
  t.silent();
  EXPECT_EQ(t.conn().info().ssthresh, 5 * mss);
}

TEST(Rfc5681, s2_acks_with_data_or_another_window_are_not_duplicates) {
  Conversation t;
  send_ten(t, false);
  t.in({.seq = 1, .ack = 1, .len = 5});
  t.in({.seq = 6, .ack = 1, .win = 60'000});
  t.in({.seq = 6, .ack = 1, .win = 61'000});
  t.in({.seq = 6, .ack = 1, .win = 62'000});
  t.in({.seq = 6, .ack = 1, .win = 63'000});
  EXPECT_EQ(t.conn().info().retransmissions, 0u);
  t.pass(Duration::milliseconds(40));
  t.out({.seq = 1 + 10 * mss, .ack = 6});
}

// Probes of our shut window are text beyond it: nothing of them is taken, and they are no
// duplicates.
TEST(Rfc5681, s2_probes_of_a_shut_window_are_not_duplicates) {
  Conversation t;
  send_ten(t, false);
  t.conn().set_receive_buffer(t.now(), 2'048);
  i64 seq = 1;
  while (t.conn().info().receive_window > 0) {
    const u32 len = std::min(t.conn().info().receive_window, mss);
    t.in({.seq = seq, .ack = 1, .len = len});
    seq += len;
  }
  t.forget_output();
  for (int i = 0; i < 4; ++i) t.in({.seq = seq, .ack = 1, .len = 1});
  EXPECT_EQ(t.conn().info().retransmissions, 0u);
  t.forget_output();
}

TEST(Rfc3042, first_two_duplicates_each_let_new_data_out) {
  Conversation t;
  send_ten(t, false);
  t.write(5 * mss);
  t.silent();
  t.in({.ack = 1});
  t.out({.seq = 1 + 10 * mss, .len = mss});
  t.in({.ack = 1});
  t.out({.seq = 1 + 11 * mss, .len = mss});
  t.silent();
}

TEST(Rfc6582, s3_2_partial_ack_retransmits_the_next_hole) {
  Conversation t;
  send_ten(t, false);
  for (int i = 0; i < 3; ++i) t.in({.ack = 1});
  t.out({.seq = 1, .len = mss});
  t.in({.ack = 1 + 4 * mss});
  t.out({.seq = 1 + 4 * mss, .len = mss});
  EXPECT_TRUE(t.conn().info().in_recovery);
  t.in({.ack = 1 + 10 * mss});
  EXPECT_FALSE(t.conn().info().in_recovery);
  EXPECT_EQ(t.conn().info().cwnd, 2 * mss);  // no burst: flight is empty
}

TEST(Rfc9937, s6_2_without_sack_each_duplicate_counts_for_a_segment) {
  Conversation t;
  send_ten(t, false);
  t.write(5 * mss);
  for (int i = 0; i < 3; ++i) t.in({.ack = 1});
  t.forget_output();  // two by limited transmit, one again
  for (int i = 0; i < 4; ++i) t.in({.ack = 1});
  t.silent();  // 12 are in flight, 7 have left it, and 5 may be
  for (i64 i = 0; i < 2; ++i) {
    t.in({.ack = 1});
    t.out({.seq = 1 + (12 + i) * mss, .len = mss});
    t.silent();
  }
}

TEST(Rfc6582, s4_no_second_recovery_for_the_same_window) {
  Conversation t;
  send_ten(t, false);
  t.pass(t.conn().info().rto);
  t.out({.seq = 1, .len = mss});
  for (int i = 0; i < 5; ++i) t.in({.ack = 1});
  t.silent();
  EXPECT_EQ(t.env().counters.fast_retransmits, 0u);
}

TEST(Rfc2018, s5_only_what_is_missing_is_sent_again) {
  Conversation t(sack_options());
  send_ten(t, true);
  t.in({.ack = 1, .sack = {{1 + mss, 1 + 2 * mss}}});
  t.in({.ack = 1, .sack = {{1 + mss, 1 + 3 * mss}}});
  t.silent();
  t.in({.ack = 1, .sack = {{1 + mss, 1 + 4 * mss}}});
  t.out({.seq = 1, .len = mss});
  t.silent();
  t.in({.ack = 1 + 4 * mss});
  t.silent();
  EXPECT_EQ(t.conn().info().sacked, 0u);
}

TEST(Rfc6675, s5_two_holes_are_both_retransmitted_in_one_recovery) {
  Conversation t(sack_options());
  send_ten(t, true);
  // 1 and 5 are lost.
  t.in({.ack = 1, .sack = {{1 + mss, 1 + 2 * mss}}});
  t.in({.ack = 1, .sack = {{1 + mss, 1 + 3 * mss}}});
  t.in({.ack = 1, .sack = {{1 + mss, 1 + 4 * mss}}});
  t.out({.seq = 1, .len = mss});
  t.in({.ack = 1, .sack = {{1 + 5 * mss, 1 + 6 * mss}, {1 + mss, 1 + 4 * mss}}});
  t.in({.ack = 1, .sack = {{1 + 5 * mss, 1 + 7 * mss}, {1 + mss, 1 + 4 * mss}}});
  t.in({.ack = 1, .sack = {{1 + 5 * mss, 1 + 8 * mss}, {1 + mss, 1 + 4 * mss}}});
  t.out({.seq = 1 + 4 * mss, .len = mss});
  t.silent();
  EXPECT_EQ(t.env().counters.fast_retransmits, 1u);
}

TEST(Rfc6675, s5_bytes_sacked_above_start_recovery_before_the_third_duplicate) {
  Conversation t(sack_options());
  send_ten(t, true);
  t.in({.ack = 1, .sack = {{1 + mss, 1 + 5 * mss}}});  // more than two segments in one ACK
  t.out({.seq = 1, .len = mss});
  t.forget_output();
}

TEST(Rfc6675, s4_acks_without_new_sack_are_not_duplicates) {
  Conversation t(sack_options());
  send_ten(t, true);
  for (int i = 0; i < 10; ++i) t.in({.ack = 1});
  t.silent();
}

TEST(Rfc6675, s5_1_timeout_drops_sack_information_and_goes_back) {
  Conversation t(sack_options());
  send_ten(t, true);
  t.in({.ack = 1, .sack = {{1 + 5 * mss, 1 + 6 * mss}}});
  EXPECT_EQ(t.conn().info().sacked, mss);
  t.pass(t.conn().info().rto);
  EXPECT_EQ(t.conn().info().sacked, 0u);
  t.out({.seq = 1, .len = mss});
  t.in({.ack = 1 + mss});
  t.out({.seq = 1 + mss, .len = mss});
  t.out({.seq = 1 + 2 * mss, .len = mss});
  t.silent();
}

TEST(Rfc6675, s5_1_after_a_timeout_new_sacks_spare_what_has_arrived) {
  Conversation t(sack_options());
  send_ten(t, true);
  t.pass(t.conn().info().rto);
  t.out({.seq = 1, .len = mss});
  t.in({.ack = 1 + mss, .sack = {{1 + 2 * mss, 1 + 9 * mss}}});
  t.out({.seq = 1 + mss, .len = mss});
  t.out({.seq = 1 + 9 * mss, .len = mss});
  t.silent();
}

TEST(Rfc6675, s4_rescue_retransmission_covers_the_tail_once) {
  Conversation t(sack_options());
  send_ten(t, true);
  // 1 and the last two are lost.
  t.in({.ack = 1, .sack = {{1 + mss, 1 + 4 * mss}}});
  t.out({.seq = 1, .len = mss});
  t.in({.ack = 1, .sack = {{1 + mss, 1 + 8 * mss}}});
  t.silent();
  t.in({.ack = 1 + 8 * mss});
  t.out({.seq = 1 + 9 * mss, .len = mss});
  t.silent();
}

TEST(Rfc2018, s4_out_of_order_segments_are_reported_newest_first) {
  Conversation t(sack_options());
  t.establish({.sack_ok = true});
  t.in({.seq = 101, .len = 100});
  t.out({.ack = 1, .sack = {{101, 201}}});
  t.in({.seq = 301, .len = 100});
  t.out({.ack = 1, .sack = {{301, 401}, {101, 201}}});
  t.in({.seq = 501, .len = 100});
  t.out({.ack = 1, .sack = {{501, 601}, {301, 401}, {101, 201}}});
  t.in({.seq = 201, .len = 100});
  t.out({.ack = 1, .sack = {{101, 401}, {501, 601}}});
  t.in({.seq = 1, .len = 100});
  t.out({.ack = 401, .sack = {{501, 601}}});
  t.in({.seq = 401, .len = 100});
  t.out({.ack = 601});
  EXPECT_EQ(t.read(1000), 600u);
}

TEST(Rfc2018, s3_three_blocks_beside_timestamps) {
  Options options = sack_options();
  options.timestamps = true;
  Conversation t(options);
  t.establish({.sack_ok = true, .tsval = 1});
  for (const i64 at : {101, 301, 501, 701}) t.in({.seq = at, .len = 100, .tsval = 2});
  t.next_out();
  t.next_out();
  t.next_out();
  t.out({.ack = 1, .sack = {{701, 801}, {501, 601}, {301, 401}}});
}

// The option beside a full segment would make a packet that the path does not take.
TEST(Rfc2018, s3_blocks_give_way_to_the_text_of_a_full_segment) {
  Conversation t(sack_options());
  t.establish({.mss = mss, .sack_ok = true});
  t.in({.seq = 101, .len = 100});
  t.out({.ack = 1, .sack = {{101, 201}}});
  t.write(mss);
  t.out({.seq = 1, .len = mss});
  t.in({.seq = 1, .ack = 1 + mss});
  t.write(mss - 12);
  t.out({.seq = 1 + mss, .len = mss - 12, .sack = {{101, 201}}});
  t.silent();
}

TEST(Rfc2883, s4_1_1_duplicate_below_the_ack_is_reported_once) {
  Conversation t(sack_options());
  t.establish({.sack_ok = true});
  t.in({.seq = 1, .len = 500});
  t.in({.seq = 1, .len = 500});
  t.out({.ack = 501, .sack = {{1, 501}}});
  t.in({.seq = 601, .len = 100});
  t.out({.ack = 501, .sack = {{601, 701}}});
}

TEST(Rfc2883, s4_2_1_duplicate_inside_a_block_is_followed_by_the_block) {
  Conversation t(sack_options());
  t.establish({.sack_ok = true});
  t.in({.seq = 501, .len = 1000});
  t.next_out();
  t.in({.seq = 501, .len = 500});
  t.out({.ack = 1, .sack = {{501, 1001}, {501, 1501}}});
}

TEST(Rfc2883, s4_2_2_text_in_order_that_covers_blocks_reports_the_first) {
  Conversation t(sack_options());
  t.establish({.sack_ok = true});
  t.in({.seq = 501, .len = 500});
  t.next_out();
  t.in({.seq = 1501, .len = 500});
  t.next_out();
  t.in({.seq = 1, .len = 2'000});
  t.out({.ack = 2'001, .sack = {{501, 1001}}});
}

TEST(Rfc2883, s4_2_3_text_in_order_that_reaches_into_a_block_reports_that_part) {
  Conversation t(sack_options());
  t.establish({.sack_ok = true});
  t.in({.seq = 501, .len = 500});
  t.next_out();
  t.in({.seq = 1, .len = 800});
  t.out({.ack = 1'001, .sack = {{501, 801}}});
}

TEST(Rfc2883, s5_sender_counts_needless_retransmissions) {
  Conversation t(sack_options());
  send_ten(t, true);
  t.in({.ack = 1 + mss});
  t.in({.ack = 1 + mss, .sack = {{1, 1 + mss}}});
  EXPECT_EQ(t.conn().info().duplicate_sacks, 1u);
  EXPECT_EQ(t.conn().info().sacked, 0u);
}

TEST(Rfc2018, s4_blocks_beyond_what_was_sent_are_ignored) {
  Conversation t(sack_options());
  send_ten(t, true);
  t.in({.ack = 1, .sack = {{1 + mss, 1 + 50 * mss}}});
  t.in({.ack = 1, .sack = {{1 + 3 * mss, 1 + 2 * mss}}});
  EXPECT_EQ(t.conn().info().sacked, 0u);
}

TEST(Rfc1191, s6_4_smaller_path_mtu_resends_in_smaller_segments) {
  Conversation t;
  t.establish();
  t.write(4'380);
  for (i64 i = 0; i < 3; ++i) t.out({.seq = 1 + i * 1460, .len = 1460});
  const u32 cwnd = t.conn().info().cwnd;
  t.conn().on_path_mtu(t.now(), 40);  // no IPv4 path is so narrow
  t.silent();
  t.conn().on_path_mtu(t.now(), 1040);
  t.collect();
  for (i64 i = 0; i < 4; ++i) t.out({.seq = 1 + i * 1000, .len = 1000});
  t.out({.seq = 4001, .len = 380});
  EXPECT_EQ(t.conn().info().cwnd, cwnd);
}

TEST(Rfc8201, s4_report_before_the_handshake_ends_only_changes_the_segment_size) {
  Conversation t;
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  t.write(5'000);
  t.conn().on_path_mtu(t.now(), 1040);
  t.silent();
  t.in({.flags = syn | ack, .seq = 0, .ack = 1, .mss = 1460});
  EXPECT_EQ(t.next_out().len, 1000u);
  t.forget_output();
}

TEST(Rfc6582, s4_duplicates_after_recovery_start_none_until_more_is_acknowledged) {
  Conversation t;
  send_ten(t, false);
  for (int i = 0; i < 3; ++i) t.in({.ack = 1});
  t.out({.seq = 1, .len = mss});
  t.in({.ack = 1 + 10 * mss});
  t.write(2 * mss);
  t.forget_output();
  for (int i = 0; i < 4; ++i) t.in({.ack = 1 + 10 * mss});
  t.silent();
  EXPECT_EQ(t.env().counters.fast_retransmits, 1u);
}

TEST(Rfc9293, s3_8_3_r2_ends_the_connection) {
  Options options = plain_options();
  options.r2 = Duration::seconds(100);
  Conversation t(options);
  t.establish();
  t.write(100);
  while (t.conn().state() != State::closed) t.pass(Duration::seconds(1));
  EXPECT_GE(t.now(), Instant::at(Duration::seconds(100)));
  EXPECT_LE(t.now(), Instant::at(Duration::seconds(161)));
  EXPECT_TRUE(t.conn().take_events() & Event::path_suspect);
  EXPECT_EQ(t.receive_error(), Errno::timed_out);
  t.forget_output();
}

}  // namespace
}  // namespace catenet::tcp::testing
