// RFC 2018 and RFC 6691: what of them no other test holds.
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing::rfc2018 {
namespace {

constexpr u32 mss = 1000;

Options with_sack() {
  Options options = plain_options();
  options.sack = true;
  return options;
}

TEST(Rfc2018, s2_must_not_sack_permitted_is_in_no_other_segment) {
  Conversation t(with_sack());
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  EXPECT_TRUE(t.next_out().sack_ok);
  t.in({.flags = syn | ack, .seq = 0, .mss = mss, .sack_ok = true});
  EXPECT_FALSE(t.next_out().sack_ok);
  t.write(100);
  EXPECT_FALSE(t.next_out().sack_ok);
  t.close();
  EXPECT_FALSE(t.next_out().sack_ok);
}

TEST(Rfc2018, s3_should_window_update_beside_a_gap_reports_it) {
  Options options = with_sack();
  options.receive_buffer = 4'000;
  Conversation t(options);
  t.establish({.mss = mss, .sack_ok = true});
  t.in({.seq = 1, .len = mss});
  t.in({.seq = 1 + mss, .len = mss});
  t.in({.seq = 1 + 3 * mss, .len = 500});
  t.forget_output();
  EXPECT_EQ(t.read(10'000), 2 * mss);
  t.out({.seq = 1, .ack = 1 + 2 * mss, .sack = {{1 + 3 * mss, 3'501}}});
  t.silent();
}

// Six ranges come, one after another: each is in the acknowledgements of itself and of the next
// two at least.
TEST(Rfc2018, s4_should_a_block_is_reported_three_times) {
  Conversation t(with_sack());
  t.establish({.mss = mss, .sack_ok = true});
  std::vector<Seg> answers;
  for (i64 i = 1; i <= 6; ++i) {
    t.in({.seq = 1 + i * 2 * mss, .len = mss});
    answers.push_back(t.next_out());
  }
  for (i64 i = 1; i <= 4; ++i) {
    const std::pair<i64, i64> block{1 + i * 2 * mss, 1 + (i * 2 + 1) * mss};
    for (i64 later = i; later < i + 3; ++later) {
      EXPECT_EQ(std::ranges::count(answers[static_cast<std::size_t>(later - 1)].sack, block), 1);
    }
  }
}

TEST(Rfc6691, s2_must_text_gives_way_to_each_segments_options) {
  Options options = plain_options();
  options.timestamps = true;
  Conversation t(options);
  t.establish({.mss = mss, .tsval = 1});
  t.write(2 * mss);
  t.out({.seq = 1, .len = mss - 12});
  t.out({.seq = 989, .len = mss - 12});
  t.silent();
}

}  // namespace
}  // namespace catenet::tcp::testing::rfc2018
