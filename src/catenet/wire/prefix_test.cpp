#include "catenet/wire/prefix.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/address.hpp"
#include "catenet/wire/testing.hpp"

namespace catenet {
namespace {

using wire::testing::Draws;

Prefix prefix(const char* text) { return Prefix::parse(text).value(); }
IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }

TEST(Prefix, parse_drops_host_bits_and_interface_prefix_keeps_them) {
  EXPECT_EQ(prefix("10.1.2.3/8"), prefix("10.0.0.0/8"));
  EXPECT_EQ(prefix("10.1.2.3/8").network(), ip("10.0.0.0"));
  const auto own = InterfacePrefix::parse("10.1.2.3/8");
  ASSERT_TRUE(own);
  EXPECT_EQ(own->address, ip("10.1.2.3"));
  EXPECT_EQ(own->prefix(), prefix("10.0.0.0/8"));
  EXPECT_EQ(own->to_string(), "10.1.2.3/8");
  EXPECT_EQ(prefix("10.0.0.1").length(), 32u);
  EXPECT_EQ(prefix("::1").length(), 128u);
  EXPECT_EQ(prefix("2001:db8:ff::/32").to_string(), "2001:db8::/32");
}

TEST(Prefix, parse_refuses_bad_lengths) {
  for (const char* text : {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08",
                           "10.0.0.0/8/8", "/8", "10.0.0/8", "10.0.0.0/8 ", "10.0.0.0/x", ""}) {
    EXPECT_EQ(Prefix::parse(text), std::nullopt) << text;
    EXPECT_EQ(InterfacePrefix::parse(text), std::nullopt) << text;
  }
}

TEST(Prefix, contains_only_its_own_family_and_network) {
  EXPECT_TRUE(prefix("10.0.0.0/8").contains(ip("10.255.255.255")));
  EXPECT_FALSE(prefix("10.0.0.0/8").contains(ip("11.0.0.0")));
  EXPECT_TRUE(prefix("0.0.0.0/0").contains(ip("255.255.255.255")));
  EXPECT_FALSE(prefix("0.0.0.0/0").contains(ip("::")));
  EXPECT_TRUE(prefix("2001:db8::/33").contains(ip("2001:db8:7fff::1")));
  EXPECT_FALSE(prefix("2001:db8::/33").contains(ip("2001:db8:8000::1")));
  EXPECT_TRUE(prefix("fe80::/10").contains(ip("febf::1")));
  EXPECT_TRUE(prefix("10.0.0.0/8").contains(prefix("10.1.0.0/16")));
  EXPECT_FALSE(prefix("10.1.0.0/16").contains(prefix("10.0.0.0/8")));
}

TEST(Rfc919, s7_directed_broadcast_is_all_ones) {
  EXPECT_EQ(prefix("10.0.0.0/8").broadcast(), Ipv4Address(10, 255, 255, 255));
  EXPECT_EQ(prefix("192.168.1.64/26").broadcast(), Ipv4Address(192, 168, 1, 127));
  EXPECT_EQ(prefix("2001:db8::/64").broadcast(), std::nullopt);
}

TEST(Rfc3021, s2_1_slash_31_has_two_hosts_and_no_broadcast) {
  EXPECT_EQ(prefix("10.0.0.0/31").broadcast(), std::nullopt);
  EXPECT_EQ(prefix("10.0.0.0/31").host_count(), 2u);
  EXPECT_EQ(prefix("10.0.0.0/32").broadcast(), std::nullopt);
  EXPECT_EQ(prefix("10.0.0.0/32").host_count(), 1u);
  EXPECT_EQ(prefix("10.0.0.0/30").host_count(), 2u);
}

TEST(Prefix, counts_and_numbers_addresses) {
  EXPECT_EQ(prefix("0.0.0.0/0").address_count(), u64{1} << 32);
  EXPECT_EQ(prefix("10.0.0.0/24").host_count(), 254u);
  EXPECT_EQ(prefix("2001:db8::/64").address_count(), ~u64{0});
  EXPECT_EQ(prefix("2001:db8::/120").address_count(), 256u);
  EXPECT_EQ(prefix("10.0.0.0/24").at(7), ip("10.0.0.7"));
  EXPECT_EQ(prefix("10.0.0.0/24").at(255), ip("10.0.0.255"));
  EXPECT_EQ(prefix("10.0.0.0/24").at(256), std::nullopt);
  EXPECT_EQ(prefix("2001:db8::/64").at(0x10001), ip("2001:db8::1:1"));
  EXPECT_EQ(prefix("0.0.0.0/0").at(u64{1} << 32), std::nullopt);
  EXPECT_EQ(prefix("::1").at(1), std::nullopt);
}

TEST(Prefix, first_and_last_lie_inside_and_their_neighbours_do_not) {
  Draws draws(4);
  for (int i = 0; i < 500; ++i) {
    const Prefix p(draws.ipv4(), draws.below(33));
    EXPECT_TRUE(p.contains(p.network()));
    EXPECT_TRUE(p.contains(p.last()));
    const u32 first = p.network().v4().value();
    const u32 last = p.last().v4().value();
    if (p.length() > 0) {
      EXPECT_FALSE(p.contains(Ipv4Address::from_u32(first - 1)));
      EXPECT_FALSE(p.contains(Ipv4Address::from_u32(last + 1)));
    }
    EXPECT_EQ(u64{last} - first + 1, p.address_count());
    EXPECT_EQ(Prefix::parse(p.to_string()), p);
    const Prefix q(draws.ipv6(), draws.below(129));
    EXPECT_TRUE(q.contains(q.network()));
    EXPECT_TRUE(q.contains(q.last()));
    EXPECT_EQ(Prefix::parse(q.to_string()), q);
  }
}

TEST(InterfacePrefix, mask_splits_an_address_into_network_and_host) {
  struct Row {
    const char* address;
    const char* mask;
    const char* network;
    const char* host;
    const char* last;
  };
  const Row rows[] = {
      {"10.1.2.3", "255.0.0.0", "10.0.0.0/8", "0.1.2.3", "10.255.255.255"},
      {"172.16.45.67", "255.255.240.0", "172.16.32.0/20", "0.0.13.67", "172.16.47.255"},
      {"192.168.1.130", "255.255.255.192", "192.168.1.128/26", "0.0.0.2", "192.168.1.191"},
      {"192.0.2.5", "255.255.255.255", "192.0.2.5/32", "0.0.0.0", "192.0.2.5"},
      {"192.0.2.5", "0.0.0.0", "0.0.0.0/0", "192.0.2.5", "255.255.255.255"},
      {"2001:db8:1:2::3", "ffff:ffff::", "2001:db8::/32", "0:0:1:2::3",
       "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
      {"2001:db8::12:3", "ffff:ffff:ffff:ffff:ffff:ffff:fff0:0", "2001:db8::10:0/108", "::2:3",
       "2001:db8::1f:ffff"},
  };
  for (const Row& row : rows) {
    const auto made =
        InterfacePrefix::with_mask(*IpAddress::parse(row.address), *IpAddress::parse(row.mask));
    ASSERT_TRUE(made) << row.mask;
    EXPECT_EQ(made->prefix(), Prefix::parse(row.network)) << row.address;
    EXPECT_EQ(made->host_part(), IpAddress::parse(row.host)) << row.address;
    EXPECT_EQ(made->prefix().last(), IpAddress::parse(row.last)) << row.address;
  }
  for (const char* mask : {"255.0.255.0", "0.0.0.255", "ffff::"}) {
    const auto made = InterfacePrefix::with_mask(Ipv4Address(10, 0, 0, 1), *IpAddress::parse(mask));
    EXPECT_FALSE(made) << mask;
  }
}

TEST(Endpoint, text_keeps_the_value_in_both_families) {
  EXPECT_EQ((Endpoint{ip("10.0.0.1"), 80}.to_string()), "10.0.0.1:80");
  EXPECT_EQ((Endpoint{ip("::1"), 80}.to_string()), "[::1]:80");
  EXPECT_EQ(Endpoint::parse("10.0.0.1:80"), (Endpoint{ip("10.0.0.1"), 80}));
  EXPECT_EQ(Endpoint::parse("[2001:db8::1]:65535"), (Endpoint{ip("2001:db8::1"), 65535}));
}

TEST(Endpoint, parse_refuses_unclear_texts) {
  for (const char* text : {"", "10.0.0.1", "10.0.0.1:", "10.0.0.1:65536", "10.0.0.1:http", "::1:80",
                           "[::1]", "[::1]:", "[10.0.0.1]:80", "[::1:80", "::1]:80", "[]:80", ":80",
                           "10.0.0.1:080", "10.0.0.1:-1", "10.0.0.1: 80"}) {
    EXPECT_EQ(Endpoint::parse(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace catenet
