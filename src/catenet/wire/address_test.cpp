#include "catenet/wire/address.hpp"

#include <gtest/gtest.h>
#include <type_traits>
#include <unordered_set>

#include "catenet/wire/address_format.hpp"
#include "catenet/wire/testing.hpp"

namespace catenet {
namespace {

using wire::testing::Draws;

template <typename T>
constexpr bool plain_value = std::is_trivially_copyable_v<T> && std::totally_ordered<T>;
static_assert(plain_value<MacAddress> && plain_value<Ipv4Address> && plain_value<Ipv6Address>);
static_assert(plain_value<IpAddress> && plain_value<Prefix> && plain_value<Endpoint>);
static_assert(Ipv6Address::loopback().low() == 1 && Ipv4Address(10, 0, 0, 1).value() == 0x0a000001);

TEST(MacAddress, parse_takes_colons_dashes_and_single_digits) {
  const MacAddress mac(0x02, 0, 0, 0, 0xab, 0x01);
  EXPECT_EQ(MacAddress::parse("02:00:00:00:ab:01"), mac);
  EXPECT_EQ(MacAddress::parse("02-00-00-00-AB-01"), mac);
  EXPECT_EQ(MacAddress::parse("2:0:0:0:ab:1"), mac);
}

TEST(MacAddress, parse_refuses_everything_else) {
  for (const char* text :
       {"", ":", "02:00:00:00:ab", "02:00:00:00:ab:01:02",
        "02:00:00:00:ab:01:", "02:00:00-00:ab:01", "020000:00:ab:01", "02::00:00:ab:01",
        "0g:0:0:0:0:1", " 02:00:00:00:ab:01", "02:00:00:00:ab:01 ", "02:00:00:00:ab:001"}) {
    EXPECT_EQ(MacAddress::parse(text), std::nullopt) << text;
  }
}

TEST(MacAddress, number_and_text_keep_the_value) {
  Draws draws(1);
  for (int i = 0; i < 1000; ++i) {
    const MacAddress mac = draws.mac();
    EXPECT_EQ(MacAddress::parse(mac.to_string()), mac);
    EXPECT_EQ(MacAddress::from_u64(mac.to_u64()), mac);
    u8 bytes[6];
    mac.store(bytes);
    EXPECT_EQ(MacAddress::load(bytes), mac);
  }
  EXPECT_EQ(MacAddress(0x02, 0, 0, 0, 0xab, 0x01).to_string(), "02:00:00:00:ab:01");
  EXPECT_EQ(MacAddress(1, 2, 3, 4, 5, 6).to_u64(), 0x010203040506u);
}

TEST(MacAddress, group_bit_tells_multicast) {
  EXPECT_TRUE(MacAddress::broadcast().is_multicast());
  EXPECT_TRUE(MacAddress::broadcast().is_broadcast());
  EXPECT_TRUE(MacAddress(0x01, 0, 0x5e, 0, 0, 1).is_multicast());
  EXPECT_FALSE(MacAddress(0x01, 0, 0x5e, 0, 0, 1).is_broadcast());
  EXPECT_FALSE(MacAddress(0x02, 0xff, 0xff, 0xff, 0xff, 0xff).is_multicast());
  EXPECT_TRUE(MacAddress(0x02, 0, 0, 0, 0, 1).is_locally_administered());
  EXPECT_FALSE(MacAddress(0x00, 0, 0, 0, 0, 1).is_locally_administered());
  EXPECT_TRUE(MacAddress().is_zero());
}

TEST(Rfc1112, s6_4_group_maps_to_low_23_bits) {
  const auto mac = MacAddress::for_ipv4_multicast(Ipv4Address(239, 255, 255, 250));
  EXPECT_EQ(mac, *MacAddress::parse("01:00:5e:7f:ff:fa"));
  EXPECT_EQ(MacAddress::for_ipv4_multicast(Ipv4Address::all_hosts()),
            *MacAddress::parse("01:00:5e:00:00:01"));
}

TEST(Rfc2464, s7_group_maps_to_3333_and_last_four_bytes) {
  const auto group = *Ipv6Address::parse("ff02::1:ff28:9c5a");
  EXPECT_EQ(MacAddress::for_ipv6_multicast(group), *MacAddress::parse("33:33:ff:28:9c:5a"));
}

TEST(Rfc2464, s4_interface_identifier_is_modified_eui64) {
  const auto mac = *MacAddress::parse("34-56-78-9A-BC-DE");
  EXPECT_EQ(Ipv6Address::link_local(mac), *Ipv6Address::parse("fe80::3656:78ff:fe9a:bcde"));
  EXPECT_EQ(Ipv6Address::eui64(*Ipv6Address::parse("2001:db8:1:2::"), mac),
            *Ipv6Address::parse("2001:db8:1:2:3656:78ff:fe9a:bcde"));
}

TEST(Ipv4Address, parse_is_strict) {
  EXPECT_EQ(Ipv4Address::parse("10.0.0.1"), Ipv4Address(10, 0, 0, 1));
  EXPECT_EQ(Ipv4Address::parse("255.255.255.255"), Ipv4Address::limited_broadcast());
  EXPECT_EQ(Ipv4Address::parse("0.0.0.0"), Ipv4Address::any());
  for (const char* text :
       {"", "10", "10.1", "10.0.0", "10.0.0.1.2", "10.0.0.256", "10.0.0.01", "10.0.0.0x1",
        "10.0.0.", ".0.0.1", "10..0.1", "10.0.0.1 ", " 10.0.0.1", "+1.0.0.1", "-1.0.0.1",
        "1.2.3.4294967297", "a.b.c.d", "10.0.0.1/8", "10.0.0.1."}) {
    EXPECT_EQ(Ipv4Address::parse(text), std::nullopt) << text;
  }
}

TEST(Ipv4Address, shorthand_takes_the_forms_of_inet_aton) {
  struct Row {
    const char* text;
    Ipv4Address address;
  };
  for (const Row& row :
       {Row{"10.1", {10, 0, 0, 1}}, Row{"127.1", {127, 0, 0, 1}}, Row{"10.1.2", {10, 1, 0, 2}},
        Row{"10.1.258", {10, 1, 1, 2}}, Row{"1.2.3.4", {1, 2, 3, 4}},
        Row{"167772161", {10, 0, 0, 1}}, Row{"0x0a000001", {10, 0, 0, 1}},
        Row{"012.0.0.010", {10, 0, 0, 8}}, Row{"0xA.0Xff", {10, 0, 0, 255}}, Row{"0", {}},
        Row{"10.16777215", {10, 255, 255, 255}}, Row{"4294967295", {255, 255, 255, 255}}}) {
    EXPECT_EQ(parse_ipv4_shorthand(row.text), row.address) << row.text;
  }
}

TEST(Ipv4Address, shorthand_refuses_what_does_not_fit) {
  for (const char* text : {"", ".", "1.", ".1", "1..2", "256.1", "1.256.1", "1.2.65536",
                           "10.16777216", "4294967296", "1.2.3.256", "1.2.3.4.5", "08", "0x", "0xg",
                           "1.2.3.4 ", "-1", "1.2.3.", "99999999999999999999"}) {
    EXPECT_EQ(parse_ipv4_shorthand(text), std::nullopt) << text;
  }
}

TEST(Ipv4Address, text_and_bytes_keep_the_value) {
  Draws draws(2);
  for (int i = 0; i < 1000; ++i) {
    const Ipv4Address address = draws.ipv4();
    EXPECT_EQ(Ipv4Address::parse(address.to_string()), address);
    EXPECT_EQ(parse_ipv4_shorthand(address.to_string()), address);
    u8 bytes[4];
    address.store(bytes);
    EXPECT_EQ(bytes[0], address.octet(0));
    EXPECT_EQ(Ipv4Address::load(bytes), address);
  }
}

TEST(Ipv4Address, special_ranges_begin_and_end_where_they_should) {
  const auto at = [](const char* text) { return *Ipv4Address::parse(text); };
  EXPECT_TRUE(at("127.255.255.255").is_loopback());
  EXPECT_FALSE(at("128.0.0.0").is_loopback());
  EXPECT_TRUE(at("0.255.255.255").is_this_network());
  EXPECT_TRUE(at("10.255.0.1").is_private_use());
  EXPECT_TRUE(at("172.16.0.0").is_private_use());
  EXPECT_TRUE(at("172.31.255.255").is_private_use());
  EXPECT_FALSE(at("172.32.0.0").is_private_use());
  EXPECT_FALSE(at("172.15.255.255").is_private_use());
  EXPECT_TRUE(at("192.168.0.1").is_private_use());
  EXPECT_FALSE(at("192.169.0.1").is_private_use());
  EXPECT_TRUE(at("169.254.1.1").is_link_local());
  EXPECT_FALSE(at("169.255.1.1").is_link_local());
  EXPECT_TRUE(at("239.255.255.255").is_multicast());
  EXPECT_FALSE(at("240.0.0.0").is_multicast());
  EXPECT_FALSE(at("223.255.255.255").is_multicast());
  EXPECT_TRUE(at("224.0.0.255").is_local_multicast());
  EXPECT_FALSE(at("224.0.1.0").is_local_multicast());
  EXPECT_TRUE(at("240.0.0.0").is_reserved_class_e());
  EXPECT_FALSE(at("255.255.255.255").is_reserved_class_e());
}

TEST(Rfc791, s3_2_classes_follow_the_leading_bits) {
  const auto at = [](const char* text) { return *Ipv4Address::parse(text); };
  EXPECT_EQ(at("127.0.0.0").address_class(), 'A');
  EXPECT_EQ(at("128.0.0.0").address_class(), 'B');
  EXPECT_EQ(at("191.255.0.0").address_class(), 'B');
  EXPECT_EQ(at("192.0.0.0").address_class(), 'C');
  EXPECT_EQ(at("224.0.0.0").address_class(), 'D');
  EXPECT_EQ(at("240.0.0.0").address_class(), 'E');
  EXPECT_EQ(at("10.0.0.1").classful_mask(), at("255.0.0.0"));
  EXPECT_EQ(at("172.16.0.1").classful_mask(), at("255.255.0.0"));
  EXPECT_EQ(at("192.168.0.1").classful_length(), 24u);
  EXPECT_EQ(at("224.0.0.1").classful_mask(), std::nullopt);
}

TEST(Ipv4Address, mask_and_its_length_are_inverse) {
  for (u32 length = 0; length <= 32; ++length) {
    EXPECT_EQ(Ipv4Address::mask(length).mask_length(), length);
  }
  EXPECT_EQ(Ipv4Address::mask(20), Ipv4Address(255, 255, 240, 0));
  EXPECT_EQ(Ipv4Address(255, 0, 255, 0).mask_length(), std::nullopt);
  EXPECT_EQ(Ipv4Address(0, 0, 0, 1).mask_length(), std::nullopt);
}

TEST(IpAddress, families_differ_even_when_mapped) {
  const IpAddress v4 = Ipv4Address(10, 0, 0, 1);
  const IpAddress mapped = Ipv6Address::mapped(Ipv4Address(10, 0, 0, 1));
  EXPECT_NE(v4, mapped);
  EXPECT_EQ(mapped.unmapped(), v4);
  EXPECT_EQ(v4.unmapped(), v4);
  EXPECT_LT(v4, IpAddress(Ipv6Address()));
  EXPECT_EQ(IpAddress::parse("10.0.0.1"), v4);
  EXPECT_EQ(IpAddress::parse("::ffff:10.0.0.1"), mapped);
  EXPECT_EQ(IpAddress::parse("10.0.0"), std::nullopt);
  EXPECT_EQ(v4.bytes().size(), 4u);
  EXPECT_EQ(mapped.bytes().size(), 16u);
  EXPECT_TRUE(IpAddress::any(Family::ipv6).is_unspecified());
}

TEST(IpAddress, order_is_the_order_of_values) {
  EXPECT_LT(IpAddress(Ipv4Address(9, 255, 255, 255)), IpAddress(Ipv4Address(10, 0, 0, 0)));
  EXPECT_LT(*IpAddress::parse("fe80::1"), *IpAddress::parse("fe80::2"));
  EXPECT_LT(*IpAddress::parse("2001:db8::ffff"), *IpAddress::parse("fe80::"));
}

TEST(IpAddress, hash_spreads_neighbours) {
  std::unordered_set<u64> hashes;
  for (u32 i = 0; i < 4096; ++i) {
    hashes.insert(IpAddress(Ipv4Address::from_u32(0x0a000000 + i)).hash());
    hashes.insert(IpAddress(Ipv6Address::from_halves(0x20010db8ull << 32, i)).hash());
    hashes.insert(Endpoint{Ipv4Address(10, 0, 0, 1), static_cast<u16>(i)}.hash());
  }
  EXPECT_EQ(hashes.size(), 3 * 4096u);
}

TEST(AddressFormat, fmt_takes_width_like_a_string) {
  EXPECT_EQ(fmt::format("[{:>11}]", Ipv4Address(10, 0, 0, 1)), "[   10.0.0.1]");
  EXPECT_EQ(fmt::format("{}", *Endpoint::parse("[::1]:80")), "[::1]:80");
  EXPECT_EQ(fmt::format("{}", Prefix(Ipv4Address(10, 0, 0, 0), 8)), "10.0.0.0/8");
  EXPECT_EQ(fmt::format("{}", MacAddress::broadcast()), "ff:ff:ff:ff:ff:ff");
}

}  // namespace
}  // namespace catenet
