// Path MTU discovery without ICMP, RFC 4821.
#include "catenet/tcp/mtu_search.hpp"
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing {
namespace {

constexpr u32 base = 1'024;

Options probing() {
  Options options = plain_options();
  options.mtu_probing = MtuProbing::on;
  options.sack = true;
  options.loss_detection = LossDetection::rack;
  return options;
}

// A connection that takes what nearly every path does, and ten segments that have arrived.
void begin(Conversation& t) {
  t.establish({.mss = 1460, .sack_ok = true});
  for (i64 i = 0; i < 10; i += 2) {  // never enough for a probe
    t.write(2 * base);
    t.out({.seq = 1 + i * base, .len = base});
    t.out({.seq = 1 + (i + 1) * base, .len = base});
    t.in({.ack = 1 + (i + 2) * base});
  }
}

TEST(MtuSearch, halves_what_is_left_and_rests_at_the_end) {
  MtuSearch search;
  const Instant start = Instant::at(Duration::seconds(1));
  search.begin(1'500, start);
  EXPECT_FALSE(search.due(Instant(), 1'064));
  EXPECT_TRUE(search.due(start, 1'064));
  EXPECT_EQ(search.candidate(1'064), 1'282u);
  search.on_probe(1'282, {1, 1'243});
  EXPECT_FALSE(search.due(start, 1'064));
  EXPECT_EQ(search.on_arrival(start), 1'282u);
  EXPECT_EQ(search.candidate(1'282), 1'391u);
  search.on_probe(1'391, {1'243, 2'594});
  search.on_loss(start, 1'282);
  EXPECT_EQ(search.candidate(1'282), 1'336u);
  EXPECT_EQ(search.candidate(1'380), 1'390u);  // little is left: all of it
  search.on_probe(1'390, {1, 1'351});
  search.on_arrival(start);
  EXPECT_FALSE(search.due(start, 1'390));
  EXPECT_TRUE(search.rests(start));
  EXPECT_TRUE(search.due(start + MtuSearch::rest, 1'390));  // the path may be wider by then
  EXPECT_FALSE(search.rests(start + MtuSearch::rest));
  EXPECT_EQ(search.candidate(1'390), 1'445u);
}

TEST(MtuSearch, is_over_once_the_largest_arrived) {
  MtuSearch search;
  const Instant start = Instant::at(Duration::seconds(1));
  search.begin(1'500, start);
  search.on_probe(1'500, {1, 1'461});
  EXPECT_EQ(search.on_arrival(start), 1'500u);
  EXPECT_FALSE(search.due(start + MtuSearch::rest * 10, 1'500));
  EXPECT_TRUE(search.rests(start + MtuSearch::rest * 10));
}

TEST(Rfc4821, s7_4_probe_is_new_text_with_enough_behind_it) {
  Conversation t(probing());
  begin(t);
  t.write(3 * base);  // too little behind it
  for (i64 i = 0; i < 3; ++i) t.next_out();
  t.silent();
  t.write(6 * base);
  EXPECT_EQ(t.next_out().len, 1'242u);  // a packet of 1,282 bytes
  EXPECT_EQ(t.next_out().len, base);
  t.forget_output();
}

TEST(Rfc4821, s7_6_1_what_arrived_is_the_new_size) {
  Conversation t(probing());
  begin(t);
  t.write(8 * base);
  const Seg probe = t.next_out();
  ASSERT_EQ(probe.len, 1'242u);
  t.forget_output();
  t.in({.ack = probe.seq + 1'242});
  EXPECT_EQ(t.conn().info().pmtu, 1'282u);
  EXPECT_EQ(t.conn().send_mss(), 1'242u);
}

TEST(Rfc4821, s7_6_2_lost_probe_is_no_congestion) {
  Conversation t(probing());
  begin(t);
  t.pass(Duration::milliseconds(10));
  t.write(12 * base);
  const Seg probe = t.next_out();
  ASSERT_EQ(probe.len, 1'242u);
  t.forget_output();
  const i64 behind = probe.seq + probe.len;
  const u32 before = t.conn().info().cwnd;
  t.pass(Duration::milliseconds(50));
  t.in({.ack = probe.seq, .sack = {{behind, behind + 4 * base}}});
  t.next_out();  // the rest of the text, for which there is room now
  t.out({.seq = probe.seq, .len = base});
  t.out({.seq = probe.seq + base, .len = 1'242 - base});
  EXPECT_FALSE(t.conn().info().in_recovery);
  EXPECT_EQ(t.conn().info().cwnd, before);
  EXPECT_EQ(t.conn().info().pmtu, base + 40);
}

// Whatever finds the loss: text that was sent again in pieces says nothing of the probe's size.
TEST(Rfc4821, s7_6_2_lost_probe_that_counting_found_did_not_arrive) {
  Options options = probing();
  options.loss_detection = LossDetection::sack;
  Conversation t(options);
  begin(t);
  t.write(12 * base);
  const Seg probe = t.next_out();
  ASSERT_EQ(probe.len, 1'242u);
  t.forget_output();
  const i64 behind = probe.seq + probe.len;
  t.in({.ack = probe.seq, .sack = {{behind, behind + 4 * base}}});
  t.out({.seq = probe.seq, .len = base});
  t.forget_output();
  t.in({.ack = behind + 4 * base});
  EXPECT_EQ(t.conn().info().pmtu, base + 40);
  t.forget_output();
}

TEST(Rfc4821, s7_6_3_probe_that_was_lost_with_others_is_tried_again) {
  Conversation t(probing());
  begin(t);
  t.pass(Duration::milliseconds(10));
  t.write(2 * base);
  t.write(10 * base);
  const i64 from = t.next_out().seq;
  t.next_out();
  const Seg probe = t.next_out();
  ASSERT_EQ(probe.len, 1'242u);
  t.forget_output();
  const i64 behind = probe.seq + probe.len;
  t.pass(Duration::milliseconds(50));
  t.forget_output();  // the tail is probed
  t.in({.ack = from, .sack = {{behind, behind + 4 * base}}});
  t.out({.seq = from, .len = base});
  EXPECT_TRUE(t.conn().info().in_recovery);
  t.in({.ack = from + base, .sack = {{behind, behind + 4 * base}}});
  t.forget_output();
  t.in({.ack = probe.seq, .sack = {{behind, behind + 4 * base}}});
  EXPECT_EQ(t.next_out().seq, probe.seq);
  t.forget_output();
  const i64 end = probe.seq + t.conn().info().unacked;
  t.in({.ack = end});
  EXPECT_EQ(t.conn().info().pmtu, base + 40);
  t.forget_output();
  t.in({.ack = end + t.conn().info().unacked});
  t.forget_output();
  t.write(12 * base);
  EXPECT_EQ(t.next_out().len, 1'242u);
  t.forget_output();
}

// A path of 1064 bytes: what is larger is lost, until ten minutes after the search ended.
TEST(Rfc4821, s7_3_search_begins_again_after_a_rest) {
  Conversation t(probing());
  begin(t);
  i64 end = 1 + 10 * base;
  u32 probes = 0;
  const auto speak = [&] {
    t.write(8 * base);
    const Seg first = t.next_out();
    t.forget_output();
    if (first.len > base) {
      ++probes;
      t.pass(Duration::milliseconds(10));
      t.in({.ack = first.seq, .sack = {{first.seq + first.len, first.seq + 8 * base}}});
      t.forget_output();
    }
    end = first.seq + 8 * base;
    t.in({.ack = end});
    t.forget_output();
    t.pass(Duration::milliseconds(100));
  };
  for (int i = 0; i < 20; ++i) speak();
  const u32 first_search = probes;
  EXPECT_GE(first_search, 5u);
  EXPECT_EQ(t.conn().info().pmtu, base + 40);
  for (int i = 0; i < 20; ++i) speak();
  EXPECT_EQ(probes, first_search);
  t.pass(Duration::seconds(600));
  speak();
  EXPECT_EQ(probes, first_search + 1);
}

// What was found outlives the pause; the wait for more begins with the next words.
TEST(Rfc4821, s7_3_connection_at_rest_keeps_what_it_found) {
  Options options = plain_options();
  options.mtu_probing = MtuProbing::black_hole;
  Conversation t(options);
  t.establish({.mss = 1460});
  t.write(1'460);
  t.out({.seq = 1, .len = 1'460});
  t.in({.ack = 1'461});
  t.conn().on_path_mtu(t.now(), 1'200);
  t.pass(Duration::seconds(60));
  t.conn().rest(t.now());
  EXPECT_EQ(t.conn().footprint(), 0u);
  const auto first_length_of = [&](i64 from) {
    t.write(8 * 1'160);
    const u32 length = t.next_out().len;
    t.pass(Duration::milliseconds(1));
    t.forget_output();
    t.in({.ack = from + 8 * 1'160});
    t.forget_output();
    return length;
  };
  EXPECT_EQ(first_length_of(1'461), 1'160u);
  t.pass(Duration::seconds(599));
  EXPECT_EQ(first_length_of(1'461 + 8 * 1'160), 1'160u);
  t.pass(Duration::seconds(2));
  EXPECT_EQ(first_length_of(1'461 + 16 * 1'160), 1'310u);
}

TEST(Rfc1191, s6_3_larger_packets_are_tried_again_ten_minutes_after_a_report) {
  Options options = plain_options();
  options.mtu_probing = MtuProbing::black_hole;
  Conversation t(options);
  t.establish({.mss = 1460, .sack_ok = true});
  t.write(1'460);
  t.out({.seq = 1, .len = 1'460});
  t.conn().on_path_mtu(t.now(), 1'064, t.sent_seq(1));
  t.collect();
  t.out({.seq = 1, .len = base});
  t.out({.seq = 1 + base, .len = 1'460 - base});
  t.in({.ack = 1'461});
  t.write(8 * base);
  EXPECT_EQ(t.next_out().len, base);
  t.forget_output();
  t.in({.ack = 1'461 + 8 * base});
  t.pass(Duration::seconds(601));
  t.write(8 * base);
  EXPECT_EQ(t.next_out().len, 1'242u);
  t.forget_output();
}

}  // namespace
}  // namespace catenet::tcp::testing
