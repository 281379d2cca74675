#include "catenet/wire/ipv6_address.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/address.hpp"
#include "catenet/wire/testing.hpp"

namespace catenet {
namespace {

using wire::testing::Draws;

Ipv6Address at(const char* text) { return Ipv6Address::parse(text).value(); }

TEST(Rfc4291, s2_2_text_forms_are_read) {
  const Ipv6Address address(0x2001, 0xdb8, 0, 0, 8, 0x800, 0x200c, 0x417a);
  EXPECT_EQ(at("2001:db8:0:0:8:800:200c:417a"), address);
  EXPECT_EQ(at("2001:DB8::8:800:200C:417A"), address);
  EXPECT_EQ(at("2001:0db8:0000:0000:0008:0800:200c:417a"), address);
  EXPECT_EQ(at("ff01::101"), Ipv6Address(0xff01, 0, 0, 0, 0, 0, 0, 0x101));
  EXPECT_EQ(at("::1"), Ipv6Address::loopback());
  EXPECT_EQ(at("::"), Ipv6Address::any());
  EXPECT_EQ(at("1::"), Ipv6Address(1, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(at("::13.1.68.3"), Ipv6Address(0, 0, 0, 0, 0, 0, 0xd01, 0x4403));
  EXPECT_EQ(at("::ffff:129.144.52.38"), Ipv6Address::mapped({129, 144, 52, 38}));
  EXPECT_EQ(at("64:ff9b::192.0.2.33"), Ipv6Address(0x64, 0xff9b, 0, 0, 0, 0, 0xc000, 0x221));
  EXPECT_EQ(at("1:2:3:4:5:6:7::"), Ipv6Address(1, 2, 3, 4, 5, 6, 7, 0));
  EXPECT_EQ(at("::2:3:4:5:6:7:8"), Ipv6Address(0, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(at("1:2:3:4:5:6:1.2.3.4"), Ipv6Address(1, 2, 3, 4, 5, 6, 0x102, 0x304));
}

TEST(Rfc4291, s2_2_other_texts_are_refused) {
  for (const char* text : {"",
                           ":",
                           ":::",
                           "1",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1::2::3",
                           "12345::",
                           "g::",
                           ":1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:",
                           "1:2:3:4::5:6:7:8",
                           "::1.2.3",
                           "::1.2.3.256",
                           "1.2.3.4::",
                           "::1.2.3.4:5",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "fe80::1%eth0",
                           "[::1]",
                           "::1/64",
                           " ::1",
                           "::1 ",
                           "1::2:",
                           "1.2.3.4"}) {
    EXPECT_EQ(Ipv6Address::parse(text), std::nullopt) << text;
  }
}

TEST(Rfc5952, s4_text_is_canonical) {
  struct Row {
    const char* from;
    const char* to;
  };
  for (const Row& row : {
           Row{"2001:0db8::0001", "2001:db8::1"},                // 4.1 leading zeros
           Row{"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},         // 4.2.1 as short as can be
           Row{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // 4.2.2 not one group
           Row{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // 4.2.3 the longest run
           Row{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // 4.2.3 the first of equals
           Row{"2001:DB8::AbCd", "2001:db8::abcd"},              // 4.3 lower case
           Row{"::ffff:c000:280", "::ffff:192.0.2.128"},         // 5 a mapped address
           Row{"0:0:0:0:0:0:0:0", "::"},
           Row{"1:0:0:0:0:0:0:0", "1::"},
           Row{"0:0:0:0:0:0:0:1", "::1"},
           Row{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
               "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
       }) {
    EXPECT_EQ(at(row.from).to_string(), row.to);
  }
}

TEST(Ipv6Address, text_and_bytes_keep_the_value) {
  Draws draws(3);
  for (int i = 0; i < 2000; ++i) {
    Ipv6Address address = draws.ipv6();
    // Half of the draws get runs of zeros, so that "::" is met in every place.
    if (draws.coin()) {
      const u64 mask = draws.next();
      auto bytes = address.bytes();
      for (u32 g = 0; g < 8; ++g) {
        if ((mask >> g & 1) != 0) bytes[2 * g] = bytes[2 * g + 1] = 0;
      }
      address = Ipv6Address(bytes);
    }
    EXPECT_EQ(Ipv6Address::parse(address.to_string()), address) << address.to_string();
    EXPECT_EQ(Ipv6Address::from_halves(address.high(), address.low()), address);
    u8 bytes[16];
    address.store(bytes);
    EXPECT_EQ(Ipv6Address::load(bytes), address);
  }
}

TEST(Ipv6Address, kinds_follow_the_prefix) {
  EXPECT_TRUE(at("fe80::1").is_link_local());
  EXPECT_TRUE(at("febf::1").is_link_local());
  EXPECT_FALSE(at("fec0::1").is_link_local());
  EXPECT_TRUE(at("fec0::1").is_site_local());
  EXPECT_TRUE(at("fc00::1").is_unique_local());
  EXPECT_TRUE(at("fdff::1").is_unique_local());
  EXPECT_FALSE(at("fe00::1").is_unique_local());
  EXPECT_TRUE(at("ff02::1").is_multicast());
  EXPECT_TRUE(at("::ffff:1.2.3.4").is_v4_mapped());
  EXPECT_FALSE(at("::1.2.3.4").is_v4_mapped());
  EXPECT_EQ(at("::ffff:1.2.3.4").v4_tail(), Ipv4Address(1, 2, 3, 4));
}

TEST(Rfc4291, s2_7_1_solicited_node_takes_the_low_24_bits) {
  EXPECT_EQ(at("4037::01:800:200e:8c6c").solicited_node(), at("ff02::1:ff0e:8c6c"));
  EXPECT_TRUE(at("ff02::1:ff0e:8c6c").is_solicited_node());
  EXPECT_FALSE(at("ff02::1:fe0e:8c6c").is_solicited_node());
  EXPECT_FALSE(at("ff02::2:ff0e:8c6c").is_solicited_node());
}

TEST(Rfc6724, s3_1_scopes_of_unicast_and_multicast) {
  EXPECT_EQ(at("ff02::1").scope(), Ipv6Scope::link_local);
  EXPECT_EQ(at("ff01::1").scope(), Ipv6Scope::interface_local);
  EXPECT_EQ(at("ff05::2").scope(), Ipv6Scope::site_local);
  EXPECT_EQ(at("ff0e::1").scope(), Ipv6Scope::global);
  EXPECT_EQ(at("fe80::1").scope(), Ipv6Scope::link_local);
  EXPECT_EQ(at("::1").scope(), Ipv6Scope::link_local);
  EXPECT_EQ(at("fec0::1").scope(), Ipv6Scope::site_local);
  EXPECT_EQ(at("fd00::1").scope(), Ipv6Scope::global);
  EXPECT_EQ(at("2001:db8::1").scope(), Ipv6Scope::global);
  EXPECT_EQ(at("::ffff:169.254.1.1").scope(), Ipv6Scope::link_local);
  EXPECT_EQ(at("::ffff:127.0.0.1").scope(), Ipv6Scope::link_local);
  EXPECT_EQ(at("::ffff:10.0.0.1").scope(), Ipv6Scope::global);
}

TEST(Ipv6Address, mask_has_length_ones) {
  EXPECT_EQ(Ipv6Address::mask(0), Ipv6Address());
  EXPECT_EQ(Ipv6Address::mask(1), at("8000::"));
  EXPECT_EQ(Ipv6Address::mask(64), at("ffff:ffff:ffff:ffff::"));
  EXPECT_EQ(Ipv6Address::mask(65), at("ffff:ffff:ffff:ffff:8000::"));
  EXPECT_EQ(Ipv6Address::mask(128), at("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
  EXPECT_EQ(Ipv6Address::mask(200), Ipv6Address::mask(128));
}

}  // namespace
}  // namespace catenet
