// What a host sends by IPv6, and what it will not.
#include "catenet/ip/ipv6_test_host.hpp"

namespace catenet {
namespace {

using namespace ip_test;
using wire::IpProtocol;
using wire::Ipv6Header;

TEST(Rfc8200, s3_header_says_what_was_asked_for) {
  Host6 net;
  ASSERT_TRUE(net.alice.send("2001:db8::2", 17, udp(1, 9), {.ttl = 9, .dscp_ecn = 0xb9}));
  Packet sent = net.alice.take_frame();
  EXPECT_EQ(wire::EthernetView(sent.data()).destination(), mac(2));
  const auto header = Ipv6Header::parse(sent.linear_bytes().subspan(14));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->hop_limit, 9);
  EXPECT_EQ(header->dscp, 0xb9 >> 2);
  EXPECT_EQ(header->payload_length, 16);
  EXPECT_EQ(header->source, v6("2001:db8::1"));
}

TEST(Rfc6724, s5_source_has_the_scope_of_the_destination) {
  Host6 net;
  const Ipv6Address local = Ipv6Address::link_local(mac(1));
  const auto source = [&](std::string_view destination) {
    return net.alice.layer.route(v6(destination), IpAddress::any(Family::ipv6), &net.alice.eth())
        ->source;
  };
  EXPECT_EQ(source("2001:db8:9::1"), IpAddress(v6("2001:db8::1")));
  EXPECT_EQ(source("fe80::2"), IpAddress(local));
  EXPECT_EQ(source("ff02::1"), IpAddress(local));
  EXPECT_EQ(source("ff0e::1"), IpAddress(v6("2001:db8::1")));
}

TEST(Rfc6724, s4_group_is_sent_to_from_an_address_of_its_link) {
  Host6 net;
  net.alice.plug(9);
  net.alice.layer.set_up(net.alice.eth(1), false);
  net.alice.layer.set_up(net.alice.eth(1), true);
  net.world.pass(5_s);  // its link-local address has been tested
  const auto way =
      net.alice.layer.route(v6("ff0e::1"), IpAddress::any(Family::ipv6), &net.alice.eth(1));
  ASSERT_TRUE(way);
  EXPECT_EQ(way->source, IpAddress(Ipv6Address::link_local(mac(9))));
}

TEST(Rfc6724, s5_rule_3_deprecated_addresses_are_avoided) {
  Host6 net;
  ASSERT_TRUE(net.alice.layer.add_address(net.alice.eth(), at("2001:db8::9/64")));
  net.alice.layer.set_state(net.alice.eth(), v6("2001:db8::1"), AddressState::deprecated);
  EXPECT_EQ(net.alice.layer.route(v6("2001:db8::2"))->source, IpAddress(v6("2001:db8::9")));
}

TEST(Rfc8200, s5_too_long_is_fragmented_by_its_source) {
  Host6 net;
  ASSERT_TRUE(net.alice.send("2001:db8::2", 17, udp(1, 9, 2'000)));
  EXPECT_EQ(net.alice.said().size(), 2u);
  EXPECT_EQ(net.alice.send("2001:db8::2", 17, udp(1, 9, 2'000), {.dont_fragment = true}).error(),
            Errno::message_size);
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc4291, s2_5_3_loopback_address_does_not_leave_the_host) {
  Host6 net;
  for (const char* destination : {"2001:db8::2", "2001:db8:9::1", "ff0e::1"}) {
    const auto sent = net.alice.send(destination, 17, udp(1, 9), {.source = v6("::1")});
    EXPECT_EQ(sent.error(), Errno::invalid) << destination;
  }
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_TRUE(net.alice.send("2001:db8::1", 17, udp(1, 9), {.source = v6("::1")}));
}

TEST(Ipv6Output, super_segment_counts_by_its_wire_segments) {
  Host6 net;
  const auto send = [&](u16 segment, bool whole, ByteView options = {}) {
    return net.alice.layer.output(
        super_segment(net.world, v6("2001:db8::1"), v6("2001:db8::2"), 4'000, segment),
        {.destination = v6("2001:db8::2"),
         .protocol = 6,
         .dont_fragment = whole,
         .options = options});
  };
  ASSERT_TRUE(send(1'440, true));
  EXPECT_EQ(net.alice.take_frame().size(), 14u + 60u + 4'000u);
  EXPECT_EQ(send(1'441, true).error(), Errno::message_size);
  EXPECT_EQ(net.alice.said(), Lines{});
  Bytes alert(8);
  wire::emit_router_alert(alert, IpProtocol::no_next_header);
  ASSERT_TRUE(send(1'432, true, alert));
  net.alice.said();
  EXPECT_EQ(send(1'433, true, alert).error(), Errno::message_size);
}

TEST(Ipv6Output, super_segment_over_the_path_mtu_is_cut_and_its_segments_fragmented) {
  Host6 net;
  ASSERT_TRUE(net.alice.layer.output(
      super_segment(net.world, v6("2001:db8::1"), v6("2001:db8::2"), 4'000, 1'448),
      {.destination = v6("2001:db8::2"), .protocol = 6}));
  std::vector<u32> sizes;
  while (!net.alice.port().sent.empty()) sizes.push_back(net.alice.take_frame().size() - 14);
  // 20 + 1,448 bytes take two fragments, 1,448 and 20 bytes long; 20 + 1,104 bytes go whole.
  EXPECT_EQ(sizes, (std::vector<u32>{1'496, 68, 1'496, 68, 1'164}));
}

TEST(Ipv6Output, errors_are_those_of_posix) {
  Host6 net;
  const auto refusal = [&](std::string_view to, const IpSend& send = {}) {
    const auto sent = net.alice.send(to, 17, udp(1, 9), send);
    return sent ? Errno::ok : sent.error();
  };
  EXPECT_EQ(refusal("2001:db8::2", {.source = v6("2001:db8::77")}), Errno::address_not_available);
  EXPECT_EQ(refusal("::"), Errno::network_unreachable);
  ASSERT_TRUE(net.alice.layer.remove_route(Prefix::any(Family::ipv6)));
  EXPECT_EQ(refusal("2001:db8:9::1"), Errno::network_unreachable);
  net.alice.port().nic.set_carrier(false);
  EXPECT_EQ(refusal("2001:db8::2"), Errno::network_down);
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Ipv6Output, what_is_for_ourselves_never_leaves) {
  Host6 net;
  for (const char* destination : {"::1", "2001:db8::1"}) {
    ASSERT_TRUE(net.alice.ping6(destination));
    net.world.pass(1_ms);
    const auto got = net.alice.take_datagrams();
    ASSERT_EQ(got.size(), 2u) << destination;
    EXPECT_EQ(got[1].bytes[0], 129);
  }
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_EQ(net.world.pool.live(), 0u);
}

TEST(Rfc2711, s2_1_hop_by_hop_header_of_the_caller_is_put_in_front) {
  Host6 net;
  Bytes alert(8);
  wire::emit_router_alert(alert, IpProtocol::no_next_header);
  ASSERT_TRUE(net.alice.send("ff02::1", 58, Bytes(8), {.ttl = 1, .options = alert}));
  Packet sent = net.alice.take_frame();
  EXPECT_EQ(wire::EthernetView(sent.data()).destination(), MacAddress(0x33, 0x33, 0, 0, 0, 1));
  EXPECT_EQ(sent.data()[14 + 6], 0);
  EXPECT_EQ(sent.data()[14 + 40], 58);
  EXPECT_EQ(net.alice.send("ff02::1", 58, Bytes(8), {.options = ByteView(alert).first(4)}).error(),
            Errno::invalid);
}

}  // namespace
}  // namespace catenet
