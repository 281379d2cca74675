// What becomes of a segment that a connection refuses: its caller has it still, whole, and can show
// it to whoever asks why it was dropped.
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp {
namespace {

using namespace catenet::literals;
using namespace tcp::testing;

// Expects `seg` to be refused for `reason`, with every byte of its text left where it was.
void expect_refused_whole(Conversation& t, const Seg& seg, Drop reason) {
  const auto bytes = pattern_bytes(seg.seq, seg.len);
  Packet payload = t.env().pool.copy_of(bytes);
  const u8* const begins = payload.data();
  EXPECT_EQ(t.conn().on_segment(t.now(), t.header_of(seg), std::move(payload)), reason);
  ASSERT_TRUE(payload) << t.story();
  EXPECT_EQ(payload.data(), begins);
  EXPECT_TRUE(std::ranges::equal(payload.linear_bytes(), bytes)) << t.story();
  t.collect();
  t.forget_output();
}

// Old in front, beyond the window behind, and refused by each of the steps that come after the
// trim.
TEST(Refusal, segment_that_overlaps_the_window_is_given_back_whole) {
  Options options = plain_options();
  options.receive_buffer = 4'000;
  Conversation t(options);
  t.establish();
  t.in({.seq = 1, .len = 100});
  t.forget_output();
  expect_refused_whole(t, {.seq = 51, .ack = 1'000, .len = 5'000}, Drop::tcp_challenge);
  expect_refused_whole(t, {.flags = psh, .seq = 51, .len = 5'000}, Drop::tcp_bad_ack);
  expect_refused_whole(t, {.flags = syn | ack, .seq = 101, .len = 5'000}, Drop::tcp_challenge);
  expect_refused_whole(t, {.flags = rst | ack, .seq = 151, .len = 5'000}, Drop::tcp_challenge);
  expect_refused_whole(t, {.seq = 20'000, .len = 100}, Drop::tcp_unacceptable);
  EXPECT_EQ(t.read(10'000), 100u);
}

TEST(Refusal, text_for_a_user_who_is_gone_is_given_back_whole) {
  Conversation t;
  t.establish();
  t.in({.seq = 1, .len = 100});
  t.read(100);
  t.close();
  t.forget_output();
  expect_refused_whole(t, {.seq = 51, .ack = 2, .len = 100}, Drop::tcp_closed);
}

TEST(Refusal, text_behind_a_closed_window_is_given_back_whole) {
  Options options = plain_options();
  options.receive_buffer = 4'000;
  Conversation t(options);
  t.establish();
  for (i64 seq = 1; seq < 4'001; seq += 1'000) t.in({.seq = seq, .len = 1'000});
  t.forget_output();
  expect_refused_whole(t, {.seq = 4'001, .len = 10}, Drop::socket_buffer_full);
}

TEST(Refusal, text_that_would_make_one_gap_too_many_is_given_back_whole) {
  Conversation t;
  t.establish();
  for (i64 run = 0; run < 256; ++run) t.in({.seq = 11 + 2 * run, .len = 1});
  t.forget_output();
  expect_refused_whole(t, {.seq = 60'001, .len = 10'000}, Drop::memory_limit);
}

}  // namespace
}  // namespace catenet::tcp
