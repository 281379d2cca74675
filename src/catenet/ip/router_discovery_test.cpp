// ICMP router discovery for IPv4, both sides.
#include "catenet/ip/ip_test_bench.hpp"

namespace catenet {
namespace {

using namespace ip_test;

struct DiscoverySite {
  World world;
  Lan lan{world};
  Host router{world, "router", {.forwarding = true}};
  Host alice{world, "alice"};

  DiscoverySite() {
    lan.connect(router.plug(254, {"10.0.0.254/24"}));
    lan.connect(alice.plug(1, {"10.0.0.1/24"}));
  }
  void advertise() {
    router.layer.router_discovery().advertise(router.eth(),
                                              {.max_interval = 600_s, .preference = 5});
  }
  bool routed() { return alice.layer.route(v4("8.8.8.8")).has_value(); }
};

TEST(Rfc1256, s5_1_host_takes_an_advertised_router_as_default) {
  DiscoverySite site;
  EXPECT_FALSE(site.routed());
  site.advertise();
  site.world.pass(3_s);
  EXPECT_EQ(site.router.said(), (Lines{"IP 10.0.0.254 > 224.0.0.1: ICMP router advertisement "
                                       "lifetime 30:00 1: {10.0.0.254 5}, length 16"}));
  ASSERT_TRUE(site.routed());
  EXPECT_EQ(site.alice.layer.route(v4("8.8.8.8"))->next_hop, IpAddress(v4("10.0.0.254")));
  EXPECT_EQ(site.alice.said(), Lines{});
}

TEST(Rfc1256, s5_1_default_ends_with_its_lifetime) {
  DiscoverySite site;
  site.advertise();
  site.world.pass(60_s);
  site.router.layer.router_discovery().forget(site.router.eth());
  site.world.pass(1'700_s);
  EXPECT_TRUE(site.routed());
  site.world.pass(200_s);
  EXPECT_FALSE(site.routed());
}

TEST(Rfc1256, s4_3_router_that_stops_says_so) {
  DiscoverySite site;
  site.advertise();
  site.world.pass(60_s);
  EXPECT_TRUE(site.routed());
  site.router.layer.router_discovery().stop(site.router.eth());
  site.world.pass(1_s);
  EXPECT_FALSE(site.routed());
}

TEST(Rfc1256, s4_3_solicitation_is_answered_soon) {
  DiscoverySite site;
  site.advertise();
  site.world.pass(100_s);
  site.router.said();
  site.alice.layer.router_discovery().solicit(site.alice.eth());
  site.world.pass(4_s);
  EXPECT_EQ(site.alice.said(),
            (Lines{"IP 10.0.0.1 > 224.0.0.2: ICMP router solicitation, length 8"}));
  EXPECT_EQ(site.router.said().size(), 1u);
}

TEST(RouterDiscovery, router_whose_link_was_down_goes_on) {
  DiscoverySite site;
  site.advertise();
  site.world.pass(60_s);
  site.router.layer.set_up(site.router.eth(), false);
  site.world.pass(1'800_s);
  EXPECT_FALSE(site.routed());
  site.router.layer.set_up(site.router.eth(), true);
  site.world.pass(600_s);
  EXPECT_TRUE(site.routed());
}

TEST(Rfc1256, s5_3_three_solicitations_when_nobody_answers) {
  DiscoverySite site;
  site.alice.layer.router_discovery().solicit(site.alice.eth());
  site.world.pass(60_s);
  EXPECT_EQ(site.alice.said().size(), 3u);
  EXPECT_TRUE(site.world.engine.idle());
}

TEST(Rfc1256, s5_1_router_off_the_link_and_hosts_told_not_to_listen_learn_nothing) {
  DiscoverySite site;
  EXPECT_TRUE(site.router.layer.add_address(site.router.eth(), at("192.168.7.1/24")));
  site.advertise();
  site.world.pass(3_s);
  EXPECT_EQ(site.alice.layer.routes4().size(), 2u);  // its own link, and one default
  Host deaf(site.world, "deaf", {.router_discovery = false});
  site.lan.connect(deaf.plug(3, {"10.0.0.3/24"}));
  site.world.pass(60_s);
  EXPECT_FALSE(deaf.layer.route(v4("8.8.8.8")));
}

}  // namespace
}  // namespace catenet
