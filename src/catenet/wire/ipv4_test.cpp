#include "catenet/wire/ipv4.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/testing.hpp"

namespace catenet::wire {
namespace {

using testing::Bytes;
using testing::Draws;
using testing::emitted;
using testing::hex;

Ipv4Header drawn_header(Draws& draws) {
  Ipv4Header header;
  header.dscp = static_cast<u8>(draws.below(64));
  header.ecn = static_cast<Ecn>(draws.below(4));
  header.identification = draws.word();
  header.dont_fragment = draws.coin();
  header.more_fragments = draws.coin();
  header.fragment_offset = static_cast<u16>(draws.below(8192) * 8);
  header.ttl = draws.byte();
  header.protocol = static_cast<IpProtocol>(draws.byte());
  header.source = draws.ipv4();
  header.destination = draws.ipv4();
  if (draws.coin()) header.options = Ipv4Options(draws.bytes(draws.below(41)));
  header.total_length = static_cast<u16>(header.size() + draws.below(1000));
  return header;
}

Bytes packet_of(const Ipv4Header& header) {
  Bytes packet = emitted(header);
  packet.resize(header.total_length);
  return packet;
}

TEST(Rfc791, s3_1_header_survives_emit_and_parse) {
  Draws draws(30);
  for (int i = 0; i < 2000; ++i) {
    const Ipv4Header header = drawn_header(draws);
    const Bytes packet = packet_of(header);
    const auto again = Ipv4Header::parse(packet);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, header);
    EXPECT_EQ(again->payload_length(), packet.size() - header.size());
    EXPECT_TRUE(Ipv4View(packet.data()).checksum_ok());
  }
}

TEST(Ipv4View, agrees_with_the_parsed_value) {
  Draws draws(31);
  for (int i = 0; i < 500; ++i) {
    const Ipv4Header header = drawn_header(draws);
    const Bytes packet = packet_of(header);
    const auto view = Ipv4View::over(packet);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->header_size(), header.size());
    EXPECT_EQ(view->dscp(), header.dscp);
    EXPECT_EQ(view->ecn(), header.ecn);
    EXPECT_EQ(view->traffic_class(), header.dscp << 2 | static_cast<u8>(header.ecn));
    EXPECT_EQ(view->fragment_offset(), header.fragment_offset);
    EXPECT_EQ(view->is_fragment(), header.more_fragments || header.fragment_offset != 0);
    EXPECT_EQ(view->has_options(), !header.options.empty());
    EXPECT_EQ(view->source(), header.source);
    EXPECT_EQ(view->destination(), header.destination);
  }
}

TEST(Rfc1122, s3_2_1_1_other_versions_are_refused) {
  Bytes packet = packet_of({.total_length = 20});
  packet[0] = 0x65;
  EXPECT_EQ(Ipv4Header::parse(packet).error(), ParseError::bad_version);
  packet[0] = 0x05;
  EXPECT_EQ(Ipv4View::over(packet).error(), ParseError::bad_version);
}

TEST(Rfc1122, s3_2_1_2_any_wrong_byte_fails_the_checksum) {
  Draws draws(32);
  const Bytes good = packet_of(drawn_header(draws));
  const Ipv4View view(good.data());
  for (u32 at = 0; at < view.header_size(); ++at) {
    if (at == 0) continue;  // another IHL is another header
    Bytes bad = good;
    bad[at] ^= 0x40;
    EXPECT_FALSE(Ipv4View(bad.data()).checksum_ok()) << at;
  }
}

TEST(Rfc1812, s5_2_2_lengths_that_cannot_be_are_refused) {
  Bytes packet = packet_of({.total_length = 40});
  packet[0] = 0x44;  // IHL 4
  EXPECT_EQ(Ipv4Header::parse(packet).error(), ParseError::bad_length);
  packet[0] = 0x4f;  // IHL 15: 60 bytes of 40
  EXPECT_EQ(Ipv4Header::parse(packet).error(), ParseError::truncated);
  packet[0] = 0x45;
  store16(packet.data() + 2, 19);
  EXPECT_EQ(Ipv4Header::parse(packet).error(), ParseError::bad_length);
  EXPECT_FALSE(Ipv4View(packet.data()).length_fits(packet.size()));
  store16(packet.data() + 2, 41);
  EXPECT_EQ(Ipv4Header::parse(packet).error(), ParseError::truncated);
  EXPECT_FALSE(Ipv4View(packet.data()).length_fits(packet.size()));
  store16(packet.data() + 2, 40);
  EXPECT_TRUE(Ipv4Header::parse(packet));
  packet.resize(46);  // Ethernet's padding is not the packet's
  EXPECT_EQ(Ipv4Header::parse(packet)->payload_length(), 20u);
}

