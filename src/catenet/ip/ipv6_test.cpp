// IPv6: what is taken, in which order, and what goes out.
#include "catenet/ip/ipv6_test_host.hpp"

namespace catenet {
namespace {

using namespace ip_test;
using wire::IpProtocol;
using wire::Ipv6Header;

// Extension headers one behind the other, then `payload`; each begins with the next one's number.
Bytes chain(std::initializer_list<Bytes> headers, const Bytes& payload) {
  Bytes bytes;
  for (const Bytes& header : headers) bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}
Bytes options_header(IpProtocol next, u8 option_type) {
  return {static_cast<u8>(next), 0, option_type, 1, 0, 1, 1, 0};
}

TEST(Rfc8200, s3_packet_for_us_is_delivered_with_what_its_header_says) {
  Host6 net;
  Ipv6Header header = net.from_bob();
  header.hop_limit = 7;
  header.dscp = 46;
  net.hears(header, udp(1, 9));
  const auto got = net.alice.take_datagrams();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].info.source, IpAddress(v6("2001:db8::2")));
  EXPECT_EQ(got[0].info.protocol, 17);
  EXPECT_EQ(got[0].info.ttl, 7);
  EXPECT_EQ(got[0].info.dscp_ecn, 46 << 2);
  EXPECT_EQ(got[0].info.header_length, 40);
  EXPECT_EQ(got[0].bytes, udp(1, 9));
}

TEST(Rfc8200, s3_truncated_and_mislabelled_packets_are_dropped) {
  Host6 net;
  const Bytes whole = ipv6_bytes(net.from_bob(), udp(1, 9));
  for (const std::size_t size : {1u, 39u, 40u, 55u}) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    net.alice.hears(frame(net.world, {}, wire::EtherType::ipv6, cut));
  }
  Bytes version = whole;
  version[0] = 0x40;
  net.alice.hears(frame(net.world, {}, wire::EtherType::ipv6, version));
  net.expect_dropped(Drop::bad_ip_header, 5);
  EXPECT_EQ(net.alice.layer.counters(Family::ipv6).in_truncated_pkts, 2u);
}

TEST(Rfc4291, s2_addresses_that_no_one_can_have_are_not_believed_as_sources) {
  Host6 net;
  const char* sources[] = {"ff02::1", "::1", "::", "::ffff:10.0.0.2", "2001:db8::1"};
  for (const char* source : sources) {
    Ipv6Header header = net.from_bob();
    header.source = v6(source);
    net.hears(header, udp(1, 9));
  }
  net.expect_dropped(Drop::martian_source, std::size(sources));
}

TEST(Rfc4291, s2_5_3_loopback_destination_on_the_wire_is_dropped) {
  Host6 net;
  net.hears(net.from_bob("::1"), udp(1, 9));
  net.expect_dropped(Drop::not_our_address);
}

TEST(Rfc4291, s2_8_host_listens_to_all_nodes_and_its_solicited_node_groups) {
  Host6 net;
  const auto hear = [&](std::string_view group) {
    net.hears(net.from_bob(group), udp(1, 9), MacAddress::for_ipv6_multicast(v6(group)));
    return net.alice.take_datagrams().size();
  };
  EXPECT_EQ(hear("ff02::1"), 1u);
  EXPECT_EQ(hear("ff02::1:ff00:1"), 1u);
  EXPECT_EQ(hear("ff02::1:ff00:2"), 0u);
  EXPECT_EQ(hear("ff02::2"), 0u);
  EXPECT_EQ(hear("ff05::1234"), 0u);
  ASSERT_TRUE(net.alice.layer.join(net.alice.eth(), v6("ff05::1234")));
  EXPECT_EQ(hear("ff05::1234"), 1u);
  net.alice.layer.set_forwarding(true);
  EXPECT_EQ(hear("ff02::2"), 1u);
}

// --- Extension headers ---

