#include "catenet/wire/checksum.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/crc32.hpp"
#include "catenet/wire/testing.hpp"

namespace catenet::wire {
namespace {

using testing::Bytes;
using testing::Draws;
using testing::hex;

// The sum as RFC 1071 4.1 has it, two bytes at a time: slow and plain.
u16 plain_sum(ByteView bytes) {
  u32 sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? u32{bytes[i]} << 8 : bytes[i];
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<u16>(sum);
}

TEST(Rfc1071, s3_worked_example_sums_to_ddf2) {
  const Bytes bytes = hex("00 01 f2 03 f4 f5 f6 f7");
  EXPECT_EQ(InternetChecksum().add(bytes).folded(), 0xddf2);
  EXPECT_EQ(internet_checksum(bytes), 0x220d);
}

TEST(Rfc1071, s4_1_every_length_and_alignment_matches_the_plain_sum) {
  Draws draws(5);
  const Bytes bytes = draws.bytes(4096);
  for (std::size_t size = 0; size < 1600; size += size < 300 ? 1 : 37) {
    for (std::size_t offset = 0; offset < 9; ++offset) {
      const ByteView run = ByteView(bytes).subspan(offset, size);
      ASSERT_EQ(InternetChecksum().add(run).folded(), plain_sum(run)) << size << " at " << offset;
    }
  }
}

TEST(Rfc1071, s4_1_largest_packet_of_all_ones_loses_no_carry) {
  const Bytes bytes(65535, 0xff);
  EXPECT_EQ(InternetChecksum().add(bytes).folded(), plain_sum(bytes));
  InternetChecksum sum;
  for (int i = 0; i < 100; ++i) sum.add(bytes);
  Bytes all;
  for (int i = 0; i < 100; ++i) all.insert(all.end(), bytes.begin(), bytes.end());
  EXPECT_EQ(sum.folded(), InternetChecksum().add(all).folded());
}

TEST(Rfc1071, s2_b_runs_may_break_at_odd_offsets) {
  Draws draws(6);
  for (int i = 0; i < 500; ++i) {
    const Bytes bytes = draws.bytes(draws.below(400));
    InternetChecksum sum;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size = std::min<std::size_t>(1 + draws.below(70), bytes.size() - at);
      sum.add(ByteView(bytes).subspan(at, size));
      at += size;
    }
    ASSERT_EQ(sum.folded(), plain_sum(bytes));
  }
}

TEST(Rfc1071, s2_b_words_at_an_odd_offset_are_swapped) {
  const Bytes bytes = hex("aa 1234 55667788 99");
  InternetChecksum sum;
  sum.add(hex("aa")).add_u16(0x1234).add_u32(0x55667788).add(hex("99"));
  EXPECT_EQ(sum.folded(), plain_sum(bytes));
}

TEST(Rfc1071, s1_sum_with_its_checksum_verifies) {
  Bytes bytes = hex("4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7");
  EXPECT_FALSE(InternetChecksum().add(bytes).verifies());
  store16(bytes.data() + 10, internet_checksum(bytes));
  EXPECT_EQ(load16(bytes.data() + 10), 0xb861);
  EXPECT_TRUE(InternetChecksum().add(bytes).verifies());
  bytes[13] ^= 1;
  EXPECT_FALSE(InternetChecksum().add(bytes).verifies());
}

TEST(Rfc768, zero_checksum_is_sent_as_all_ones) {
  InternetChecksum sum;
  sum.add_u16(0xffff);
  EXPECT_EQ(sum.finish(), 0);
  EXPECT_EQ(sum.finish_udp(), 0xffff);
  sum.add_u16(1);
  EXPECT_EQ(sum.finish_udp(), sum.finish());
}

// Linux leaves the pseudo-header's sum in the field when the device is to finish the checksum;
// these come off its loopback device, a SYN of 40 bytes and a datagram of 11.
TEST(Checksum, pseudo_header_sum_is_what_linux_leaves_for_offload) {
  const IpAddress v4 = Ipv4Address::loopback();
  const IpAddress v6 = Ipv6Address::loopback();
  EXPECT_EQ(pseudo_header(v4, v4, IpProtocol::tcp, 40).folded(), 0xfe30);
  EXPECT_EQ(pseudo_header(v4, v4, IpProtocol::udp, 11).folded(), 0xfe1e);
  EXPECT_EQ(pseudo_header(v6, v6, IpProtocol::tcp, 40).folded(), 0x0030);
}

TEST(Checksum, deferred_sum_goes_on_where_it_was_left) {
  Draws draws(7);
  const Bytes segment = draws.bytes(777);
  const auto pseudo = pseudo_header(draws.ipv6(), draws.ipv6(), IpProtocol::tcp, 777);
  auto whole = pseudo;
  auto resumed = InternetChecksum::from_folded(pseudo.folded());
  EXPECT_EQ(whole.add(segment).finish(), resumed.add(segment).finish());
}

TEST(Rfc1624, s4_examples_of_the_corner_case) {
  // Checksum 0xdd2f, a field goes from 0x5555 to 0x3285: equation 3 gives 0x0000, not 0xffff.
  EXPECT_EQ(update_checksum(u16{0xdd2f}, u16{0x5555}, u16{0x3285}), 0x0000);
}

TEST(Rfc1624, eqn3_incremental_update_matches_full_sum) {
  Draws draws(8);
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = draws.bytes(24);
    store16(bytes.data() + 22, 0);
    const u16 before = internet_checksum(bytes);
    const u32 at = 4 * draws.below(5);
    const u32 was = load32(bytes.data() + at);
    const u32 now = draws.coin() ? draws.number() : was;
    store32(bytes.data() + at, now);
    ASSERT_EQ(update_checksum(before, was, now), internet_checksum(bytes));
    const u16 halfway =
        update_checksum(before, static_cast<u16>(was >> 16), static_cast<u16>(now >> 16));
    ASSERT_EQ(update_checksum(halfway, static_cast<u16>(was), static_cast<u16>(now)),
              internet_checksum(bytes));
  }
}

