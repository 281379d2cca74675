// What is filled in: names of interfaces, hardware addresses, addresses and prefixes. And that
// adding moves nothing.
#include <set>

#include "catenet/lab/read_test.hpp"
#include "catenet/lab/subnet_pool.hpp"

namespace catenet::lab {
namespace {

constexpr const char* office =
    "nodes: {alice: , office: {kind: switch}, r1: {kind: router}, r2: {kind: router}, web: }\n"
    "links:\n"
    "  - endpoints: [alice, office]\n"
    "  - endpoints: [office, \"r1:lan\"]\n"
    "  - endpoints: [\"r1:wan\", \"r2:wan\"]\n"
    "  - endpoints: [\"r2:dmz\", web]\n";

std::string all_addresses(const Plan& plan, std::size_t first_nodes) {
  std::string text;
  for (std::size_t n = 0; n < first_nodes; ++n) {
    for (const PlanInterface& i : plan.nodes[n].interfaces) {
      text += plan.nodes[n].name + ":" + i.name + " " + i.mac.to_string();
      for (const InterfacePrefix& a : i.addresses) text += " " + a.to_string();
      text += "\n";
    }
  }
  return text;
}

TEST(Addressing, segments_are_numbered_by_their_first_link) {
  const Plan plan = plan_of(office);
  ASSERT_EQ(plan.segments.size(), 3u);
  EXPECT_EQ(addresses(plan, "alice"), "10.0.1.10/24 fd00:0:0:1::a/64");
  EXPECT_EQ(addresses(plan, "office"), "");
  EXPECT_EQ(addresses(plan, "r1", 0), "10.0.1.1/24 fd00:0:0:1::1/64");
  EXPECT_EQ(addresses(plan, "r1", 1), "10.0.2.1/24 fd00:0:0:2::1/64");
  EXPECT_EQ(addresses(plan, "r2", 0), "10.0.2.2/24 fd00:0:0:2::2/64");
  EXPECT_EQ(addresses(plan, "r2", 1), "10.0.3.1/24 fd00:0:0:3::1/64");
  EXPECT_EQ(addresses(plan, "web"), "10.0.3.10/24 fd00:0:0:3::a/64");
  EXPECT_EQ(plan.segments[0].links, (std::vector<LinkIndex>{0, 1}));
  EXPECT_EQ(plan.segments[0].stations.size(), 2u);
}

TEST(Addressing, address_of_the_machine_is_taken_and_its_name_resolves) {
  const Plan plan = plan_of(
      "nodes:\n"
      "  me: {kind: outside, device: {tap: lab0, address: ['fd55::1/64', 10.55.0.1/24]}}\n"
      "  r: {kind: router}\n"
      "  web: {}\n"
      "links: [{endpoints: [me, r]}, {endpoints: [r, web]}]\n"
      "script: [{at: 0 s, on: web, run: ping -c 1 me}]\n");
  EXPECT_EQ(addresses(plan, "me"), "10.55.0.1/24 fd55::1/64");
  EXPECT_EQ(addresses(plan, "r", 0), "10.55.0.2/24 fd55::2/64");
  ASSERT_EQ(plan.hosts.size(), 3u);
  EXPECT_EQ(plan.hosts[0].name, "me");
  EXPECT_EQ(plan.hosts[0].addresses.size(), 2u);
}

TEST(Addressing, what_is_added_at_the_end_moves_nothing) {
  const Plan before = plan_of(office);
  std::string more = office;
  more.replace(more.find("web: }"), 6, "web: , bob: , r3: {kind: router}, carol: }");
  more += "  - endpoints: [bob, office]\n  - endpoints: [r3, office]\n  - endpoints: [carol, r3]\n";
  const Plan after = plan_of(more);
  EXPECT_EQ(all_addresses(before, 2),
            all_addresses(after, 2).substr(0, all_addresses(before, 2).size()));
  for (const char* node : {"alice", "web"})
    EXPECT_EQ(addresses(before, node), addresses(after, node));
  for (std::size_t i : {0u, 1u}) {
    EXPECT_EQ(addresses(before, "r1", i), addresses(after, "r1", i));
    EXPECT_EQ(addresses(before, "r2", i), addresses(after, "r2", i));
  }
  EXPECT_EQ(addresses(after, "bob"), "10.0.1.11/24 fd00:0:0:1::b/64");
  EXPECT_EQ(addresses(after, "r3", 0), "10.0.1.2/24 fd00:0:0:1::2/64");
  EXPECT_EQ(addresses(after, "carol"), "10.0.4.10/24 fd00:0:0:4::a/64");
}

TEST(Addressing, interfaces_are_named_around_those_that_are_given) {
  const Plan plan = plan_of(
      "nodes: {a: , b: , c: , d: }\n"
      "links: [{endpoints: [a, b]}, {endpoints: [\"a:eth1\", c]}, {endpoints: [a, d]}]\n");
  const PlanNode& a = *plan.find_node("a");
  ASSERT_EQ(a.interfaces.size(), 3u);
  EXPECT_EQ(a.interfaces[0].name, "eth0");
  EXPECT_EQ(a.interfaces[1].name, "eth1");
  EXPECT_EQ(a.interfaces[2].name, "eth2");
}

TEST(Addressing, given_values_win_and_the_rest_is_filled_around_them) {
  const Plan plan = plan_of(
      "nodes:\n"
      "  s: {kind: switch}\n"
      "  a: {interfaces: {eth0: {address: 192.168.7.10/24, mac: \"02:00:00:00:00:0a\", mtu: "
      "9000}}}\n"
      "  b: {}\n"
      "  c: {addresses: [\"fd12::5/64\"]}\n"
      "  r: {kind: router}\n"
      "links: [{endpoints: [a, s]}, {endpoints: [b, s]}, {endpoints: [c, s]}, {endpoints: [r, "
      "s]}]\n");
  EXPECT_EQ(addresses(plan, "a"), "192.168.7.10/24 fd12::a/64");
  EXPECT_EQ(addresses(plan, "b"), "192.168.7.11/24 fd12::b/64");
  EXPECT_EQ(addresses(plan, "c"), "192.168.7.12/24 fd12::5/64");
  EXPECT_EQ(addresses(plan, "r"), "192.168.7.1/24 fd12::1/64");
  EXPECT_EQ(plan.find_node("a")->interfaces[0].mac.to_string(), "02:00:00:00:00:0a");
  EXPECT_EQ(plan.find_node("a")->interfaces[0].mtu, 9'000u);
  EXPECT_EQ(plan.find_node("b")->interfaces[0].mtu, 1'500u);
}

TEST(Addressing, endpoint_in_full_says_what_interfaces_say) {
  const Plan plan = plan_of(
      "nodes: {a: , b: }\n"
      "links: [{endpoints: [{node: a, interface: up0, address: 10.9.0.1/30, mtu: 1400}, b]}]\n");
  EXPECT_EQ(addresses(plan, "a"), "10.9.0.1/30 fd00:0:0:1::a/64");
  EXPECT_EQ(addresses(plan, "b"), "10.9.0.2/30 fd00:0:0:1::b/64");
  EXPECT_EQ(plan.find_node("a")->interfaces[0].name, "up0");
}

TEST(Addressing, shorthand_addresses_go_where_they_fit) {
  const Plan plan = plan_of(
      "nodes: {r: {kind: router, addresses: [10.9.2.1, 10.9.1.1]}, a: , b: }\n"
      "links: [{endpoints: [r, a], subnet: 10.9.1.0/24}, {endpoints: [r, b], subnet: [10.9.2.0/24, "
      "\"fd99::/64\"]}]\n");
  EXPECT_EQ(addresses(plan, "r", 0), "10.9.1.1/24 fd00:0:0:1::1/64");
  EXPECT_EQ(addresses(plan, "r", 1), "10.9.2.1/24 fd99::1/64");
}

TEST(Addressing, none_slaac_and_families_leave_out) {
  const Plan plan = plan_of(
      "nodes: {a: {interfaces: {eth0: {address: none}}}, b: {slaac: true}}\nlinks: [{endpoints: "
      "[a, b]}]\n");
  EXPECT_EQ(addresses(plan, "a"), "");
  EXPECT_EQ(addresses(plan, "b"), "10.0.1.10/24");
  const Plan only6 = plan_of("families: [ipv6]\nnodes: {a: , b: }\nlinks: [{endpoints: [a, b]}]\n");
  EXPECT_EQ(addresses(only6, "a"), "fd00:0:0:1::a/64");
}

TEST(Addressing, filled_prefixes_avoid_given_ones) {
  const Plan plan = plan_of(
      "nodes: {a: , b: , c: }\n"
      "links: [{endpoints: [a, b]}, {endpoints: [b, c], subnet: [10.0.0.0/16, \"fd00::/32\"]}]\n");
  EXPECT_EQ(addresses(plan, "a"), "172.16.1.10/24 fd00:1:0:1::a/64");
}

TEST(Addressing, routers_and_hosts_keep_to_their_numbers_until_those_run_out) {
  HostNumbers wide(*Prefix::parse("10.0.1.0/24"));
  EXPECT_EQ(wide.next(false), 10u);
  for (u64 n = 1; n <= 9; ++n) EXPECT_EQ(wide.next(true), n);
  EXPECT_EQ(wide.next(true), 11u);
  for (u64 n = 12; n <= 254; ++n) EXPECT_EQ(wide.next(false), n);
  EXPECT_EQ(wide.next(false), 1u);  // the caller passes over what routers have
  HostNumbers pair(*Prefix::parse("10.0.1.0/31"));
  EXPECT_EQ(pair.next(false), 0u);
  EXPECT_EQ(pair.next(false), 1u);
  EXPECT_EQ(pair.next(false), std::nullopt);
  HostNumbers four(*Prefix::parse("fd00::/126"));
  EXPECT_EQ(four.next(true), 1u);
  EXPECT_EQ(four.next(true), 2u);
  EXPECT_EQ(four.next(true), 3u);
}

TEST(Addressing, a_crowd_gets_a_wide_prefix_and_every_station_its_own_address) {
  std::string text = "nodes:\n  s: {kind: switch}\n";
  std::string links = "links:\n";
  for (int i = 0; i < 600; ++i) {
    text += "  h" + std::to_string(i) + ": {}\n";
    links += "  - endpoints: [h" + std::to_string(i) + ", s]\n";
  }
  const Plan plan = plan_of(text + links);
  std::set<InterfacePrefix> seen;
  std::set<MacAddress> macs;
  for (const PlanNode& node : plan.nodes) {
    for (const PlanInterface& interface : node.interfaces) {
      macs.insert(interface.mac);
      for (const InterfacePrefix& address : interface.addresses) seen.insert(address);
    }
  }
  EXPECT_EQ(seen.size(), 1'200u);
  EXPECT_EQ(macs.size(), 1'200u);  // the switch's ports have theirs too
  EXPECT_EQ(addresses(plan, "h599"), "10.128.2.97/16 fd00:0:0:1::261/64");
}

TEST(Addressing, macs_hang_on_names_alone_and_are_local) {
  const Plan one = plan_of("nodes: {a: , b: }\nlinks: [{endpoints: [a, b]}]\n");
  const Plan two =
      plan_of("nodes: {z: , a: , b: }\nlinks: [{endpoints: [z, b]}, {endpoints: [a, \"b:x\"]}]\n");
  const MacAddress mac = one.find_node("a")->interfaces[0].mac;
  EXPECT_EQ(mac, two.find_node("a")->interfaces[0].mac);
  EXPECT_TRUE(mac.is_locally_administered());
  EXPECT_FALSE(mac.is_multicast());
  EXPECT_NE(mac, one.find_node("b")->interfaces[0].mac);
}

TEST(Addressing, names_of_all_nodes_with_addresses_are_listed) {
  const Plan plan = plan_of(office);
  ASSERT_EQ(plan.hosts.size(), 4u);
  EXPECT_EQ(plan.hosts[0].name, "alice");
  EXPECT_EQ(plan.hosts[1].name, "r1");
  ASSERT_EQ(plan.hosts[1].addresses.size(), 4u);
  EXPECT_EQ(plan.hosts[1].addresses[0].to_string(), "10.0.1.1");
}

TEST(PrefixUnion, knows_what_overlaps_it_and_what_lies_within) {
  const auto net = [](std::string_view text) { return *Prefix::parse(text); };
  PrefixUnion taken;
  for (const char* text : {"10.1.0.0/16", "10.0.8.0/24", "10.0.8.128/25", "172.16.0.0/12",
                           "172.16.5.0/24", "fd00:1::/32", "10.0.0.0/20"}) {
    taken.add(net(text));
  }
  for (const char* text : {"10.1.2.0/24", "10.0.8.0/25", "10.0.15.0/24", "172.16.5.0/24",
                           "172.31.255.0/24", "fd00:1:2::/64"}) {
    EXPECT_TRUE(taken.covers(net(text))) << text;
    EXPECT_TRUE(taken.overlaps(net(text))) << text;
  }
  for (const char* text : {"10.0.0.0/8", "172.0.0.0/8", "fd00::/16", "0.0.0.0/0", "::/0"}) {
    EXPECT_FALSE(taken.covers(net(text))) << text;
    EXPECT_TRUE(taken.overlaps(net(text))) << text;
  }
  for (const char* text :
       {"10.0.16.0/24", "10.2.0.0/16", "9.0.0.0/8", "172.32.0.0/12", "fd00:2::/32", "fd00::/32"}) {
    EXPECT_FALSE(taken.overlaps(net(text))) << text;
  }
}

TEST(SubnetPool, what_the_file_gives_is_passed_over_and_spares_run_out) {
  const auto net = [](std::string_view text) { return *Prefix::parse(text); };
  SubnetPool pool;
  for (const char* text : {"10.0.0.0/9", "172.16.3.0/24", "fd00::/32", "fd00:1:0:5::/64"})
    pool.exclude(net(text));
  EXPECT_EQ(pool.take(2, 2, Family::ipv4), net("172.16.2.0/24"));
  EXPECT_EQ(pool.take(3, 2, Family::ipv4), net("172.16.4.0/24"));
  EXPECT_EQ(pool.take(4, 2, Family::ipv4), net("172.16.5.0/24"));
  EXPECT_EQ(pool.take(4, 2, Family::ipv6), net("fd00:1:0:4::/64"));
  EXPECT_EQ(pool.take(5, 2, Family::ipv6), net("fd00:2:0:5::/64"));
  u32 taken = 3;
  for (u32 number = 5; pool.take(number, 2, Family::ipv4); ++number) ++taken;
  EXPECT_EQ(taken, 4'095u);
  EXPECT_FALSE(pool.take(9'999, 2, Family::ipv4));
  SubnetPool none;
  none.exclude(net("fd00::/8"));
  EXPECT_FALSE(none.take(1, 2, Family::ipv6));
}

}  // namespace
}  // namespace catenet::lab