TEST(Rfc8200, s4_1_headers_are_passed_in_order_up_to_the_transport) {
  Host6 net;
  net.hears(net.from_bob("2001:db8::1", IpProtocol::hop_by_hop),
            chain({options_header(IpProtocol::destination_options, 0x1e),
                   options_header(IpProtocol::udp, 0x1e)},
                  udp(1, 9)));
  const auto got = net.alice.take_datagrams();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].info.header_length, 56);
  EXPECT_EQ(got[0].bytes, udp(1, 9));
}

TEST(Rfc8200, s4_2_unknown_options_are_treated_as_their_high_bits_say) {
  Host6 net;
  const auto hear = [&](u8 type, std::string_view destination = "2001:db8::1") {
    net.hears(net.from_bob(destination, IpProtocol::destination_options),
              chain({options_header(IpProtocol::udp, type)}, udp(1, 9)),
              destination[0] == 'f' ? MacAddress::for_ipv6_multicast(v6(destination)) : mac(1));
    return net.alice.take_datagrams().size();
  };
  EXPECT_EQ(hear(0x1e), 1u);  // 00: skipped
  EXPECT_EQ(hear(0x5e), 0u);  // 01: dropped
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_EQ(hear(0x9e), 0u);  // 10: dropped and told
  EXPECT_EQ(net.alice.said(), (Lines{"IP6 2001:db8::1 > 2001:db8::2: ICMP6, parameter problem, "
                                     "option - octet 42, length 72"}));
  EXPECT_EQ(hear(0x9e, "ff02::1"), 0u);  // 10: told even to a group
  EXPECT_EQ(net.alice.said().size(), 1u);
  EXPECT_EQ(hear(0xde), 0u);  // 11: told unless to a group
  EXPECT_EQ(net.alice.said().size(), 1u);
  EXPECT_EQ(hear(0xde, "ff02::1"), 0u);
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_EQ(net.alice.drops(Drop::bad_extension_header), 5u);
}

TEST(Rfc8200, s4_hop_by_hop_header_anywhere_but_first_is_an_unrecognised_next_header) {
  Host6 net;
  net.hears(
      net.from_bob("2001:db8::1", IpProtocol::destination_options),
      chain({options_header(IpProtocol::hop_by_hop, 0x1e), options_header(IpProtocol::udp, 0x1e)},
            udp(1, 9)));
  EXPECT_EQ(net.alice.said(), (Lines{"IP6 2001:db8::1 > 2001:db8::2: ICMP6, parameter problem, "
                                     "next header - octet 40, length 80"}));
  EXPECT_TRUE(net.alice.take_datagrams().empty());
}

TEST(Rfc5095, s3_type_0_routing_header_with_segments_left_is_refused) {
  Host6 net;
  Bytes routing = {static_cast<u8>(IpProtocol::udp), 2, 0, 1, 0, 0, 0, 0};
  routing.resize(24);
  v6("2001:db8::9").store(routing.data() + 8);
  net.hears(net.from_bob("2001:db8::1", IpProtocol::routing), chain({routing}, udp(1, 9)));
  EXPECT_EQ(net.alice.said(), (Lines{"IP6 2001:db8::1 > 2001:db8::2: ICMP6, parameter problem, "
                                     "erroneous - octet 42, length 88"}));
  routing[3] = 0;  // none left: as if it were not there
  net.hears(net.from_bob("2001:db8::1", IpProtocol::routing), chain({routing}, udp(1, 9)));
  EXPECT_EQ(net.alice.take_datagrams().size(), 1u);
}

TEST(Rfc8200, s4_7_no_next_header_ends_quietly) {
  Host6 net;
  net.hears(net.from_bob("2001:db8::1", IpProtocol::no_next_header), Bytes(8, 9));
  net.expect_dropped(Drop::unknown_protocol);
}

TEST(Rfc4443, s3_4_unknown_next_header_is_pointed_at) {
  Host6 net;
  net.alice.refuses = Refusal::protocol_unreachable;
  net.hears(net.from_bob("2001:db8::1", IpProtocol::destination_options),
            chain({options_header(static_cast<IpProtocol>(200), 0x1e)}, Bytes(8)));
  EXPECT_EQ(net.alice.said(), (Lines{"IP6 2001:db8::1 > 2001:db8::2: ICMP6, parameter problem, "
                                     "next header - octet 40, length 64"}));
}

