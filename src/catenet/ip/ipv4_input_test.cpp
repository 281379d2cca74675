// What a host makes of IPv4 that comes in.
#include "catenet/ip/ipv4_test_host.hpp"

namespace catenet {
namespace {

using namespace ip_test;
using wire::Ipv4Header;

struct AloneOnIpv4 : Host4 {
  using Host4::Host4;
  Ipv4Header from_bob(std::string_view destination = "10.0.0.1") const {
    return {.source = v4("10.0.0.2"), .destination = v4(destination), .options = {}};
  }
  void hears(const Ipv4Header& header, const Bytes& payload = udp(1, 9), MacAddress to = mac(1)) {
    alice.hears(ipv4_frame(world, header, payload, {.to = to}));
  }
  void expect_dropped(Drop reason, u64 times = 1) {
    EXPECT_EQ(alice.drops(reason), times) << drop_name(reason);
    EXPECT_TRUE(alice.take_datagrams().empty());
    EXPECT_EQ(alice.said(), Lines{});
  }
};

TEST(Rfc791, s3_1_datagram_for_us_is_delivered_with_what_its_header_says) {
  AloneOnIpv4 net;
  Ipv4Header header = net.from_bob();
  header.ttl = 7;
  header.dscp = 46;
  net.hears(header);
  const auto got = net.alice.take_datagrams();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].info.source, IpAddress(v4("10.0.0.2")));
  EXPECT_EQ(got[0].info.destination, IpAddress(v4("10.0.0.1")));
  EXPECT_EQ(got[0].info.protocol, 17);
  EXPECT_EQ(got[0].info.ttl, 7);
  EXPECT_EQ(got[0].info.dscp_ecn, 46 << 2);
  EXPECT_EQ(got[0].info.header_length, 20);
  EXPECT_EQ(got[0].info.interface, &net.alice.eth());
  EXPECT_FALSE(got[0].info.broadcast || got[0].info.multicast || got[0].info.reassembled);
  EXPECT_EQ(got[0].bytes, udp(1, 9));
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc894, padding_behind_the_total_length_is_cut) {
  AloneOnIpv4 net;
  Bytes bytes = ipv4_bytes(net.from_bob(), udp(1, 9, 1));
  bytes.resize(46, 0xee);
  net.alice.hears(frame(net.world, {}, wire::EtherType::ipv4, bytes));
  const auto got = net.alice.take_datagrams();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].bytes, udp(1, 9, 1));
}

TEST(Rfc1122, s3_2_1_1_other_version_is_dropped) {
  AloneOnIpv4 net;
  Bytes bytes = ipv4_bytes(net.from_bob(), udp(1, 9));
  bytes[0] = 0x55;
  net.alice.hears(frame(net.world, {}, wire::EtherType::ipv4, bytes));
  net.expect_dropped(Drop::bad_ip_header);
}

TEST(Rfc1122, s3_2_1_2_wrong_header_checksum_is_dropped) {
  AloneOnIpv4 net;
  Bytes bytes = ipv4_bytes(net.from_bob(), udp(1, 9));
  bytes[10] ^= 1;
  net.alice.hears(frame(net.world, {}, wire::EtherType::ipv4, bytes));
  net.expect_dropped(Drop::bad_ip_checksum);
  EXPECT_EQ(net.alice.layer.counters(Family::ipv4).in_hdr_errors, 1u);
}

TEST(Rfc791, s3_1_lengths_that_cannot_be_are_dropped) {
  AloneOnIpv4 net;
  const Bytes whole = ipv4_bytes(net.from_bob(), udp(1, 9));
  for (const std::size_t size : {1u, 19u, 20u, 27u}) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    net.alice.hears(frame(net.world, {}, wire::EtherType::ipv4, cut));
  }
  Bytes short_header = whole;
  short_header[0] = 0x44;
  net.alice.hears(frame(net.world, {}, wire::EtherType::ipv4, short_header));
  Bytes long_header = whole;
  long_header[0] = 0x4f;
  net.alice.hears(frame(net.world, {}, wire::EtherType::ipv4, long_header));
  net.expect_dropped(Drop::bad_ip_header, 6);
}

