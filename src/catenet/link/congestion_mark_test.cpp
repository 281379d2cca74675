#include "catenet/link/congestion_mark.hpp"

#include <gtest/gtest.h>

#include "catenet/base/endian.hpp"
#include "catenet/link/link_fixture.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6.hpp"

namespace catenet {
namespace {

using link_test::make_ip_frame;
using wire::Ecn;

constexpr u32 ip_at = wire::ethernet::header_size;

// The same frame behind `tags` 802.1Q tags.
Packet tagged(Packet frame, u32 tags) {
  const u32 more = tags * wire::ethernet::vlan_tag_size;
  u8* bytes = frame.prepend(more);
  std::memmove(bytes, bytes + more, 12);
  for (u32 tag = 0; tag < tags; ++tag) {
    store16(bytes + 12 + tag * 4, tag == 0 && tags > 1 ? 0x88a8 : 0x8100);
    store16(bytes + 14 + tag * 4, 7);
  }
  return frame;
}

TEST(CongestionMark, rfc3168_5_ect_becomes_ce_and_the_ipv4_checksum_stays_right) {
  PacketPool pool;
  for (const Ecn ecn : {Ecn::ect_0, Ecn::ect_1, Ecn::ce}) {
    Packet frame = make_ip_frame(pool, Family::ipv4, ecn, 100);
    ASSERT_TRUE(mark_congestion(frame));
    const wire::Ipv4View ip(frame.data() + ip_at);
    EXPECT_EQ(ip.ecn(), Ecn::ce);
    EXPECT_EQ(ip.dscp(), 10);
    EXPECT_TRUE(ip.checksum_ok());
  }
}

TEST(CongestionMark, rfc3168_5_ipv6_traffic_class_holds_it_too) {
  PacketPool pool;
  Packet frame = make_ip_frame(pool, Family::ipv6, Ecn::ect_0, 100);
  ASSERT_TRUE(mark_congestion(frame));
  const wire::Ipv6View ip(frame.data() + ip_at);
  EXPECT_EQ(ip.ecn(), Ecn::ce);
  EXPECT_EQ(ip.traffic_class() >> 2, 10);
  EXPECT_EQ(ip.version(), 6);
}

TEST(CongestionMark, rfc3168_5_not_ect_is_left_as_it_is) {
  PacketPool pool;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    Packet frame = make_ip_frame(pool, family, Ecn::not_ect, 100);
    const std::vector<u8> before(frame.data(), frame.data() + frame.size());
    EXPECT_FALSE(mark_congestion(frame));
    EXPECT_EQ(before, std::vector<u8>(frame.data(), frame.data() + frame.size()));
  }
}

TEST(CongestionMark, looks_behind_tags) {
  PacketPool pool;
  for (u32 tags = 1; tags <= 2; ++tags) {
    Packet frame = tagged(make_ip_frame(pool, Family::ipv4, Ecn::ect_0, 100), tags);
    ASSERT_TRUE(mark_congestion(frame));
    const wire::Ipv4View ip(frame.data() + ip_at + tags * 4);
    EXPECT_EQ(ip.ecn(), Ecn::ce);
    EXPECT_TRUE(ip.checksum_ok());
  }
}

TEST(CongestionMark, what_is_no_ip_or_cut_short_is_not_marked) {
  PacketPool pool;
  Packet other = link_test::make_frame(pool, MacAddress(), MacAddress(), 60, 3);
  EXPECT_FALSE(mark_congestion(other));
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    for (u32 size = 0; size < ip_at + 20; ++size) {
      Packet frame = make_ip_frame(pool, family, Ecn::ect_0, 100);
      frame.truncate(size);
      EXPECT_FALSE(mark_congestion(frame)) << size;
    }
  }
}

TEST(CongestionMark, a_copy_that_shares_its_payload_is_not_marked_along) {
  PacketPool pool;
  Packet frame = make_ip_frame(pool, Family::ipv4, Ecn::ect_0, 100);
  const Packet copy = frame.clone();
  ASSERT_TRUE(mark_congestion(frame));
  EXPECT_EQ(wire::Ipv4View(copy.data() + ip_at).ecn(), Ecn::ect_0);
}

}  // namespace
}  // namespace catenet
