// A connection at rest keeps little, and goes on as if it had kept all.
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing {
namespace {

class Rest : public ::testing::Test {
 protected:
  void speak() {
    talk.write(1'000);
    talk.next_out();
    talk.in({.ack = 1'001 + spoken});
    talk.in({.seq = 1 + spoken, .ack = 1'001 + spoken, .len = 1'000});
    EXPECT_EQ(talk.read(2'000), 1'000u);
    spoken += 1'000;
    talk.pass(Duration::seconds(5));
    talk.forget_output();
  }
  Conversation talk;
  i64 spoken = 0;
};

TEST_F(Rest, after_words_both_ways_nothing_is_kept_beside_the_connection) {
  talk.establish();
  speak();
  EXPECT_GT(talk.conn().footprint(), 0u);
  talk.conn().rest(talk.now());
  EXPECT_EQ(talk.conn().footprint(), 0u);
  EXPECT_EQ(talk.conn().info().bytes_sent, 1'000u);
  speak();
  EXPECT_EQ(talk.conn().info().bytes_acked, 2'000u);
}

TEST_F(Rest, fin_follows_what_was_said_before_it) {
  talk.establish();
  speak();
  talk.conn().rest(talk.now());
  talk.close();
  talk.out({.flags = fin | ack, .seq = 1'001, .ack = 1'001});
  talk.in({.seq = 1'001, .ack = 1'002});
  EXPECT_EQ(talk.conn().state(), State::fin_wait_2);
}

// Pacing is the sender's, which is gone with what it said.
TEST(PacedRest, fin_goes_out_alone) {
  Options options = plain_options();
  options.pacing = true;
  Conversation talk(options);
  talk.establish();
  talk.write(1'000);
  talk.next_out();
  talk.in({.ack = 1'001});
  talk.pass(Duration::seconds(5));
  talk.conn().rest(talk.now());
  EXPECT_EQ(talk.conn().footprint(), 0u);
  talk.close();
  talk.out({.flags = fin | ack, .seq = 1'001, .ack = 1});
  talk.in({.seq = 1, .ack = 1'002});
  EXPECT_EQ(talk.conn().state(), State::fin_wait_2);
}

TEST_F(Rest, unacknowledged_bytes_and_unread_ones_stay) {
  talk.establish();
  talk.write(500);
  talk.next_out();
  talk.in({.len = 300});
  talk.conn().rest(talk.now());
  EXPECT_EQ(talk.conn().send_queue(), 500u);
  EXPECT_EQ(talk.read(1'000), 300u);
  talk.pass(Duration::milliseconds(100));
  talk.forget_output();
}

// RFC 5681 §3.1: the threshold that a loss taught outlives the pause.
TEST_F(Rest, what_a_loss_taught_is_not_forgotten) {
  talk.establish();
  talk.write(1'000);
  talk.next_out();
  talk.pass(Duration::seconds(2));
  talk.forget_output();
  talk.in({.ack = 1'001});
  talk.pass(Duration::seconds(60));
  const u32 learned = talk.conn().info().ssthresh;
  talk.conn().rest(talk.now());
  EXPECT_EQ(talk.conn().info().ssthresh, learned);
  EXPECT_LT(learned, congestion::Window::max_cwnd);
}

// What is told of a connection at rest: text came when it came, and nothing was sent since.
TEST_F(Rest, ages_and_counts_of_what_came_are_known_still) {
  talk.establish();
  EXPECT_EQ(talk.conn().info().last_text_heard, Instant::never());
  speak();
  const Instant came = talk.now() - Duration::seconds(5);
  talk.conn().rest(talk.now());
  const TcpInfo info = talk.conn().info();
  EXPECT_EQ(info.last_text_heard, came);
  EXPECT_EQ(info.last_heard, came);
  EXPECT_EQ(info.last_sent, Instant::never());
  EXPECT_EQ(info.data_segments_in, 1u);
  EXPECT_EQ(info.segments_in, 3u);
}

// RFC 7661: so does a window that is kept.
TEST(RestOfWindow, that_is_kept_outlives_the_pause) {
  Options options = plain_options();
  options.window_validation = true;
  Conversation talk(options);
  talk.establish();
  talk.write(10 * 1'460);
  talk.pass(Duration::milliseconds(1));
  talk.forget_output();
  talk.in({.ack = 1 + 10 * 1'460});
  const u32 grown = talk.conn().info().cwnd;
  talk.pass(Duration::seconds(5));
  talk.conn().rest(talk.now());
  EXPECT_EQ(talk.conn().info().cwnd, grown);
  EXPECT_GT(grown, 10u * 1'460);
}

TEST_F(Rest, gap_that_is_open_is_still_reported) {
  talk.establish();
  talk.in({.seq = 1'001, .len = 500});
  talk.forget_output();
  talk.conn().rest(talk.now());
  talk.in({.seq = 1, .len = 1'000});
  EXPECT_EQ(talk.read(2'000), 1'500u);
  talk.forget_output();
}

}  // namespace
}  // namespace catenet::tcp::testing
