#include "catenet/wire/arp.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/testing.hpp"

namespace catenet::wire {
namespace {

using testing::Bytes;
using testing::Draws;
using testing::emitted;
using testing::hex;

constexpr MacAddress alice(2, 0, 0, 0, 0, 1);
constexpr MacAddress bob(2, 0, 0, 0, 0, 2);

TEST(Rfc826, request_reply_swaps_the_parties) {
  const auto request = ArpPacket::request(alice, {10, 0, 0, 1}, {10, 0, 0, 2});
  const auto reply = request.reply_from(bob);
  EXPECT_EQ(reply.operation, ArpOperation::reply);
  EXPECT_EQ(reply.sender_mac, bob);
  EXPECT_EQ(reply.sender_ip, Ipv4Address(10, 0, 0, 2));
  EXPECT_EQ(reply.target_mac, alice);
  EXPECT_EQ(reply.target_ip, Ipv4Address(10, 0, 0, 1));
}

TEST(Rfc5227, s2_1_1_probe_keeps_its_own_address_zero) {
  const auto probe = ArpPacket::probe(alice, {10, 0, 0, 1});
  EXPECT_TRUE(probe.sender_ip.is_unspecified());
  EXPECT_TRUE(probe.target_mac.is_zero());
  EXPECT_TRUE(probe.is_probe());
  EXPECT_FALSE(probe.is_gratuitous());
}

TEST(Rfc5227, s2_3_announcement_names_its_address_twice) {
  const auto announcement = ArpPacket::announcement(alice, {10, 0, 0, 1});
  EXPECT_EQ(announcement.operation, ArpOperation::request);
  EXPECT_TRUE(announcement.is_gratuitous());
  EXPECT_FALSE(announcement.is_probe());
}

TEST(Arp, value_survives_emit_and_parse) {
  Draws draws(21);
  for (int i = 0; i < 1000; ++i) {
    const ArpPacket packet{static_cast<ArpOperation>(1 + draws.below(4)), draws.mac(), draws.ipv4(),
                           draws.mac(), draws.ipv4()};
    Bytes bytes = emitted(packet);
    EXPECT_EQ(ArpPacket::parse(bytes), packet);
    bytes.resize(46);  // padding of a minimum frame
    EXPECT_EQ(ArpPacket::parse(bytes), packet);
  }
}

TEST(Arp, every_wrong_field_is_refused) {
  const Bytes good = emitted(ArpPacket::request(alice, {10, 0, 0, 1}, {10, 0, 0, 2}));
  const auto with = [&](std::size_t at, u8 value) {
    Bytes bad = good;
    bad[at] = value;
    return ArpPacket::parse(bad);
  };
  EXPECT_EQ(with(1, 6).error(), ParseError::bad_type);     // IEEE 802 hardware
  EXPECT_EQ(with(3, 6).error(), ParseError::bad_type);     // protocol 0x0806
  EXPECT_EQ(with(4, 8).error(), ParseError::bad_length);   // hardware length
  EXPECT_EQ(with(5, 16).error(), ParseError::bad_length);  // protocol length
  EXPECT_EQ(with(7, 0).error(), ParseError::bad_type);     // operation
  EXPECT_EQ(with(7, 5).error(), ParseError::bad_type);
  EXPECT_EQ(with(6, 1).error(), ParseError::bad_type);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(ArpPacket::parse(ByteView(good).first(size)).error(), ParseError::truncated);
  }
}

}  // namespace
}  // namespace catenet::wire
