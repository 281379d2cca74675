#include "catenet/wire/udp.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/testing.hpp"

namespace catenet::wire {
namespace {

using testing::Bytes;
using testing::Draws;
using testing::emitted;
using testing::hex;
using testing::operator+;

TEST(Rfc768, header_survives_emit_and_parse) {
  Draws draws(80);
  for (int i = 0; i < 500; ++i) {
    const UdpHeader header{draws.word(), draws.word(), static_cast<u16>(8 + draws.below(100)),
                           draws.word()};
    Bytes datagram = emitted(header);
    datagram.resize(header.length + draws.below(9));
    EXPECT_EQ(UdpHeader::parse(datagram), header);
    const UdpView view(datagram.data());
    EXPECT_EQ(view.source_port(), header.source_port);
    EXPECT_EQ(view.destination_port(), header.destination_port);
    EXPECT_TRUE(view.length_fits(datagram.size()));
  }
}

TEST(Rfc768, lengths_that_cannot_be_are_refused) {
  for (u16 length : {u16{0}, u16{7}}) {
    Bytes datagram = emitted(UdpHeader{1, 2, length, 0});
    EXPECT_EQ(UdpHeader::parse(datagram).error(), ParseError::bad_length);
    EXPECT_FALSE(UdpView(datagram.data()).length_fits(8));
  }
  Bytes datagram = emitted(UdpHeader{1, 2, 9, 0});
  EXPECT_EQ(UdpHeader::parse(datagram).error(), ParseError::truncated);
  EXPECT_FALSE(UdpView(datagram.data()).length_fits(8));
  EXPECT_EQ(UdpHeader::parse(ByteView(datagram).first(7)).error(), ParseError::truncated);
}

TEST(Rfc768, checksum_covers_payload_in_runs) {
  Draws draws(81);
  for (int i = 0; i < 300; ++i) {
    const Bytes a = draws.bytes(draws.below(50)), b = draws.bytes(draws.below(50));
    const auto length = static_cast<u16>(8 + a.size() + b.size());
    const auto pseudo = pseudo_header(draws.ipv4(), draws.ipv4(), IpProtocol::udp, length);
    Bytes header = emitted(UdpHeader{53, 1024, length, 0xdead});
    const ByteView runs[] = {a, b};
    store_udp_checksum(header, pseudo, runs);
    Bytes datagram = header + a + b;
    EXPECT_TRUE(udp_checksum_ok(datagram, pseudo, false));
    datagram[draws.below(length)] ^= 0x20;
    EXPECT_FALSE(udp_checksum_ok(datagram, pseudo, false));
  }
}

TEST(Rfc1122, s4_1_3_4_missing_checksum_passes_only_where_optional) {
  const Bytes datagram = emitted(UdpHeader{1, 2, 8, 0});
  const auto pseudo = pseudo_header(Ipv4Address(), Ipv4Address(), IpProtocol::udp, 8);
  EXPECT_TRUE(udp_checksum_ok(datagram, pseudo, true));
  EXPECT_FALSE(udp_checksum_ok(datagram, pseudo, false));
  EXPECT_FALSE(udp_checksum_ok({}, pseudo, true));
}

TEST(Rfc768, computed_zero_is_sent_as_all_ones) {
  // The payload word makes the sum all ones.
  const auto pseudo = pseudo_header(Ipv4Address(), Ipv4Address(), IpProtocol::udp, 10);
  Bytes datagram = emitted(UdpHeader{0, 0, 10, 0}) + Bytes(2);
  auto sum = pseudo;
  store16(datagram.data() + 8, sum.add(datagram).finish());
  store_udp_checksum(datagram, pseudo);
  EXPECT_EQ(UdpView(datagram.data()).checksum(), 0xffff);
  EXPECT_TRUE(udp_checksum_ok(datagram, pseudo, false));
}

}  // namespace
}  // namespace catenet::wire
