// Routers that advertise, hosts that listen: prefixes, addresses, default routes and how they end.
#include "catenet/ip/ip_test_bench.hpp"

namespace catenet {
namespace {

using namespace ip_test;
using wire::IpProtocol;
using wire::Ipv6Header;
using wire::PrefixInformation;

constexpr u32 day = 86'400;

struct Advertisement {
  u16 lifetime = 1'800;
  std::vector<PrefixInformation> prefixes;
  u32 mtu = 0;
  u8 hop_limit = 0;
  u32 reachable_ms = 0;
  u32 retransmit_ms = 0;
  std::vector<Ipv6Address> servers;
  u32 servers_lifetime = 600;
};

PrefixInformation prefix(std::string_view text, u32 valid = 30 * day, u32 preferred = 7 * day) {
  const Prefix value = net(text);
  return {.prefix = value.network().v6(),
          .length = static_cast<u8>(value.length()),
          .valid_lifetime = valid,
          .preferred_lifetime = preferred};
}

struct Listener {
  World world;
  Host alice;

  explicit Listener(const IpOptions& options = {}) : alice(world, "alice", options) {
    alice.plug(1);
    alice.layer.start();
  }
  void hears(const Advertisement& ra, std::string_view router = "fe80::fe", u8 hop_limit = 255) {
    Bytes message(wire::RouterAdvertisement::size + 8 + 8 + 32 * ra.prefixes.size() +
                  (ra.servers.empty() ? 0 : 8 + 16 * ra.servers.size()));
    wire::RouterAdvertisement{.hop_limit = ra.hop_limit,
                              .router_lifetime = ra.lifetime,
                              .reachable_time = ra.reachable_ms,
                              .retrans_timer = ra.retransmit_ms,
                              .options = {}}
        .emit(message);
    wire::NdpOptionWriter options(MutableBytes(message).subspan(wire::RouterAdvertisement::size));
    options.source_link_address(mac(254));
    if (ra.mtu) options.mtu(ra.mtu);
    for (const auto& entry : ra.prefixes) options.prefix(entry);
    if (!ra.servers.empty()) options.recursive_dns(ra.servers_lifetime, ra.servers);
    message.resize(wire::RouterAdvertisement::size + options.size());
    const Ipv6Header header{.next_header = IpProtocol::icmpv6,
                            .hop_limit = hop_limit,
                            .source = v6(router),
                            .destination = Ipv6Address::all_nodes()};
    wire::store_icmpv6_checksum(message, header.source, header.destination);
    alice.hears(ipv6_frame(world, header, message,
                           {.from = 254, .to = MacAddress(0x33, 0x33, 0, 0, 0, 1)}));
  }
  const InterfaceAddress* own() { return alice.eth().find(address); }
  Result<RouteChoice> far() { return alice.layer.route(v6("2001:db8:ffff::1")); }

