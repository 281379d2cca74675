// What `options: {ip: …}` says of a node, and what comes of it.
#include "catenet/lab/network.hpp"
#include "catenet/lab/run_test.hpp"

namespace catenet::lab {
namespace {

void expect_passed(const RunResult& result) {
  for (const StepResult& step : result.steps) EXPECT_EQ(faults(step), "") << step.text;
  EXPECT_TRUE(result.passed());
}

TEST(IpOptions, each_lands_in_the_stack) {
  const Plan plan = plan_of(
      "defaults: {options: {ip: {redirects: false, ports: [40000, 40009]}}}\n"
      "nodes:\n"
      "  a: {options: {ip: {strong_host: true, path_mtu_discovery: false, broadcast_echo: true}}}\n"
      "  r: {kind: router, options: {ip: {directed_broadcast: true, address_mask: true,\n"
      "      proxy_arp: true, redirects: true}}}\n"
      "links: [{endpoints: [a, r]}]\n");
  Network network(plan);
  IpLayer& a = network.host(0)->ip();
  IpLayer& r = network.host(1)->ip();
  EXPECT_TRUE(a.options().strong_host && a.options().broadcast_echo_reply);
  EXPECT_FALSE(a.options().path_mtu_discovery);
  EXPECT_FALSE(a.interface("eth0")->options().accept_redirects);
  EXPECT_FALSE(a.interface("eth0")->options().proxy_arp);
  EXPECT_TRUE(r.options().address_mask_reply && r.options().path_mtu_discovery);
  EXPECT_TRUE(r.interface("eth0")->options().forward_directed_broadcast);
  EXPECT_TRUE(r.interface("eth0")->options().proxy_arp);
  EXPECT_TRUE(r.interface("eth0")->options().send_redirects);
  EXPECT_EQ(network.host(0)->udp().ports().range(), (PortRange{40'000, 40'009}));
  EXPECT_EQ(network.host(0)->tcp().ports().range(), (PortRange{40'000, 40'009}));
}

// a takes the far network to be on its own link; only a router that answers for it helps.
TEST(IpOptions, proxy_arp_carries_a_host_that_knows_no_router) {
  const auto lab = [](const std::string& option, const std::string& exit) {
    return "nodes:\n"
           "  a: {routes: [{to: 10.0.2.0/24, interface: eth0}]}\n"
           "  r: {kind: router" +
           option +
           "}\n"
           "  b: \n"
           "links: [{endpoints: [a, r]}, {endpoints: [r, b]}]\n"
           "script: [{at: 0 s, on: a, run: ping -c 1 -W 5 10.0.2.10, expect: {exit: " +
           exit + "}}]\n";
  };
  expect_passed(run_of(lab("", "1")));
  expect_passed(run_of(lab(", options: {ip: {proxy_arp: true}}", "0")));
}

TEST(IpOptions, router_discovery_gives_a_host_its_default_route) {
  const std::string lab =
      "nodes:\n"
      "  a: {options: {ip: {router_discovery: true}}}\n"
      "  r: {kind: router, options: {ip: {router_discovery: true}}}\n"
      "  b: \n"
      "links: [{endpoints: [a, r]}, {endpoints: [r, b]}]\n"
      "script:\n"
      "  - {at: 0 s, on: a, run: ping -c 1 10.0.2.10, expect: {exit: 2}}\n"
      "  - {at: 5 s, on: a, run: ping -c 1 10.0.2.10}\n";
  EXPECT_EQ(routes(plan_of(lab), "a"), "");
  expect_passed(run_of(lab));
}

TEST(IpOptions, ping_to_all_is_answered_where_told) {
  const RunResult result =
      run_of("defaults: {options: {ip: {broadcast_echo: true}}}\n" +
             pair_and("script: [{at: 0 s, on: a, run: ping -b -c 1 10.0.1.255}]\n"));
  expect_passed(result);
}

TEST(Arp, table_of_a_lab_host_is_shown_and_edited) {
  expect_passed(run_of(pair_and(
      "script:\n"
      "  - {at: 0 s, on: a, run: ping -c 1 b}\n"
      "  - {at: 1 s, on: a, run: arp -n, expect: {stdout: {contains: 10.0.1.11}}}\n"
      "  - {at: 2 s, on: a, run: \"arp -s b 02:00:00:00:00:99\"}\n"
      "  - {at: 3 s, on: a, run: arp -a b, expect: {stdout: {contains: \"99 [ether] PERM\"}}}\n"
      "  - {at: 4 s, on: a, run: ping -c 1 -W 1 b, expect: {exit: 1}}\n"
      "  - {at: 10 s, on: a, run: arp -d b}\n"
      "  - {at: 11 s, on: a, run: ping -c 1 b}\n")));
}

}  // namespace
}  // namespace catenet::lab
