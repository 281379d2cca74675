// Peers and middles that lie: what they say is bounded in what it costs, and ends nothing that it
// has no right to end. What forgers do who see nothing is in blind_test.cpp and states_test.cpp.
#include "catenet/tcp/isn.hpp"
#include "catenet/tcp/test_pair.hpp"

namespace catenet::tcp::testing::hostile {
namespace {

using namespace catenet::literals;

constexpr u32 mss = 1'000;

Options sack_options(LossDetection detection) {
  Options options = plain_options();
  options.sack = true;
  options.loss_detection = detection;
  return options;
}

// `count` segments of `mss` bytes are out.
void send_segments(Conversation& t, u32 count) {
  t.establish({.mss = mss, .sack_ok = true});
  t.write(count * mss);
  t.forget_output();
}

// --- Injection ---

TEST(Hostile, injected_text_whose_ack_was_guessed_wrong_is_not_taken) {
  Conversation t;
  t.establish({.win = 1'000});
  for (const i64 guess : {2'000'000'000, -2'000'000'000, 70'000, -70'000, 2}) {
    EXPECT_EQ(t.in({.seq = 1, .ack = guess, .len = 100}), Drop::tcp_challenge) << guess;
  }
  EXPECT_EQ(t.conn().info().bytes_received, 0u);
  EXPECT_EQ(t.conn().state(), State::established);
  t.forget_output();
}

TEST(Hostile, injected_fin_whose_ack_was_guessed_wrong_ends_no_stream) {
  Conversation t;
  t.establish({.win = 1'000});
  EXPECT_EQ(t.in({.flags = fin | ack, .seq = 1, .ack = 2'000'000'000}), Drop::tcp_challenge);
  EXPECT_EQ(t.conn().state(), State::established);
  EXPECT_FALSE(t.conn().end_of_stream());
  t.forget_output();
}

// Both believe the other to be wrong, and say so.
TEST(Hostile, injected_text_sets_off_no_endless_exchange_of_acks) {
  Pair pair({});
  pair.a.shut = pair.b.shut = true;  // by the test's account: neither ends its stream
  pair.connect();
  EXPECT_FALSE(pair.run(1_s));
  wire::TcpHeader forged;
  forged.source_port = test_local.port;
  forged.destination_port = test_remote.port;
  forged.flags = ack;
  const Connection& b = *pair.b.conn;
  ASSERT_EQ(b.state(), State::established);
  forged.seq = initial_sequence({11, 2}, test_local, test_remote, {}) + 1;
  forged.ack = initial_sequence({12, 2}, test_remote, test_local, Instant::at(10_ms)) + 1;
  forged.window = 0xffff;
  const u32 offset = timestamp_offset({11, 2}, test_local, test_remote);
  forged.options.timestamps = {timestamp_at(pair.now, offset), 0};
  pair.b.conn->on_segment(pair.now, forged, pair.pool.copy_of(pattern_bytes(1, 500)));
  ASSERT_EQ(b.info().bytes_received, 500u);
  const u64 before = pair.carried;
  EXPECT_FALSE(pair.run(3_s));
  EXPECT_GT(pair.carried, before);
  EXPECT_LE(pair.carried - before, 2u * pair.a.env.options.challenge_limit + 2);
}

// --- Selective acknowledgements ---

class AbsurdSack : public ::testing::TestWithParam<LossDetection> {};
INSTANTIATE_TEST_SUITE_P(Both, AbsurdSack,
                         ::testing::Values(LossDetection::rack, LossDetection::sack));

TEST_P(AbsurdSack, blocks_that_can_not_be_true_change_nothing) {
  Conversation t(sack_options(GetParam()));
  send_segments(t, 10);
  constexpr i64 half = i64{1} << 31;
  const std::pair<i64, i64> blocks[] = {
      {5'001, 5'001},
      {6'001, 5'001},
      {1, 3'001},
      {0, 2},
      {-5'000, 10'000},
      {9'001, 10'002},
      {9'001, 9'001 + half},
      {5'001 - half, 5'001},
      {5'001 + half, 6'001},
      {-half, half - 1},
      {10'001, 20'001},
      {half, half + 10},
      {half - 1, -half},
      {-1'000, -500},
  };
  for (const auto& block : blocks) {
    t.in({.ack = 1, .win = 65'000, .sack = {block, block, block, block}});
    EXPECT_EQ(t.conn().info().sacked, 0u) << block.first << " to " << block.second;
    EXPECT_EQ(t.conn().info().lost, 0u) << block.first << " to " << block.second;
  }
  t.silent();
  t.in({.ack = 10'001});
  EXPECT_EQ(t.conn().info().unacked, 0u);
}

// The shape of CVE-2019-11477: the least MSS, super-segments, and every second byte reported.
TEST_P(AbsurdSack, every_second_byte_costs_no_more_than_the_bounds_of_the_lists) {
  Conversation t(sack_options(GetParam()));
  t.create();
  t.conn().set_super_segments(65'000);
  t.establish({.mss = 8, .sack_ok = true});
  t.write(30'000);
  t.forget_output();
  for (int round = 0; round < 3; ++round) {
    const i64 out = t.conn().info().unacked;
    for (i64 at = 3; at + 1 < out; at += 8) {
      t.in({.sack = {{at, at + 1}, {at + 2, at + 3}, {at + 4, at + 5}, {at + 6, at + 7}}});
      t.forget_output();
    }
    t.pass(2_s);
    t.forget_output();
  }
  EXPECT_LE(t.conn().info().sacked, t.conn().info().unacked);
  EXPECT_LT(t.conn().footprint(), 2'000'000u);
  i64 acked = 1;
  while (t.conn().send_queue() > 0) {
    ASSERT_LT(acked, 30'001);
    acked += t.conn().info().unacked;
    t.in({.ack = acked});
    t.forget_output();
  }
  EXPECT_EQ(acked, 30'001);
}

TEST_P(AbsurdSack, report_of_all_but_the_first_byte_repairs_it_alone) {
  Conversation t(sack_options(GetParam()));
  send_segments(t, 10);
  t.in({.sack = {{2, 10'001}}});
  EXPECT_EQ(t.next_out().len, 1u);
  t.forget_output();
  t.in({.ack = 10'001});
  EXPECT_EQ(t.conn().info().unacked, 0u);
}

// --- Acknowledgements that cheat ---

u32 window_after(const std::vector<i64>& acks) {
  Conversation t;
  send_segments(t, 10);
  for (const i64 ack : acks) t.in({.ack = ack});
  t.forget_output();
  return t.conn().info().cwnd;
}

TEST(Hostile, divided_acks_grow_the_window_no_more_than_whole_ones) {
  std::vector<i64> divided;
  for (i64 ack = 11; ack <= 10'001; ack += 10) divided.push_back(ack);
  std::vector<i64> whole;
  for (i64 ack = 1'001; ack <= 10'001; ack += 1'000) whole.push_back(ack);
  EXPECT_LE(window_after(divided), window_after(whole));
}

TEST(Hostile, acks_of_what_was_never_sent_open_no_window) {
  Conversation t;
  send_segments(t, 30);
  const u32 before = t.conn().info().cwnd;
  const u32 unacked = t.conn().info().unacked;
  for (i64 ahead = 1; ahead < 2'000'000'000; ahead *= 3) {
    EXPECT_EQ(t.in({.ack = 1 + unacked + ahead}), Drop::tcp_challenge);
  }
  EXPECT_EQ(t.conn().info().cwnd, before);
  EXPECT_EQ(t.conn().info().unacked, unacked);
  t.forget_output();
}

// Whoever acknowledges ahead of what it holds loses the rest, and nobody else does.
TEST(Hostile, optimistic_acks_end_where_sending_ended) {
  Conversation t;
  send_segments(t, 40);
  for (i64 ack = 1; ack < 40'001; ack += 1'000) {
    t.in({.ack = ack + 1'000});
    EXPECT_LE(t.conn().info().unacked, t.conn().info().cwnd);
    t.forget_output();
  }
  EXPECT_EQ(t.conn().info().unacked, 0u);
  EXPECT_EQ(t.conn().send_queue(), 0u);
}

TEST(Hostile, spoofed_duplicates_let_out_no_more_than_was_in_flight) {
  Conversation t;
  send_segments(t, 60);
  const u32 out = t.conn().info().unacked;
  for (int i = 0; i < 1'000; ++i) t.in({.ack = 1});
  EXPECT_LE(t.conn().info().unacked, 2 * out);
  EXPECT_LT(t.pending(), 2 * out / mss);
  t.forget_output();
}

// --- Windows and sizes ---

TEST(Hostile, tiny_mss_still_fills_a_header_worth_of_text) {
  for (const u16 tiny : {u16{1}, u16{8}, u16{35}}) {
    Conversation t;
    t.establish({.mss = tiny});
    t.write(360);
    for (i64 at = 1; at < 361; at += 36) t.out({.seq = at, .len = 36});
    t.silent();
  }
}

TEST(Hostile, mss_of_zero_says_nothing) {
  Conversation t;
  t.establish({.mss = u16{0}});
  EXPECT_EQ(t.conn().send_mss(), 536u);
}

TEST(Hostile, tiny_mss_beside_timestamps_still_sends_text) {
  Options options = plain_options();
  options.timestamps = true;
  Conversation t(options);
  t.establish({.mss = 8, .tsval = 1});
  t.write(36);
  t.out({.seq = 1, .len = 36});
}

// The window opens by a byte at a time, as the silly window syndrome has it.
TEST(Hostile, window_of_a_byte_is_used_as_rarely_as_a_timer_allows) {
  Conversation t;
  t.establish({.win = 10'000});
  t.write(20'000);
  t.forget_output();
  const i64 acked = 1 + t.conn().info().unacked;
  t.in({.ack = acked, .win = 0});
  u32 segments = 0;
  for (int i = 0; i < 1'000; ++i) {
    t.in({.ack = acked, .win = 1});
    t.in({.ack = acked, .win = 0});
    t.pass(1_ms);
    segments += static_cast<u32>(t.pending());
    t.forget_output();
  }
  EXPECT_LE(segments, 8u);
  EXPECT_EQ(t.conn().state(), State::established);
}

TEST(Hostile, window_forged_ahead_of_the_peer_ends_with_its_next_acknowledgement) {
  Conversation t;
  t.establish({.win = 3'000});
  t.write(10'000);
  t.forget_output();
  t.in({.seq = 30'000, .ack = 1, .win = 0});
  EXPECT_EQ(t.conn().info().send_window, 0u);
  t.in({.seq = 1, .ack = 1'461, .win = 60'000});
  EXPECT_EQ(t.conn().info().send_window, 60'000u);
  EXPECT_GT(t.pending(), 0u);
  t.forget_output();
}

TEST(Hostile, peer_that_never_reads_costs_a_full_buffer_and_no_more) {
  Conversation t;
  t.establish({.win = 5'000});
  t.conn().set_send_buffer(40'000);
  EXPECT_EQ(t.write(100'000), 40'000u);
  t.forget_output();
  const i64 acked = 1 + t.conn().info().unacked;
  t.in({.ack = acked, .win = 0});
  const u64 before = t.conn().footprint();
  for (int hour = 0; hour < 24; ++hour) {
    for (int minute = 0; minute < 60; ++minute) {
      t.pass(60_s);
      if (t.pending() > 0) t.in({.ack = acked, .win = 0});
      t.forget_output();
    }
    (void)t.conn().send(t.now(), pattern_bytes(1, 1'000));
  }
  EXPECT_EQ(t.conn().state(), State::established);
  EXPECT_LE(t.conn().footprint(), before + 5'000);
  EXPECT_EQ(*t.conn().send(t.now(), {}), 0u);
  EXPECT_EQ(t.conn().send(t.now(), pattern_bytes(1, 1)).error(), Errno::again);
  t.in({.ack = acked, .win = 60'000});
  EXPECT_GT(t.next_out().len, 0u);
  t.forget_output();
}

TEST(Hostile, text_beyond_a_window_that_nobody_reads_is_not_kept) {
  Options options = plain_options();
  options.receive_buffer = 10'000;
  Conversation t(options);
  t.establish();
  for (i64 at = 1; at < 500'000; at += 1'000) t.in({.seq = at, .len = 1'000});
  t.forget_output();
  EXPECT_LE(t.conn().readable(), 10'000u);
  EXPECT_LT(t.conn().footprint(), 40'000u);
  EXPECT_EQ(t.read(20'000), 10'000u);
  t.forget_output();
}

// --- Options ---

// A header whose option area is `area`, as it stands on a wire.
wire::TcpHeader parsed_with(const wire::TcpHeader& header, std::vector<u8> area) {
  area.resize((area.size() + 3) & ~std::size_t{3});
  std::vector<u8> bytes(wire::tcp::min_header_size);
  header.emit(bytes);
  bytes[12] = static_cast<u8>((bytes.size() + area.size()) / 4 << 4);
  bytes.insert(bytes.end(), area.begin(), area.end());
  const auto parsed = wire::TcpHeader::parse(bytes);
  EXPECT_TRUE(parsed.has_value());
  return parsed.value_or(header);
}

TEST(Hostile, options_of_every_kind_and_length_leave_the_text_acceptable) {
  Conversation t(sack_options(LossDetection::rack));
  send_segments(t, 3);
  PacketPool pool;
  i64 seq = 1;
  for (u32 kind = 0; kind < 256; ++kind) {
    for (u32 length = 0; length <= 40; ++length) {
      for (const u8 fill : {u8{0}, u8{0xff}, static_cast<u8>(kind)}) {
        std::vector<u8> area(std::max(length, 2u), fill);
        area[0] = static_cast<u8>(kind);
        area[1] = static_cast<u8>(length);
        const auto header = parsed_with(t.header_of({.seq = seq}), area);
        t.conn().on_segment(t.now(), header, pool.copy_of(pattern_bytes(seq, 1)));
        ++seq;
      }
    }
    while (t.conn().poll_transmit(t.now())) {
    }
    ASSERT_EQ(t.read(1'000), 123u) << "kind " << kind;
  }
  EXPECT_EQ(t.conn().info().sacked, 0u);
  EXPECT_EQ(t.conn().info().unacked, 3 * mss);
  EXPECT_EQ(t.conn().state(), State::established);
  t.conn_.reset();
}

TEST(Hostile, options_of_every_kind_and_length_in_an_answer_still_open) {
  for (u32 kind = 0; kind < 256; ++kind) {
    for (u32 length = 0; length <= 40; ++length) {
      Conversation t(sack_options(LossDetection::rack));
      t.create();
      ASSERT_TRUE(t.conn().open(t.now()));
      t.next_out();
      std::vector<u8> area(std::max(length, 2u), static_cast<u8>(kind));
      area[0] = static_cast<u8>(kind);
      area[1] = static_cast<u8>(length);
      const auto header = parsed_with(t.header_of({.flags = syn | ack, .seq = 0, .ack = 1}), area);
      t.conn().on_segment(t.now(), header, {});
      ASSERT_EQ(t.conn().state(), State::established) << kind << " of " << length;
      EXPECT_GE(t.conn().send_mss(), 36u);
      t.collect();
      t.forget_output();
    }
  }
}

// --- Where numbers wrap ---

constexpr i64 wrap_text = 5'000;

// The time at which the end with key `key` chooses `wanted` for its first sequence number.
Instant start_for(u64 key, const Endpoint& local, const Endpoint& remote, u32 wanted) {
  const u32 ticks = wanted - initial_sequence({key, 2}, local, remote, {}).value();
  return Instant::at(Duration::microseconds(i64{ticks} * 4));
}

void transfer_from(Instant start, u32 loss_percent, u64 seed, const Options& options) {
  Pair pair({.seed = seed, .delay = Duration::zero(), .loss_percent = loss_percent}, options);
  pair.now = start;
  pair.a.to_send = pair.b.to_send = wrap_text;
  pair.connect();
  EXPECT_TRUE(pair.run(start.since_start() + Duration::seconds(3'000))) << to_string(start);
  EXPECT_EQ(pair.a.wrong + pair.b.wrong, 0u);
  EXPECT_EQ(pair.a.read, wrap_text);
  EXPECT_EQ(pair.b.read, wrap_text);
  EXPECT_EQ(pair.a.error, Errno::ok);
}

// SYN, the first byte, the seams between segments, the last byte, FIN, and what follows.
TEST(Hostile, sequence_numbers_wrap_at_every_step) {
  Options sack;
  sack.timestamps = false;
  Options counting = sack;
  counting.loss_detection = LossDetection::sack;
  Options plain = sack;
  plain.sack = false;
  u64 seed = 0;
  std::vector<u32> before = {0, 1, 2, 3, 700, 4'999, 5'000, 5'001, 5'002, 5'003};
  for (const u32 seam : {1'460u, 2'920u, 4'380u}) {
    for (u32 i = 0; i < 4; ++i) before.push_back(seam - 1 + i);
  }
  for (const u32 distance : before) {
    for (const Options* options : {&sack, &counting, &plain}) {
      for (const u32 loss : {0u, 20u}) {
        transfer_from(start_for(11, test_local, test_remote, 0u - distance), loss, ++seed,
                      *options);
        transfer_from(start_for(12, test_remote, test_local, 0u - distance), loss, ++seed,
                      *options);
      }
    }
  }
}

TEST(Hostile, timestamps_wrap_at_every_step) {
  const u32 offset = timestamp_offset({11, 2}, test_local, test_remote);
  for (u32 before = 0; before < 60; ++before) {
    const u32 ms = 0u - before - offset;
    transfer_from(Instant::at(Duration::milliseconds(ms)), before % 3 * 10, before + 1, {});
  }
}

}  // namespace
}  // namespace catenet::tcp::testing::hostile
