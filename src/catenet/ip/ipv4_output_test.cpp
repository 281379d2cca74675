// What a host sends by IPv4, and what it will not.
#include "catenet/ip/ip_test_bench.hpp"

namespace catenet {
namespace {

using namespace ip_test;
using wire::Ipv4Header;

struct Sender {
  World world;
  Host alice;

  explicit Sender(const IpOptions& options = {}) : alice(world, "alice", options) {
    alice.plug(1, {"10.0.0.1/24", "192.168.5.1/24"});
    alice.knows("10.0.0.2", 2);
    alice.knows("192.168.5.2", 52);
    alice.knows("10.0.0.254", 254);
    alice.route("0.0.0.0/0", "10.0.0.254");
  }
  Ipv4Header sent_header() {
    Packet frame = alice.take_frame();
    EXPECT_TRUE(wire::Ipv4View(frame.data() + 14).checksum_ok());
    return *Ipv4Header::parse(frame.linear_bytes().subspan(14));
  }
  Errno refusal(std::string_view destination, const IpSend& send = {}) {
    const auto sent = alice.send(destination, 17, udp(1, 9), send);
    return sent ? Errno::ok : sent.error();
  }
};

TEST(Rfc791, s3_1_header_says_what_was_asked_for) {
  Sender net;
  ASSERT_TRUE(net.alice.send("10.0.0.2", 17, udp(1, 9),
                             {.ttl = 9, .dscp_ecn = 0xb9, .dont_fragment = true}));
  const Ipv4Header header = net.sent_header();
  EXPECT_EQ(header.ttl, 9);
  EXPECT_EQ(header.dscp, 0xb9 >> 2);
  EXPECT_EQ(header.ecn, wire::Ecn::ect_1);
  EXPECT_TRUE(header.dont_fragment);
  EXPECT_EQ(header.total_length, 36);
  EXPECT_EQ(header.source, v4("10.0.0.1"));
  EXPECT_EQ(header.protocol, wire::IpProtocol::udp);
}

TEST(Rfc1122, s3_3_4_3_source_is_the_address_in_the_next_hops_subnet) {
  Sender net;
  ASSERT_TRUE(net.alice.send("192.168.5.2", 17, udp(1, 9)));
  EXPECT_EQ(net.sent_header().source, v4("192.168.5.1"));
  ASSERT_TRUE(net.alice.send("8.8.8.8", 17, udp(1, 9)));
  const Ipv4Header far = net.sent_header();
  EXPECT_EQ(far.source, v4("10.0.0.1"));
  EXPECT_EQ(far.ttl, 64);
}

// The source routes the datagram too, so it is the first to be listed (RFC 791 section 3.1), as by
// Linux; a timestamp it must set (RFC 1122).
TEST(Rfc791, s3_1_record_route_begins_with_its_source) {
  Sender net;
  wire::Ipv4Options options;
  options.add_record_route(2);
  ASSERT_TRUE(net.alice.send("8.8.8.8", 17, udp(1, 9), {.options = options.bytes()}));
  Ipv4Header sent = net.sent_header();
  const auto route = sent.options.list().find(wire::Ipv4OptionType::record_route);
  ASSERT_TRUE(route);
  EXPECT_EQ(route->bytes[2], 8);
  EXPECT_EQ(Ipv4Address::load(route->bytes.data() + 3), v4("10.0.0.1"));
  options = {};
  const Ipv4Address elsewhere[] = {v4("10.0.0.254"), v4("10.0.0.1")};
  options.add_source_route(false, elsewhere);
  ASSERT_TRUE(net.alice.send("8.8.8.8", 17, udp(1, 9), {.options = options.bytes()}));
  EXPECT_EQ(net.sent_header().options, options) << "a route that is prescribed is no record";
}

TEST(Rfc1122, s3_2_1_8_source_sets_a_timestamp_unless_another_is_to) {
  using Flag = wire::TimestampOption::Flag;
  Sender net;
  net.world.pass(1'234_ms);
  const auto stamped = [&](const wire::Ipv4Options& options) {
    EXPECT_TRUE(net.alice.send("8.8.8.8", 17, udp(1, 9), {.options = options.bytes()}));
    const Ipv4Header sent = net.sent_header();
    const auto option = sent.options.list().find(wire::Ipv4OptionType::timestamp);
    return Bytes(option->bytes.begin(), option->bytes.end());
  };
  wire::Ipv4Options options;
  options.add_timestamp(Flag::time_only, 2);
  Bytes option = stamped(options);
  EXPECT_EQ(option[2], 9);
  EXPECT_EQ(load32(option.data() + 4), 1'234u);
  options = {};
  options.add_timestamp(Flag::address_and_time, 2);
  option = stamped(options);
  EXPECT_EQ(option[2], 13);
  EXPECT_EQ(Ipv4Address::load(option.data() + 4), v4("10.0.0.1"));
  options = {};
  const Ipv4Address others[] = {v4("10.0.0.254")};
  options.add_timestamp_at(others);
  EXPECT_EQ(stamped(options)[2], 5);
}

TEST(Ipv4Output, super_segment_counts_by_its_wire_segments) {
  Sender net;
  const auto send = [&](u16 segment, bool whole) {
    return net.alice.layer.output(
        super_segment(net.world, v4("10.0.0.1"), v4("10.0.0.2"), 4'000, segment),
        {.destination = v4("10.0.0.2"), .protocol = 6, .dont_fragment = whole});
  };
  ASSERT_TRUE(send(1'460, true));
  EXPECT_EQ(net.alice.take_frame().size(), 14u + 40u + 4'000u);
  EXPECT_EQ(send(1'461, true).error(), Errno::message_size);
  EXPECT_EQ(net.alice.said(), Lines{});
  ASSERT_TRUE(send(1'472, false));  // cut where its segments end, and each of them cut
  std::vector<u32> sizes;
  while (!net.alice.port().sent.empty()) sizes.push_back(net.alice.take_frame().size() - 14);
  EXPECT_EQ(sizes, (std::vector<u32>{1'500, 32, 1'500, 32, 1'096}));
}

TEST(Ipv4Output, errors_are_those_of_posix) {
  Sender net;
  EXPECT_EQ(net.refusal("10.0.0.2", {.source = v4("10.0.0.77")}), Errno::address_not_available);
  ASSERT_TRUE(net.alice.layer.add_route(
      {.prefix = ip_test::net("10.1.0.0/16"), .gateway = {}, .kind = RouteKind::unreachable}));
  ASSERT_TRUE(net.alice.layer.add_route(
      {.prefix = ip_test::net("10.2.0.0/16"), .gateway = {}, .kind = RouteKind::prohibit}));
  EXPECT_EQ(net.refusal("10.1.0.1"), Errno::host_unreachable);
  EXPECT_EQ(net.refusal("10.2.0.1"), Errno::access_denied);
  const Bytes bad_option = {7, 2, 0, 0};
  EXPECT_EQ(net.refusal("10.0.0.2", {.options = bad_option}), Errno::invalid);
  const auto too_big = net.alice.send("10.0.0.2", 17, udp(1, 9, 1'500), {.dont_fragment = true});
  EXPECT_EQ(too_big.error(), Errno::message_size);
  EXPECT_EQ(net.alice.send("10.0.0.2", 17, Bytes(65'516)).error(), Errno::message_size);
  ASSERT_TRUE(net.alice.layer.remove_route(Prefix::any(Family::ipv4)));
  EXPECT_EQ(net.refusal("8.8.8.8"), Errno::network_unreachable);
  EXPECT_EQ(net.alice.said(), Lines{});
  net.alice.port().nic.set_carrier(false);
  EXPECT_EQ(net.refusal("10.0.0.2"), Errno::network_down);
}

// The interface is the source address's, and it has no way to there; the sender that names one
// itself takes what it names for the link.
TEST(Rfc1122, s3_3_4_2_strong_host_without_a_route_from_its_source_is_refused) {
  Sender net({.strong_host = true});
  net.alice.plug(7, {"10.9.0.1/24"});
  EXPECT_EQ(net.refusal("8.8.8.8", {.source = v4("10.9.0.1")}), Errno::network_unreachable);
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_EQ(net.refusal("8.8.8.8", {.source = v4("10.0.0.1")}), Errno::ok);
}

TEST(Rfc1122, s3_2_1_3_nothing_is_sent_to_this_network_or_from_nobody) {
  Sender net;
  EXPECT_EQ(net.refusal("0.0.0.0"), Errno::network_unreachable);
  EXPECT_EQ(net.refusal("0.1.2.3"), Errno::network_unreachable);
  EXPECT_EQ(net.refusal("0.0.0.0", {.interface = &net.alice.eth()}), Errno::network_unreachable);
  EXPECT_EQ(net.alice.said(), Lines{});
  World world;
  Host nobody(world);
  nobody.plug(1);
  const IpSend send{.interface = &nobody.eth()};
  EXPECT_EQ(nobody.send("255.255.255.255", 17, udp(1, 9), send).error(),
            Errno::address_not_available);
  EXPECT_EQ(nobody.said(), Lines{});
}

TEST(Rfc1122, s3_2_1_3_loopback_address_does_not_leave_the_host) {
  Sender net;
  for (const char* destination : {"10.0.0.2", "8.8.8.8"}) {
    EXPECT_EQ(net.refusal(destination, {.source = v4("127.0.0.1")}), Errno::invalid) << destination;
  }
  EXPECT_EQ(net.refusal("224.1.2.3", {.source = v4("127.0.0.1")}), Errno::ok);
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_EQ(net.refusal("10.0.0.1", {.source = v4("127.0.0.1")}), Errno::ok);
  EXPECT_EQ(net.refusal("127.0.0.1", {.source = v4("10.0.0.1")}), Errno::ok);
}

TEST(Rfc1122, s2_3_2_neighbour_that_does_not_answer_is_reported_later) {
  Sender net;
  EXPECT_EQ(net.refusal("10.0.0.9"), Errno::ok);
  EXPECT_TRUE(net.alice.errors.empty());
  net.world.pass(5_s);
  EXPECT_EQ(net.alice.said().size(), 3u);
  ASSERT_EQ(net.alice.errors.size(), 1u);
  EXPECT_EQ(net.alice.errors[0].error, Errno::host_unreachable);
  EXPECT_EQ(net.alice.errors[0].destination, IpAddress(v4("10.0.0.9")));
  EXPECT_EQ(net.alice.quotes[0], udp(1, 9));
  EXPECT_EQ(net.world.pool.live(), 0u);
}

TEST(Rfc1122, s2_3_2_2_newest_packets_wait_for_an_address) {
  Sender net;
  for (u16 port = 1; port <= 103; ++port) {
    ASSERT_TRUE(net.alice.send("10.0.0.9", 17, udp(port, 9)));
  }
  EXPECT_EQ(net.alice.said(), (Lines{"ARP, Request who-has 10.0.0.9 tell 10.0.0.1, length 28"}));
  EXPECT_EQ(net.alice.drops(Drop::neighbour_queue_full), 2u);
  net.alice.hears(arp_frame(
      net.world,
      wire::ArpPacket::request(mac(1), v4("10.0.0.1"), v4("10.0.0.9")).reply_from(mac(9)), mac(1)));
  const Lines said = net.alice.said();
  ASSERT_EQ(said.size(), 101u);
  EXPECT_EQ(said.front(), "IP 10.0.0.1.3 > 10.0.0.9.9: UDP, length 8");
  EXPECT_EQ(said.back(), "IP 10.0.0.1.103 > 10.0.0.9.9: UDP, length 8");
}

TEST(Rfc791, s3_2_too_long_is_sent_in_fragments) {
  Sender net;
  ASSERT_TRUE(net.alice.send("10.0.0.2", 17, udp(1, 9, 3'000)));
  const Ipv4Header first = net.sent_header();
  const Ipv4Header second = net.sent_header();
  const Ipv4Header third = net.sent_header();
  EXPECT_EQ(first.total_length, 1'500);
  EXPECT_EQ(second.fragment_offset, 1'480);
  EXPECT_EQ(third.fragment_offset, 2'960);
  EXPECT_TRUE(first.more_fragments && second.more_fragments && !third.more_fragments);
  EXPECT_EQ(first.identification, third.identification);
}

TEST(Rfc6864, s4_1_datagrams_of_a_flow_have_identifications_of_their_own) {
  Sender net;
  ASSERT_TRUE(net.alice.send("10.0.0.2", 17, udp(1, 9)));
  ASSERT_TRUE(net.alice.send("10.0.0.2", 17, udp(1, 9)));
  const u16 first = net.sent_header().identification;
  EXPECT_EQ(net.sent_header().identification, static_cast<u16>(first + 1));
}

TEST(Rfc1112, s6_4_group_goes_to_its_ethernet_address_with_a_time_of_one) {
  Sender net;
  ASSERT_TRUE(net.alice.send("224.1.2.3", 17, udp(1, 9)));
  Packet sent = net.alice.take_frame();
  EXPECT_EQ(wire::EthernetView(sent.data()).destination(), MacAddress(1, 0, 0x5e, 1, 2, 3));
  EXPECT_EQ(sent.data()[14 + 8], 1);
  net.world.pass(1_ms);
  EXPECT_TRUE(net.alice.take_datagrams().empty());
}

TEST(Rfc1112, s6_1_members_on_this_host_hear_it_too_unless_told_not_to) {
  Sender net;
  ASSERT_TRUE(net.alice.layer.join(net.alice.eth(), v4("224.1.2.3")));
  ASSERT_TRUE(net.alice.send("224.1.2.3", 17, udp(1, 9)));
  net.world.pass(1_ms);
  ASSERT_EQ(net.alice.take_datagrams().size(), 1u);
  ASSERT_TRUE(net.alice.send("224.1.2.3", 17, udp(1, 9), {.multicast_loop = false}));
  net.world.pass(1_ms);
  EXPECT_TRUE(net.alice.take_datagrams().empty());
  EXPECT_EQ(net.alice.said().size(), 2u);
}

TEST(Rfc1112, s7_2_all_hosts_are_heard_without_being_joined) {
  Sender net;
  ASSERT_TRUE(net.alice.send("224.0.0.1", 17, udp(1, 9)));
  net.world.pass(1_ms);
  EXPECT_EQ(net.alice.take_datagrams().size(), 1u);
  EXPECT_EQ(net.alice.said().size(), 1u);
}

TEST(Rfc1122, s3_3_6_broadcasts_go_to_all_and_to_ourselves) {
  Sender net;
  for (const char* destination : {"255.255.255.255", "10.0.0.255", "192.168.5.255"}) {
    ASSERT_TRUE(net.alice.send(destination, 17, udp(1, 9)));
    Packet sent = net.alice.take_frame();
    EXPECT_EQ(wire::EthernetView(sent.data()).destination(), MacAddress::broadcast());
    net.world.pass(1_ms);
    const auto got = net.alice.take_datagrams();
    ASSERT_EQ(got.size(), 1u) << destination;
    EXPECT_TRUE(got[0].info.broadcast);
  }
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc2131, s4_1_host_without_address_speaks_from_zero) {
  World world;
  Host host(world);
  host.plug(1);
  ASSERT_TRUE(host.send("255.255.255.255", 17, udp(68, 67),
                        {.unspecified_source = true, .interface = &host.eth()}));
  EXPECT_EQ(host.said(), (Lines{"IP 0.0.0.0.68 > 255.255.255.255.67: UDP, length 8"}));
}

TEST(Rfc1122, s3_2_1_3_what_is_for_ourselves_never_leaves) {
  Sender net;
  for (const char* destination : {"127.0.0.1", "127.9.9.9", "10.0.0.1"}) {
    ASSERT_TRUE(net.alice.ping(destination));
    EXPECT_TRUE(net.alice.datagrams.empty());  // not before this event is over
    net.world.pass(1_ms);
    const auto got = net.alice.take_datagrams();
    ASSERT_EQ(got.size(), 2u) << destination;
    EXPECT_EQ(got[1].bytes[0], 0);
    EXPECT_EQ(got[1].info.source, *IpAddress::parse(destination));
    EXPECT_EQ(got[1].info.interface, &net.alice.layer.loopback());
  }
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_EQ(net.world.pool.live(), 0u);
}

TEST(Ipv4Output, bound_interface_without_a_route_takes_the_destination_to_be_on_its_link) {
  Sender net;
  net.alice.plug(3, {"10.0.1.1/24"});
  ASSERT_TRUE(net.alice.send("172.16.0.1", 17, udp(1, 9), {.interface = &net.alice.eth(1)}));
  EXPECT_EQ(net.alice.said(1), (Lines{"ARP, Request who-has 172.16.0.1 tell 10.0.1.1, length 28"}));
}

TEST(Rfc1122, s3_3_4_2_strong_model_sends_by_the_interface_of_its_source) {
  Sender net({.strong_host = true});
  net.alice.plug(3, {"10.0.1.1/24"});
  net.alice.route("8.8.0.0/16", "10.0.0.254");
  ASSERT_TRUE(net.alice.layer.add_route({.prefix = ip_test::net("0.0.0.0/0"),
                                         .gateway = v4("10.0.1.254"),
                                         .interface = net.alice.eth(1).index(),
                                         .metric = 9}));
  const auto far = net.alice.layer.route(v4("8.8.8.8"), v4("10.0.1.1"));
  ASSERT_TRUE(far);
  EXPECT_EQ(far->interface, &net.alice.eth(1));
}

TEST(Ipv4Output, own_header_is_sent_with_its_gaps_filled) {
  Sender net;
  Ipv4Header header{
      .ttl = 3, .protocol = wire::IpProtocol::ospf, .destination = v4("10.0.0.2"), .options = {}};
  ASSERT_TRUE(
      net.alice.send("10.0.0.2", 89, ipv4_bytes(header, Bytes(4, 1)), {.header_included = true}));
  const Ipv4Header sent = net.sent_header();
  EXPECT_EQ(sent.source, v4("10.0.0.1"));
  EXPECT_EQ(sent.ttl, 3);
  EXPECT_EQ(sent.total_length, 24);
  EXPECT_EQ(net.alice.send("10.0.0.2", 89, Bytes(8), {.header_included = true}).error(),
            Errno::invalid);
}

TEST(RouteCache, holds_until_something_changes) {
  Sender net;
  RouteCache way;
  const IpSend send{.destination = v4("8.8.8.8"), .protocol = 17};
  const auto again = [&] {
    ASSERT_TRUE(net.alice.layer.output(net.world.pool.copy_of(udp(1, 9)), send, &way));
    EXPECT_TRUE(net.alice.layer.valid(way));
  };
  again();
  EXPECT_NE(way.neighbour, nullptr);
  EXPECT_EQ(way.source, IpAddress(v4("10.0.0.1")));
  EXPECT_EQ(way.mtu, 1'500u);
  again();
  EXPECT_EQ(net.alice.layer.routes4().lookup(v4("8.8.8.8"))->uses, 2u);
  net.alice.knows("10.0.0.253", 253);
  ASSERT_TRUE(net.alice.layer.add_route(
      {.prefix = ip_test::net("8.0.0.0/8"), .gateway = IpAddress(v4("10.0.0.253"))}));
  EXPECT_FALSE(net.alice.layer.valid(way));
  net.alice.said();
  again();
  Packet sent = net.alice.take_frame();
  EXPECT_EQ(wire::EthernetView(sent.data()).destination(), mac(253));
  ASSERT_TRUE(net.alice.eth().neighbours4().remove(v4("10.0.0.253")));
  EXPECT_FALSE(net.alice.layer.valid(way));
  net.alice.knows("10.0.0.253", 99);
  again();
  ASSERT_TRUE(net.alice.layer.set_mtu(net.alice.eth(), 1'000));
  EXPECT_FALSE(net.alice.layer.valid(way));
  again();
  EXPECT_EQ(way.mtu, 1'000u);
  ASSERT_TRUE(net.alice.layer.remove_address(net.alice.eth(), v4("10.0.0.1")));
  EXPECT_FALSE(net.alice.layer.valid(way));
}

TEST(RouteCache, steady_state_takes_no_new_buffers) {
  Sender net;
  RouteCache way;
  const auto send = [&] {
    Packet packet = net.world.pool.allocate(1'000);
    packet.append(1'000);
    ASSERT_TRUE(net.alice.layer.output(std::move(packet),
                                       {.destination = v4("10.0.0.2"), .protocol = 17}, &way));
    net.alice.port().sent.clear();
  };
  send();
  const u64 before = net.world.pool.allocated();
  for (int i = 0; i < 1'000; ++i) send();
  EXPECT_EQ(net.world.pool.allocated(), before);
}

TEST(Ipv4Output, deferred_checksum_counts_from_the_frame) {
  Sender net;
  Packet packet = net.world.pool.copy_of(udp(1, 9));
  packet.meta().checksum = ChecksumState::deferred;
  packet.meta().checksum_start = 0;
  packet.meta().checksum_offset = 6;
  ASSERT_TRUE(
      net.alice.layer.output(std::move(packet), {.destination = v4("10.0.0.2"), .protocol = 17}));
  Packet sent = net.alice.take_frame();
  EXPECT_EQ(sent.meta().checksum, ChecksumState::deferred);
  EXPECT_EQ(sent.meta().checksum_start, 34);
}

TEST(Ipv4Output, deferred_checksum_is_completed_before_fragmentation) {
  Sender net;
  Bytes datagram = udp(1, 9, 2'000);
  const u32 length = static_cast<u32>(datagram.size());
  const auto sum =
      wire::pseudo_header(v4("10.0.0.1"), v4("10.0.0.2"), wire::IpProtocol::udp, length);
  store16(datagram.data() + 6, sum.folded());
  Packet packet = net.world.pool.copy_of(datagram);
  packet.meta().checksum = ChecksumState::deferred;
  packet.meta().checksum_offset = 6;
  ASSERT_TRUE(
      net.alice.layer.output(std::move(packet), {.destination = v4("10.0.0.2"), .protocol = 17}));
  Bytes joined;
  while (!net.alice.port().sent.empty()) {
    Packet fragment = net.alice.take_frame();
    EXPECT_EQ(fragment.meta().checksum, ChecksumState::present);
    const auto data = fragment.linear_bytes().subspan(34);
    joined.insert(joined.end(), data.begin(), data.end());
  }
  auto check = wire::pseudo_header(v4("10.0.0.1"), v4("10.0.0.2"), wire::IpProtocol::udp, length);
  EXPECT_TRUE(check.add(joined).verifies());
}

}  // namespace
}  // namespace catenet
