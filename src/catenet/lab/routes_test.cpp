// Routes that are filled in, and those that are given.
#include "catenet/lab/read_test.hpp"

namespace catenet::lab {
namespace {

std::string link_local(const Plan& plan, std::string_view node, u32 interface) {
  return Ipv6Address::link_local(plan.find_node(node)->interfaces[interface].mac).to_string();
}

TEST(Routes, hosts_use_the_first_router_and_routers_the_shortest_way) {
  const Plan plan = plan_of(
      "nodes: {a: , r1: {kind: router}, r2: {kind: router}, b: }\n"
      "links: [{endpoints: [a, r1]}, {endpoints: [r1, r2]}, {endpoints: [r2, b]}]\n");
  EXPECT_EQ(routes(plan, "a"), "0.0.0.0/0 via 10.0.1.1 eth0\n");
  EXPECT_EQ(routes(plan, "a", Family::ipv6), "::/0 via " + link_local(plan, "r1", 0) + " eth0\n");
  EXPECT_EQ(routes(plan, "r1"), "10.0.3.0/24 via 10.0.2.2 eth1\n");
  EXPECT_EQ(routes(plan, "r2"), "10.0.1.0/24 via 10.0.2.1 eth0\n");
  EXPECT_EQ(routes(plan, "b", Family::ipv6), "::/0 via " + link_local(plan, "r2", 1) + " eth0\n");
}

// a - r1 - {zed, amy} - r4 - b: two ways of equal length.
TEST(Routes, of_equal_ways_the_first_name_is_taken) {
  const Plan plan = plan_of(
      "defaults: {kind: router}\n"
      "nodes: {r1: , zed: , amy: , r4: , b: {kind: host}}\n"
      "links: [{endpoints: [r1, zed]}, {endpoints: [r1, amy]}, {endpoints: [zed, r4]}, {endpoints: "
      "[amy, r4]}, "
      "{endpoints: [r4, b]}]\n");
  EXPECT_EQ(routes(plan, "r1"),
            "10.0.3.0/24 via 10.0.1.2 eth0\n"
            "10.0.4.0/24 via 10.0.2.2 eth1\n"
            "10.0.5.0/24 via 10.0.2.2 eth1\n");
}

TEST(Routes, the_shorter_way_comes_before_the_first_name) {
  const Plan plan = plan_of(
      "defaults: {kind: router}\n"
      "nodes: {r1: , a1: , a2: , z: , r4: , b: {kind: host}}\n"
      "links: [{endpoints: [r1, a1]}, {endpoints: [a1, a2]}, {endpoints: [a2, r4]}, {endpoints: "
      "[r1, z]}, "
      "{endpoints: [z, r4]}, {endpoints: [r4, b]}]\n");
  EXPECT_NE(routes(plan, "r1").find("10.0.6.0/24 via 10.0.4.2 eth1\n"), std::string::npos)
      << routes(plan, "r1");
}

TEST(Routes, host_with_two_segments_gets_what_its_default_does_not_serve) {
  const Plan plan = plan_of(
      "nodes: {h: , r1: {kind: router}, r2: {kind: router}, x: , y: }\n"
      "links: [{endpoints: [h, r1]}, {endpoints: [h, r2]}, {endpoints: [r1, x]}, {endpoints: [r2, "
      "y]}]\n");
  EXPECT_EQ(routes(plan, "h"),
            "0.0.0.0/0 via 10.0.1.1 eth0\n"
            "10.0.4.0/24 via 10.0.2.1 eth1\n");
  // A host is nobody's way.
  EXPECT_EQ(routes(plan, "r1"), "");
}

TEST(Routes, given_ones_replace_what_would_be_filled_in) {
  const Plan plan = plan_of(
      "nodes: {a: {gateway: 10.0.1.77}, r1: {kind: router, routes: [{to: 10.0.3.0/24, via: "
      "10.0.2.9, metric: 3}]},\n"
      "        r2: {kind: router}, b: {routes: [{to: default, interface: eth0, metric: 5}]}}\n"
      "links: [{endpoints: [a, r1]}, {endpoints: [r1, r2]}, {endpoints: [r2, b]}]\n");
  EXPECT_EQ(routes(plan, "a"), "0.0.0.0/0 via 10.0.1.77 eth0\n");
  EXPECT_EQ(routes(plan, "r1"), "10.0.3.0/24 via 10.0.2.9 eth1\n");
  EXPECT_EQ(plan.find_node("r1")->routes[0].metric, 3u);
  EXPECT_TRUE(plan.find_node("r1")->routes[0].given);
  EXPECT_EQ(routes(plan, "b"), "0.0.0.0/0 eth0\n");
  EXPECT_EQ(routes(plan, "b", Family::ipv6), "::/0 eth0\n");
}

// Section 8: a router redirects to link-local addresses, and a host believes those of its first
// hop.
TEST(Rfc4861, s8_filled_in_next_hops_are_link_local) {
  const Plan plan = plan_of(
      "nodes: {a: , r1: {kind: router}, r2: {kind: router, interfaces: {eth0: {address: "
      "[fe80::7/64, \"fd00:0:0:2::2/64\"]}}}, b: , c: }\n"
      "links: [{endpoints: [a, r1]}, {endpoints: [r1, r2]}, {endpoints: [r2, b]},\n"
      "        {endpoints: [{node: r2, mtu: 1000}, {node: c, mtu: 1000}]}]\n");
  EXPECT_EQ(routes(plan, "a", Family::ipv6), "::/0 via " + link_local(plan, "r1", 0) + " eth0\n");
  EXPECT_EQ(routes(plan, "r1", Family::ipv6).substr(0, 33), "fd00:0:0:3::/64 via fe80::7 eth1\n")
      << "the address it was given";
  EXPECT_EQ(routes(plan, "c", Family::ipv6), "::/0 via fd00:0:0:4::1 eth0\n")
      << "on a link too small for IPv6 nobody has one";
}

TEST(Routes, link_local_next_hop_names_its_interface) {
  const Plan plan = plan_of(
      "nodes: {a: {routes: [{to: default, via: \"fe80::1\", interface: eth0}]}, b: }\nlinks: "
      "[{endpoints: [a, b]}]\n");
  EXPECT_EQ(routes(plan, "a", Family::ipv6), "::/0 via fe80::1 eth0\n");
}

TEST(Routes, routing_none_fills_in_nothing) {
  const Plan plan = plan_of(
      "routing: none\nnodes: {a: , r: {kind: router}, b: }\nlinks: [{endpoints: [a, r]}, "
      "{endpoints: [r, b]}]\n");
  EXPECT_EQ(routes(plan, "a") + routes(plan, "r") + routes(plan, "b"), "");
}

TEST(Routes, slaac_host_learns_its_ipv6_router_itself) {
  const Plan plan = plan_of(
      "nodes: {a: {slaac: true}, r: {kind: router, advertise: true}}\nlinks: [{endpoints: [a, "
      "r]}]\n");
  EXPECT_EQ(routes(plan, "a"), "0.0.0.0/0 via 10.0.1.1 eth0\n");
  EXPECT_EQ(routes(plan, "a", Family::ipv6), "");
  EXPECT_TRUE(plan.find_node("r")->advertise);
}

TEST(Routes, no_way_goes_over_a_router_without_addresses) {
  const Plan plan = plan_of(
      "nodes: {a: , r1: {kind: router}, r2: {kind: router, interfaces: {eth0: {address: none}}}, "
      "b: }\n"
      "links: [{endpoints: [a, r1]}, {endpoints: [r1, r2]}, {endpoints: [r2, b]}]\n");
  EXPECT_EQ(routes(plan, "r1"), "");
}

// Every router's routes, followed hop by hop, end at the segment; a ring of eight is enough to make
// ways differ.
TEST(Routes, followed_hop_by_hop_every_segment_is_reached) {
  std::string text = "defaults: {kind: router}\nnodes: {";
  std::string links = "links:\n";
  for (int i = 0; i < 8; ++i) {
    text += "r" + std::to_string(i) + ": , ";
    links += "  - endpoints: [r" + std::to_string(i) + ", r" + std::to_string((i + 1) % 8) + "]\n";
  }
  const Plan plan = plan_of(text + "}\n" + links);
  for (const PlanNode& start : plan.nodes) {
    for (const PlanSegment& segment : plan.segments) {
      const PlanNode* at = &start;
      const IpAddress goal = *segment.prefixes[0].at(1);
      const auto direct = [&](const PlanNode& node) {
        for (const PlanInterface& i : node.interfaces) {
          if (plan.segments[i.segment].number == segment.number) return true;
        }
        return false;
      };
      int hops = 0;
      for (; !direct(*at); ++hops) {
        ASSERT_LT(hops, 4);
        const PlanRoute* way = nullptr;
        for (const PlanRoute& route : at->routes) {
          if (route.to.contains(goal)) way = &route;
        }
        ASSERT_NE(way, nullptr);
        for (const PlanNode& next : plan.nodes) {
          for (const PlanInterface& i : next.interfaces) {
            for (const InterfacePrefix& a : i.addresses) {
              if (a.address == *way->via) at = &next;
            }
          }
        }
      }
    }
  }
}

// Segments behind the same router are reached the same way, whatever else is on them.
TEST(Routes, segments_with_the_same_routers_share_their_way) {
  const Plan plan = plan_of(
      "nodes: {r1: {kind: router}, r2: {kind: router}, x: , y: , z: , both: }\n"
      "links:\n"
      "  - endpoints: [r1, r2]\n"
      "  - endpoints: [r2, x]\n"
      "  - endpoints: [r1, z]\n"
      "  - endpoints: [r2, y]\n"
      "  - endpoints: [both, r2]\n"
      "  - endpoints: [both, r1]\n");
  EXPECT_EQ(routes(plan, "r1"),
            "10.0.2.0/24 via 10.0.1.2 eth0\n"
            "10.0.4.0/24 via 10.0.1.2 eth0\n"
            "10.0.5.0/24 via 10.0.1.2 eth0\n");
  EXPECT_EQ(routes(plan, "r2"),
            "10.0.3.0/24 via 10.0.1.1 eth0\n"
            "10.0.6.0/24 via 10.0.1.1 eth0\n");
  // Its default leads to r2, so only what r1 alone is at needs more; of 10.0.1.0/24 both are gates.
  EXPECT_EQ(routes(plan, "both"),
            "0.0.0.0/0 via 10.0.5.1 eth0\n"
            "10.0.1.0/24 via 10.0.6.1 eth1\n"
            "10.0.3.0/24 via 10.0.6.1 eth1\n");
}

// Two families whose routers differ have ways of their own.
TEST(Routes, each_family_goes_over_the_routers_that_speak_it) {
  const Plan plan = plan_of(
      "nodes: {a: {kind: router}, b: {kind: router}, c: {kind: router}, x: }\n"
      "links:\n"
      "  - endpoints: [{node: a, address: none}, b]\n"
      "  - endpoints: [a, c]\n"
      "  - endpoints: [c, b]\n"
      "  - endpoints: [b, x]\n");
  EXPECT_EQ(routes(plan, "a"),
            "10.0.3.0/24 via 10.0.2.2 eth1\n"
            "10.0.4.0/24 via 10.0.2.2 eth1\n");
  EXPECT_EQ(routes(plan, "c"),
            "10.0.1.0/24 via 10.0.3.2 eth1\n"
            "10.0.4.0/24 via 10.0.3.2 eth1\n");
}

// A gateway is looked for among all that a router is on; its own address is nobody's gateway.
TEST(Routes, gateways_are_found_on_a_router_of_many_interfaces) {
  std::string text = "routing: none\nnodes:\n  r:\n    kind: router\n    routes:\n";
  std::string hosts;
  std::string links = "links:\n";
  for (int i = 0; i < 300; ++i) {
    const std::string n = std::to_string(i);
    text += "      - {to: 192.168." + std::to_string(i % 250) + "." + (i < 250 ? "0" : "128") +
            "/25, via: 10.9." + (i < 250 ? n : "0") + (i < 250 ? ".7" : ".99") + "}\n";
    hosts += "  h" + n + ": {}\n";
    links +=
        "  - {endpoints: [h" + n + ", r]" + (i < 250 ? ", subnet: 10.9." + n + ".0/24}\n" : "}\n");
  }
  const Plan plan = plan_of(text + hosts + links);
  const PlanNode& r = *plan.find_node("r");
  ASSERT_EQ(r.routes.size(), 300u);
  for (const PlanRoute& route : r.routes) {
    const InterfacePrefix own = r.interfaces[route.interface].addresses[0];
    EXPECT_TRUE(own.prefix().contains(*route.via)) << route.to.to_string();
  }
  const Diagnostics errors =
      errors_of("nodes: {a: {gateway: 10.0.1.10}, b: }\nlinks: [{endpoints: [a, b]}]\n");
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].one_line(),
            "lab.yaml:1:22: error: gateway 10.0.1.10 is an address of 'a' itself; a next hop "
            "is another station of its segment");
}

// What grows with the square of the lab shows here: debug builds read this in well under a second.
TEST(Routes, thousands_of_hosts_round_a_router_need_a_default_route_each) {
  std::string text = "nodes:\n  r: {kind: router}\n";
  std::string links = "links:\n";
  for (int i = 0; i < 3'000; ++i) {
    text += "  h" + std::to_string(i) + ": {}\n";
    links += "  - endpoints: [h" + std::to_string(i) + ", r]\n";
  }
  const Plan plan = plan_of(text + links);
  for (const PlanNode& node : plan.nodes) {
    EXPECT_EQ(node.routes.size(), node.name == "r" ? 0u : 2u);
  }
  EXPECT_EQ(routes(plan, "h2999"), "0.0.0.0/0 via 10.11.184.1 eth0\n");
}

}  // namespace
}  // namespace catenet::lab