// --- Fragments ---

Bytes fragment(IpProtocol next, u16 offset, bool more, const Bytes& data, u32 id = 5) {
  Bytes bytes(8);
  wire::Ipv6FragmentHeader{next, offset, more, id}.emit(bytes);
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

TEST(Rfc8200, s4_5_fragments_become_one_packet) {
  Host6 net;
  const Bytes whole = udp(1, 9, 24);
  const Ipv6Header header = net.from_bob("2001:db8::1", IpProtocol::fragment);
  net.hears(header, fragment(IpProtocol::udp, 16, false, Bytes(whole.begin() + 16, whole.end())));
  net.hears(header, fragment(IpProtocol::udp, 0, true, Bytes(whole.begin(), whole.begin() + 16)));
  const auto got = net.alice.take_datagrams();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_TRUE(got[0].info.reassembled);
  EXPECT_EQ(got[0].bytes, whole);
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc6946, s4_atomic_fragment_is_delivered_at_once) {
  Host6 net;
  net.hears(net.from_bob("2001:db8::1", IpProtocol::fragment),
            fragment(IpProtocol::udp, 0, false, udp(1, 9)));
  EXPECT_EQ(net.alice.take_datagrams().size(), 1u);
}

TEST(Rfc8200, s4_5_time_exceeded_after_sixty_seconds_when_the_first_came) {
  Host6 net;
  net.hears(net.from_bob("2001:db8::1", IpProtocol::fragment),
            fragment(IpProtocol::udp, 0, true, udp(1, 9)));
  net.world.pass(59_s);
  EXPECT_EQ(net.alice.said(), Lines{});
  net.world.pass(2_s);
  const Lines said = net.alice.said();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0],
            "IP6 2001:db8::1 > 2001:db8::2: ICMP6, time exceeded in-transit (reassembly), "
            "length 72");
  EXPECT_EQ(net.alice.drops(Drop::reassembly_timeout), 1u);
}

TEST(Rfc8200, s4_5_fragment_whose_length_is_no_multiple_of_eight_is_a_parameter_problem) {
  Host6 net;
  net.hears(net.from_bob("2001:db8::1", IpProtocol::fragment),
            fragment(IpProtocol::udp, 0, true, udp(1, 9, 9)));
  EXPECT_EQ(net.alice.said(), (Lines{"IP6 2001:db8::1 > 2001:db8::2: ICMP6, parameter problem, "
                                     "erroneous - octet 4, length 73"}));
}

// --- Through ---

struct Router {
  World world;
  Host r;

  explicit Router(u32 mtu1 = 1'500) : r(world, "router", {.forwarding = true}) {
    r.plug(1, {"2001:db8::1/64"});
    r.plug(11, {"2001:db8:1::1/64"}, mtu1);
    r.layer.start();
    r.knows("2001:db8::2", 2, 0);
    r.knows("fe80::9", 9, 0);
    r.knows("2001:db8:1::2", 12, 1);
  }
  Ipv6Header through(std::string_view destination = "2001:db8:1::2",
                     std::string_view source = "2001:db8::2") const {
    return {.next_header = IpProtocol::udp,
            .hop_limit = 5,
            .source = v6(source),
            .destination = v6(destination)};
  }
  void hears(const Ipv6Header& header, const Bytes& payload = udp(1, 9)) {
    r.hears(ipv6_frame(world, header, payload), 0);
  }
};

