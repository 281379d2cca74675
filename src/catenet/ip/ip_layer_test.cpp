// Two hosts and more on one link, whole conversations.
#include "catenet/ip/ip_test_bench.hpp"

namespace catenet {
namespace {

using namespace ip_test;

struct Pair {
  World world;
  Lan lan{world};
  Host alice{world, "alice"};
  Host bob{world, "bob"};

  Pair() {
    lan.connect(alice.plug(1, {"10.0.0.1/24", "2001:db8::1/64"}));
    lan.connect(bob.plug(2, {"10.0.0.2/24", "2001:db8::2/64"}));
    alice.layer.start();
    bob.layer.start();
  }
};

TEST(IpLayer, idle_host_schedules_nothing) {
  Pair net;
  EXPECT_TRUE(net.world.engine.idle());
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(IpLayer, first_ping_resolves_then_echoes) {
  Pair net;
  ASSERT_TRUE(net.alice.ping("10.0.0.2"));
  net.world.pass(100_ms);
  EXPECT_EQ(net.alice.said(),
            (Lines{"ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28",
                   "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 16"}));
  EXPECT_EQ(net.bob.said(),
            (Lines{"ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:02, length 28",
                   "IP 10.0.0.2 > 10.0.0.1: ICMP echo reply, id 7, seq 1, length 16"}));
  ASSERT_EQ(net.alice.datagrams.size(), 1u);
  EXPECT_EQ(net.alice.datagrams[0].bytes[0], 0);
  net.world.pass(60_s);  // Bob asks Alice once whether she is still there (RFC 4861 section 7.3.3)
  EXPECT_EQ(net.bob.said(), (Lines{"ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28"}));
  EXPECT_TRUE(net.world.engine.idle());
}

TEST(IpLayer, first_ping6_resolves_then_echoes) {
  Pair net;
  ASSERT_TRUE(net.alice.ping6("2001:db8::2"));
  net.world.pass(100_ms);
  EXPECT_EQ(net.alice.said(),
            (Lines{"IP6 2001:db8::1 > ff02::1:ff00:2: ICMP6, neighbor solicitation, who has "
                   "2001:db8::2, length 32",
                   "IP6 2001:db8::1 > 2001:db8::2: ICMP6, echo request, id 7, seq 1, length 16"}));
  EXPECT_EQ(net.bob.said(),
            (Lines{"IP6 2001:db8::2 > 2001:db8::1: ICMP6, neighbor advertisement, tgt is "
                   "2001:db8::2, length 32",
                   "IP6 2001:db8::2 > 2001:db8::1: ICMP6, echo reply, id 7, seq 1, length 16"}));
}

TEST(IpLayer, packets_that_wait_for_neighbours_share_the_memory_of_the_host) {
  World world;
  Host alice(world, "alice", {.neighbour_memory_bytes = 4 * (Packet::overhead + 100)});
  alice.plug(1, {"10.0.0.1/24", "2001:db8::1/64"});
  alice.plug(2, {"10.0.1.1/24"});
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(alice.send("10.0.0.9", 17, udp(1, 9)));
  EXPECT_EQ(alice.drops(Drop::neighbour_queue_full, 0), 0u);
  for (const char* cold : {"2001:db8::9", "10.0.1.9"}) {
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(alice.send(cold, 17, udp(1, 9)));
  }
  EXPECT_EQ(alice.drops(Drop::neighbour_queue_full, 0), 1u);
  EXPECT_EQ(alice.drops(Drop::neighbour_queue_full, 1), 1u);
  world.pass(60_s);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(alice.send("10.0.1.9", 17, udp(1, 9)));
  EXPECT_EQ(alice.drops(Drop::neighbour_queue_full, 1), 1u);
}

TEST(IpLayer, error_about_a_datagram_to_ourselves_comes_back_to_us) {
  Pair net;
  net.alice.refuses = Refusal::port_unreachable;
  for (int i = 0; i < 20; ++i) {  // not rate-limited: nobody else is bothered
    for (const char* self : {"127.0.0.1", "10.0.0.1"}) {
      ASSERT_TRUE(net.alice.send(self, 17, udp(5'000, 9)));
      net.world.pass(1_ms);
      ASSERT_EQ(net.alice.errors.size(), 1u);
      EXPECT_EQ(net.alice.errors[0].error, Errno::connection_refused);
      net.alice.errors.clear();
    }
  }
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_EQ(net.alice.layer.loopback().loopback_drops(), 40u);
}

TEST(IpLayer, link_local_address_is_made_when_the_host_starts) {
  Pair net;
  const InterfaceAddress* own = net.alice.eth().link_local6();
  ASSERT_NE(own, nullptr);
  EXPECT_EQ(own->address, IpAddress(v6("fe80::ff:fe00:1")));
  ASSERT_TRUE(net.alice.ping6("fe80::ff:fe00:2", 8, &net.alice.eth()));
  net.world.pass(100_ms);
  ASSERT_FALSE(net.alice.datagrams.empty());
  EXPECT_EQ(net.alice.datagrams.back().bytes[0], 129);
}

TEST(IpLayer, addresses_that_cannot_be_are_refused) {
  Pair net;
  Interface& eth = net.alice.eth();
  const auto refusal = [&](std::string_view address) {
    const auto added = net.alice.layer.add_address(eth, at(address));
    return added ? Errno::ok : added.error();
  };
  for (const char* bad : {"0.0.0.0/8", "255.255.255.255/32", "224.0.0.1/24", "10.1.0.0/24",
                          "10.1.0.255/24", "240.1.1.1/24", "ff02::1/64", "::/64"}) {
    EXPECT_EQ(refusal(bad), Errno::invalid) << bad;
  }
  EXPECT_EQ(refusal("10.0.0.1/24"), Errno::exists);
  EXPECT_EQ(refusal("10.1.0.0/31"), Errno::ok);
  EXPECT_EQ(refusal("10.1.0.9/32"), Errno::ok);
  EXPECT_EQ(net.alice.layer.remove_address(eth, v4("10.9.9.9")).error(),
            Errno::address_not_available);
}

TEST(IpLayer, removed_address_is_ours_no_more_and_its_route_goes_with_the_last) {
  Pair net;
  Interface& eth = net.alice.eth();
  ASSERT_TRUE(net.alice.layer.add_address(eth, at("10.0.0.3/24")));
  ASSERT_TRUE(net.alice.layer.remove_address(eth, v4("10.0.0.1")));
  EXPECT_FALSE(net.alice.layer.is_local(v4("10.0.0.1")));
  EXPECT_EQ(net.alice.layer.route(v4("10.0.0.2"))->source, IpAddress(v4("10.0.0.3")));
  ASSERT_TRUE(net.alice.layer.remove_address(eth, v4("10.0.0.3")));
  EXPECT_EQ(net.alice.layer.route(v4("10.0.0.2")).error(), Errno::network_unreachable);
  EXPECT_FALSE(net.alice.layer.is_broadcast(v4("10.0.0.255")));
}

TEST(IpLayer, interface_down_takes_routes_and_neighbours_and_up_brings_its_own_back) {
  Pair net;
  net.alice.route("0.0.0.0/0", "10.0.0.2");
  ASSERT_TRUE(net.alice.ping("10.0.0.2"));
  net.world.pass(100_ms);
  net.alice.layer.set_up(net.alice.eth(), false);
  EXPECT_EQ(net.alice.layer.route(v4("10.0.0.2")).error(), Errno::network_unreachable);
  EXPECT_EQ(net.alice.eth().neighbours4().size(), 0u);
  net.alice.layer.set_up(net.alice.eth(), true);
  EXPECT_TRUE(net.alice.layer.route(v4("10.0.0.2")));
  EXPECT_EQ(net.alice.layer.route(v4("8.8.8.8")).error(), Errno::network_unreachable);
  net.alice.said();
  net.world.pass(10_s);
  const Lines said = net.alice.said();  // neighbours are told, routers asked for
  EXPECT_NE(std::ranges::find(said, "ARP, Request who-has 10.0.0.1 tell 10.0.0.1, length 28"),
            said.end());
}

TEST(IpLayer, carrier_lost_and_found_refreshes_neighbours) {
  Pair net;
  RouteCache way;
  ASSERT_TRUE(net.alice.layer.prepare({.destination = v4("10.0.0.2")}, way));
  net.alice.port().nic.set_carrier(false);
  EXPECT_FALSE(net.alice.layer.valid(way));
  EXPECT_EQ(net.alice.ping("10.0.0.2").error(), Errno::network_down);
  net.alice.port().nic.set_carrier(true);
  EXPECT_TRUE(net.alice.ping("10.0.0.2"));
}

TEST(IpLayer, routes_are_completed_by_their_gateway_or_refused) {
  Pair net;
  const auto refusal = [&](const Route& route) {
    const auto added = net.alice.layer.add_route(route);
    return added ? Errno::ok : added.error();
  };
  const Prefix far = ip_test::net("10.5.0.0/16");
  EXPECT_EQ(refusal({.prefix = far, .gateway = IpAddress(v4("192.168.1.1"))}),
            Errno::network_unreachable);
  EXPECT_EQ(refusal({.prefix = far, .gateway = IpAddress(v4("10.0.0.1"))}), Errno::invalid);
  EXPECT_EQ(refusal({.prefix = far, .gateway = IpAddress(v6("2001:db8::2"))}), Errno::invalid);
  EXPECT_EQ(refusal({.prefix = far, .gateway = {}}), Errno::no_device);
  EXPECT_EQ(refusal({.prefix = far, .gateway = {}, .interface = 9}), Errno::no_device);
  EXPECT_EQ(refusal({.prefix = far, .gateway = IpAddress(v4("10.0.0.2"))}), Errno::ok);
  EXPECT_EQ(refusal({.prefix = far, .gateway = IpAddress(v4("10.0.0.2"))}), Errno::exists);
  EXPECT_EQ(net.alice.layer.route(v4("10.5.1.1"))->interface, &net.alice.eth());
  EXPECT_TRUE(net.alice.layer.remove_route(far));
  EXPECT_EQ(net.alice.layer.remove_route(far).error(), Errno::no_entry);
}

TEST(IpLayer, expired_routes_go_by_themselves) {
  Pair net;
  ASSERT_TRUE(net.alice.layer.add_route({.prefix = ip_test::net("10.5.0.0/16"),
                                         .gateway = IpAddress(v4("10.0.0.2")),
                                         .origin = RouteOrigin::rip,
                                         .expiry = net.world.engine.now() + 180_s}));
  net.world.pass(179_s);
  EXPECT_TRUE(net.alice.layer.route(v4("10.5.1.1")));
  net.world.pass(2_s);
  EXPECT_FALSE(net.alice.layer.route(v4("10.5.1.1")));
}

TEST(IpLayer, redirects_cannot_fill_the_table) {
  Pair net;
  for (u32 i = 0; i < 2'000; ++i) {
    net.alice.layer.redirect_route(Ipv4Address::from_u32(0x08000000 + i), v4("10.0.0.2"),
                                   net.alice.eth());
  }
  EXPECT_LE(net.alice.layer.routes4().size(), 300u);
  net.world.pass(700_s);
  EXPECT_EQ(net.alice.layer.routes4().size(), 1u);
}

struct Watch final : FrameTap, AddressObserver {
  void on_frame(Interface&, const Packet& frame, bool outgoing) override {
    seen.push_back((outgoing ? "> " : "< ") + dissect_line(frame));
  }
  void on_address(Interface&, const InterfaceAddress& address, bool gone) override {
    seen.push_back(address.address.to_string() + " " +
                   (gone ? "gone" : std::string(address_state_name(address.state))));
  }
  Lines seen;
};

TEST(IpLayer, tap_sees_frames_both_ways) {
  Pair net;
  Watch watch;
  net.alice.layer.tap(&watch);
  ASSERT_TRUE(net.alice.ping("10.0.0.2"));
  net.world.pass(100_ms);
  ASSERT_EQ(watch.seen.size(), 4u);
  EXPECT_EQ(watch.seen[0], "> ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28");
  EXPECT_EQ(watch.seen[3], "< IP 10.0.0.2 > 10.0.0.1: ICMP echo reply, id 7, seq 1, length 16");
  net.alice.layer.tap(nullptr);
}

TEST(IpLayer, observer_is_told_of_addresses) {
  Pair net;
  Watch watch;
  net.alice.layer.observe(&watch);
  Interface& eth = net.alice.eth();
  ASSERT_TRUE(net.alice.layer.add_address(eth, at("10.0.0.7/24"), AddressUse::probed));
  ASSERT_TRUE(net.alice.layer.add_address(eth, at("10.0.0.2/24"), AddressUse::probed));
  net.world.pass(20_s);
  ASSERT_TRUE(net.alice.layer.remove_address(eth, v4("10.0.0.7")));
  EXPECT_EQ(watch.seen, (Lines{"10.0.0.2 duplicated", "10.0.0.7 preferred", "10.0.0.7 gone"}));
  net.alice.layer.observe(nullptr);
}

TEST(IpLayer, same_seed_gives_the_same_run) {
  const auto run = [](u64 seed) {
    World world;
    Lan lan(world);
    Host alice(world, "alice", {.cold_boot = true}, seed);
    lan.connect(alice.plug(1, {"10.0.0.1/24"}));
    alice.layer.start();
    std::vector<i64> times;
    while (world.engine.run_next()) times.push_back(world.engine.now().ns());
    return times;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

// What is ours is answered right whenever the question comes, however addresses were added.
TEST(IpLayer, addresses_added_between_questions_are_known_at_once) {
  World world;
  Host alice(world, "alice");
  alice.plug(1);
  alice.plug(2);
  std::vector<IpAddress> added;
  for (u64 i = 0; i < 400; ++i) {
    const u32 number = static_cast<u32>(mix64(i));
    const IpAddress v4 = Ipv4Address::from_u32(10u << 24 | (number & 0xffff00) | 7);
    const IpAddress v6 = Ipv6Address(0xfd00, 0, 0, static_cast<u16>(number), 0, 0, 0, 7);
    for (const IpAddress& address : {v4, v6}) {
      Interface& eth = alice.eth(static_cast<u32>(i % 2));
      const u8 length = address.is_v4() ? 24 : 64;
      if (alice.layer.add_address(eth, {address, length})) added.push_back(address);
    }
    if (i % 7 == 0) {
      EXPECT_TRUE(alice.layer.is_local(added[number % added.size()]));
    }
    EXPECT_TRUE(alice.layer.is_broadcast(Prefix(v4, 24).last()));
    EXPECT_FALSE(alice.layer.is_local(Prefix(v4, 24).last()));
  }
  for (const IpAddress& address : added) EXPECT_TRUE(alice.layer.is_local(address));
  for (Interface* eth : {&alice.eth(0), &alice.eth(1)}) {
    const auto all = eth->addresses4();
    const std::vector<InterfaceAddress> mine(all.begin(), all.end());
    for (const InterfaceAddress& own : mine) {
      EXPECT_EQ(alice.layer.local().find(own.address.v4(), eth)->interface, eth);
      ASSERT_TRUE(alice.layer.remove_address(*eth, own.address));
    }
  }
  for (const IpAddress& address : added) EXPECT_EQ(alice.layer.is_local(address), address.is_v6());
}

}  // namespace
}  // namespace catenet
