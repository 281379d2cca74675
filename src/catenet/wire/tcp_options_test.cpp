#include "catenet/wire/tcp_options.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/testing.hpp"

namespace catenet::wire {
namespace {

using testing::Bytes;
using testing::Draws;
using testing::emitted;
using testing::hex;

TcpOptions parse(std::string_view text) { return TcpOptions::parse(hex(text)); }

FastOpenCookie cookie_of(const Bytes& bytes) {
  FastOpenCookie cookie;
  cookie.size = static_cast<u8>(bytes.size());
  std::ranges::copy(bytes, cookie.bytes.begin());
  return cookie;
}

TEST(TcpOptions, syn_is_written_as_linux_writes_it) {
  TcpOptions options;
  options.mss = 1460;
  options.sack_permitted = true;
  options.timestamps = TcpTimestamps{0x01020304, 0};
  options.window_scale = 7;
  // mss 1460,sackOK,TS val 16909060 ecr 0,nop,wscale 7
  EXPECT_EQ(emitted(options), hex("020405b4 0402080a 01020304 00000000 01030307"));
}

TEST(TcpOptions, data_segment_is_nop_nop_timestamps) {
  TcpOptions options;
  options.timestamps = TcpTimestamps{1, 2};
  EXPECT_EQ(emitted(options), hex("0101080a 00000001 00000002"));
}

TEST(TcpOptions, sack_follows_timestamps_behind_two_nops) {
  TcpOptions options;
  options.timestamps = TcpTimestamps{1, 2};
  options.add_sack({Seq(100), Seq(200)});
  // nop,nop,TS val 1 ecr 2,nop,nop,sack 1 {100:200}
  EXPECT_EQ(emitted(options), hex("0101080a 00000001 00000002 0101050a 00000064 000000c8"));
}

TEST(TcpOptions, lone_options_are_padded_with_nops) {
  TcpOptions options;
  options.sack_permitted = true;
  EXPECT_EQ(emitted(options), hex("01010402"));
  options = {};
  options.window_scale = 14;
  EXPECT_EQ(emitted(options), hex("0103030e"));
}

TEST(Rfc7413, s4_1_1_cookie_and_request_are_written_and_read) {
  TcpOptions options;
  options.fast_open = FastOpenCookie();
  EXPECT_EQ(emitted(options), hex("22020101"));
  EXPECT_TRUE(parse("22020101").fast_open->is_request());
  options.fast_open = cookie_of(hex("0102030405060708"));
  EXPECT_EQ(emitted(options), hex("220a 0102030405060708 0101"));
  EXPECT_EQ(parse("220a 0102030405060708 0101"), options);
}

TEST(Rfc7413, s4_1_1_cookies_of_a_wrong_size_are_ignored) {
  EXPECT_FALSE(parse("2204 0102").fast_open);                                  // 2 bytes
  EXPECT_FALSE(parse("2207 0102030405 01").fast_open);                         // odd
  EXPECT_FALSE(parse("2214 010203040506070809101112131415161718").fast_open);  // 18 bytes
  EXPECT_TRUE(parse("2212 01020304050607080910111213141516 0101").fast_open);  // 16 bytes
  EXPECT_TRUE(parse("2206 01020304 0101").fast_open);                          // 4 bytes
}

TEST(Rfc2018, s3_up_to_four_blocks_are_read_in_order) {
  const TcpOptions options =
      parse("0101 0522 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008");
  ASSERT_EQ(options.sack_count, 4);
  EXPECT_EQ(options.sack[0], (SackBlock{Seq(1), Seq(2)}));
  EXPECT_EQ(options.sack[3], (SackBlock{Seq(7), Seq(8)}));
  EXPECT_EQ(options.size(), 36u);
  TcpOptions full = options;
  EXPECT_FALSE(full.add_sack({}));
}

TEST(Rfc2018, s3_room_is_three_blocks_beside_timestamps) {
  for (const bool timestamps : {false, true}) {
    TcpOptions options;
    if (timestamps) options.timestamps.emplace();
    for (u32 i = 0; i < TcpOptions::sack_room(timestamps); ++i) options.add_sack({});
    EXPECT_LE(options.size(), TcpOptions::max_size);
    EXPECT_TRUE(!options.add_sack({}) || options.size() > TcpOptions::max_size);
  }
}

TEST(Rfc9293, s3_1_must_4_and_5_unknown_options_are_passed_over) {
  // MD5 signature (19), an experiment (254), then MSS
  const TcpOptions options = parse("1312 00112233445566778899aabbccddeeff fe04 f989 020405b4");
  EXPECT_EQ(options.mss, 1460);
  EXPECT_FALSE(options.malformed);
}

TEST(Rfc9293, s3_1_must_7_illegal_lengths_end_the_walk) {
  for (const char* area :
       {"020405b4 0800 0000", "020405b4 0801 0000", "020405b4 080a 0000", "020405b4 fe00 0000",
        "020405b4 0101 01 08", "020405b4 01ff 0000", "020405b4 0305"}) {
    const TcpOptions options = parse(area);
    EXPECT_TRUE(options.malformed) << area;
    EXPECT_EQ(options.mss, 1460) << area;
    EXPECT_FALSE(options.timestamps) << area;
  }
}

TEST(TcpOptions, end_of_list_hides_what_follows) {
  const TcpOptions options = parse("00 02 04 05 b4 00 00 00");
  EXPECT_EQ(options, TcpOptions());
  EXPECT_FALSE(parse("01 00 00 00").malformed);
}

TEST(TcpOptions, known_kinds_of_a_wrong_length_are_ignored) {
  const TcpOptions options = parse("0203 05 0304 0101 0403 01 0506 00000001 0809 00000000000000");
  EXPECT_EQ(options, TcpOptions());
}

TEST(TcpOptions, first_of_a_kind_wins) {
  const TcpOptions options =
      parse("020405b4 02040218 030307 030308 080a0000000100000002 080a0000000300000004");
  EXPECT_EQ(options.mss, 1460);
  EXPECT_EQ(options.window_scale, 7);
  EXPECT_EQ(options.timestamps, (TcpTimestamps{1, 2}));
  EXPECT_EQ(parse("050a 00000001 00000002 050a 00000003 00000004").sack_count, 1);
}

TEST(TcpOptions, timestamps_read_alike_with_and_without_the_fast_path) {
  const TcpTimestamps expected{0x11223344, 0x55667788};
  EXPECT_EQ(parse("0101080a 11223344 55667788").timestamps, expected);
  EXPECT_EQ(parse("080a 11223344 55667788 0101").timestamps, expected);
  EXPECT_EQ(parse("0101080a 11223344 55667788 00000000").timestamps, expected);
  EXPECT_EQ(parse("0101080a 11223344 55667788"), parse("01080a 11223344 55667788 01"));
}

TcpOptions drawn_options(Draws& draws) {
  TcpOptions options;
  if (draws.coin()) options.mss = draws.word();
  if (draws.coin()) options.window_scale = draws.byte();
  if (draws.coin()) options.sack_permitted = true;
  if (draws.coin()) options.timestamps = TcpTimestamps{draws.number(), draws.number()};
  const u32 blocks = draws.below(5);
  for (u32 i = 0; i < blocks; ++i) {
    options.add_sack({Seq(draws.number()), Seq(draws.number())});
  }
  const u32 size = 2 * draws.below(9);
  if (draws.coin() && size != 2) options.fast_open = cookie_of(draws.bytes(size));
  return options;
}

TEST(TcpOptions, values_survive_emit_and_parse) {
  Draws draws(91);
  int fitting = 0;
  for (int i = 0; i < 5000; ++i) {
    const TcpOptions options = drawn_options(draws);
    if (options.size() > TcpOptions::max_size) continue;
    ++fitting;
    const Bytes bytes = emitted(options);
    ASSERT_EQ(bytes.size() % 4, 0u);
    ASSERT_EQ(TcpOptions::parse(bytes), options);
  }
  EXPECT_GT(fitting, 1000);
}

TEST(TcpOptions, any_bytes_are_read_in_bounds_and_again_the_same) {
  Draws draws(92);
  constexpr u8 kinds[] = {0, 1, 2, 3, 4, 5, 8, 34, 10, 18};
  for (int i = 0; i < 50000; ++i) {
    Bytes bytes = draws.bytes(draws.below(41));
    for (u8& b : bytes) {
      if (draws.coin()) b = kinds[draws.below(10)];
    }
    TcpOptions options = TcpOptions::parse(bytes);
    options.malformed = false;
    if (options.size() > TcpOptions::max_size) continue;
    ASSERT_EQ(TcpOptions::parse(emitted(options)), options);
  }
}

}  // namespace
}  // namespace catenet::wire
