#include "catenet/ip/path_mtu.hpp"

#include <gtest/gtest.h>

namespace catenet {
namespace {

using namespace literals;

const IpAddress web4 = *IpAddress::parse("192.0.2.1");
const IpAddress web6 = *IpAddress::parse("2001:db8::1");

struct PathMtuHost {
  std::optional<u32> too_big(const IpAddress& to, u32 mtu, u32 size = 1'500) {
    return cache.on_packet_too_big(to, mtu, size, link_mtu, now);
  }
  u32 mtu(const IpAddress& to) const { return cache.lookup(to, link_mtu, now); }

  PathMtuCache cache;
  u32 link_mtu = 1'500;
  Instant now;
};

TEST(Rfc1191, s3_path_mtu_is_lowered_for_one_destination) {
  PathMtuHost host;
  EXPECT_EQ(host.mtu(web4), 1'500u);
  EXPECT_EQ(host.too_big(web4, 1'400), 1'400u);
  EXPECT_EQ(host.mtu(web4), 1'400u);
  EXPECT_EQ(host.mtu(*IpAddress::parse("192.0.2.2")), 1'500u);
  EXPECT_EQ(host.too_big(web4, 1'300), 1'300u);
  EXPECT_TRUE(host.cache.dont_fragment(web4, host.now));
}

TEST(Rfc1191, s3_a_message_never_raises_it) {
  PathMtuHost host;
  host.too_big(web4, 1'300);
  EXPECT_EQ(host.too_big(web4, 1'400), std::nullopt);
  EXPECT_EQ(host.too_big(web4, 1'300), std::nullopt);
  EXPECT_EQ(host.too_big(web4, 9'000), std::nullopt);
  EXPECT_EQ(host.mtu(web4), 1'300u);
}

TEST(Rfc1191, s5_old_router_without_mtu_means_the_next_plateau) {
  PathMtuHost host;
  EXPECT_EQ(host.too_big(web4, 0, 1'500), 1'492u);
  EXPECT_EQ(host.too_big(web4, 0, 1'492), 1'006u);
  // About a packet sent before: not lower than the plateau below what failed last.
  EXPECT_EQ(host.too_big(web4, 0, 1'500), 552u);
}

TEST(Rfc1191, s7_1_plateaus) {
  EXPECT_EQ(mtu_plateau_below(65'535), 32'000u);
  EXPECT_EQ(mtu_plateau_below(32'000), 17'914u);
  EXPECT_EQ(mtu_plateau_below(4'353), 4'352u);
  EXPECT_EQ(mtu_plateau_below(1'492), 1'006u);
  EXPECT_EQ(mtu_plateau_below(68), 68u);
  EXPECT_EQ(mtu_plateau_below(0), 68u);
}

TEST(Rfc1191, s6_3_lower_value_is_forgotten_after_ten_minutes) {
  PathMtuHost host;
  host.too_big(web4, 1'400);
  EXPECT_EQ(host.cache.valid_until(web4), Instant::at(600_s));
  // A repeated message does not make it live longer.
  host.now = Instant::at(300_s);
  host.too_big(web4, 1'400);
  host.now = Instant::at(599'999_ms);
  EXPECT_EQ(host.mtu(web4), 1'400u);
  host.now = Instant::at(600_s);
  EXPECT_EQ(host.mtu(web4), 1'500u);
  EXPECT_EQ(host.too_big(web4, 1'450), 1'450u);
}

TEST(Rfc1191, s3_claims_below_the_floor_are_not_followed_below_it) {
  PathMtuHost host;
  EXPECT_EQ(host.too_big(web4, 68), 552u);
  EXPECT_EQ(host.mtu(web4), 552u);
  EXPECT_FALSE(host.cache.dont_fragment(web4, host.now));
  EXPECT_EQ(host.too_big(web4, 68), std::nullopt);
  EXPECT_TRUE(host.cache.dont_fragment(web4, Instant::at(600_s)));
}

TEST(PathMtuCache, link_under_the_floor_stops_asking_for_whole_packets) {
  PathMtuHost host;
  host.link_mtu = 400;
  EXPECT_EQ(host.too_big(web4, 296, 400), 400u);
  EXPECT_EQ(host.mtu(web4), 400u);
  EXPECT_FALSE(host.cache.dont_fragment(web4, host.now));
  EXPECT_EQ(host.too_big(web4, 296, 400), std::nullopt);
}

TEST(Rfc8201, s4_claims_below_1280_are_discarded) {
  PathMtuHost host;
  EXPECT_EQ(host.too_big(web6, 1'279), std::nullopt);
  EXPECT_EQ(host.too_big(web6, 0), std::nullopt);
  EXPECT_EQ(host.cache.size(), 0u);
  EXPECT_EQ(host.too_big(web6, 1'280), 1'280u);
  EXPECT_EQ(host.mtu(web6), 1'280u);
  EXPECT_TRUE(host.cache.dont_fragment(web6, host.now));
}

TEST(PathMtuCache, never_above_the_link) {
  PathMtuHost host;
  host.too_big(web4, 1'400);
  host.link_mtu = 1'280;
  EXPECT_EQ(host.mtu(web4), 1'280u);
  EXPECT_EQ(host.too_big(web4, 1'300), std::nullopt);
}

TEST(PathMtuCache, changes_change_the_generation) {
  PathMtuHost host;
  const u64 before = host.cache.generation();
  host.too_big(web4, 1'500);
  EXPECT_EQ(host.cache.generation(), before);
  host.too_big(web4, 1'400);
  const u64 lowered = host.cache.generation();
  EXPECT_NE(lowered, before);
  host.cache.forget(web6);
  EXPECT_EQ(host.cache.generation(), lowered);
  host.cache.forget(web4);
  EXPECT_NE(host.cache.generation(), lowered);
  EXPECT_EQ(host.mtu(web4), 1'500u);
  EXPECT_EQ(host.cache.valid_until(web4), Instant::never());
}

TEST(PathMtuCache, many_destinations_are_bounded_and_the_oldest_goes) {
  PathMtuHost host;
  for (u32 i = 0; i < 1'000; ++i) {
    host.now = Instant::at(1_ms * i);
    host.too_big(Ipv4Address::from_u32(0x0a000000 + i * 7'919 % 1'000), 1'400);
    ASSERT_LE(host.cache.size(), 256u);
  }
  EXPECT_EQ(host.mtu(Ipv4Address::from_u32(0x0a000000 + 999 * 7'919 % 1'000)), 1'400u);
  EXPECT_EQ(host.mtu(Ipv4Address::from_u32(0x0a000000)), 1'500u);
}

}  // namespace
}  // namespace catenet
