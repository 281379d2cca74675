// Marks instead of losses: agreeing on ECN, echoing marks, answering them.
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing::ecn {
namespace {

constexpr u32 mss = 1000;

Options ecn_options(Ecn wanted = Ecn::on) {
  Options options = plain_options();
  options.ecn = wanted;
  return options;
}

void establish(Conversation& t, wire::TcpFlags answer = syn | ack | ece) {
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.collect();
  t.out({.flags = syn | ece | cwr, .seq = 0, .ack = 0, .mss = 1460});
  t.in({.flags = answer, .seq = 0, .ack = 1, .mss = mss});
  t.out({.seq = 1, .ack = 1});
}

TEST(Rfc3168, s6_1_1_syn_asks_and_ece_in_its_answer_agrees) {
  Conversation t(ecn_options());
  establish(t);
  EXPECT_TRUE(t.conn().info().ecn);
}

TEST(Rfc3168, s6_1_1_answer_that_reflects_both_flags_agrees_to_nothing) {
  Conversation t(ecn_options());
  establish(t, syn | ack | ece | cwr);
  EXPECT_FALSE(t.conn().info().ecn);
  t.write(100);
  EXPECT_FALSE(t.next_out().ce);
}

TEST(Rfc3168, s6_1_1_1_lost_syn_is_repeated_without_asking) {
  Conversation t(ecn_options());
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.collect();
  t.out({.flags = syn | ece | cwr, .seq = 0, .ack = 0, .mss = 1460});
  t.pass(Duration::seconds(1));
  t.out({.flags = syn, .seq = 0, .ack = 0, .mss = 1460});
  t.in({.flags = syn | ack | ece, .seq = 0, .ack = 1, .mss = mss});
  t.out({.seq = 1, .ack = 1});
  EXPECT_FALSE(t.conn().info().ecn);
}

TEST(Rfc3168, s6_1_1_passive_does_not_ask) {
  Conversation t(ecn_options(Ecn::passive));
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.collect();
  t.out({.flags = syn, .seq = 0, .ack = 0, .mss = 1460});
  t.in({.flags = syn | ack | ece, .seq = 0, .ack = 1, .mss = mss});
  t.out({.seq = 1, .ack = 1});
  EXPECT_FALSE(t.conn().info().ecn);
}

TEST(Rfc3168, s6_1_1_listener_agrees_where_it_is_asked_and_not_off) {
  for (const Ecn wanted : {Ecn::off, Ecn::passive, Ecn::on}) {
    Conversation t(ecn_options(wanted));
    Listener listener(t.env(), 8);
    for (const bool asked : {false, true}) {
      wire::TcpHeader header = t.header_of({.flags = asked ? syn | ece | cwr : syn, .mss = mss});
      auto reaction =
          listener.on_segment(t.now(), {test_local, test_remote, 1500, nullptr}, header, {});
      ASSERT_TRUE(reaction.connection);
      const Packet answer = reaction.connection->poll_transmit(t.now());
      const auto flags = wire::TcpHeader::parse(answer.linear_bytes())->flags;
      EXPECT_EQ(flags.ece(), asked && wanted != Ecn::off);
      EXPECT_FALSE(flags.cwr());
      EXPECT_FALSE(reaction.connection->ect());  // §6.1.1: never on a SYN,ACK
    }
  }
}

TEST(Rfc3168, s6_1_2_ece_halves_the_window_once_a_window_and_cwr_tells_so) {
  Conversation t(ecn_options());
  establish(t);
  t.write(10 * mss);
  t.forget_output();
  t.in({.flags = ack | ece, .ack = 1 + 2 * mss});
  const u32 reduced = t.conn().info().cwnd;
  EXPECT_LE(reduced, 6 * mss);
  t.in({.flags = ack | ece, .ack = 1 + 4 * mss});  // the same window
  EXPECT_GE(t.conn().info().cwnd, reduced);
  EXPECT_EQ(t.env().counters.ecn_reductions, 1u);
  t.in({.flags = ack, .ack = 1 + 10 * mss});
  t.write(2 * mss);
  t.out({.flags = ack | cwr, .seq = 1 + 10 * mss, .len = mss});
  t.out({.flags = ack, .seq = 1 + 11 * mss, .len = mss});
  EXPECT_EQ(t.conn().info().retransmissions, 0u);
  t.in({.flags = ack | ece, .ack = 1 + 12 * mss});
  EXPECT_EQ(t.env().counters.ecn_reductions, 2u);
}

TEST(Rfc3168, s6_1_3_marks_are_echoed_until_cwr_comes) {
  Conversation t(ecn_options());
  establish(t);
  t.in({.seq = 1, .len = 100, .ce = true});
  t.out({.flags = ack | ece, .ack = 101});
  t.in({.seq = 101, .len = mss});
  t.pass(Duration::milliseconds(40));
  t.out({.flags = ack | ece, .ack = 101 + mss});
  t.write(50);
  t.out({.flags = ack | ece, .seq = 1, .ack = 101 + mss, .len = 50});
  t.in({.flags = ack | cwr, .seq = 101 + mss, .ack = 51, .len = mss});
  t.pass(Duration::milliseconds(40));
  t.out({.flags = ack, .seq = 51, .ack = 101 + 2 * mss});
}

TEST(Rfc3168, s6_1_3_cwr_on_a_marked_segment_begins_a_new_echo) {
  Conversation t(ecn_options());
  establish(t);
  t.in({.seq = 1, .len = 100, .ce = true});
  t.out({.flags = ack | ece, .ack = 101});
  t.in({.flags = ack | cwr, .seq = 101, .len = 100, .ce = true});
  t.out({.flags = ack | ece, .ack = 201});
}

TEST(Rfc3168, s6_1_4_and_5_only_new_data_is_ect) {
  Conversation t(ecn_options());
  establish(t);
  t.write(mss);
  EXPECT_TRUE(t.next_out().ce);
  t.pass(t.conn().info().rto);
  const Seg again = t.next_out();
  EXPECT_EQ(again.seq, 1);
  EXPECT_FALSE(again.ce);
  t.in({.seq = 1, .ack = 1 + mss, .len = mss});
  t.in({.seq = 1 + mss, .ack = 1 + mss, .len = mss});
  EXPECT_FALSE(t.next_out().ce);  // a pure ACK
}

}  // namespace
}  // namespace catenet::tcp::testing::ecn
