// RFC 9293 §3.1, §3.7.1, §3.9.1.2, §3.10.7.4: what a segment's header says, and when one is sent.
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing::rfc9293_segment {
namespace {

constexpr u32 mss = 1000;

// The header of `seg` with `options` behind it, as a peer that is not ours would send it.
wire::TcpHeader with_options(const Conversation& t, const Seg& seg,
                             const std::vector<u8>& options) {
  std::vector<u8> bytes(20 + options.size());
  wire::TcpHeader header = t.header_of(seg);
  header.options = {};
  header.emit({bytes.data(), 20});
  bytes[12] = static_cast<u8>(bytes.size() / 4 << 4);
  std::ranges::copy(options, bytes.begin() + 20);
  const auto parsed = wire::TcpHeader::parse(bytes);
  EXPECT_TRUE(parsed.has_value());
  return parsed.value_or(wire::TcpHeader());
}

TEST(Rfc9293, must_1_window_with_its_highest_bit_set_is_used_whole) {
  Options options = plain_options();
  options.initial_window = 60;
  Conversation t(options);
  t.establish({.win = 40'000, .mss = mss});
  EXPECT_EQ(t.conn().info().send_window, 40'000u);
  t.write(60'000);
  for (i64 i = 0; i < 40; ++i) t.out({.seq = 1 + i * mss, .len = mss});
  t.silent();
}

TEST(Rfc9293, rec_1_windows_beyond_sixteen_bits_are_kept_whole) {
  Options options = plain_options();
  options.window_scaling = true;
  Conversation t(options);
  t.establish({.scale = 14});
  t.in({.win = 0xffff});
  EXPECT_EQ(t.conn().info().send_window, 0xffffu << 14);
}

TEST(Rfc9293, must_5_and_6_unknown_option_beside_text_is_passed_over) {
  Conversation t;
  t.establish();
  const std::vector<u8> unknown{1, 254, 5, 0xf9, 0x89, 7, 1, 0};
  const auto header = with_options(t, {.seq = 1, .ack = 1}, unknown);
  EXPECT_FALSE(
      t.conn().on_segment(t.now(), header, t.env().pool.copy_of(pattern_bytes(1, 100)), false));
  EXPECT_EQ(t.read(200), 100u);
  t.pass(Duration::milliseconds(40));
  t.out({.seq = 1, .ack = 101});
  t.silent();
}

TEST(Rfc9293, must_64_timestamps_at_an_odd_offset_are_read) {
  Options options = plain_options();
  options.timestamps = true;
  Conversation t(options);
  t.establish({.tsval = 1});
  const std::vector<u8> odd{1, 8, 10, 0, 0, 1, 2, 0, 0, 0, 0, 0};
  const auto header = with_options(t, {.seq = 1, .ack = 1}, odd);
  EXPECT_FALSE(
      t.conn().on_segment(t.now(), header, t.env().pool.copy_of(pattern_bytes(1, 100)), false));
  t.pass(Duration::milliseconds(40));
  EXPECT_EQ(t.next_out().tsecr, 0x102u);
}

// Every option of `packet`'s header: the kinds, by their lengths to the header's end.
std::vector<u8> kinds_of(const Packet& packet) {
  const ByteView bytes = packet.linear_bytes();
  const std::size_t size = std::size_t{bytes[12]} / 16 * 4;
  std::vector<u8> kinds;
  for (std::size_t at = 20; at < size;) {
    kinds.push_back(bytes[at]);
    EXPECT_TRUE(bytes[at] <= 1 || bytes[at + 1] >= 2);
    at += bytes[at] > 1 ? std::max<std::size_t>(bytes[at + 1], 1) : 1;
    EXPECT_LE(at, size);
  }
  return kinds;
}

TEST(Rfc9293, must_68_every_option_of_a_syn_has_its_length) {
  PacketPool pool;
  Environment env(pool, {{1, 2}, {3, 4}});
  Connection connection(env, test_local, test_remote, 1500);
  ASSERT_TRUE(connection.open(Instant()));
  const Packet packet = connection.poll_transmit(Instant());
  // MSS, SACK permitted, timestamps, no-operation, window scale
  EXPECT_EQ(kinds_of(packet), (std::vector<u8>{2, 4, 8, 1, 3}));
}

TEST(Rfc9293, must_14_and_65_mss_is_in_the_syn_and_in_nothing_else) {
  Conversation t;
  t.create();
  ASSERT_TRUE(t.conn().open(t.now()));
  EXPECT_EQ(t.next_out().mss, 1460);
  t.in({.flags = syn | ack, .seq = 0, .mss = mss});
  EXPECT_FALSE(t.next_out().mss);  // the ACK of the handshake
  t.write(2 * mss);
  EXPECT_FALSE(t.next_out().mss);
  EXPECT_FALSE(t.next_out().mss);
  t.in({.ack = 1 + 2 * mss});
  t.close();
  EXPECT_FALSE(t.next_out().mss);  // FIN
  t.conn().abort(t.now());
  EXPECT_FALSE(t.next_out().mss);  // RST
}

TEST(Rfc9293, must_61_last_segment_of_what_is_written_is_pushed_and_no_other) {
  Conversation t;
  t.establish({.mss = mss});
  t.write(3 * mss);
  EXPECT_FALSE(t.next_out().flags.psh());
  EXPECT_FALSE(t.next_out().flags.psh());
  EXPECT_TRUE(t.next_out().flags.psh());
  t.silent();
  t.pass(t.conn().info().rto);
  EXPECT_FALSE(t.next_out().flags.psh());  // again, and more lies behind it
}

TEST(Rfc9293, shld_28_two_writes_make_one_full_segment) {
  Conversation t;
  t.establish({.mss = mss});
  t.write(10);
  t.out({.seq = 1, .len = 10});
  t.write(400);
  t.write(800);
  t.out({.seq = 11, .len = mss});
  t.silent();
  t.in({.ack = 11 + mss});
  t.out({.seq = 11 + mss, .len = 200});
}

TEST(Rfc9293, must_58_and_59_segments_that_wait_are_acknowledged_together) {
  Conversation t;
  t.establish();
  for (i64 i = 0; i < 8; ++i) {
    const wire::TcpHeader header = t.header_of({.seq = 1 + i * mss});
    auto text = t.env().pool.copy_of(pattern_bytes(1 + i * mss, mss));
    EXPECT_FALSE(t.conn().on_segment(t.now(), header, std::move(text), false));
  }
  t.collect();
  t.out({.seq = 1, .ack = 1 + 8 * mss});
  t.silent();
}

}  // namespace
}  // namespace catenet::tcp::testing::rfc9293_segment
