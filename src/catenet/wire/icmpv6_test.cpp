#include "catenet/wire/icmpv6.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/testing.hpp"

namespace catenet::wire {
namespace {

using testing::Bytes;
using testing::Draws;
using testing::emitted;
using testing::hex;
using testing::operator+;

TEST(Rfc4443, s3_errors_survive_emit_and_parse) {
  for (const Icmpv6Header& header :
       {Icmpv6Header::unreachable(Unreachable6Code::address), Icmpv6Header::packet_too_big(1280),
        Icmpv6Header::time_exceeded(TimeExceeded6Code::in_transit),
        Icmpv6Header::parameter_problem(ParameterProblemCode::unrecognised_option, 0x12345)}) {
    EXPECT_TRUE(header.is_error());
    const Bytes message = emitted(header) + Bytes(40);
    EXPECT_EQ(Icmpv6Header::parse(message), header);
    for (std::size_t size = 0; size < message.size(); ++size) {
      EXPECT_EQ(Icmpv6Header::parse(ByteView(message).first(size)).error(), ParseError::truncated);
    }
  }
}

TEST(Rfc4443, s4_echo_carries_identifier_and_sequence) {
  EXPECT_EQ(emitted(Icmpv6Header::echo_request(0x1234, 0x5678)), hex("8000 0000 1234 5678"));
  EXPECT_EQ(emitted(Icmpv6Header::echo_reply(0x1234, 0x5678)), hex("8100 0000 1234 5678"));
  const auto header = Icmpv6Header::parse(hex("8000 0000 1234 5678"));
  ASSERT_TRUE(header);
  EXPECT_FALSE(header->is_error());
  EXPECT_EQ(header->identifier(), 0x1234);
  EXPECT_EQ(header->sequence(), 0x5678);
}

TEST(Rfc4443, s3_2_packet_too_big_has_a_32_bit_mtu) {
  EXPECT_EQ(emitted(Icmpv6Header::packet_too_big(0x00012345)), hex("0200 0000 00012345"));
  EXPECT_EQ(Icmpv6Header::packet_too_big(0x00012345).mtu(), 0x12345u);
}

TEST(Rfc4443, s2_1_types_below_128_are_errors) {
  Icmpv6Header header;
  header.type = static_cast<Icmpv6Type>(127);
  EXPECT_TRUE(header.is_error());
  header.type = static_cast<Icmpv6Type>(128);
  EXPECT_FALSE(header.is_error());
}

TEST(Rfc4443, s2_3_checksum_covers_the_pseudo_header) {
  Draws draws(71);
  const Ipv6Address source = draws.ipv6(), destination = draws.ipv6();
  for (std::size_t size = 0; size < 50; ++size) {
    Bytes message = emitted(Icmpv6Header::echo_request(1, 2)) + draws.bytes(size);
    store_icmpv6_checksum(message, source, destination);
    EXPECT_TRUE(icmpv6_checksum_ok(message, source, destination));
    EXPECT_FALSE(icmpv6_checksum_ok(message, source.solicited_node(), destination));
    message.back() ^= 1;
    EXPECT_FALSE(icmpv6_checksum_ok(message, source, destination));
  }
}

}  // namespace
}  // namespace catenet::wire
