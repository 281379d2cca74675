// ICMPv6: echo, errors that are sent and errors that are believed.
#include "catenet/ip/ipv6_test_host.hpp"

namespace catenet {
namespace {

using namespace ip_test;
using wire::Icmpv6Header;
using wire::IpProtocol;
using wire::Ipv6Header;

struct AloneWithIcmpv6 : Host6 {
  void hears(const Icmpv6Header& message, const Bytes& body,
             std::string_view destination = "2001:db8::1", bool spoil = false) {
    const Ipv6Header header = from_bob(destination, IpProtocol::icmpv6);
    Bytes bytes = icmp6(message, body, header.source, header.destination);
    bytes[3] ^= spoil;
    const MacAddress to = header.destination.is_multicast()
                              ? MacAddress::for_ipv6_multicast(header.destination)
                              : mac(1);
    Host6::hears(header, bytes, to);
  }
  Bytes quote(std::string_view destination, std::size_t size = 8) const {
    return ipv6_bytes({.next_header = IpProtocol::udp,
                       .source = v6("2001:db8::1"),
                       .destination = v6(destination)},
                      udp(5'000, 53, size));
  }
};

TEST(Rfc4443, s4_2_echo_is_answered_with_the_same_data) {
  AloneWithIcmpv6 net;
  net.hears(Icmpv6Header::echo_request(7, 9), Bytes(33, 0x55));
  Packet reply = net.alice.take_frame();
  EXPECT_EQ(dissect_line(reply),
            "IP6 2001:db8::1 > 2001:db8::2: ICMP6, echo reply, id 7, seq 9, length 41");
  const auto message = reply.linear_bytes().subspan(54);
  EXPECT_TRUE(wire::icmpv6_checksum_ok(message, v6("2001:db8::1"), v6("2001:db8::2")));
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc4443, s2_3_wrong_checksum_is_dropped) {
  AloneWithIcmpv6 net;
  net.hears(Icmpv6Header::echo_request(7, 9), Bytes(8), "2001:db8::1", true);
  EXPECT_EQ(net.alice.drops(Drop::bad_icmp), 1u);
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc4443, s2_4_f_errors_are_rate_limited) {
  AloneWithIcmpv6 net;
  net.alice.refuses = Refusal::port_unreachable;
  const Ipv6Header header{.next_header = IpProtocol::udp,
                          .source = v6("2001:db8::2"),
                          .destination = v6("2001:db8::1")};
  for (int i = 0; i < 20; ++i) net.alice.hears(ipv6_frame(net.world, header, udp(1, 9)));
  const Lines said = net.alice.said();
  ASSERT_EQ(said.size(), 6u);
  EXPECT_EQ(said[0],
            "IP6 2001:db8::1 > 2001:db8::2: ICMP6, destination unreachable, unreachable "
            "port, 2001:db8::1 udp port 9, length 64");
}

TEST(Rfc4443, s2_4_e_no_error_is_sent_about_what_must_not_be_complained_of) {
  AloneWithIcmpv6 net;
  net.alice.refuses = Refusal::port_unreachable;
  // To a group.
  Ipv6Header header{
      .next_header = IpProtocol::udp, .source = v6("2001:db8::2"), .destination = v6("ff02::1")};
  net.alice.hears(
      ipv6_frame(net.world, header, udp(1, 9), {.to = MacAddress(0x33, 0x33, 0, 0, 0, 1)}));
  EXPECT_EQ(net.alice.said(), Lines{});
  // In a link-layer broadcast.
  header.destination = v6("2001:db8::1");
  net.alice.hears(ipv6_frame(net.world, header, udp(1, 9), {.to = MacAddress::broadcast()}));
  EXPECT_EQ(net.alice.said(), Lines{});
  // About an error: an unknown destination option in front of one.
  header.next_header = IpProtocol::destination_options;
  Bytes message = {static_cast<u8>(IpProtocol::icmpv6), 0, 0x9e, 1, 0, 1, 1, 0};
  const Bytes error = icmp6(Icmpv6Header::unreachable(wire::Unreachable6Code::port),
                            net.quote("2001:db8::2"), header.source, header.destination);
  message.insert(message.end(), error.begin(), error.end());
  net.alice.hears(ipv6_frame(net.world, header, message));
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_EQ(net.alice.drops(Drop::bad_extension_header), 1u);
}

TEST(Rfc4443, s3_1_errors_are_told_to_the_transport) {
  struct Row {
    Icmpv6Header message;
    Errno error;
    bool hard;
  };
  using enum wire::Unreachable6Code;
  const Row rows[] = {
      {Icmpv6Header::unreachable(no_route), Errno::network_unreachable, false},
      {Icmpv6Header::unreachable(administratively_prohibited), Errno::access_denied, true},
      {Icmpv6Header::unreachable(wire::Unreachable6Code::address), Errno::host_unreachable, false},
      {Icmpv6Header::unreachable(port), Errno::connection_refused, true},
      {Icmpv6Header::time_exceeded(wire::TimeExceeded6Code::in_transit), Errno::host_unreachable,
       false},
      {Icmpv6Header::parameter_problem(wire::ParameterProblemCode::erroneous_field, 0),
       Errno::protocol_error, true}};
  AloneWithIcmpv6 net;
  for (const Row& row : rows) {
    net.hears(row.message, net.quote("2001:db8:9::1"));
    ASSERT_EQ(net.alice.errors.size(), 1u);
    EXPECT_EQ(net.alice.errors[0].error, row.error);
    EXPECT_EQ(net.alice.errors[0].hard, row.hard);
    EXPECT_EQ(net.alice.errors[0].destination, IpAddress(v6("2001:db8:9::1")));
    EXPECT_EQ(net.alice.quotes.back(), udp(5'000, 53));
    net.alice.errors.clear();
  }
}

// The bytes of a later fragment are no upper layer's header.
TEST(Rfc4443, s2_4_d_error_about_a_later_fragment_is_nobodys) {
  AloneWithIcmpv6 net;
  Bytes fragment(8);
  wire::Ipv6FragmentHeader{IpProtocol::udp, 1'448, false, 5}.emit(fragment);
  const Bytes data = udp(5'000, 53);
  fragment.insert(fragment.end(), data.begin(), data.end());
  net.hears(Icmpv6Header::unreachable(wire::Unreachable6Code::port),
            ipv6_bytes({.next_header = IpProtocol::fragment,
                        .source = v6("2001:db8::1"),
                        .destination = v6("2001:db8:9::1")},
                       fragment));
  EXPECT_TRUE(net.alice.errors.empty());
}

TEST(Rfc8201, s4_packet_too_big_lowers_the_path_mtu) {
  AloneWithIcmpv6 net;
  net.hears(Icmpv6Header::packet_too_big(1'400), net.quote("2001:db8:9::1"));
  EXPECT_EQ(net.alice.layer.route(v6("2001:db8:9::1"))->mtu, 1'400u);
  EXPECT_EQ(net.alice.layer.route(v6("2001:db8:9::2"))->mtu, 1'500u);
  ASSERT_EQ(net.alice.errors.size(), 1u);
  EXPECT_EQ(net.alice.errors[0].mtu, 1'400u);
}

TEST(Rfc8201, s4_packet_too_big_under_1280_is_discarded) {
  AloneWithIcmpv6 net;
  net.hears(Icmpv6Header::packet_too_big(1'279), net.quote("2001:db8:9::1"));
  EXPECT_EQ(net.alice.layer.route(v6("2001:db8:9::1"))->mtu, 1'500u);
  EXPECT_TRUE(net.alice.errors.empty());
}

TEST(Rfc8201, s4_path_mtu_is_never_raised_by_a_message) {
  AloneWithIcmpv6 net;
  net.hears(Icmpv6Header::packet_too_big(1'280), net.quote("2001:db8:9::1"));
  EXPECT_EQ(net.alice.layer.route(v6("2001:db8:9::1"))->mtu, 1'280u);
  net.hears(Icmpv6Header::packet_too_big(1'450), net.quote("2001:db8:9::1"));
  EXPECT_EQ(net.alice.layer.route(v6("2001:db8:9::1"))->mtu, 1'280u);
}

TEST(Rfc5927, s7_packet_too_big_is_not_believed_when_the_transport_does_not) {
  AloneWithIcmpv6 net;
  net.alice.believes = false;
  net.hears(Icmpv6Header::packet_too_big(1'300), net.quote("2001:db8:9::1"));
  EXPECT_EQ(net.alice.layer.route(v6("2001:db8:9::1"))->mtu, 1'500u);
}

}  // namespace
}  // namespace catenet
