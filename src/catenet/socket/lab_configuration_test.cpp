// What a lab host says of its interfaces, routes and ways.
#include "catenet/socket/lab_configuration.hpp"

#include "catenet/socket/lab_net_test.hpp"

namespace catenet {
namespace {

using lab_net::ip;

class LabConfigurationTest : public testing::Test {
 protected:
  lab_net::Net net;
  Configuration& alice = net.alice.system.configuration();
  Configuration& router = net.r1().system.configuration();
};

TEST_F(LabConfigurationTest, interfaces_are_told_with_addresses_and_what_they_carried) {
  const auto quiet = alice.interfaces();
  ASSERT_TRUE(quiet);
  ASSERT_EQ(quiet->size(), 2u);
  const InterfaceStatus& lo = (*quiet)[0];
  EXPECT_TRUE(lo.loopback && lo.enabled && lo.up);
  EXPECT_EQ(lo.addresses[0].prefix, *InterfacePrefix::parse("127.0.0.1/8"));
  const InterfaceStatus& eth0 = (*quiet)[1];
  EXPECT_EQ(eth0.index, 2u);
  EXPECT_EQ(eth0.mtu, 1'500u);
  EXPECT_EQ(eth0.addresses[0].prefix, *InterfacePrefix::parse("10.0.0.2/24"));
  EXPECT_FALSE(eth0.addresses[0].valid_for);
  const auto socket = net.alice.open(Family::ipv4, SocketType::datagram);
  ASSERT_TRUE((*socket)->send_to(as_bytes("hello"), lab_net::at("10.0.0.1", 9)));
  net.pass(1_s);
  const auto busy = alice.interfaces();
  EXPECT_GT((*busy)[1].figures.sent_packets, eth0.figures.sent_packets);
  EXPECT_GT((*busy)[1].figures.received_bytes, eth0.figures.received_bytes);
  net.alice.host.ip().set_up(*net.alice.host.ip().interface("eth0"), false);
  EXPECT_FALSE((*alice.interfaces())[1].enabled);
}

TEST_F(LabConfigurationTest, routes_are_told_the_default_last) {
  const auto routes = alice.routes(Family::ipv4);
  ASSERT_TRUE(routes);
  ASSERT_FALSE(routes->empty());
  EXPECT_EQ(routes->back().to, Prefix::any(Family::ipv4));
  EXPECT_EQ(routes->back().gateway, ip("10.0.0.1"));
  EXPECT_EQ(routes->back().origin, RouteOrigin::configured);
  const auto own = std::ranges::find(*routes, *Prefix::parse("10.0.0.0/24"), &RouteStatus::to);
  ASSERT_NE(own, routes->end());
  EXPECT_EQ(own->source, ip("10.0.0.2"));
  EXPECT_EQ(own->origin, RouteOrigin::connected);
  EXPECT_FALSE(own->gateway);
}

TEST_F(LabConfigurationTest, way_leads_by_a_gateway_on_the_link_or_to_the_host_itself) {
  const auto far = alice.way_to(ip("10.0.1.2"));
  ASSERT_TRUE(far);
  EXPECT_EQ(far->gateway, ip("10.0.0.1"));
  EXPECT_EQ(far->source, ip("10.0.0.2"));
  EXPECT_EQ(far->interface, 2u);
  const auto near = alice.way_to(ip("2001:db8::1"));
  ASSERT_TRUE(near);
  EXPECT_FALSE(near->gateway);
  const auto own = alice.way_to(ip("10.0.0.2"));
  ASSERT_TRUE(own);
  EXPECT_EQ(own->interface, 1u);
  EXPECT_FALSE(own->gateway);
}

TEST_F(LabConfigurationTest, way_may_be_asked_for_by_one_interface) {
  EXPECT_EQ(router.way_to(ip("ff02::1"), 3)->interface, 3u);
  EXPECT_EQ(router.way_to(ip("ff02::1"), 2)->interface, 2u);
  EXPECT_EQ(router.way_to(ip("ff02::1"), 9).error(), Errno::no_device);
  EXPECT_EQ(router.way_to(ip("192.0.2.1")).error(), Errno::network_unreachable);
}

}  // namespace
}  // namespace catenet
