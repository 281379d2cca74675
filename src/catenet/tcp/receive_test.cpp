// What a receiver keeps, acknowledges and throws away. Read RFC 5681 §4.2, RFC 2018 §8.
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp {
namespace {

using namespace catenet::literals;
using namespace tcp::testing;

// 100 bytes have come, and the buffer is small since; but what was offered stays offered.
class Shrunk : public Conversation {
 public:
  Shrunk() : Conversation(roomy()) {
    establish({.scale = 7, .sack_ok = true});
    in({.seq = 1, .len = 100});
    conn().set_receive_buffer(now(), 2'048);
    forget_output();
  }

 private:
  static Options roomy() {
    Options options = plain_options();
    options.sack = options.window_scaling = true;
    options.receive_buffer = 256 * 1'024;
    return options;
  }
};

// Segments of 300 bytes behind one hole, until memory is full: of a payload that small a packet
// keeps more than it is long.
TEST(Rfc2018, s8_what_was_reported_is_kept_and_newcomers_are_refused) {
  Shrunk t;
  i64 reported = 0;
  u32 refused = 0;
  for (i64 seq = 401; seq < 60'000; seq += 600) {
    const auto drop = t.in({.seq = seq, .len = 300});
    refused += drop == Drop::memory_limit ? 1u : 0u;
    const Seg report = t.next_out();
    i64 highest = 0;
    for (const auto& [left, right] : report.sack) highest = std::max(highest, right);
    EXPECT_GE(highest, reported) << "taken back at " << seq;
    reported = std::max(reported, highest);
  }
  EXPECT_GT(reported, 10'000);
  EXPECT_GT(refused, 0u);
}

TEST(Rfc2018, s8_what_fills_a_hole_takes_the_place_of_what_lies_highest) {
  Shrunk t;
  i64 seq = 1'001;
  while (t.in({.seq = seq, .len = 300}) != Drop::memory_limit && seq < 100'000) seq += 600;
  t.forget_output();
  EXPECT_EQ(t.in({.seq = 401, .len = 300}), std::nullopt);
  EXPECT_EQ(t.next_out().sack.front(), (std::pair<i64, i64>{401, 701}));
}

TEST(Rfc9293, s3_10_5_what_was_queued_before_a_shutdown_can_still_be_read) {
  Conversation t;
  t.establish();
  t.in({.seq = 1, .len = 100});
  t.in({.seq = 201, .len = 100});
  t.conn().shutdown_read(t.now());
  t.in({.seq = 101, .len = 100});
  t.forget_output();
  EXPECT_EQ(t.conn().readable(), 100u);
  EXPECT_EQ(t.read(1'000), 100u);
  EXPECT_EQ(t.receive_error(), Errno::ok);  // end of stream
}

// The peer's segments shrink with its path MTU: two of the new size are two full ones.
TEST(Rfc5681, s4_2_every_second_segment_is_acked_after_they_became_smaller) {
  Conversation t;
  t.create(9'000);
  t.establish({.mss = 8'960});
  t.in({.seq = 1, .len = 8'900});
  t.in({.seq = 8'901, .len = 8'900});
  t.forget_output();
  i64 seq = 17'801;
  u32 acks = 0;
  for (u32 i = 0; i < 12; ++i, seq += 1'460) t.in({.seq = seq, .len = 1'460});
  while (t.pending() > 0) {
    t.next_out();
    ++acks;
  }
  EXPECT_GE(acks, 5u);
}

TEST(Rfc5681, s4_2_small_messages_are_no_full_segments) {
  Conversation t;
  t.establish();
  t.in({.seq = 1, .len = 1'460});
  t.in({.seq = 1'461, .len = 1'460});
  t.forget_output();
  i64 seq = 2'921;
  for (u32 i = 0; i < 10; ++i, seq += 100) t.in({.flags = psh | ack, .seq = seq, .len = 100});
  t.silent();
  t.pass(40_ms);
  t.out({.seq = 1, .ack = seq});
}

}  // namespace
}  // namespace catenet::tcp