  const Ipv6Address address = v6("2001:db8::ff:fe00:1");
};

TEST(Rfc4862, s5_5_3_prefix_becomes_an_address_once_it_is_tested) {
  Listener net;
  net.hears({.prefixes = {prefix("2001:db8::/64")}});
  ASSERT_NE(net.own(), nullptr);
  EXPECT_EQ(net.own()->state, AddressState::tentative);
  EXPECT_EQ(net.own()->origin, AddressOrigin::slaac);
  net.world.pass(3_s);
  EXPECT_EQ(net.own()->state, AddressState::preferred);
  EXPECT_EQ(net.own()->valid_until, Instant::at(Duration::seconds(30 * day)));
  EXPECT_EQ(net.alice.said(), (Lines{"IP6 :: > ff02::1:ff00:1: ICMP6, neighbor solicitation, who "
                                     "has 2001:db8::ff:fe00:1, length 24"}));
}

TEST(Rfc4861, s6_3_4_router_becomes_the_default_and_its_prefix_the_link) {
  Listener net;
  EXPECT_EQ(net.far().error(), Errno::network_unreachable);
  net.hears({.prefixes = {prefix("2001:db8::/64")}});
  net.world.pass(3_s);
  const auto far = net.far();
  ASSERT_TRUE(far);
  EXPECT_EQ(far->next_hop, IpAddress(v6("fe80::fe")));
  EXPECT_EQ(far->source, IpAddress(net.address));
  EXPECT_EQ(net.alice.layer.route(v6("2001:db8::77"))->next_hop, IpAddress(v6("2001:db8::77")));
  const Neighbour* router = net.alice.eth().neighbours6().find(v6("fe80::fe"));
  ASSERT_NE(router, nullptr);
  EXPECT_TRUE(router->router());
  EXPECT_EQ(router->mac(), mac(254));
}

TEST(Rfc4861, s6_3_4_router_is_no_default_after_its_lifetime_or_when_it_says_so) {
  Listener net;
  net.hears({.lifetime = 100, .prefixes = {prefix("2001:db8::/64")}});
  net.world.pass(99_s);
  EXPECT_TRUE(net.far());
  net.world.pass(2_s);
  EXPECT_FALSE(net.far());
  net.hears({.lifetime = 100});
  EXPECT_TRUE(net.far());
  net.hears({.lifetime = 0});
  EXPECT_FALSE(net.far());
  EXPECT_TRUE(net.alice.layer.ndp().slaac().default_routers().empty());
}

TEST(Rfc4861, s6_3_6_silent_router_comes_after_one_that_answers) {
  Listener net;
  net.hears({.prefixes = {prefix("2001:db8::/64")}}, "fe80::fe");
  net.hears({}, "fe80::fd");
  net.world.pass(3_s);
  EXPECT_EQ(net.far()->next_hop, IpAddress(v6("fe80::fe")));
  net.alice.layer.ndp().slaac().on_router_silent(net.alice.eth(), v6("fe80::fe"));
  EXPECT_EQ(net.far()->next_hop, IpAddress(v6("fe80::fd")));
  net.alice.layer.ndp().slaac().on_router_silent(net.alice.eth(), v6("fe80::fd"));
  EXPECT_TRUE(net.far());  // a silent router is better than none
  net.hears({}, "fe80::fd");
  EXPECT_EQ(net.far()->next_hop, IpAddress(v6("fe80::fd")));
}

TEST(Rfc4861, s7_3_3_router_that_does_not_answer_is_left_for_another) {
  Listener net;
  net.hears({.prefixes = {prefix("2001:db8::/64")}}, "fe80::fe");
  net.hears({}, "fe80::fd");
  net.world.pass(3_s);
  ASSERT_TRUE(net.alice.send("2001:db8:ffff::1", 17, udp(1, 9)));
  net.world.pass(20_s);
  EXPECT_EQ(net.far()->next_hop, IpAddress(v6("fe80::fd")));
}

TEST(Rfc4861, s6_3_4_flood_of_advertisements_fills_no_table) {
  Listener net;
  for (u16 i = 1; i <= 500; ++i) {
    Advertisement ra;
    ra.prefixes = {prefix("2001:db8::/64")};
    ra.prefixes[0].prefix = Ipv6Address(0x2001, 0xdb8, i, 0, 0, 0, 0, 0);
    const Ipv6Address router(0xfe80, 0, 0, 0, 0, 0, 1, i);
    net.hears(ra, router.to_string());
  }
  EXPECT_LE(net.alice.layer.routes6().size(), 64u);
  EXPECT_LE(net.alice.eth().addresses6().size(), 16u);
  EXPECT_LE(net.alice.layer.ndp().slaac().default_routers().size(), 16u);
  EXPECT_LE(net.alice.eth().neighbours6().size(), 1'024u);
}

TEST(Rfc4861, s6_3_4_parameters_of_the_link_are_adopted) {
  Listener net;
  net.hears({.prefixes = {prefix("2001:db8::/64")},
             .mtu = 1'400,
             .hop_limit = 30,
             .reachable_ms = 5'000});
  net.world.pass(3_s);
  EXPECT_EQ(net.far()->mtu, 1'400u);
  EXPECT_EQ(net.alice.eth().mtu(), 1'500u);
  EXPECT_EQ(net.alice.eth().neighbours6().base_reachable(), 5_s);
  net.alice.said();
  ASSERT_TRUE(net.alice.send("2001:db8:ffff::1", 17, udp(1, 9)));
  EXPECT_EQ(net.alice.take_frame().data()[14 + 7], 30);
  net.hears({.mtu = 9'000});  // more than the link takes
  net.hears({.mtu = 1'000});  // less than IPv6 allows
  EXPECT_EQ(net.far()->mtu, 1'400u);
}

TEST(Slaac, retransmission_timer_of_weeks_holds_up_neither_addresses_nor_packets) {
  Listener net;
  net.hears({.retransmit_ms = 2'000});
  EXPECT_EQ(net.alice.eth().neighbours6().retransmit(), 2_s);
  net.hears({.prefixes = {prefix("2001:db8::/64")}, .retransmit_ms = 0x5700'0000});
  EXPECT_EQ(net.alice.eth().neighbours6().retransmit(), 60_s);
  net.world.pass(120_s);
  ASSERT_NE(net.own(), nullptr);
  EXPECT_EQ(net.own()->state, AddressState::preferred);
  ASSERT_TRUE(net.alice.send("2001:db8::77", 17, udp(1, 9)));
  net.world.pass(240_s);
  EXPECT_EQ(net.alice.drops(Drop::neighbour_unreachable), 1u);
}

TEST(Rfc4861, s6_1_2_advertisement_from_off_the_link_is_not_believed) {
  Listener net;
  net.hears({.prefixes = {prefix("2001:db8::/64")}}, "fe80::fe", 254);
  net.hears({.prefixes = {prefix("2001:db8::/64")}}, "2001:db8::fe");
  EXPECT_EQ(net.alice.drops(Drop::bad_ndp), 2u);
  EXPECT_EQ(net.own(), nullptr);
  EXPECT_FALSE(net.far());
}

TEST(Rfc4862, s5_5_3_prefixes_that_make_no_address) {
  Listener net;
  PrefixInformation not_autonomous = prefix("2001:db8:1::/64");
  not_autonomous.autonomous = false;
  const PrefixInformation longer = prefix("2001:db8:2::/65");
  const PrefixInformation dead = prefix("2001:db8:3::/64", 0, 0);
  const PrefixInformation upside_down = prefix("2001:db8:4::/64", 100, 200);
  const PrefixInformation link_local = prefix("fe80::/64");
  net.hears({.prefixes = {not_autonomous, longer, dead, upside_down, link_local}});
  EXPECT_EQ(net.alice.eth().addresses6().size(), 1u);
  EXPECT_NE(net.alice.layer.routes6().find(ip_test::net("2001:db8:1::/64")), nullptr);
  EXPECT_EQ(net.alice.layer.routes6().find(ip_test::net("2001:db8:3::/64")), nullptr);
}

TEST(Rfc4862, s5_5_4_address_is_deprecated_then_removed) {
  Listener net;
  net.hears({.prefixes = {prefix("2001:db8::/64", 200, 100)}});
  net.world.pass(99_s);
  EXPECT_EQ(net.own()->state, AddressState::preferred);
  net.world.pass(2_s);
  EXPECT_EQ(net.own()->state, AddressState::deprecated);
  EXPECT_TRUE(net.alice.layer.is_local(net.address));
  net.world.pass(100_s);
  EXPECT_EQ(net.own(), nullptr);
  EXPECT_EQ(net.alice.layer.routes6().find(ip_test::net("2001:db8::/64")), nullptr);
}

TEST(Rfc4862, s5_5_3_e_lifetime_is_never_cut_under_two_hours_by_one_message) {
  Listener net;
  net.hears({.prefixes = {prefix("2001:db8::/64", 10 * 3'600, 3'600)}});
  net.world.pass(3_s);
  const Instant now = net.world.engine.now();
  net.hears({.prefixes = {prefix("2001:db8::/64", 60, 60)}});
  EXPECT_EQ(net.own()->valid_until, now + Duration::seconds(7'200));
  EXPECT_EQ(net.own()->preferred_until, now + Duration::seconds(60));
  net.world.pass(3'600_s);
  net.hears(
      {.prefixes = {prefix("2001:db8::/64", 60, 60)}});  // less than two hours left: as it was
  EXPECT_EQ(net.own()->valid_until, now + Duration::seconds(7'200));
  net.hears({.prefixes = {prefix("2001:db8::/64", 9'000, 9'000)}});  // more is always taken
  EXPECT_EQ(net.own()->valid_until, net.world.engine.now() + Duration::seconds(9'000));
  EXPECT_EQ(net.own()->state, AddressState::preferred);
}

TEST(Rfc8106, s5_1_dns_servers_are_kept_for_their_lifetime) {
  Listener net;
  net.hears({.servers = {v6("2001:db8::53")}, .servers_lifetime = 50});
  ASSERT_EQ(net.alice.layer.ndp().slaac().dns_servers().size(), 1u);
  EXPECT_EQ(net.alice.layer.ndp().slaac().dns_servers()[0].address, v6("2001:db8::53"));
  net.world.pass(51_s);
  EXPECT_TRUE(net.alice.layer.ndp().slaac().dns_servers().empty());
}

TEST(Rfc4861, s6_3_7_three_solicitations_four_seconds_apart_after_power_on) {
  Listener net({.cold_boot = true});
  net.world.pass(30_s);
  u32 count = 0;
  for (const std::string& line : net.alice.said()) {
    count += line.find("router solicitation") != std::string::npos;
  }
  EXPECT_EQ(count, 3u);
  EXPECT_TRUE(net.world.engine.idle());
}

TEST(Rfc4861, s6_3_7_no_solicitation_after_an_advertisement) {
  Listener net({.cold_boot = true});
  net.hears({});
  net.world.pass(30_s);
  for (const std::string& line : net.alice.said()) {
    EXPECT_EQ(line.find("router solicitation"), std::string::npos);
  }
}

TEST(Rfc4861, s6_2_1_router_takes_no_orders_from_other_routers) {
  Listener net({.forwarding = true});
  net.hears({.prefixes = {prefix("2001:db8::/64")}});
  EXPECT_EQ(net.own(), nullptr);
  EXPECT_FALSE(net.far());
}

// --- The router's side ---

struct Site {
  World world;
  Lan lan{world};
  Host router{world, "router", {.forwarding = true}};
  Host alice{world, "alice", {.cold_boot = true}};

  Site() {
    lan.connect(router.plug(254, {"2001:db8::1/64"}));
    router.layer.start();
  }
  RouterAdvertising settings() {
    RouterAdvertising settings;
    settings.prefixes.push_back({.prefix = net("2001:db8::/64")});
    settings.dns_servers.push_back(v6("2001:db8::53"));
    return settings;
  }
  u32 advertisements() {
    u32 count = 0;
    for (const std::string& line : router.said()) {
      count += line.find("router advertisement") != std::string::npos;
    }
    return count;
  }
};

TEST(Rfc4862, s4_1_host_that_wakes_beside_a_router_is_soon_on_the_internet) {
  Site site;
  ASSERT_TRUE(site.router.layer.advertise(site.router.eth(), site.settings()));
  site.world.pass(300_s);
  site.lan.connect(site.alice.plug(1));
  site.alice.layer.start();
  site.world.pass(10_s);
  ASSERT_TRUE(site.alice.ping6("2001:db8::1"));
  site.world.pass(1_s);
  bool answered = false;
  for (const Datagram& got : site.alice.datagrams) answered |= got.bytes[0] == 129;
  EXPECT_TRUE(answered);
  EXPECT_EQ(site.alice.layer.ndp().slaac().dns_servers().size(), 1u);
}

TEST(Rfc4861, s6_2_4_first_three_advertisements_are_at_most_16_seconds_apart) {
  Site site;
  ASSERT_TRUE(site.router.layer.advertise(site.router.eth(), site.settings()));
  site.world.pass(33_s);
  EXPECT_EQ(site.advertisements(), 3u);
  site.world.pass(1'800_s);
  const u32 later = site.advertisements();
  EXPECT_GE(later, 3u);
  EXPECT_LE(later, 9u);
}

TEST(Rfc4861, s6_2_6_solicitations_are_answered_at_most_once_in_three_seconds) {
  Site site;
  ASSERT_TRUE(site.router.layer.advertise(site.router.eth(), site.settings()));
  site.world.pass(300_s);
  site.advertisements();
  Bytes message(wire::RouterSolicitation::size);
  wire::RouterSolicitation{}.emit(message);
  const Ipv6Header header{.next_header = IpProtocol::icmpv6,
                          .hop_limit = 255,
                          .source = v6("fe80::2"),
                          .destination = Ipv6Address::all_routers()};
  wire::store_icmpv6_checksum(message, header.source, header.destination);
  for (int i = 0; i < 10; ++i) {
    site.router.hears(
        ipv6_frame(site.world, header, message, {.to = MacAddress(0x33, 0x33, 0, 0, 0, 2)}));
    site.world.pass(250_ms);
  }
  EXPECT_EQ(site.advertisements(), 1u);
}

TEST(Rfc4861, s6_2_5_router_that_stops_says_so) {
  Site site;
  ASSERT_TRUE(site.router.layer.advertise(site.router.eth(), site.settings()));
  site.world.pass(1_s);
  site.router.port().sent.clear();
  ASSERT_TRUE(site.router.layer.advertise(site.router.eth(), std::nullopt));
  Packet last = site.router.take_frame();
  EXPECT_EQ(load16(last.data() + 14 + 40 + 6), 0);
  site.world.pass(3'600_s);
  EXPECT_EQ(site.advertisements(), 0u);
}

TEST(Rfc4861, s6_2_1_settings_out_of_bounds_are_refused) {
  Site site;
  const auto refused = [&](auto&& change) {
    RouterAdvertising settings = site.settings();
    change(settings);
    const auto result = site.router.layer.advertise(site.router.eth(), settings);
    return !result && result.error() == Errno::invalid;
  };
  EXPECT_TRUE(refused([](auto& s) { s.max_interval = 2_s; }));
  EXPECT_TRUE(refused([](auto& s) { s.min_interval = 500_s; }));
  EXPECT_TRUE(refused([](auto& s) { s.default_lifetime = 10_s; }));
  EXPECT_TRUE(refused([](auto& s) { s.link_mtu = 1'000; }));
  EXPECT_TRUE(refused(
      [](auto& s) { s.prefixes[0].preferred_lifetime = s.prefixes[0].valid_lifetime * 2; }));
  EXPECT_FALSE(refused([](auto& s) { s.default_lifetime = Duration::zero(); }));
}

}  // namespace
}  // namespace catenet