TEST(Rfc1122, s3_2_1_3_addresses_that_no_one_can_have_are_not_believed_as_sources) {
  AloneOnIpv4 net;
  const char* sources[] = {"127.0.0.1", "224.0.0.5",  "255.255.255.255", "240.0.0.1", "0.0.0.0",
                           "0.1.2.3",   "10.0.0.255", "10.0.0.0",        "10.0.0.1"};
  for (const char* source : sources) {
    Ipv4Header header = net.from_bob();
    header.source = v4(source);
    net.hears(header);
  }
  net.expect_dropped(Drop::martian_source, std::size(sources));
}

TEST(Rfc1122, s3_2_1_3_loopback_destination_on_the_wire_is_dropped) {
  AloneOnIpv4 net;
  net.hears(net.from_bob("127.0.0.1"));
  net.expect_dropped(Drop::martian_source);
}

TEST(Rfc1122, s3_2_1_3_unspecified_source_may_speak_to_all) {
  AloneOnIpv4 net;
  Ipv4Header header = net.from_bob("255.255.255.255");
  header.source = {};
  net.hears(header, udp(68, 67), MacAddress::broadcast());
  EXPECT_EQ(net.alice.take_datagrams().size(), 1u);
}

TEST(Rfc1122, s3_3_6_every_form_of_broadcast_is_taken) {
  AloneOnIpv4 net;
  for (const char* destination : {"255.255.255.255", "10.0.0.255", "10.0.0.0"}) {
    net.hears(net.from_bob(destination), udp(1, 9), MacAddress::broadcast());
  }
  const auto got = net.alice.take_datagrams();
  ASSERT_EQ(got.size(), 3u);
  for (const Datagram& datagram : got) EXPECT_TRUE(datagram.info.broadcast);
}

TEST(Rfc1122, s3_3_6_unicast_in_a_link_broadcast_is_dropped) {
  AloneOnIpv4 net;
  net.hears(net.from_bob(), udp(1, 9), MacAddress::broadcast());
  net.expect_dropped(Drop::broadcast_not_forwarded);
}

TEST(Rfc1112, s7_groups_are_heard_only_while_joined) {
  AloneOnIpv4 net;
  const Ipv4Address group = v4("239.1.2.3");
  const auto hear = [&] {
    net.hears(net.from_bob("239.1.2.3"), udp(1, 9), MacAddress::for_ipv4_multicast(group));
  };
  hear();
  net.expect_dropped(Drop::other_group);
  ASSERT_TRUE(net.alice.layer.join(net.alice.eth(), group));
  hear();
  const auto got = net.alice.take_datagrams();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_TRUE(got[0].info.multicast);
  ASSERT_TRUE(net.alice.layer.leave(net.alice.eth(), group));
  hear();
  EXPECT_TRUE(net.alice.take_datagrams().empty());
}

TEST(Rfc1112, s7_1_all_hosts_group_is_always_heard) {
  AloneOnIpv4 net;
  net.hears(net.from_bob("224.0.0.1"), udp(1, 9), MacAddress(1, 0, 0x5e, 0, 0, 1));
  EXPECT_EQ(net.alice.take_datagrams().size(), 1u);
}

TEST(Rfc1122, s3_3_1_1_host_does_not_forward) {
  AloneOnIpv4 net;
  net.hears(net.from_bob("10.0.1.5"));
  net.expect_dropped(Drop::not_our_address);
}

TEST(Rfc1122, s3_3_4_2_weak_model_takes_a_datagram_for_another_interface) {
  AloneOnIpv4 net;
  net.alice.plug(3, {"10.0.1.1/24"});
  net.hears(net.from_bob("10.0.1.1"));
  EXPECT_EQ(net.alice.take_datagrams().size(), 1u);
}

TEST(Rfc1122, s3_3_4_2_strong_model_drops_a_datagram_for_another_interface) {
  AloneOnIpv4 net({.strong_host = true});
  net.alice.plug(3, {"10.0.1.1/24"});
  net.hears(net.from_bob("10.0.1.1"));
  net.expect_dropped(Drop::not_our_address);
}

