#include "catenet/wire/ipv6.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/testing.hpp"

namespace catenet::wire {
namespace {

using testing::Bytes;
using testing::Draws;
using testing::emitted;

Ipv6Header drawn_header(Draws& draws) {
  Ipv6Header header;
  header.dscp = static_cast<u8>(draws.below(64));
  header.ecn = static_cast<Ecn>(draws.below(4));
  header.flow_label = draws.below(1u << 20);
  header.payload_length = draws.word();
  header.next_header = static_cast<IpProtocol>(draws.byte());
  header.hop_limit = draws.byte();
  header.source = draws.ipv6();
  header.destination = draws.ipv6();
  return header;
}

TEST(Rfc8200, s3_header_survives_emit_and_parse) {
  Draws draws(50);
  for (int i = 0; i < 2000; ++i) {
    const Ipv6Header header = drawn_header(draws);
    const Bytes bytes = emitted(header);
    const auto again = Ipv6Header::parse_quoted(bytes);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, header);
    const Ipv6View view(bytes.data());
    EXPECT_EQ(view.traffic_class(), header.dscp << 2 | static_cast<u8>(header.ecn));
    EXPECT_EQ(view.flow_label(), header.flow_label);
    EXPECT_EQ(view.source(), header.source);
    EXPECT_EQ(view.destination(), header.destination);
    EXPECT_EQ(view.total_length(), 40u + header.payload_length);
  }
}

TEST(Rfc8200, s3_payload_must_lie_in_the_packet) {
  Ipv6Header header;
  header.payload_length = 10;
  Bytes packet = emitted(header);
  packet.resize(49);
  EXPECT_EQ(Ipv6Header::parse(packet).error(), ParseError::truncated);
  EXPECT_FALSE(Ipv6View(packet.data()).length_fits(packet.size()));
  packet.resize(50);
  EXPECT_TRUE(Ipv6Header::parse(packet));
  packet.resize(60);
  EXPECT_TRUE(Ipv6Header::parse(packet));
}

TEST(Ipv6, other_versions_and_cuts_are_refused) {
  Bytes packet = emitted(Ipv6Header());
  for (std::size_t size = 0; size < 40; ++size) {
    EXPECT_EQ(Ipv6View::over(ByteView(packet).first(size)).error(), ParseError::truncated);
  }
  packet[0] = 0x45;
  EXPECT_EQ(Ipv6Header::parse(packet).error(), ParseError::bad_version);
}

TEST(Ipv6Edit, each_edit_changes_its_field_alone) {
  Draws draws(51);
  for (int i = 0; i < 500; ++i) {
    Ipv6Header header = drawn_header(draws);
    header.hop_limit = static_cast<u8>(1 + draws.below(255));
    Bytes bytes = emitted(header);
    Ipv6Header expected = header;
    expected.dscp = static_cast<u8>(draws.below(64));
    expected.ecn = static_cast<Ecn>(draws.below(4));
    expected.payload_length = draws.word();
    --expected.hop_limit;
    ipv6_edit::set_dscp(bytes.data(), expected.dscp);
    ipv6_edit::set_ecn(bytes.data(), expected.ecn);
    ipv6_edit::set_payload_length(bytes.data(), expected.payload_length);
    ipv6_edit::decrement_hop_limit(bytes.data());
    EXPECT_EQ(bytes, emitted(expected));
  }
}

}  // namespace
}  // namespace catenet::wire
