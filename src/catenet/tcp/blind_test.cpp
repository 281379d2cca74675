// Segments that an attacker who sees nothing may forge, and how little they do. Read RFC 5961.
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp {
namespace {

using namespace catenet::literals;
using namespace tcp::testing;

// A connection to which the peer has sent `bytes`.
void receive(Conversation& t, u32 bytes, std::optional<u32> tsval = {}) {
  t.in({.seq = 1, .len = bytes, .tsval = tsval});
  t.forget_output();
}

TEST(Rfc5961, s3_2_reset_with_text_that_only_reaches_the_window_is_not_exact) {
  Conversation t;
  t.establish();
  receive(t, 1'000);
  EXPECT_EQ(t.in({.flags = rst, .seq = 501, .len = 1'000}), Drop::tcp_challenge);
  t.out({.seq = 1, .ack = 1'001});
  EXPECT_EQ(t.conn().state(), State::established);
  t.in({.flags = rst, .seq = 1'001, .len = 10});
  EXPECT_EQ(t.conn().state(), State::closed);
}

TEST(Rfc5961, s4_2_syn_with_text_that_was_here_is_challenged) {
  Conversation t;
  t.establish();
  receive(t, 1'000);
  EXPECT_EQ(t.in({.flags = syn | ack, .seq = 500, .len = 1'000}), Drop::tcp_challenge);
  t.out({.seq = 1, .ack = 1'001});
  EXPECT_EQ(t.conn().info().bytes_received, 1'000u);
}

TEST(Rfc5961, s5_2_timestamp_of_a_segment_whose_ack_is_refused_is_not_kept) {
  Options options = plain_options();
  options.timestamps = true;
  Conversation t(options);
  t.establish({.tsval = 1'000});
  receive(t, 100, 1'001);
  const u32 far_ahead = 1'001 + (1u << 30);
  EXPECT_EQ(t.in({.seq = -499, .ack = 1'500'000'000, .len = 1'200, .tsval = far_ahead}),
            Drop::tcp_challenge);
  EXPECT_EQ(t.next_out().tsecr, 1'001u);
  EXPECT_EQ(t.in({.seq = 101, .len = 100, .tsval = 1'010}), std::nullopt);
  EXPECT_EQ(t.conn().info().bytes_received, 200u);
  t.forget_output();
}

// The peer's window is [1001, 1001) when the byte at 1001 probes it.
void probe_a_closed_window(Conversation& t) {
  t.establish({.win = 1'000});
  t.write(3'000);
  t.out({.seq = 1, .len = 1'000});
  t.in({.ack = 1'001, .win = 0});
  t.pass(1_s);
  while (t.pending() > 0) t.out({.seq = 1'001, .len = 1});
  t.in({.ack = 1'001, .win = 0});
}

TEST(Rfc9293, s3_10_7_4_reset_stands_where_a_closed_window_expects_it) {
  Conversation t;
  probe_a_closed_window(t);
  t.conn().abort(t.now());
  t.collect();
  t.out({.flags = rst | ack, .seq = 1'001});
}

TEST(Rfc9293, s3_10_7_4_ack_after_a_timeout_stays_inside_a_window_that_shrank) {
  Conversation t;
  t.establish({.win = 20'000});
  t.write(10'000);
  t.forget_output();
  t.pass(1'100_ms);
  t.forget_output();
  t.in({.seq = 1, .ack = 1'461, .len = 10, .win = 0});
  t.pass(50_ms);
  t.out({.seq = 1'461, .ack = 11});
}

}  // namespace
}  // namespace catenet::tcp