TEST(Ipv4, every_cut_of_the_header_is_truncated) {
  Ipv4Header header{.total_length = 28};
  ASSERT_TRUE(header.options.add_record_route(1));
  const Bytes packet = packet_of(header);
  for (std::size_t size = 0; size < 28; ++size) {
    EXPECT_EQ(Ipv4Header::parse_quoted(ByteView(packet).first(size)).error(),
              ParseError::truncated);
  }
  EXPECT_TRUE(Ipv4Header::parse_quoted(packet));
}

TEST(Rfc1122, s3_2_2_quoted_header_may_lack_its_payload) {
  const Bytes packet = packet_of({.total_length = 1500});
  const ByteView quoted = ByteView(packet).first(28);
  EXPECT_FALSE(Ipv4Header::parse(quoted));
  const auto header = Ipv4Header::parse_quoted(quoted);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->total_length, 1500);
}

TEST(Rfc1812, s4_2_2_6_reserved_flag_is_ignored) {
  Bytes packet = packet_of({.total_length = 20});
  packet[6] |= 0x80;
  const auto header = Ipv4Header::parse(packet);
  ASSERT_TRUE(header);
  EXPECT_FALSE(header->dont_fragment || header->more_fragments);
  EXPECT_EQ(header->fragment_offset, 0);
  EXPECT_FALSE(Ipv4View(packet.data()).is_fragment());
}

TEST(Rfc1624, s2_forwarding_changes_only_ttl_and_checksum) {
  Draws draws(33);
  for (int i = 0; i < 2000; ++i) {
    Ipv4Header header = drawn_header(draws);
    header.ttl = static_cast<u8>(1 + draws.below(255));
    const Bytes before = packet_of(header);
    Bytes after = before;
    ipv4_edit::decrement_ttl(after.data());
    EXPECT_TRUE(Ipv4View(after.data()).checksum_ok());
    EXPECT_EQ(after[8], before[8] - 1);
    for (std::size_t at = 0; at < before.size(); ++at) {
      if (at == 8 || at == 10 || at == 11) continue;
      ASSERT_EQ(after[at], before[at]) << at;
    }
    --header.ttl;
    EXPECT_EQ(load16(after.data() + 10), load16(emitted(header).data() + 10));
  }
}

TEST(Ipv4Edit, rewrites_keep_the_checksum_right) {
  Draws draws(34);
  for (int i = 0; i < 500; ++i) {
    const Ipv4Header header = drawn_header(draws);
    Bytes packet = packet_of(header);
    Ipv4Header expected = header;
    expected.source = draws.ipv4();
    expected.destination = draws.ipv4();
    expected.dscp = static_cast<u8>(draws.below(64));
    expected.ecn = Ecn::ce;
    ipv4_edit::set_source(packet.data(), expected.source);
    ipv4_edit::set_destination(packet.data(), expected.destination);
    ipv4_edit::set_dscp(packet.data(), expected.dscp);
    ipv4_edit::set_ecn(packet.data(), expected.ecn);
    EXPECT_EQ(packet, packet_of(expected));
  }
}

TEST(Rfc3168, s5_marking_leaves_the_dscp) {
  Bytes packet = packet_of({.dscp = 46, .ecn = Ecn::ect_0, .total_length = 20});
  ipv4_edit::set_ecn(packet.data(), Ecn::ce);
  EXPECT_EQ(Ipv4View(packet.data()).dscp(), 46);
  EXPECT_EQ(Ipv4View(packet.data()).ecn(), Ecn::ce);
  EXPECT_TRUE(Ipv4View(packet.data()).checksum_ok());
}

}  // namespace
}  // namespace catenet::wire
