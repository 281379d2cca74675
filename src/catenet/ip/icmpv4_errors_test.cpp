// ICMP errors and redirects that come in: what is believed of them, and what is told.
#include "catenet/ip/ipv4_test_host.hpp"

namespace catenet {
namespace {

using namespace ip_test;
using wire::Icmpv4Header;
using wire::UnreachableCode;

TEST(Rfc1122, s3_2_2_1_unreachable_is_told_to_the_transport) {
  Host4 net;
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
      {UnreachableCode::host_unknown, Errno::host_down, true},
      {UnreachableCode::source_host_isolated, Errno::no_network, true},
      {UnreachableCode::administratively_prohibited, Errno::host_unreachable, true}};
  Host4 net;
  for (const Row& row : rows) {
    net.hears_error(Icmpv4Header::unreachable(row.code), net.quote("8.8.8.8"));
    ASSERT_EQ(net.alice.errors.size(), 1u);
    EXPECT_EQ(net.alice.errors[0].error, row.error);
    EXPECT_EQ(net.alice.errors[0].hard, row.hard);
    net.alice.errors.clear();
  }
}

TEST(Rfc5927, s4_error_about_what_we_never_sent_is_ignored) {
  Host4 net;
  const auto header = Icmpv4Header::unreachable(UnreachableCode::port);
  net.hears_error(header, net.quote("8.8.8.8", "10.0.0.3"));
  Bytes cut = net.quote("8.8.8.8");
  cut.resize(27);  // seven bytes of the transport
  net.hears_error(header, cut);
  EXPECT_TRUE(net.alice.errors.empty());
}

// The bytes of a later fragment are no transport header: they must not be read as ports.
TEST(Rfc1122, s3_2_2_error_about_a_later_fragment_is_nobodys) {
  Host4 net;
  const Bytes quoted = ipv4_bytes({.fragment_offset = 1'480,
                                   .source = v4("10.0.0.1"),
                                   .destination = v4("8.8.8.8"),
                                   .options = {}},
                                  udp(5'000, 53));
  net.hears_error(Icmpv4Header::unreachable(UnreachableCode::port), quoted);
  EXPECT_TRUE(net.alice.errors.empty());
}

TEST(Rfc6633, s3_source_quench_is_ignored) {
  Host4 net;
  net.hears_error({wire::Icmpv4Type::source_quench, 0, 0}, net.quote("8.8.8.8"));
  EXPECT_TRUE(net.alice.errors.empty());
  EXPECT_EQ(net.alice.said(), Lines{});
}

u32 path_mtu(Host4& net, std::string_view destination) {
  return net.alice.layer.route(v4(destination))->mtu;
}

TEST(Rfc1191, s3_fragmentation_needed_lowers_the_path_mtu_of_its_destination) {
  Host4 net;
  const auto too_big = Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed, 1'000);
  net.hears_error(too_big, net.quote("8.8.8.8", "10.0.0.1", 1'472));
  EXPECT_EQ(path_mtu(net, "8.8.8.8"), 1'000u);
  EXPECT_EQ(path_mtu(net, "8.8.4.4"), 1'500u);
  ASSERT_EQ(net.alice.errors.size(), 1u);
  EXPECT_EQ(net.alice.errors[0].error, Errno::message_size);
  EXPECT_EQ(net.alice.errors[0].mtu, 1'000u);
}

// Below the floor routers may cut for who merely prefers whole packets; who insists is refused.
TEST(Rfc1191, s3_who_insists_on_whole_packets_is_refused_below_the_floor) {
  Host4 net;
  net.hears_error(Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed, 500),
                  net.quote("8.8.8.8", "10.0.0.1", 1'000));
  EXPECT_EQ(path_mtu(net, "8.8.8.8"), 552u);
  ASSERT_EQ(net.alice.errors.size(), 1u);
  EXPECT_EQ(net.alice.errors[0].mtu, 500u) << "as the router said";
  EXPECT_EQ(net.alice.errors[0].path_mtu, 552u);
  const auto whole = net.alice.send("8.8.8.8", 17, udp(1, 9, 1'000), {.dont_fragment = true});
  EXPECT_EQ(whole.error(), Errno::message_size);
  EXPECT_EQ(net.alice.said(), Lines{});
  const auto sent_whole = [&](const IpSend& send) {
    EXPECT_TRUE(net.alice.send("8.8.8.8", 17, udp(1, 9, 500), send));
    return wire::Ipv4View(net.alice.take_frame().data() + 14).dont_fragment();
  };
  EXPECT_TRUE(sent_whole({.dont_fragment = true}));
  EXPECT_FALSE(sent_whole({.prefer_whole = true}));
}

TEST(Rfc1191, s3_path_mtu_is_never_raised_by_a_message) {
  Host4 net;
  const Bytes quoted = net.quote("8.8.8.8", "10.0.0.1", 1'472);
  net.hears_error(Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed, 1'000), quoted);
  net.hears_error(Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed, 1'400), quoted);
  EXPECT_EQ(path_mtu(net, "8.8.8.8"), 1'000u);
}

TEST(Rfc1191, s7_old_router_without_mtu_field_means_the_next_plateau) {
  Host4 net;
  net.hears_error(Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed),
                  net.quote("8.8.8.8", "10.0.0.1", 1'472));
  EXPECT_EQ(path_mtu(net, "8.8.8.8"), 1'492u);
}

TEST(Rfc1191, s6_3_path_mtu_is_forgotten_after_ten_minutes) {
  Host4 net;
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
  Host4 net;
  net.alice.believes = false;
  net.hears_error(Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed, 600),
                  net.quote("8.8.8.8"));
  EXPECT_EQ(path_mtu(net, "8.8.8.8"), 1'500u);
  EXPECT_TRUE(net.alice.errors.empty());
}

// --- Redirects ---

IpAddress next_hop(Host4& net, std::string_view destination) {
  return net.alice.layer.route(v4(destination))->next_hop;
}

TEST(Rfc1122, s3_2_2_2_redirect_from_the_gateway_in_use_is_followed) {
  Host4 net;
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
  Host4 net;
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
  EXPECT_EQ(net.alice.drops(Drop::icmp_not_believed), 6u);
}

// What somebody configured is not overridden, and above all not forgotten with the redirect.
TEST(Rfc1122, s3_3_1_2_static_host_route_outlives_a_redirect) {
  Host4 net;
  net.alice.route("8.8.8.8/32", "10.0.0.254");
  net.hears_error(Icmpv4Header::redirect(wire::RedirectCode::host, v4("10.0.0.253")),
                  net.quote("8.8.8.8"));
  EXPECT_EQ(next_hop(net, "8.8.8.8"), IpAddress(v4("10.0.0.254")));
  net.world.pass(700_s);
  ASSERT_TRUE(net.alice.layer.remove_route(Prefix::any(Family::ipv4)));
  EXPECT_EQ(next_hop(net, "8.8.8.8"), IpAddress(v4("10.0.0.254")));
}

TEST(Rfc5927, s4_redirect_is_not_believed_when_the_transport_does_not) {
  Host4 net;
  net.alice.believes = false;
  net.hears_error(Icmpv4Header::redirect(wire::RedirectCode::host, v4("10.0.0.253")),
                  net.quote("8.8.8.8"));
  EXPECT_EQ(next_hop(net, "8.8.8.8"), IpAddress(v4("10.0.0.254")));
  EXPECT_EQ(net.alice.drops(Drop::icmp_not_believed), 1u);
  EXPECT_TRUE(net.alice.datagrams.empty());
}

TEST(Rfc1812, s5_2_7_2_router_ignores_redirects) {
  Host4 net({.forwarding = true});
  net.hears_error(Icmpv4Header::redirect(wire::RedirectCode::host, v4("10.0.0.253")),
                  net.quote("8.8.8.8"));
  EXPECT_EQ(next_hop(net, "8.8.8.8"), IpAddress(v4("10.0.0.254")));
}

}  // namespace
}  // namespace catenet
