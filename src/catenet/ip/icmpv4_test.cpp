// ICMP: what is answered, what never is, what is believed.
#include "catenet/ip/ip_test_bench.hpp"

namespace catenet {
namespace {

using namespace ip_test;
using wire::Icmpv4Header;
using wire::Ipv4Header;
using wire::UnreachableCode;

struct Alone {
  World world;
  Host alice;

  explicit Alone(const IpOptions& options = {}) : alice(world, "alice", options) {
    alice.plug(1, {"10.0.0.1/24"});
    alice.knows("10.0.0.2", 2);
    alice.knows("10.0.0.253", 253);
    alice.knows("10.0.0.254", 254);
    alice.route("0.0.0.0/0", "10.0.0.254");
  }
  Ipv4Header icmp(std::string_view source = "10.0.0.2",
                  std::string_view destination = "10.0.0.1") const {
    return {.protocol = wire::IpProtocol::icmp,
            .source = v4(source),
            .destination = v4(destination),
            .options = {}};
  }
  void hears(const Ipv4Header& header, const Bytes& payload, const Frame& link = {}) {
    alice.hears(ipv4_frame(world, header, payload, link));
  }
  // A datagram as alice would have sent it, quoted.
  Bytes quote(std::string_view destination, std::string_view source = "10.0.0.1",
              std::size_t size = 8) const {
    return ipv4_bytes({.source = v4(source), .destination = v4(destination), .options = {}},
                      udp(5'000, 53, size));
  }
  void hears_error(const Icmpv4Header& header, const Bytes& quoted,
                   std::string_view from = "10.0.0.254") {
    hears(icmp(from), icmp4(header, quoted), {.from = 254});
  }
};

TEST(Rfc792, p14_echo_is_answered_with_the_same_data) {
  Alone net;
  net.hears(net.icmp(), echo4(33, 9));
  Packet reply = net.alice.take_frame();
  EXPECT_EQ(dissect_line(reply), "IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 7, seq 9, length 41");
  reply.consume(34);
  Bytes expected = echo4(33, 9);
  EXPECT_TRUE(std::ranges::equal(reply.linear_bytes().subspan(8), ByteView(expected).subspan(8)));
  EXPECT_TRUE(wire::icmpv4_checksum_ok(reply.linear_bytes()));
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc1122, s3_2_2_wrong_icmp_checksum_is_dropped) {
  Alone net;
  Bytes message = echo4();
  message[9] ^= 1;
  net.hears(net.icmp(), message);
  EXPECT_EQ(net.alice.drops(Drop::bad_icmp), 1u);
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_TRUE(net.alice.datagrams.empty());
}

TEST(Rfc1122, s3_2_2_6_echo_to_a_broadcast_is_not_answered_unless_told_so) {
  Alone quiet;
  quiet.hears(quiet.icmp("10.0.0.2", "10.0.0.255"), echo4(), {.to = MacAddress::broadcast()});
  EXPECT_EQ(quiet.alice.said(), Lines{});
  Alone loud({.broadcast_echo_reply = true});
  loud.hears(loud.icmp("10.0.0.2", "10.0.0.255"), echo4(), {.to = MacAddress::broadcast()});
  EXPECT_EQ(loud.alice.said(),
            (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 7, seq 1, length 16"}));
}

TEST(Rfc1122, s3_2_2_6_echo_replies_can_be_turned_off) {
  Alone net({.echo_reply = false});
  net.hears(net.icmp(), echo4());
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_EQ(net.alice.take_datagrams().size(), 1u);  // raw sockets see it still
}

TEST(Rfc1122, s3_2_2_6_echo_that_came_in_fragments_is_answered_in_fragments) {
  Alone net;
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
  Alone net;
  net.world.pass(5'006_ms);
  Bytes body(12);
  wire::Icmpv4Timestamps{42, 0, 0}.emit(body);
  net.hears(net.icmp(), icmp4({wire::Icmpv4Type::timestamp_request, 0, 7u << 16 | 1}, body));
  EXPECT_EQ(net.alice.said(),
            (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP time stamp reply id 7 seq 1: org 00:00:00.042, "
                   "recv 00:00:05.006, xmit 00:00:05.006, length 20"}));
}

TEST(Rfc1122, s3_2_2_9_address_mask_is_told_only_when_configured) {
  const auto ask = [](Alone& net) {
    net.hears(net.icmp(),
              icmp4({wire::Icmpv4Type::address_mask_request, 0, 7u << 16 | 1}, Bytes(4)));
  };
  Alone quiet;
  ask(quiet);
  EXPECT_EQ(quiet.alice.said(), Lines{});
  Alone agent({.address_mask_reply = true});
  ask(agent);
  EXPECT_EQ(agent.alice.said(),
            (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP address mask is 0xffffff00, length 12"}));
}

// --- Errors we send ---

TEST(Rfc1122, s3_2_2_1_closed_port_is_unreachable_and_the_datagram_quoted) {
  Alone net;
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
  Alone net;
  net.alice.refuses = Refusal::port_unreachable;
  Ipv4Header header = net.icmp();
  header.protocol = wire::IpProtocol::udp;
  net.hears(header, udp(5'000, 9, 1'400));
  EXPECT_EQ(net.alice.take_frame().size(), 14u + 576u);
}

TEST(Rfc1122, s3_2_2_no_error_is_sent_about_what_must_not_be_complained_of) {
  Alone net;
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
  Alone net;
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

// --- Errors about us ---

TEST(Rfc1122, s3_2_2_1_unreachable_is_told_to_the_transport) {
  Alone net;
  net.hears_error(Icmpv4Header::unreachable(UnreachableCode::port), net.quote("8.8.8.8"));
  ASSERT_EQ(net.alice.errors.size(), 1u);
  const IcmpError& error = net.alice.errors[0];
  EXPECT_EQ(error.error, Errno::connection_refused);
  EXPECT_TRUE(error.hard);
  EXPECT_EQ(error.source, IpAddress(v4("10.0.0.1")));
  EXPECT_EQ(error.destination, IpAddress(v4("8.8.8.8")));
  EXPECT_EQ(error.offender, IpAddress(v4("10.0.0.254")));
  EXPECT_EQ(error.protocol, 17);
  EXPECT_EQ(net.alice.quotes[0], udp(5'000, 53));
}

TEST(Rfc1122, s4_2_3_9_codes_are_hard_or_soft) {
  struct Row {
    UnreachableCode code;
    Errno error;
    bool hard;
  };
  const Row rows[] = {
      {UnreachableCode::network, Errno::network_unreachable, false},
      {UnreachableCode::host, Errno::host_unreachable, false},
      {UnreachableCode::protocol, Errno::no_protocol_option, true},
      {UnreachableCode::port, Errno::connection_refused, true},
      {UnreachableCode::source_route_failed, Errno::operation_not_supported, false},
      {UnreachableCode::administratively_prohibited, Errno::host_unreachable, true}};
  Alone net;
  for (const Row& row : rows) {
    net.hears_error(Icmpv4Header::unreachable(row.code), net.quote("8.8.8.8"));
    ASSERT_EQ(net.alice.errors.size(), 1u);
    EXPECT_EQ(net.alice.errors[0].error, row.error);
    EXPECT_EQ(net.alice.errors[0].hard, row.hard);
    net.alice.errors.clear();
  }
}

TEST(Rfc5927, s4_error_about_what_we_never_sent_is_ignored) {
  Alone net;
  const auto header = Icmpv4Header::unreachable(UnreachableCode::port);
  net.hears_error(header, net.quote("8.8.8.8", "10.0.0.3"));
  Bytes cut = net.quote("8.8.8.8");
  cut.resize(27);  // seven bytes of the transport
  net.hears_error(header, cut);
  EXPECT_TRUE(net.alice.errors.empty());
}

TEST(Rfc6633, s3_source_quench_is_ignored) {
  Alone net;
  net.hears_error({wire::Icmpv4Type::source_quench, 0, 0}, net.quote("8.8.8.8"));
  EXPECT_TRUE(net.alice.errors.empty());
  EXPECT_EQ(net.alice.said(), Lines{});
}

u32 path_mtu(Alone& net, std::string_view destination) {
  return net.alice.layer.route(v4(destination))->mtu;
}

TEST(Rfc1191, s3_fragmentation_needed_lowers_the_path_mtu_of_its_destination) {
  Alone net;
  const auto too_big = Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed, 1'000);
  net.hears_error(too_big, net.quote("8.8.8.8", "10.0.0.1", 1'472));
  EXPECT_EQ(path_mtu(net, "8.8.8.8"), 1'000u);
  EXPECT_EQ(path_mtu(net, "8.8.4.4"), 1'500u);
  ASSERT_EQ(net.alice.errors.size(), 1u);
  EXPECT_EQ(net.alice.errors[0].error, Errno::message_size);
  EXPECT_EQ(net.alice.errors[0].mtu, 1'000u);
}

TEST(Rfc1191, s3_path_mtu_is_never_raised_by_a_message) {
  Alone net;
  const Bytes quoted = net.quote("8.8.8.8", "10.0.0.1", 1'472);
  net.hears_error(Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed, 1'000), quoted);
  net.hears_error(Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed, 1'400), quoted);
  EXPECT_EQ(path_mtu(net, "8.8.8.8"), 1'000u);
}

TEST(Rfc1191, s7_old_router_without_mtu_field_means_the_next_plateau) {
  Alone net;
  net.hears_error(Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed),
                  net.quote("8.8.8.8", "10.0.0.1", 1'472));
  EXPECT_EQ(path_mtu(net, "8.8.8.8"), 1'492u);
}

TEST(Rfc1191, s6_3_path_mtu_is_forgotten_after_ten_minutes) {
  Alone net;
  RouteCache way;
  ASSERT_TRUE(net.alice.layer.prepare({.destination = v4("8.8.8.8")}, way));
  net.hears_error(Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed, 1'000),
                  net.quote("8.8.8.8", "10.0.0.1", 1'472));
  EXPECT_FALSE(net.alice.layer.valid(way));
  ASSERT_TRUE(net.alice.layer.prepare({.destination = v4("8.8.8.8")}, way));
  EXPECT_EQ(way.mtu, 1'000u);
  net.world.pass(601_s);
  EXPECT_FALSE(net.alice.layer.valid(way));
  EXPECT_EQ(path_mtu(net, "8.8.8.8"), 1'500u);
}

TEST(Rfc5927, s7_path_mtu_is_not_believed_when_the_transport_does_not) {
  Alone net;
  net.alice.believes = false;
  net.hears_error(Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed, 600),
                  net.quote("8.8.8.8"));
  EXPECT_EQ(path_mtu(net, "8.8.8.8"), 1'500u);
  EXPECT_TRUE(net.alice.errors.empty());
}

// --- Redirects ---

IpAddress next_hop(Alone& net, std::string_view destination) {
  return net.alice.layer.route(v4(destination))->next_hop;
}

TEST(Rfc1122, s3_2_2_2_redirect_from_the_gateway_in_use_is_followed) {
  Alone net;
  net.hears_error(Icmpv4Header::redirect(wire::RedirectCode::host, v4("10.0.0.253")),
                  net.quote("8.8.8.8"));
  EXPECT_EQ(next_hop(net, "8.8.8.8"), IpAddress(v4("10.0.0.253")));
  EXPECT_EQ(next_hop(net, "8.8.4.4"), IpAddress(v4("10.0.0.254")));
  EXPECT_EQ(net.alice.layer.routes4().lookup(v4("8.8.8.8"))->flags(), "UGHD");
  ASSERT_TRUE(net.alice.ping("8.8.8.8"));
  Packet frame = net.alice.take_frame();
  EXPECT_EQ(wire::EthernetView(frame.data()).destination(), mac(253));
}

TEST(Rfc1122, s3_2_2_2_redirect_that_cannot_be_right_is_ignored) {
  Alone net;
  const auto to = [](std::string_view gateway) {
    return Icmpv4Header::redirect(wire::RedirectCode::host, v4(gateway));
  };
  net.hears_error(to("10.0.0.253"), net.quote("8.8.8.8"), "10.0.0.2");  // not from the gateway
  net.hears_error(to("192.168.9.9"), net.quote("8.8.8.8"));             // not on the link
  net.hears_error(to("10.0.0.1"), net.quote("8.8.8.8"));                // ourselves
  net.hears_error(to("10.0.0.255"), net.quote("8.8.8.8"));              // a broadcast
  net.hears_error(to("10.0.0.253"), net.quote("8.8.8.8", "10.0.0.3"));  // about another's
  net.hears_error(to("10.0.0.253"), net.quote("10.0.0.2"));             // a neighbour already
  EXPECT_EQ(next_hop(net, "8.8.8.8"), IpAddress(v4("10.0.0.254")));
  EXPECT_EQ(next_hop(net, "10.0.0.2"), IpAddress(v4("10.0.0.2")));
}

TEST(Rfc1812, s5_2_7_2_router_ignores_redirects) {
  Alone net({.forwarding = true});
  net.hears_error(Icmpv4Header::redirect(wire::RedirectCode::host, v4("10.0.0.253")),
                  net.quote("8.8.8.8"));
  EXPECT_EQ(next_hop(net, "8.8.8.8"), IpAddress(v4("10.0.0.254")));
}

}  // namespace
}  // namespace catenet
