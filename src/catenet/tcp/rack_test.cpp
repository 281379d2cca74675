// What is lost is found by time, the tail is probed, and a needless reaction is taken back.
#include "catenet/tcp/loss/recovery.hpp"
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing::by_time {
namespace {

constexpr u32 mss = 1000;
constexpr Duration rtt = Duration::milliseconds(40);

Options rack_options() {
  Options options = plain_options();
  options.sack = true;
  options.loss_detection = LossDetection::rack;
  return options;
}

// The handshake has measured `rtt`; `count` segments are out, and a round trip has passed.
void send(Conversation& t, i64 count, bool timestamps = false) {
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  t.pass(rtt);
  Seg answer{.flags = syn | ack, .seq = 0, .ack = 1, .mss = mss, .sack_ok = true};
  if (timestamps) {
    answer.tsval = 1;
    answer.mss = mss + 12;
  }
  t.in(answer);
  t.next_out();
  t.write(static_cast<u32>(count) * mss);
  for (i64 i = 0; i < count; ++i) t.out({.seq = 1 + i * mss, .len = mss});
  t.silent();
  t.pass(rtt);
}

constexpr i64 at(i64 segment) { return 1 + segment * mss; }

TEST(Rfc8985, s6_2_segment_sent_before_one_that_arrived_is_lost_a_quarter_round_trip_later) {
  Conversation t(rack_options());
  send(t, 10);
  t.in({.ack = 1, .sack = {{at(1), at(2)}}});
  t.silent();
  t.pass(rtt / 4 - Duration::nanoseconds(1));
  t.silent();
  t.pass(Duration::nanoseconds(1));
  t.out({.seq = 1, .len = mss});
  t.silent();
  EXPECT_EQ(t.env().counters.fast_retransmits, 1u);
  EXPECT_EQ(t.env().counters.timeouts, 0u);
}

TEST(Rfc8985, s6_2_three_segments_beyond_the_hole_need_no_waiting) {
  Conversation t(rack_options());
  send(t, 10);
  t.in({.ack = 1, .sack = {{at(1), at(3)}}});
  t.silent();
  t.in({.ack = 1, .sack = {{at(1), at(4)}}});
  t.out({.seq = 1, .len = mss});
  t.silent();
}

TEST(Rfc8985, s6_2_what_was_sent_later_is_not_lost) {
  Conversation t(rack_options());
  send(t, 4);
  t.write(2 * mss);
  t.forget_output();
  t.pass(Duration::milliseconds(1));
  t.in({.ack = 1, .sack = {{at(1), at(4)}}});
  t.out({.seq = 1, .len = mss});
  EXPECT_EQ(t.conn().info().lost, 0u);
  t.silent();
}

TEST(Rfc8985, s6_2_retransmission_that_was_lost_is_found_and_sent_once_more) {
  Conversation t(rack_options());
  send(t, 10);
  t.write(2 * mss);
  t.in({.ack = 1, .sack = {{at(1), at(6)}}});
  t.out({.seq = 1, .len = mss});
  t.pass(Duration::milliseconds(1));
  t.forget_output();
  t.in({.ack = 1, .sack = {{at(1), at(9)}}});  // room for what was not sent yet
  t.out({.seq = at(10), .len = mss});
  t.pass(rtt);
  t.forget_output();
  t.in({.ack = 1, .sack = {{at(1), at(9)}, {at(10), at(11)}}});
  t.out({.seq = 1, .len = mss});
  t.forget_output();
  EXPECT_EQ(t.env().counters.fast_retransmits, 1u);
  EXPECT_EQ(t.env().counters.timeouts, 0u);
}

TEST(Rfc8985, s6_2_reordering_that_was_seen_makes_three_segments_wait_too) {
  Conversation t(rack_options());
  send(t, 4);
  t.in({.ack = 1, .sack = {{at(1), at(2)}}});
  t.in({.ack = at(2)});  // late, but the first transmission
  t.in({.ack = at(4)});
  t.write(5 * mss);
  t.forget_output();
  t.pass(rtt);
  t.in({.ack = at(4), .sack = {{at(5), at(9)}}});
  t.silent();
  t.pass(rtt / 4);
  t.out({.seq = at(4), .len = mss});
  t.silent();
}

TEST(Rfc8985, s6_2_window_for_reordering_grows_with_each_round_that_sees_a_dsack) {
  Rack rack;
  Rack::Delivery delivery;
  rack.log().sent({1, 1001}, {.sent = Instant()}, false);
  rack.on_acked({.now = Instant() + rtt}, 1001, delivery);
  EXPECT_EQ(rack.reo_wnd(false, false, rtt), rtt / 4);
  EXPECT_EQ(rack.reo_wnd(true, false, rtt), Duration::zero());
  EXPECT_EQ(rack.reo_wnd(false, true, rtt), Duration::zero());
  rack.on_dsack(1001, 5001);
  rack.on_dsack(2001, 6001);  // the same round
  EXPECT_EQ(rack.reo_wnd(false, false, rtt), rtt / 2);
  rack.on_dsack(5001, 9001);
  EXPECT_EQ(rack.reo_wnd(false, false, rtt), rtt * 3 / 4);
  for (int i = 0; i < 3; ++i) rack.on_dsack(9001 + i * 1000, 10001 + i * 1000);
  EXPECT_EQ(rack.reo_wnd(false, false, rtt), rtt);  // SRTT at most
  for (int i = 0; i < 15; ++i) rack.on_recovery_end();
  EXPECT_GT(rack.reo_wnd_mult(), 1u);
  rack.on_recovery_end();
  EXPECT_EQ(rack.reo_wnd_mult(), 1u);
}

TEST(Rfc8985, s6_3_timeout_loses_only_what_was_sent_long_enough_ago) {
  Options options = rack_options();
  options.rto.min = rtt * 3;
  Conversation t(options);
  send(t, 3);
  const Duration rto = t.conn().info().rto;
  t.pass(rto - rtt - Duration::milliseconds(1));  // a probe went out
  t.forget_output();
  t.in({.ack = 1, .win = 0xffff});
  t.write(mss);
  t.forget_output();
  t.pass(rto + Duration::milliseconds(1));
  EXPECT_EQ(t.next_out().seq, 1);
  t.forget_output();
}

TEST(Rfc8985, s7_2_tail_is_probed_after_two_round_trips) {
  Conversation t(rack_options());
  send(t, 3);
  t.pass(rtt + Duration::milliseconds(2) - Duration::nanoseconds(1));
  t.silent();
  t.pass(Duration::nanoseconds(1));
  t.out({.seq = at(2), .len = mss});
  t.silent();
  EXPECT_EQ(t.env().counters.loss_probes, 1u);
}

TEST(Rfc8985, s7_3_probe_is_new_data_where_there_is_some) {
  Options options = rack_options();
  options.initial_window = 3;
  Conversation t(options);
  send(t, 3);
  t.write(2 * mss);
  t.silent();  // the window is full
  t.pass(rtt + Duration::milliseconds(2));
  t.out({.seq = at(3), .len = mss});
  t.silent();
}

TEST(Rfc8985, s7_3_probe_is_no_larger_than_segments_are_now) {
  Conversation t(rack_options());
  send(t, 3);
  t.conn().set_max_segment(500);
  t.pass(rtt + Duration::milliseconds(2));
  t.out({.seq = at(3) - 500, .len = 500});
  t.silent();
}

TEST(Rfc8985, s7_3_no_second_probe_before_a_round_trip_is_measured) {
  Conversation t(rack_options());
  send(t, 3);
  t.pass(rtt + Duration::milliseconds(2));
  t.out({.seq = at(2), .len = mss});
  const Duration rto = t.conn().info().rto;
  t.pass(rto - Duration::nanoseconds(1));
  t.silent();
  t.pass(Duration::nanoseconds(1));
  t.out({.seq = 1, .len = mss});  // now the timer
  t.silent();
}

TEST(Rfc8985, s7_4_probe_that_fills_the_last_hole_reduces_the_window) {
  Conversation t(rack_options());
  send(t, 10);
  t.in({.ack = at(9)});
  t.pass(t.conn().info().rto);
  t.out({.seq = at(9), .len = mss});  // the last was lost
  t.in({.ack = at(10)});
  t.write(mss);
  t.out({.seq = at(10), .len = mss});
  const u32 before = t.conn().info().cwnd;
  t.in({.ack = at(11)});
  EXPECT_LT(t.conn().info().cwnd, before);
  EXPECT_EQ(t.env().counters.timeouts, 0u);
}

TEST(Rfc8985, s7_4_dsack_for_the_probe_leaves_the_window_alone) {
  Conversation t(rack_options());
  send(t, 10);
  t.pass(rtt + Duration::milliseconds(2));
  t.out({.seq = at(9), .len = mss});
  t.in({.ack = at(10)});
  const u32 before = t.conn().info().cwnd;
  t.in({.ack = at(10), .sack = {{at(9), at(10)}}});
  t.write(mss);
  t.forget_output();
  t.in({.ack = at(11)});
  EXPECT_GE(t.conn().info().cwnd, before);
}

TEST(Rfc9937, s6_2_recovery_sends_in_proportion_and_ends_at_ssthresh) {
  Conversation t(rack_options());
  send(t, 10);
  t.write(10 * mss);
  t.forget_output();
  const std::size_t already = 0;
  // The first is lost; nine arrive one by one.
  std::size_t sent = already;
  for (i64 i = 2; i <= 10; ++i) {
    t.in({.ack = 1, .sack = {{at(1), at(i)}}});
    sent += t.pending();
    t.forget_output();
  }
  EXPECT_TRUE(t.conn().info().in_recovery);
  EXPECT_GE(sent, 4u);
  EXPECT_LE(sent, 6u);  // half of what arrived, and no burst
  EXPECT_EQ(t.conn().info().ssthresh, 5 * mss);
  t.in({.ack = at(10)});
  t.forget_output();
  EXPECT_LE(t.conn().info().unacked, 6 * mss);
}

TEST(Rfc3708, s2_dsack_of_all_that_was_sent_again_gives_the_window_back) {
  Conversation t(rack_options());
  send(t, 10);
  const u32 before = t.conn().info().cwnd;
  t.in({.ack = 1, .sack = {{at(1), at(4)}}});
  t.out({.seq = 1, .len = mss});
  EXPECT_LT(t.conn().info().ssthresh, before);
  t.in({.ack = at(10)});
  EXPECT_LT(t.conn().info().cwnd, before);
  t.in({.ack = at(10), .sack = {{1, at(1)}}});
  EXPECT_GE(t.conn().info().cwnd, before);
  EXPECT_EQ(t.env().counters.undone, 1u);
}

// The byte that probes a closed window may have been thrown away: it is not passed over.
TEST(Rfc3708, s2_dsack_beside_a_closed_window_leaves_no_gap) {
  Conversation t(rack_options());
  send(t, 10);
  t.in({.ack = 1, .sack = {{at(1), at(4)}}});
  t.out({.seq = 1, .len = mss});
  t.in({.ack = at(10), .win = 0});
  t.write(3 * mss);
  t.pass(Duration::seconds(1));
  t.out({.seq = at(10), .len = 1});
  t.forget_output();
  t.in({.ack = at(10), .win = 0, .sack = {{1, at(1)}}});
  EXPECT_EQ(t.env().counters.undone, 1u);
  t.in({.ack = at(10), .win = 60'000});
  EXPECT_EQ(t.next_out().seq, at(10));
  t.forget_output();
}

TEST(Rfc3522, s3_2_echo_of_the_first_transmission_gives_the_window_back) {
  Options options = rack_options();
  options.timestamps = true;
  Conversation t(options);
  t.pass(Duration::seconds(1));
  send(t, 10, true);
  const u32 before = t.conn().info().cwnd;
  t.pass(Duration::milliseconds(5));
  t.in({.ack = 1, .sack = {{at(1), at(4)}}, .tsval = 2});
  const Seg again = t.next_out();
  EXPECT_EQ(again.seq, 1);
  EXPECT_LT(t.conn().info().ssthresh, before);
  // 45 ms before the retransmission
  t.in({.ack = at(4), .tsval = 3, .tsecr = *again.tsval - 45});
  EXPECT_GE(t.conn().info().cwnd, before);
  EXPECT_FALSE(t.conn().info().in_recovery);
}

TEST(Rfc3522, s3_2_echo_of_the_retransmission_keeps_the_reduction) {
  Options options = rack_options();
  options.timestamps = true;
  Conversation t(options);
  t.pass(Duration::seconds(1));
  send(t, 10, true);
  t.in({.ack = 1, .sack = {{at(1), at(4)}}, .tsval = 2});
  const Seg again = t.next_out();
  t.pass(Duration::milliseconds(10));
  t.in({.ack = at(4), .tsval = 3, .tsecr = again.tsval});
  EXPECT_TRUE(t.conn().info().in_recovery);
  EXPECT_EQ(t.env().counters.undone, 0u);
  t.forget_output();
}

// Counting losses goes back to the first byte after a timeout; what is in flight again once that
// turns out needless has a timer again.
TEST(Rfc3522, s3_2_what_was_gone_back_over_is_timed_again) {
  Options options = rack_options();
  options.timestamps = true;
  options.loss_detection = LossDetection::sack;
  Conversation t(options);
  t.pass(Duration::seconds(1));
  send(t, 10, true);
  t.pass(t.conn().info().rto);
  const Seg again = t.next_out();
  EXPECT_EQ(again.seq, 1);
  t.in({.ack = at(1), .tsval = 2, .tsecr = *again.tsval - 200});
  EXPECT_EQ(t.env().counters.undone, 1u);
  EXPECT_EQ(t.conn().info().unacked, 9 * mss);
  t.silent();
  t.pass(2 * t.conn().info().rto);
  EXPECT_EQ(t.next_out().seq, at(1));
  t.forget_output();
}

// A path that stalls: the timer runs out, then all that was sent arrives after all.
TEST(Rfc5682, s3_1_first_transmissions_that_arrive_after_the_timeout_undo_it) {
  Conversation t(rack_options());
  send(t, 10);
  const u32 before = t.conn().info().cwnd;
  t.pass(rtt + Duration::milliseconds(2));
  t.out({.seq = at(9), .len = mss});  // the probe
  t.pass(t.conn().info().rto);
  t.out({.seq = 1, .len = mss});
  EXPECT_EQ(t.conn().info().cwnd, mss);
  t.in({.ack = at(2)});
  EXPECT_GE(t.conn().info().cwnd, before);
  EXPECT_FALSE(t.conn().info().in_recovery);
  t.silent();  // nothing is sent again
  EXPECT_EQ(t.env().counters.undone, 1u);
}

TEST(Rfc5682, s3_1_new_data_goes_before_what_may_be_lost) {
  Conversation t(rack_options());
  send(t, 10);
  t.write(4 * mss);
  t.pass(rtt + Duration::milliseconds(2));
  t.forget_output();
  t.pass(t.conn().info().rto);
  t.out({.seq = 1, .len = mss});
  t.in({.ack = at(1)});
  t.out({.seq = at(11), .len = mss});  // the probe was 10
  t.out({.seq = at(12), .len = mss});
  t.silent();
  // That arrives and nothing before it does: the loss was real.
  t.in({.ack = at(1), .sack = {{at(11), at(12)}}});
  t.out({.seq = at(1), .len = mss});
  t.forget_output();
  EXPECT_EQ(t.env().counters.undone, 0u);
}

// Whatever was reported, or not, before it begins.
TEST(Rfc5681, s3_2_recovery_by_time_counts_all_that_is_in_flight) {
  LossRecovery recovery;
  recovery.use_rack(true);
  const Flight flight{.una = 10'001, .nxt = 30'001, .max = 30'001, .smss = 1'000};
  EXPECT_EQ(recovery.begin(flight, true), 20'000u);
}

TEST(Transmissions, sums_agree_with_a_walk_whatever_comes) {
  for (u64 seed = 1; seed <= 20; ++seed) {
    Transmissions log;
    u64 draws = seed * 1'000'003;
    const auto dice = [&](i64 sides) {
      return static_cast<i64>(mix64(++draws) % static_cast<u64>(sides));
    };
    std::vector<u8> model(1, 0);  // by position: 0 in flight, 1 sacked, 2 lost
    Position una = 1;
    Position max = 1;
    const auto none = [](const Transmissions::Delivered&) {};
    for (int step = 0; step < 400; ++step) {
      const Instant now = Instant::at(Duration::milliseconds(step / 3));
      const Position from = una + dice(max - una + 1);
      const Position to = std::min(from + 1 + dice(30), max);
      switch (dice(6)) {
        case 0:
        case 1: {
          const Position end = max + 1 + dice(40);
          log.sent({max, end}, {.sent = now}, false);
          max = end;
          model.resize(static_cast<std::size_t>(max), 0);
          break;
        }
        case 2:
          log.acked(to, none);
          una = std::max(una, to);
          break;
        case 3:
          log.sacked({from, to}, none);
          for (Position p = from; p < to; ++p) model[static_cast<std::size_t>(p)] = 1;
          break;
        case 4:
          log.judge([&](const Transmissions::Run& run, bool&) { return run.sent.sent < now; });
          break;
        default: {
          const Range lost = log.first_lost(10);
          if (!lost.empty()) log.sent(lost, {.sent = now}, true);
        }
      }
      i64 sacked = 0;
      for (Position p = una; p < max; ++p) sacked += model[static_cast<std::size_t>(p)] == 1;
      ASSERT_EQ(log.sacked(), sacked);
      ASSERT_GE(log.lost(), 0);
      ASSERT_GE(log.in_flight(), 0);
      ASSERT_EQ(log.in_flight() + log.lost() + log.sacked(), max - una);
      ASSERT_EQ(log.first_lost(1).empty(), log.lost() == 0);
    }
  }
}

}  // namespace
}  // namespace catenet::tcp::testing::by_time