TEST(Ethernet, unknown_type_and_interface_down_are_dropped) {
  AloneOnIpv4 net;
  net.alice.hears(frame(net.world, {}, static_cast<wire::EtherType>(0x1234), udp(1, 9)));
  net.expect_dropped(Drop::unknown_ether_type);
  net.alice.layer.set_up(net.alice.eth(), false);
  net.hears(net.from_bob());
  net.expect_dropped(Drop::interface_down);
}

TEST(Ethernet, promiscuous_port_takes_nothing_for_others) {
  AloneOnIpv4 net;
  net.alice.port().nic.set_promiscuous(true);
  net.hears(net.from_bob(), udp(1, 9), mac(77));
  net.expect_dropped(Drop::not_for_us);
}

// --- Options ---

TEST(Rfc791, s3_1_record_route_gets_our_address) {
  AloneOnIpv4 net;
  Ipv4Header header = net.from_bob();
  header.protocol = wire::IpProtocol::icmp;
  header.options.add_record_route(3);
  net.hears(header, echo4());
  Packet reply = net.alice.take_frame();
  reply.consume(14);
  const auto answer = Ipv4Header::parse(reply.linear_bytes());
  ASSERT_TRUE(answer);
  const auto option = answer->options.list().find(wire::Ipv4OptionType::record_route);
  ASSERT_TRUE(option);
  // Once where the way there ends, once where the way back begins.
  EXPECT_EQ(option->bytes[2], 12);
  EXPECT_EQ(Ipv4Address::load(option->bytes.data() + 3), v4("10.0.0.1"));
  EXPECT_EQ(Ipv4Address::load(option->bytes.data() + 7), v4("10.0.0.1"));
  EXPECT_TRUE(wire::Ipv4View(reply.data()).checksum_ok());
}

TEST(Rfc1122, s3_2_1_8_timestamp_is_stamped_with_milliseconds_since_midnight) {
  AloneOnIpv4 net;
  net.world.pass(1'234_ms);
  Ipv4Header header = net.from_bob();
  header.protocol = wire::IpProtocol::icmp;
  header.options.add_timestamp(wire::TimestampOption::Flag::address_and_time, 2);
  net.hears(header, echo4());
  Packet reply = net.alice.take_frame();
  reply.consume(14);
  const auto answer = Ipv4Header::parse(reply.linear_bytes());
  ASSERT_TRUE(answer);
  const auto option = answer->options.list().find(wire::Ipv4OptionType::timestamp);
  ASSERT_TRUE(option);
  EXPECT_EQ(Ipv4Address::load(option->bytes.data() + 4), v4("10.0.0.1"));
  EXPECT_EQ(load32(option->bytes.data() + 8), 1'234u);
}

TEST(Rfc1122, s3_2_1_8_unknown_option_is_passed_over) {
  AloneOnIpv4 net;
  Ipv4Header header = net.from_bob();
  const u8 odd[] = {0x99, 4, 1, 2};
  header.options.add(odd);
  net.hears(header);
  EXPECT_EQ(net.alice.take_datagrams().size(), 1u);
}

TEST(Rfc1122, s3_2_2_5_bad_option_length_is_a_parameter_problem_that_points_at_it) {
  AloneOnIpv4 net;
  Ipv4Header header = net.from_bob();
  const u8 bad[] = {1, 7, 2, 4};
  header.options = wire::Ipv4Options(ByteView(bad));
  net.hears(header);
  EXPECT_EQ(net.alice.drops(Drop::bad_ip_options), 1u);
  const Lines said = net.alice.said();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].substr(0, 61), "IP 10.0.0.1 > 10.0.0.2: ICMP parameter problem - octet 22, le");
  EXPECT_TRUE(net.alice.take_datagrams().empty());
}

