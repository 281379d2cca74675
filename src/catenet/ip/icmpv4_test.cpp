// ICMP: what is answered, what is complained about, and what never is.
#include "catenet/ip/ipv4_test_host.hpp"

namespace catenet {
namespace {

using namespace ip_test;
using wire::Icmpv4Header;
using wire::Ipv4Header;
using wire::UnreachableCode;

TEST(Rfc792, p14_echo_is_answered_with_the_same_data) {
  Host4 net;
  net.hears(net.icmp(), echo4(33, 9));
  Packet reply = net.alice.take_frame();
  EXPECT_EQ(dissect_line(reply), "IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 7, seq 9, length 41");
  reply.consume(34);
  Bytes expected = echo4(33, 9);
  EXPECT_TRUE(std::ranges::equal(reply.linear_bytes().subspan(8), ByteView(expected).subspan(8)));
  EXPECT_TRUE(wire::icmpv4_checksum_ok(reply.linear_bytes()));
  EXPECT_EQ(net.alice.said(), Lines{});
}

// Zeros alone have two sums in one's complement, and only one is what a from-scratch sum gives.
TEST(Rfc1624, s3_checksum_of_an_echo_reply_is_that_of_its_own_bytes) {
  Host4 net;
  const auto expect_right = [&](Bytes request) {
    request[0] = static_cast<u8>(wire::Icmpv4Type::echo_request);
    wire::store_icmpv4_checksum(request);
    net.hears(net.icmp(), request);
    Packet reply = net.alice.take_frame();
    reply.consume(34);
    Bytes from_scratch(reply.linear_bytes().begin(), reply.linear_bytes().end());
    wire::store_icmpv4_checksum(from_scratch);
    EXPECT_TRUE(std::ranges::equal(reply.linear_bytes(), from_scratch)) << request.size();
  };
  for (const std::size_t size : {8u, 9u, 10u, 11u, 64u, 1'001u, 1'480u}) {
    expect_right(Bytes(size));
    Bytes one(size);
    one.back() = 1;
    expect_right(one);
    expect_right(Bytes(size, 0xff));
  }
  RandomStream random(7);
  for (int i = 0; i < 2'000; ++i) {
    Bytes message(8 + random.below(64));
    for (u8& byte : message) byte = static_cast<u8>(random.next());
    message[1] = 0;
    expect_right(message);
  }
}

TEST(Rfc1122, s3_2_2_wrong_icmp_checksum_is_dropped) {
  Host4 net;
  Bytes message = echo4();
  message[9] ^= 1;
  net.hears(net.icmp(), message);
  EXPECT_EQ(net.alice.drops(Drop::bad_icmp), 1u);
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_TRUE(net.alice.datagrams.empty());
}

TEST(Rfc1122, s3_2_2_6_echo_to_a_broadcast_is_not_answered_unless_told_so) {
  Host4 quiet;
  quiet.hears(quiet.icmp("10.0.0.2", "10.0.0.255"), echo4(), {.to = MacAddress::broadcast()});
  EXPECT_EQ(quiet.alice.said(), Lines{});
  Host4 loud({.broadcast_echo_reply = true});
  loud.hears(loud.icmp("10.0.0.2", "10.0.0.255"), echo4(), {.to = MacAddress::broadcast()});
  EXPECT_EQ(loud.alice.said(),
            (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 7, seq 1, length 16"}));
}

TEST(Rfc1122, s3_2_2_6_echo_replies_can_be_turned_off) {
  Host4 net({.echo_reply = false});
  net.hears(net.icmp(), echo4());
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_EQ(net.alice.take_datagrams().size(), 1u);  // raw sockets see it still
}

TEST(Rfc1122, s3_2_2_6_echo_that_came_in_fragments_is_answered_in_fragments) {
  Host4 net;
  const Bytes message = echo4(2'000);
  Ipv4Header header = net.icmp();
  header.more_fragments = true;
  net.hears(header, Bytes(message.begin(), message.begin() + 1'480));
  header.more_fragments = false;
  header.fragment_offset = 1'480;
  net.hears(header, Bytes(message.begin() + 1'480, message.end()));
  EXPECT_EQ(net.alice.said(),
            (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 7, seq 1, length 1480",
                   "IP 10.0.0.1 > 10.0.0.2: ip-proto-1"}));
}

TEST(Rfc1122, s3_2_2_8_timestamp_is_answered) {
  Host4 net;
  net.world.pass(5'006_ms);
  Bytes body(12);
  wire::Icmpv4Timestamps{42, 0, 0}.emit(body);
  net.hears(net.icmp(), icmp4({wire::Icmpv4Type::timestamp_request, 0, 7u << 16 | 1}, body));
  EXPECT_EQ(net.alice.said(),
            (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP time stamp reply id 7 seq 1: org 00:00:00.042, "
                   "recv 00:00:05.006, xmit 00:00:05.006, length 20"}));
}

TEST(Rfc1122, s3_2_2_9_address_mask_is_told_only_when_configured) {
  const auto ask = [](Host4& net) {
    net.hears(net.icmp(),
              icmp4({wire::Icmpv4Type::address_mask_request, 0, 7u << 16 | 1}, Bytes(4)));
  };
  Host4 quiet;
  ask(quiet);
  EXPECT_EQ(quiet.alice.said(), Lines{});
  Host4 agent({.address_mask_reply = true});
  ask(agent);
  EXPECT_EQ(agent.alice.said(),
            (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP address mask is 0xffffff00, length 12"}));
}

// --- Errors ---

TEST(Rfc1122, s3_2_2_1_closed_port_is_unreachable_and_the_datagram_quoted) {
  Host4 net;
  net.alice.refuses = Refusal::port_unreachable;
  Ipv4Header header = net.icmp();
  header.protocol = wire::IpProtocol::udp;
  net.hears(header, udp(5'000, 9, 20));
  Packet error = net.alice.take_frame();
  EXPECT_EQ(dissect_line(error),
            "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 udp port 9 unreachable, length 56");
  error.consume(14);
  EXPECT_EQ(wire::Ipv4View(error.data()).traffic_class(), 0xc0);  // RFC 1812 section 4.3.2.5
  EXPECT_TRUE(
      std::ranges::equal(error.linear_bytes().subspan(28), ipv4_bytes(header, udp(5'000, 9, 20))));
  EXPECT_EQ(net.alice.drops(Drop::no_socket), 1u);
}

TEST(Rfc1812, s4_3_2_3_error_is_at_most_576_bytes) {
  Host4 net;
  net.alice.refuses = Refusal::port_unreachable;
  Ipv4Header header = net.icmp();
  header.protocol = wire::IpProtocol::udp;
  net.hears(header, udp(5'000, 9, 1'400));
  EXPECT_EQ(net.alice.take_frame().size(), 14u + 576u);
}

TEST(Rfc1122, s3_2_2_no_error_is_sent_about_what_must_not_be_complained_of) {
  Host4 net;
  net.alice.refuses = Refusal::port_unreachable;
  Ipv4Header header = net.icmp();
  header.protocol = wire::IpProtocol::udp;
  const auto expect_silence = [&](const char* why) { EXPECT_EQ(net.alice.said(), Lines{}) << why; };
  header.destination = v4("10.0.0.255");
  net.hears(header, udp(1, 9), {.to = MacAddress::broadcast()});
  expect_silence("broadcast");
  header.destination = v4("224.0.0.1");
  net.hears(header, udp(1, 9), {.to = MacAddress::for_ipv4_multicast(v4("224.0.0.1"))});
  expect_silence("multicast");
  header.destination = v4("255.255.255.255");
  header.source = {};
  net.hears(header, udp(68, 67), {.to = MacAddress::broadcast()});
  expect_silence("unspecified source");
  // A source route in an ICMP error, which is refused: errors beget no errors.
  Ipv4Header routed = net.icmp();
  const Ipv4Address hops[] = {v4("10.0.1.9")};
  routed.options.add_source_route(false, hops);
  net.hears(routed, icmp4(Icmpv4Header::unreachable(UnreachableCode::host), net.quote("10.0.0.2")));
  expect_silence("ICMP error");
  EXPECT_EQ(net.alice.drops(Drop::bad_ip_options), 1u);
}

TEST(Rfc1812, s4_3_2_8_errors_are_rate_limited_for_each_destination) {
  Host4 net;
  net.alice.refuses = Refusal::port_unreachable;
  Ipv4Header header = net.icmp();
  header.protocol = wire::IpProtocol::udp;
  for (int i = 0; i < 20; ++i) net.hears(header, udp(5'000, 9));
  EXPECT_EQ(net.alice.said().size(), 6u);
  EXPECT_EQ(net.alice.layer.icmp_counters(Family::ipv4).out_rate_limited, 14u);
  net.world.pass(1_s);
  net.hears(header, udp(5'000, 9));
  EXPECT_EQ(net.alice.said().size(), 1u);
}

}  // namespace
}  // namespace catenet
