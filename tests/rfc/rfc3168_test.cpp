// RFC 3168 and RFC 9438: what of them no other test holds.
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing::rfc3168 {
namespace {

constexpr u32 mss = 1000;

Options with_ecn() {
  Options options = plain_options();
  options.ecn = Ecn::on;
  return options;
}

void establish(Conversation& t) {
  t.establish({.mss = mss});
  t.forget_output();
}

// An answer that agrees.
void agree(Conversation& t) {
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  t.next_out();
  t.in({.flags = syn | ack | ece, .seq = 0, .mss = mss});
  t.next_out();
  ASSERT_TRUE(t.conn().info().ecn);
}

TEST(Rfc3168, s6_1_3_mark_of_either_segment_is_echoed) {
  for (const bool first : {true, false}) {
    Conversation t(with_ecn());
    agree(t);
    for (const bool now : {true, false}) {
      const wire::TcpHeader header = t.header_of({.seq = now ? 1 : 1 + mss});
      auto text = t.env().pool.copy_of(pattern_bytes(now ? 1 : 1 + mss, mss));
      EXPECT_FALSE(t.conn().on_segment(t.now(), header, std::move(text), now == first));
    }
    t.collect();
    t.out({.flags = ack | ece, .ack = 1 + 2 * mss});
    t.silent();
  }
}

TEST(Rfc3168, s6_1_5_should_mark_outside_the_window_means_nothing) {
  Conversation t(with_ecn());
  agree(t);
  t.in({.seq = 1, .len = 100});
  t.pass(Duration::milliseconds(40));
  t.out({.ack = 101});
  t.in({.seq = 1, .len = 100, .ce = true});
  t.out({.ack = 101});
  t.in({.seq = 1'000'000, .len = 100, .ce = true});
  t.out({.ack = 101});
}

TEST(Rfc9438, s4_10_must_below_the_threshold_the_window_doubles) {
  Options options = plain_options();
  options.congestion = CongestionKind::cubic;
  Conversation t(options);
  establish(t);
  t.write(40 * mss);
  EXPECT_EQ(t.pending(), 10u);
  t.forget_output();
  t.pass(Duration::milliseconds(100));
  for (i64 i = 1; i <= 10; ++i) t.in({.ack = 1 + i * mss});
  EXPECT_EQ(t.conn().info().cwnd, 20 * mss);
  EXPECT_EQ(t.pending(), 20u);
  t.forget_output();
}

}  // namespace
}  // namespace catenet::tcp::testing::rfc3168