TEST(Rfc7126, s4_3_source_route_through_us_is_refused) {
  for (const bool strict : {false, true}) {
    AloneOnIpv4 net;
    Ipv4Header header = net.from_bob();
    const Ipv4Address hops[] = {v4("10.0.1.9")};
    header.options.add_source_route(strict, hops);
    net.hears(header);
    EXPECT_EQ(net.alice.drops(Drop::bad_ip_options), 1u);
    EXPECT_EQ(net.alice.said(),
              (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 unreachable - source route failed, "
                     "length 52"}));
  }
}

TEST(Rfc1122, s3_2_1_8_completed_source_route_is_delivered) {
  AloneOnIpv4 net;
  Ipv4Header header = net.from_bob();
  const u8 done[] = {131, 7, 8, 10, 0, 1, 9, 0};
  header.options = wire::Ipv4Options(ByteView(done));
  net.hears(header);
  EXPECT_EQ(net.alice.take_datagrams().size(), 1u);
  EXPECT_EQ(net.alice.said(), Lines{});
}

// --- Fragments ---

TEST(Rfc791, s3_2_fragments_in_any_order_become_one_datagram) {
  AloneOnIpv4 net;
  const Bytes whole = udp(1, 9, 24);
  Ipv4Header header = net.from_bob();
  header.identification = 77;
  header.fragment_offset = 16;
  net.hears(header, Bytes(whole.begin() + 16, whole.end()));
  EXPECT_TRUE(net.alice.datagrams.empty());
  header.fragment_offset = 0;
  header.more_fragments = true;
  net.hears(header, Bytes(whole.begin(), whole.begin() + 16));
  const auto got = net.alice.take_datagrams();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_TRUE(got[0].info.reassembled);
  EXPECT_EQ(got[0].bytes, whole);
  EXPECT_EQ(net.alice.layer.counters(Family::ipv4).reasm_oks, 1u);
  net.world.pass(100_s);
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc1122, s3_3_2_time_exceeded_is_sent_when_the_first_fragment_came) {
  AloneOnIpv4 net;
  Ipv4Header header = net.from_bob();
  header.more_fragments = true;
  net.hears(header, udp(1, 9, 8));
  net.world.pass(29_s);
  EXPECT_EQ(net.alice.said(), Lines{});
  net.world.pass(2_s);
  EXPECT_EQ(net.alice.said(),
            (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP ip reassembly time exceeded, length 44"}));
  EXPECT_EQ(net.alice.drops(Drop::reassembly_timeout), 1u);
  EXPECT_EQ(net.alice.layer.counters(Family::ipv4).reasm_timeout, 1u);
  EXPECT_EQ(net.world.pool.live(), 0u);
}

TEST(Rfc1122, s3_3_2_no_time_exceeded_without_the_first_fragment) {
  AloneOnIpv4 net;
  Ipv4Header header = net.from_bob();
  header.fragment_offset = 64;
  net.hears(header, udp(1, 9, 8));
  net.world.pass(40_s);
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_EQ(net.alice.drops(Drop::reassembly_timeout), 1u);
}

TEST(Rfc5722, overlap_ends_the_datagram_and_every_fragment_is_accounted_for) {
  AloneOnIpv4 net;
  Ipv4Header header = net.from_bob();
  header.more_fragments = true;
  net.hears(header, udp(1, 9, 16));
  header.fragment_offset = 8;
  net.hears(header, Bytes(16, 0x63));
  EXPECT_EQ(net.alice.drops(Drop::fragment_overlap), 2u);
  EXPECT_TRUE(net.alice.take_datagrams().empty());
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc1122, s3_2_2_1_protocol_nobody_takes_is_unreachable) {
  AloneOnIpv4 net;
  net.alice.refuses = Refusal::protocol_unreachable;
  Ipv4Header header = net.from_bob();
  header.protocol = static_cast<wire::IpProtocol>(200);
  net.hears(header, Bytes(8, 1));
  EXPECT_EQ(net.alice.said(),
            (Lines{"IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 protocol 200 unreachable, length 36"}));
  EXPECT_EQ(net.alice.drops(Drop::unknown_protocol), 1u);
  EXPECT_EQ(net.alice.layer.counters(Family::ipv4).in_unknown_protos, 1u);
}

}  // namespace
}  // namespace catenet
