// RFC 5961: what of it no other test holds.
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing::rfc5961 {
namespace {

TEST(Rfc5961, s4_2_must_syn_of_any_number_is_challenged) {
  Conversation t;
  t.establish();
  for (const i64 seq : {i64{1}, i64{2'000}, i64{-7}, i64{1'000'000}, i64{-1'000'000}}) {
    EXPECT_TRUE(t.in({.flags = syn, .seq = seq, .ack = 0, .mss = 1000}));
    t.out({.seq = 1, .ack = 1});
  }
  EXPECT_EQ(t.conn().state(), State::established);
  t.silent();
}

TEST(Rfc5961, s5_2_must_edges_of_what_is_acceptable) {
  Conversation t;
  t.establish({.win = 2'000, .mss = 1000});
  t.in({.win = 2'000});
  for (i64 i = 1; i <= 6; ++i) {
    t.write(1'000);
    t.forget_output();
    t.in({.ack = 1 + i * 1'000, .win = 2'000});
  }
  EXPECT_FALSE(t.in({.seq = 1, .ack = 4'001, .len = 1, .win = 2'000}));
  EXPECT_EQ(t.in({.seq = 2, .ack = 4'000, .len = 1, .win = 2'000}), Drop::tcp_challenge);
  t.out({.seq = 6'001, .ack = 2});
  EXPECT_EQ(t.in({.seq = 2, .ack = 6'002, .len = 1, .win = 2'000}), Drop::tcp_challenge);
  t.out({.seq = 6'001, .ack = 2});
  EXPECT_FALSE(t.in({.seq = 2, .ack = 6'001, .len = 1, .win = 2'000}));
  EXPECT_EQ(t.read(10), 2u);
}

TEST(Rfc5961, s7_should_number_of_challenges_can_be_set) {
  Options options = plain_options();
  options.challenge_limit = 3;
  Conversation t(options);
  t.establish();
  for (int i = 0; i < 6; ++i) t.in({.flags = syn, .seq = 1, .ack = 0});
  for (int i = 0; i < 3; ++i) t.out({.seq = 1, .ack = 1});
  t.silent();
}

}  // namespace
}  // namespace catenet::tcp::testing::rfc5961
