// A router between two links.
#include "catenet/ip/ip_test_bench.hpp"

namespace catenet {
namespace {

using namespace ip_test;
using wire::Ipv4Header;

// 10.0.0.2 is on eth0, 10.0.1.2 on eth1, 10.9.0.0/16 behind 10.0.1.254.
struct Router {
  World world;
  Host r;

  explicit Router(const IpOptions& options = {.forwarding = true}, u32 mtu1 = 1'500)
      : r(world, "router", options) {
    r.plug(1, {"10.0.0.1/24"});
    r.plug(11, {"10.0.1.1/24"}, mtu1);
    r.knows("10.0.0.2", 2, 0);
    r.knows("10.0.0.254", 254, 0);
    r.knows("10.0.1.2", 12, 1);
    r.knows("10.0.1.254", 254, 1);
    r.route("10.9.0.0/16", "10.0.1.254");
  }
  Ipv4Header through(std::string_view destination = "10.0.1.2",
                     std::string_view source = "10.0.0.2") const {
    return {.ttl = 5, .source = v4(source), .destination = v4(destination), .options = {}};
  }
  void hears(const Ipv4Header& header, const Bytes& payload = udp(1, 9), MacAddress to = mac(1)) {
    r.hears(ipv4_frame(world, header, payload, {.to = to}), 0);
  }
  // What the error that went back on eth0 quotes.
  Bytes quoted() {
    const Packet error = r.take_frame(0);
    const u32 before = 14 + 20 + wire::Icmpv4Header::size;
    Bytes bytes(error.size() - before);
    error.copy_out(before, bytes);
    return bytes;
  }
  void expect_dropped(Drop reason) {
    EXPECT_EQ(r.drops(reason), 1u) << drop_name(reason);
    EXPECT_EQ(r.said(0), Lines{});
    EXPECT_EQ(r.said(1), Lines{});
  }
};

TEST(Rfc1812, s5_2_1_forwarding_changes_ttl_and_checksum_and_nothing_else) {
  Router net;
  const Bytes before = ipv4_bytes(net.through(), udp(5'000, 80, 300));
  net.r.hears(frame(net.world, {}, wire::EtherType::ipv4, before));
  Packet sent = net.r.take_frame(1);
  const wire::EthernetView link(sent.data());
  EXPECT_EQ(link.destination(), mac(12));
  EXPECT_EQ(link.source(), mac(11));
  sent.consume(14);
  EXPECT_TRUE(wire::Ipv4View(sent.data()).checksum_ok());
  Bytes after(sent.linear_bytes().begin(), sent.linear_bytes().end());
  EXPECT_EQ(after[8], before[8] - 1);
  after[8] = before[8];
  after[10] = before[10];
  after[11] = before[11];
  EXPECT_EQ(after, before);
  EXPECT_EQ(net.r.said(0), Lines{});
  EXPECT_EQ(net.r.layer.counters(Family::ipv4).forw_datagrams, 1u);
}

TEST(Rfc1812, s5_3_1_datagram_whose_time_is_over_is_answered_not_forwarded) {
  Router net;
  Ipv4Header header = net.through();
  for (const u8 ttl : {u8{0}, u8{1}}) {
    header.ttl = ttl;
    net.hears(header);
    EXPECT_EQ(net.r.said(0),
              (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP time exceeded in-transit, length 44"}));
    EXPECT_EQ(net.r.said(1), Lines{});
  }
  EXPECT_EQ(net.r.drops(Drop::ttl_exceeded), 2u);
}

TEST(Rfc1122, s3_2_2_no_error_is_sent_about_a_fragment_but_the_first) {
  Router net;
  Ipv4Header header = net.through();
  header.ttl = 1;
  header.fragment_offset = 64;
  net.hears(header);
  net.expect_dropped(Drop::ttl_exceeded);
  header.fragment_offset = 0;
  header.more_fragments = true;
  net.hears(header);
  EXPECT_EQ(net.r.said(0).size(), 1u);
}

TEST(Rfc1812, s5_3_1_last_hop_is_made) {
  Router net;
  Ipv4Header header = net.through();
  header.ttl = 2;
  net.hears(header);
  EXPECT_EQ(net.r.said(1).size(), 1u);
}

TEST(Rfc1122, s3_3_1_multihomed_host_does_not_forward_unless_told_to) {
  Router net({.forwarding = false});
  net.hears(net.through());
  net.expect_dropped(Drop::not_our_address);
  net.r.layer.set_forwarding(true);
  net.hears(net.through());
  EXPECT_EQ(net.r.said(1).size(), 1u);
}

TEST(Rfc1812, s5_2_4_3_gateway_of_the_longest_match_is_taken) {
  Router net;
  net.r.route("10.9.9.0/24", "10.0.1.2");
  net.hears(net.through("10.9.9.1"));
  net.hears(net.through("10.9.8.1"));
  Packet first = net.r.take_frame(1);
  Packet second = net.r.take_frame(1);
  EXPECT_EQ(wire::EthernetView(first.data()).destination(), mac(12));
  EXPECT_EQ(wire::EthernetView(second.data()).destination(), mac(254));
  EXPECT_EQ(net.r.layer.routes4().lookup(v4("10.9.9.1"))->uses, 1u);
}

TEST(Rfc1812, s5_2_7_1_without_a_route_the_network_is_unreachable) {
  Router net;
  net.hears(net.through("172.16.0.1"));
  EXPECT_EQ(net.r.drops(Drop::no_route), 1u);
  EXPECT_EQ(net.r.said(0),
            (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP net 172.16.0.1 unreachable, length 44"}));
}

TEST(Rfc1812, s5_2_7_1_refused_routes_say_why) {
  Router net;
  const auto add = [&](std::string_view prefix, RouteKind kind) {
    ASSERT_TRUE(
        net.r.layer.add_route({.prefix = ip_test::net(prefix), .gateway = {}, .kind = kind}));
  };
  add("172.16.0.0/16", RouteKind::unreachable);
  add("172.17.0.0/16", RouteKind::prohibit);
  add("172.18.0.0/16", RouteKind::blackhole);
  for (const char* destination : {"172.16.0.1", "172.17.0.1", "172.18.0.1"}) {
    net.hears(net.through(destination));
  }
  EXPECT_EQ(net.r.said(0),
            (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP host 172.16.0.1 unreachable, length 44",
                   "IP 10.0.0.1 > 10.0.0.2: ICMP host 172.17.0.1 unreachable - admin prohibited "
                   "filter, length 44"}));
  EXPECT_EQ(net.r.drops(Drop::no_route), 3u);
}

TEST(Rfc1191, s4_too_long_with_dont_fragment_names_the_next_mtu) {
  Router net({.forwarding = true}, 1'000);
  Ipv4Header header = net.through();
  header.dont_fragment = true;
  net.hears(header, udp(1, 9, 1'200));
  EXPECT_EQ(net.r.said(0), (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.1.2 unreachable - need to "
                                  "frag (mtu 1000), length 556"}));
  EXPECT_EQ(net.r.said(1), Lines{});
  EXPECT_EQ(net.r.drops(Drop::fragmentation_needed), 1u);
}

TEST(Rfc1812, s4_2_2_7_too_long_is_fragmented_on_the_way) {
  Router net({.forwarding = true}, 600);
  Ipv4Header header = net.through();
  header.identification = 99;
  const Bytes payload = udp(1, 9, 1'200);
  net.hears(header, payload);
  Bytes joined;
  u32 count = 0;
  while (!net.r.port(1).sent.empty()) {
    Packet fragment = net.r.take_frame(1);
    fragment.consume(14);
    const auto got = Ipv4Header::parse(fragment.linear_bytes());
    ASSERT_TRUE(got);
    EXPECT_LE(fragment.size(), 600u);
    EXPECT_EQ(got->identification, 99);
    EXPECT_EQ(got->ttl, 4);
    EXPECT_EQ(got->fragment_offset, joined.size());
    const auto data = fragment.linear_bytes().subspan(20);
    joined.insert(joined.end(), data.begin(), data.end());
    EXPECT_EQ(got->more_fragments, joined.size() < payload.size());
    ++count;
  }
  EXPECT_EQ(count, 3u);
  EXPECT_EQ(joined, payload);
  EXPECT_EQ(net.r.layer.counters(Family::ipv4).frag_creates, 3u);
}

TEST(Rfc1812, s5_2_7_2_sender_on_the_outgoing_link_is_redirected_and_served) {
  Router net;
  net.r.route("10.8.0.0/16", "10.0.0.254");
  net.hears(net.through("10.8.0.1"));
  EXPECT_EQ(net.r.said(0),
            (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP redirect 10.8.0.1 to host 10.0.0.254, length 44",
                   "IP 10.0.0.2.1 > 10.8.0.1.9: UDP, length 8"}));
}

TEST(Rfc1812, s5_2_7_2_no_redirect_for_a_sender_beyond_the_link) {
  Router net;
  net.r.route("10.8.0.0/16", "10.0.0.254");
  net.hears(net.through("10.8.0.1", "192.168.1.1"));
  net.r.eth().options().send_redirects = false;
  net.hears(net.through("10.8.0.1"));
  EXPECT_EQ(net.r.said(0), (Lines{"IP 192.168.1.1.1 > 10.8.0.1.9: UDP, length 8",
                                  "IP 10.0.0.2.1 > 10.8.0.1.9: UDP, length 8"}));
}

TEST(Rfc1812, s5_3_4_link_broadcasts_are_not_forwarded) {
  Router net;
  net.hears(net.through(), udp(1, 9), MacAddress::broadcast());
  net.expect_dropped(Drop::broadcast_not_forwarded);
}

TEST(Rfc2644, s2_directed_broadcasts_are_not_forwarded_unless_told_to) {
  Router net;
  net.hears(net.through("10.0.1.255"));
  net.expect_dropped(Drop::broadcast_not_forwarded);
  net.r.eth(1).options().forward_directed_broadcast = true;
  net.hears(net.through("10.0.1.255"));
  Packet sent = net.r.take_frame(1);
  EXPECT_EQ(wire::EthernetView(sent.data()).destination(), MacAddress::broadcast());
  EXPECT_EQ(sent.data()[14 + 8], 4);
  EXPECT_EQ(net.r.take_datagrams().size(), 1u);  // the router is a station of that link too
  Ipv4Header last = net.through("10.0.1.255");
  last.ttl = 1;
  net.hears(last);
  net.expect_dropped(Drop::ttl_exceeded);
}

TEST(Rfc1812, s5_3_7_what_no_router_carries) {
  for (const char* destination : {"240.0.0.1", "0.0.0.5", "169.254.7.7"}) {
    Router net;
    net.hears(net.through(destination));
    net.expect_dropped(Drop::not_our_address);
  }
  Router net;
  net.hears(net.through("10.0.1.2", "169.254.7.7"));
  net.expect_dropped(Drop::martian_source);
}

TEST(Rfc1812, s5_3_3_limited_broadcast_stays_on_its_link) {
  Router net;
  net.hears(net.through("255.255.255.255"), udp(1, 9), MacAddress::broadcast());
  EXPECT_EQ(net.r.take_datagrams().size(), 1u);
  EXPECT_EQ(net.r.said(1), Lines{});
}

// The copy that a router keeps of a broadcast it passes on is shown, when it is dropped, as it
// came.
TEST(Rfc2644, s2_copy_of_a_directed_broadcast_is_dropped_with_its_headers) {
  struct Dropped final : Recorder {
    void on_frame(Instant, PortId, FrameEvent event, const Packet& frame,
                  std::optional<Drop>) override {
      if (event == FrameEvent::dropped) bytes.assign(frame.data(), frame.data() + frame.size());
    }
    void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}
    Bytes bytes;
  } dropped;
  Router net;
  net.r.eth(1).options().forward_directed_broadcast = true;
  net.r.refuses = Refusal::port_unreachable;
  net.r.port(0).nic.set_recorder(&dropped, 0);
  Packet heard = ipv4_frame(net.world, net.through("10.0.1.255"), udp(1, 9));
  const Bytes came(heard.data(), heard.data() + heard.size());
  // So that a buffer of before does not happen to hold the right bytes.
  for (int i = 0; i < 8; ++i) net.world.pool.copy_of(Bytes(300, 0xee), 0);
  net.r.hears(std::move(heard), 0);
  EXPECT_EQ(net.r.said(1).size(), 1u);
  EXPECT_EQ(dropped.bytes, came);
  net.r.port(0).nic.set_recorder(nullptr, 0);
}

TEST(Rfc1812, s3_3_2_neighbour_that_does_not_answer_makes_the_host_unreachable) {
  Router net;
  net.hears(net.through("10.0.1.77"));
  net.world.pass(10_s);
  const std::string request = "ARP, Request who-has 10.0.1.77 tell 10.0.1.1, length 28";
  EXPECT_EQ(net.r.said(1), (Lines{request, request, request}));
  EXPECT_EQ(net.r.said(0),
            (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP host 10.0.1.77 unreachable, length 44"}));
  EXPECT_EQ(net.r.drops(Drop::neighbour_unreachable, 1), 1u);
  EXPECT_TRUE(net.world.engine.idle());
}

TEST(Rfc1812, s5_2_4_1_record_route_gets_the_outgoing_address) {
  Router net;
  Ipv4Header header = net.through();
  header.options.add_record_route(2);
  net.hears(header);
  Packet sent = net.r.take_frame(1);
  sent.consume(14);
  const auto got = Ipv4Header::parse(sent.linear_bytes());
  ASSERT_TRUE(got);
  const auto option = got->options.list().find(wire::Ipv4OptionType::record_route);
  EXPECT_EQ(Ipv4Address::load(option->bytes.data() + 3), v4("10.0.1.1"));
  EXPECT_TRUE(wire::Ipv4View(sent.data()).checksum_ok());
}

TEST(Rfc7126, s4_3_source_routed_transit_is_refused) {
  Router net;
  Ipv4Header header = net.through();
  const Ipv4Address hops[] = {v4("10.9.0.1")};
  header.options.add_source_route(false, hops);
  net.hears(header);
  EXPECT_EQ(net.r.said(0), (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.1.2 unreachable - source "
                                  "route failed, length 52"}));
  EXPECT_EQ(net.r.said(1), Lines{});
}

TEST(Rfc1812, s5_2_3_datagram_for_a_far_interface_of_the_router_is_its_own) {
  Router net;
  Ipv4Header header = net.through("10.0.1.1");
  header.protocol = wire::IpProtocol::icmp;
  net.hears(header, echo4());
  EXPECT_EQ(net.r.said(0),
            (Lines{"IP 10.0.1.1 > 10.0.0.2: ICMP echo reply, id 7, seq 1, length 16"}));
}

// A super-segment counts by its wire segments.
TEST(Ipv4Forward, super_segment_passes_whole_where_its_segments_fit) {
  for (const u32 mtu : {1'500u, 1'000u}) {
    Router net({.forwarding = true}, mtu);
    Bytes segment(20 + 4'000);
    segment[12] = 0x50;
    Ipv4Header header = net.through();
    header.protocol = wire::IpProtocol::tcp;
    header.dont_fragment = true;
    Packet frame = ipv4_frame(net.world, header, segment);
    frame.meta().segment_size = 1'460;
    net.r.hears(std::move(frame));
    EXPECT_EQ(net.r.port(1).sent.size(), mtu == 1'500 ? 1u : 0u);
    EXPECT_EQ(net.r.drops(Drop::fragmentation_needed), mtu == 1'500 ? 0u : 3u);
  }
}

// Offload is not to be seen from outside: an error quotes what a wire would have carried.
TEST(Ipv4Forward, error_about_a_super_segment_quotes_its_first_wire_packet) {
  Router net({.forwarding = true}, 1'000);
  Bytes segment(20 + 4'000);
  segment[12] = 0x50;
  Ipv4Header header = net.through();
  header.protocol = wire::IpProtocol::tcp;
  header.dont_fragment = true;
  Packet frame = ipv4_frame(net.world, header, segment);
  frame.meta().segment_size = 1'460;
  net.r.hears(std::move(frame));
  const Bytes quoted = net.quoted();
  EXPECT_EQ(wire::Ipv4View(quoted.data()).total_length(), 1'500u);
  EXPECT_TRUE(wire::Ipv4View(quoted.data()).checksum_ok());
}

TEST(Ipv4Forward, error_about_a_deferred_checksum_quotes_it_completed) {
  Router net;
  Ipv4Header header = net.through();
  header.protocol = wire::IpProtocol::udp;
  header.ttl = 1;
  Bytes datagram = udp(1, 9);
  const auto sum = wire::pseudo_header(header.source, header.destination, wire::IpProtocol::udp,
                                       static_cast<u32>(datagram.size()));
  store16(datagram.data() + 6, sum.folded());
  Packet frame = ipv4_frame(net.world, header, datagram);
  frame.meta().checksum = ChecksumState::deferred;
  frame.meta().checksum_start = 14 + 20;
  frame.meta().checksum_offset = 6;
  net.r.hears(std::move(frame));
  const Bytes quoted = net.quoted();
  wire::InternetChecksum check = sum;
  EXPECT_TRUE(check.add(ByteView(quoted).subspan(20)).verifies());
}

TEST(Ipv4Forward, steady_state_takes_no_new_buffers) {
  Router net;
  const Bytes bytes = ipv4_bytes(net.through(), udp(1, 9, 1'000));
  const auto forward = [&] {
    net.r.hears(frame(net.world, {}, wire::EtherType::ipv4, bytes));
    net.r.port(1).sent.clear();
  };
  forward();
  const u64 before = net.world.pool.allocated();
  for (int i = 0; i < 1'000; ++i) forward();
  EXPECT_EQ(net.world.pool.allocated(), before);
  EXPECT_EQ(net.r.layer.counters(Family::ipv4).forw_datagrams, 1'001u);
}

}  // namespace
}  // namespace catenet