TEST(Rfc1624, eqn3_address_change_matches_full_sum) {
  Draws draws(9);
  for (int i = 0; i < 2000; ++i) {
    const Bytes segment = draws.bytes(40);
    const auto sum = [&](const IpAddress& source) {
      return pseudo_header(source, IpAddress::any(source.family()), IpProtocol::tcp, 40)
          .add(segment)
          .finish();
    };
    const Ipv4Address a = draws.ipv4(), b = draws.ipv4();
    ASSERT_EQ(update_checksum(sum(a), IpAddress(a), IpAddress(b)), sum(b));
    const Ipv6Address c = draws.ipv6(), d = draws.ipv6();
    ASSERT_EQ(update_checksum(sum(c), IpAddress(c), IpAddress(d)), sum(d));
  }
}

TEST(Crc32, check_value_of_the_catalogue) {
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xcbf43926u);
  EXPECT_EQ(crc32({}), 0u);
  EXPECT_EQ(crc32(as_bytes("The quick brown fox jumps over the lazy dog")), 0x414fa339u);
}

TEST(Crc32, runs_give_what_the_whole_gives) {
  Draws draws(10);
  const Bytes bytes = draws.bytes(1514);
  for (std::size_t cut = 0; cut <= bytes.size(); cut += 13) {
    Crc32 crc;
    crc.add(ByteView(bytes).first(cut)).add(ByteView(bytes).subspan(cut));
    ASSERT_EQ(crc.finish(), crc32(bytes));
  }
}

TEST(Crc32, frame_and_its_check_sequence_leave_the_known_residue) {
  Draws draws(11);
  Bytes frame = draws.bytes(60);
  const u32 fcs = crc32(frame);
  for (int i = 0; i < 4; ++i) frame.push_back(static_cast<u8>(fcs >> (8 * i)));
  EXPECT_EQ(crc32(frame), 0x2144df1cu);
  frame[30] ^= 0x10;
  EXPECT_NE(crc32(frame), 0x2144df1cu);
}

}  // namespace
}  // namespace catenet::wire
