#include "catenet/wire/tcp.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/testing.hpp"

namespace catenet::wire {
namespace {

using testing::Bytes;
using testing::Draws;
using testing::emitted;
using testing::operator+;

TEST(Rfc9293, s3_1_header_survives_emit_and_parse) {
  Draws draws(95);
  for (int i = 0; i < 1000; ++i) {
    TcpHeader header;
    header.source_port = draws.word();
    header.destination_port = draws.word();
    header.seq = Seq(draws.number());
    header.ack = Seq(draws.number());
    header.flags = TcpFlags::from_bits(draws.byte());
    header.window = draws.word();
    header.checksum = draws.word();
    header.urgent_pointer = draws.word();
    if (draws.coin()) header.options.mss = draws.word();
    if (draws.coin()) header.options.timestamps = TcpTimestamps{draws.number(), draws.number()};
    const Bytes segment = emitted(header) + draws.bytes(draws.below(9));
    EXPECT_EQ(TcpHeader::parse(segment), header);
    const auto view = TcpView::over(segment);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->header_size(), header.size());
    EXPECT_EQ(view->seq(), header.seq);
    EXPECT_EQ(view->ack(), header.ack);
    EXPECT_EQ(view->flags(), header.flags);
    EXPECT_EQ(view->options(), header.options);
  }
}

TEST(Rfc9293, s3_1_data_offset_that_cannot_be_is_refused) {
  Bytes segment = emitted(TcpHeader());
  for (u32 words = 0; words < 16; ++words) {
    segment[12] = static_cast<u8>(words << 4);
    const auto header = TcpHeader::parse(segment);
    ASSERT_EQ(header.has_value(), words == 5);
    if (words == 5) continue;
    EXPECT_EQ(header.error(), words < 5 ? ParseError::bad_length : ParseError::truncated);
  }
  EXPECT_EQ(TcpHeader::parse(ByteView(segment).first(19)).error(), ParseError::truncated);
}

TEST(Rfc9293, s3_1_reserved_bits_are_sent_zero_and_ignored) {
  TcpHeader header;
  Bytes segment = emitted(header);
  EXPECT_EQ(segment[12], 0x50);
  segment[12] = 0x5f;
  EXPECT_EQ(TcpHeader::parse(segment), header);
}

TEST(TcpFlags, sets_print_as_tcpdump_prints_them) {
  EXPECT_EQ(TcpFlags(TcpFlag::syn).to_string(), "S");
  EXPECT_EQ((TcpFlag::syn | TcpFlag::ack).to_string(), "S.");
  EXPECT_EQ((TcpFlag::fin | TcpFlag::psh | TcpFlag::ack).to_string(), "FP.");
  EXPECT_EQ((TcpFlag::syn | TcpFlag::ece | TcpFlag::cwr).to_string(), "SEW");
  EXPECT_EQ(TcpFlags().to_string(), "none");
}

TEST(TcpFlags, questions_answer_for_their_bit) {
  constexpr TcpFlags flags = TcpFlag::syn | TcpFlag::ack;
  static_assert(flags.syn() && flags.ack() && !flags.fin() && !flags.rst() && !flags.psh());
  static_assert(!flags.urg() && !flags.ece() && !flags.cwr());
  static_assert(flags.any_of(TcpFlag::fin | TcpFlag::syn) && !flags.any_of(TcpFlag::rst));
  EXPECT_EQ(flags.without(TcpFlag::ack), TcpFlags(TcpFlag::syn));
}

TEST(Rfc9293, s3_1_checksum_covers_pseudo_header_and_payload_in_runs) {
  Draws draws(96);
  for (int i = 0; i < 300; ++i) {
    TcpHeader header;
    header.options.timestamps = TcpTimestamps{1, 2};
    header.checksum = 0xdead;
    const Bytes a = draws.bytes(draws.below(99)), b = draws.bytes(draws.below(99));
    const auto length = static_cast<u32>(header.size() + a.size() + b.size());
    const auto pseudo = pseudo_header(draws.ipv6(), draws.ipv6(), IpProtocol::tcp, length);
    Bytes segment = emitted(header);
    const ByteView runs[] = {a, b};
    store_tcp_checksum(segment, pseudo, runs);
    segment = segment + a + b;
    EXPECT_TRUE(tcp_checksum_ok(segment, pseudo));
    segment[draws.below(length)] ^= 4;
    EXPECT_FALSE(tcp_checksum_ok(segment, pseudo));
  }
}

}  // namespace
}  // namespace catenet::wire