TEST(Rfc8200, s3_forwarding_changes_the_hop_limit_and_nothing_else) {
  Router net;
  const Bytes before = ipv6_bytes(net.through(), udp(5'000, 80, 300));
  net.r.hears(frame(net.world, {}, wire::EtherType::ipv6, before));
  Packet sent = net.r.take_frame(1);
  EXPECT_EQ(wire::EthernetView(sent.data()).destination(), mac(12));
  sent.consume(14);
  Bytes after(sent.linear_bytes().begin(), sent.linear_bytes().end());
  EXPECT_EQ(after[7], 4);
  after[7] = before[7];
  EXPECT_EQ(after, before);
  EXPECT_EQ(net.r.said(0), Lines{});
}

TEST(Rfc4443, s3_3_hop_limit_exceeded_is_told) {
  Router net;
  Ipv6Header header = net.through();
  header.hop_limit = 1;
  net.hears(header);
  EXPECT_EQ(net.r.said(0), (Lines{"IP6 2001:db8::1 > 2001:db8::2: ICMP6, time exceeded in-transit "
                                  "for 2001:db8:1::2, length 64"}));
  EXPECT_EQ(net.r.said(1), Lines{});
  EXPECT_EQ(net.r.drops(Drop::ttl_exceeded), 1u);
}

TEST(Rfc4443, s3_2_too_long_is_told_and_never_cut_by_a_router) {
  Router net(1'300);
  net.hears(net.through(), udp(1, 9, 1'400));
  Packet error = net.r.take_frame(0);
  EXPECT_EQ(dissect_line(error),
            "IP6 2001:db8::1 > 2001:db8::2: ICMP6, packet too big, mtu 1300, length 1240");
  EXPECT_EQ(error.size(), 14u + 1'280u);  // section 2.4 (c)
  EXPECT_EQ(net.r.said(1), Lines{});
  EXPECT_EQ(net.r.layer.counters(Family::ipv6).in_too_big_errors, 1u);
}

// Offload is not to be seen from outside: an error quotes what a wire would have carried.
TEST(Ipv6Forward, error_about_a_super_segment_quotes_its_first_wire_packet) {
  Router net(1'300);
  Bytes segment(20 + 4'000);
  segment[12] = 0x50;
  Ipv6Header header = net.through();
  header.next_header = wire::IpProtocol::tcp;
  Packet whole = ipv6_frame(net.world, header, segment);
  whole.meta().segment_size = 1'440;
  net.r.hears(std::move(whole));
  const Packet error = net.r.take_frame(0);
  EXPECT_EQ(error.size(), 14u + 1'280u);
  std::array<u8, 2> payload{};
  error.copy_out(14 + 40 + 8 + 4, payload);
  EXPECT_EQ(load16(payload.data()), 20u + 1'440u);
}

TEST(Rfc4443, s3_1_no_route_is_told) {
  Router net;
  net.hears(net.through("2001:db8:7::1"));
  EXPECT_EQ(net.r.said(0), (Lines{"IP6 2001:db8::1 > 2001:db8::2: ICMP6, destination unreachable, "
                                  "unreachable route 2001:db8:7::1, length 64"}));
}

TEST(Rfc4007, s9_link_local_source_does_not_cross_a_router) {
  Router net;
  net.hears(net.through("2001:db8:1::2", "fe80::9"));
  EXPECT_EQ(net.r.said(1), Lines{});
  EXPECT_EQ(net.r.said(0).size(), 1u);
  net.hears(net.through("fe80::77"));
  EXPECT_EQ(net.r.drops(Drop::not_our_address), 1u);
  EXPECT_EQ(net.r.said(0), Lines{});
}

TEST(Rfc4007, s6_error_for_a_link_local_source_goes_back_by_its_link) {
  Router net;
  net.r.knows("fe80::99", 9, 1);
  net.r.hears(
      ipv6_frame(net.world, net.through("2001:db8:1::77", "fe80::99"), udp(1, 9), {.to = mac(11)}),
      1);
  net.world.pass(10_s);
  EXPECT_EQ(net.r.said(0), Lines{});
  const Lines said = net.r.said(1);
  ASSERT_FALSE(said.empty());
  EXPECT_NE(said.back().find("> fe80::99: ICMP6, destination unreachable"), std::string::npos)
      << said.back();
}

TEST(Rfc4861, s7_2_2_neighbour_that_does_not_answer_makes_the_address_unreachable) {
  Router net;
  net.hears(net.through("2001:db8:1::77"));
  net.world.pass(10_s);
  EXPECT_EQ(net.r.said(1).size(), 3u);
  EXPECT_EQ(net.r.said(0), (Lines{"IP6 2001:db8::1 > 2001:db8::2: ICMP6, destination unreachable, "
                                  "unreachable address 2001:db8:1::77, length 64"}));
}

}  // namespace
}  // namespace catenet
