#include "catenet/ip/route_table.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <vector>

#include "catenet/base/hash.hpp"

namespace catenet {
namespace {

using namespace literals;

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

Route route(std::string_view prefix, u32 interface, std::string_view gateway = "", u32 metric = 0) {
  Route made;
  made.prefix = *Prefix::parse(prefix);
  made.interface = interface;
  made.metric = metric;
  if (!gateway.empty()) made.gateway = ip(gateway);
  return made;
}

// The routes as lines, in the order of for_each.
template <typename Table>
std::string listing(const Table& table) {
  std::string text;
  table.for_each([&](const Route& r) {
    text += r.prefix.to_string() + " " + r.flags() + " " + std::to_string(r.interface) + " " +
            std::to_string(r.metric) + "\n";
  });
  return text;
}

TEST(Rfc1812, s5_2_4_3_longest_match_wins) {
  RouteTable4 table;
  EXPECT_EQ(table.lookup(Ipv4Address(10, 0, 0, 1)), nullptr);
  ASSERT_TRUE(table.add(route("0.0.0.0/0", 1, "192.168.0.1")));
  ASSERT_TRUE(table.add(route("10.0.0.0/8", 2, "192.168.0.2")));
  ASSERT_TRUE(table.add(route("10.1.0.0/16", 3)));
  ASSERT_TRUE(table.add(route("10.1.2.3/32", 4, "10.1.0.9")));
  EXPECT_EQ(table.lookup(Ipv4Address(11, 0, 0, 1))->interface, 1u);
  EXPECT_EQ(table.lookup(Ipv4Address(10, 2, 0, 1))->interface, 2u);
  EXPECT_EQ(table.lookup(Ipv4Address(10, 1, 0, 1))->interface, 3u);
  EXPECT_EQ(table.lookup(Ipv4Address(10, 1, 2, 3))->interface, 4u);
  EXPECT_EQ(table.lookup(Ipv4Address(10, 1, 2, 4))->interface, 3u);
}

TEST(Rfc1122, s3_3_1_2_host_route_and_default_route_are_ends_of_one_table) {
  RouteTable6 table;
  ASSERT_TRUE(table.add(route("::/0", 1, "fe80::1")));
  ASSERT_TRUE(table.add(route("2001:db8::5/128", 2, "fe80::2")));
  EXPECT_EQ(table.lookup(ip("2001:db8::5").v6())->gateway, ip("fe80::2"));
  EXPECT_EQ(table.lookup(ip("2001:db8::6").v6())->gateway, ip("fe80::1"));
}

TEST(RouteTable, lowest_metric_wins_and_the_next_takes_over) {
  RouteTable4 table;
  ASSERT_TRUE(table.add(route("10.0.0.0/8", 1, "192.168.0.1", 20)));
  ASSERT_TRUE(table.add(route("10.0.0.0/8", 2, "192.168.0.2", 10)));
  ASSERT_TRUE(table.add(route("10.0.0.0/8", 3, "192.168.0.3", 10)));
  EXPECT_EQ(table.lookup(Ipv4Address(10, 0, 0, 1))->interface, 2u);
  ASSERT_TRUE(table.remove(*Prefix::parse("10.0.0.0/8")));
  EXPECT_EQ(table.lookup(Ipv4Address(10, 0, 0, 1))->interface, 3u);
  ASSERT_TRUE(table.remove(*Prefix::parse("10.0.0.0/8"), {}, {}, 10));
  EXPECT_EQ(table.lookup(Ipv4Address(10, 0, 0, 1))->interface, 1u);
  ASSERT_TRUE(table.remove(*Prefix::parse("10.0.0.0/8")));
  EXPECT_EQ(table.lookup(Ipv4Address(10, 0, 0, 1)), nullptr);
  EXPECT_TRUE(table.empty());
}

TEST(RouteTable, add_refuses_doubles_and_the_other_family) {
  RouteTable4 table;
  ASSERT_TRUE(table.add(route("10.0.0.0/8", 1, "192.168.0.1")));
  const u64 generation = table.generation();
  EXPECT_EQ(table.add(route("10.0.0.0/8", 1, "192.168.0.1")).error(), Errno::exists);
  EXPECT_EQ(table.add(route("2001:db8::/32", 1)).error(), Errno::invalid);
  EXPECT_EQ(table.add(route("10.0.0.0/8", 1, "fe80::1")).error(), Errno::invalid);
  EXPECT_EQ(table.replace(route("::/0", 1)).error(), Errno::invalid);
  EXPECT_EQ(table.generation(), generation);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_TRUE(table.add(route("10.0.0.0/8", 2, "192.168.0.1")));
  EXPECT_TRUE(table.add(route("10.0.0.0/8", 1, "192.168.0.2")));
}

TEST(RouteTable, remove_takes_only_what_agrees) {
  RouteTable4 table;
  ASSERT_TRUE(table.add(route("10.0.0.0/8", 1, "192.168.0.1")));
  const Prefix prefix = *Prefix::parse("10.0.0.0/8");
  EXPECT_EQ(table.remove(*Prefix::parse("10.0.0.0/9")).error(), Errno::no_entry);
  EXPECT_EQ(table.remove(prefix, ip("192.168.0.2")).error(), Errno::no_entry);
  EXPECT_EQ(table.remove(prefix, {}, 2).error(), Errno::no_entry);
  EXPECT_EQ(table.remove(prefix, {}, {}, 5).error(), Errno::no_entry);
  EXPECT_EQ(table.remove(*Prefix::parse("::/0")).error(), Errno::invalid);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_TRUE(table.remove(prefix, ip("192.168.0.1"), 1, 0));
  EXPECT_TRUE(table.empty());
}

TEST(RouteTable, replace_leaves_one_of_prefix_and_metric) {
  RouteTable4 table;
  ASSERT_TRUE(table.add(route("10.0.0.0/8", 1, "192.168.0.1")));
  ASSERT_TRUE(table.add(route("10.0.0.0/8", 1, "192.168.0.2")));
  ASSERT_TRUE(table.add(route("10.0.0.0/8", 1, "192.168.0.3", 7)));
  ASSERT_TRUE(table.replace(route("10.0.0.0/8", 2, "192.168.0.4")));
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(table.lookup(Ipv4Address(10, 0, 0, 1))->interface, 2u);
  EXPECT_EQ(table.find(*Prefix::parse("10.0.0.0/8"), 7)->gateway, ip("192.168.0.3"));
  EXPECT_EQ(table.find(*Prefix::parse("10.0.0.0/8"), 8), nullptr);
  EXPECT_EQ(table.find(*Prefix::parse("10.0.0.0/7")), nullptr);
}

TEST(RouteTable, lookup_on_finds_the_interfaces_own_route) {
  RouteTable6 table;
  ASSERT_TRUE(table.add(route("fe80::/64", 1)));
  ASSERT_TRUE(table.add(route("fe80::/64", 2)));
  ASSERT_TRUE(table.add(route("::/0", 3, "fe80::9")));
  const Ipv6Address to = ip("fe80::7").v6();
  EXPECT_EQ(table.lookup(to)->interface, 1u);
  EXPECT_EQ(table.lookup_on(to, 2)->interface, 2u);
  EXPECT_EQ(table.lookup_on(to, 3)->prefix.length(), 0);
  EXPECT_EQ(table.lookup_on(to, 4), nullptr);
}

TEST(Rfc2992, s2_flows_keep_to_one_of_equal_paths) {
  RouteTable4 table;
  for (u32 i = 1; i <= 3; ++i) {
    ASSERT_TRUE(table.add(route("10.0.0.0/8", i, "192.168.0." + std::to_string(i), 5)));
  }
  ASSERT_TRUE(table.add(route("10.0.0.0/8", 9, "192.168.0.9", 6)));
  std::array<u32, 10> taken{};
  for (u64 flow = 0; flow < 3'000; ++flow) {
    const u64 hash = mix64(flow);
    const Route* first = table.lookup_flow(Ipv4Address(10, 0, 0, 1), hash);
    EXPECT_EQ(table.lookup_flow(Ipv4Address(10, 0, 0, 1), hash), first);
    ++taken[first->interface];
  }
  for (u32 i = 1; i <= 3; ++i) EXPECT_NEAR(taken[i], 1'000, 120);
  EXPECT_EQ(taken[9], 0u);
  EXPECT_EQ(table.lookup_flow(Ipv4Address(11, 0, 0, 1), 0), nullptr);
}

TEST(RouteTable, listing_goes_from_host_routes_to_default) {
  RouteTable4 table;
  ASSERT_TRUE(table.add(route("0.0.0.0/0", 1, "10.0.0.1")));
  ASSERT_TRUE(table.add(route("192.168.1.0/24", 2)));
  ASSERT_TRUE(table.add(route("10.0.0.0/8", 1)));
  Route redirected = route("10.9.9.9/32", 1, "10.0.0.2");
  redirected.origin = RouteOrigin::redirect;
  ASSERT_TRUE(table.add(redirected));
  Route refused = route("192.168.0.0/16", 0);
  refused.kind = RouteKind::unreachable;
  ASSERT_TRUE(table.add(refused));
  ASSERT_TRUE(table.add(route("10.0.0.0/8", 2, "192.168.1.9", 4)));
  ASSERT_TRUE(table.add(route("172.16.0.0/24", 2, "192.168.1.8")));
  EXPECT_EQ(listing(table),
            "10.9.9.9/32 UGHD 1 0\n"
            "172.16.0.0/24 UG 2 0\n"
            "192.168.1.0/24 U 2 0\n"
            "192.168.0.0/16 ! 0 0\n"
            "10.0.0.0/8 U 1 0\n"
            "10.0.0.0/8 UG 2 4\n"
            "0.0.0.0/0 UG 1 0\n");
}

TEST(RouteTable, whole_groups_are_removed) {
  RouteTable4 table;
  for (u32 i = 0; i < 40; ++i) {
    Route made = route("10." + std::to_string(i) + ".0.0/16", 1 + i % 2);
    made.origin = i % 5 == 0 ? RouteOrigin::rip : RouteOrigin::configured;
    if (i % 7 == 0) made.expiry = Instant::at(Duration::seconds(i + 1));
    ASSERT_TRUE(table.add(made));
  }
  EXPECT_EQ(table.next_expiry(), Instant::at(1_s));
  EXPECT_EQ(table.remove_expired(Instant::at(8_s)), 2u);
  EXPECT_EQ(table.next_expiry(), Instant::at(15_s));
  EXPECT_EQ(table.remove_interface(1), 19u);
  EXPECT_EQ(table.remove_origin(RouteOrigin::rip), 4u);
  EXPECT_EQ(table.size(), 15u);
  const u64 generation = table.generation();
  EXPECT_EQ(table.remove_interface(1), 0u);
  EXPECT_EQ(table.generation(), generation);
  table.clear();
  EXPECT_EQ(table.lookup(Ipv4Address(10, 1, 0, 0)), nullptr);
  EXPECT_EQ(table.next_expiry(), Instant::never());
  EXPECT_NE(table.generation(), generation);
}

TEST(RouteTable, every_change_changes_the_generation) {
  RouteTable4 table;
  const u64 empty = table.generation();
  ASSERT_TRUE(table.add(route("10.0.0.0/8", 1)));
  const u64 one = table.generation();
  EXPECT_NE(one, empty);
  ASSERT_TRUE(table.remove(*Prefix::parse("10.0.0.0/8")));
  EXPECT_NE(table.generation(), one);
  EXPECT_NE(table.generation(), empty);
}

// 10,000 idle hosts: a table costs little until it holds much.
TEST(RouteTable, small_tables_are_small) {
  EXPECT_LE(sizeof(RouteTable4), 96u);
  EXPECT_LE(sizeof(Route), 80u);
}

// One prefix on the many interfaces of a router, with and without gateways and metrics, against a
// plain list.
TEST(RouteTable, many_routes_of_one_prefix_are_found_as_in_a_list) {
  RouteTable6 table;
  std::vector<Route> all;  // by metric, then age
  const Ipv6Address somebody = ip("fe80::77").v6();
  const Prefix prefix = *Prefix::parse("fe80::/64");
  const auto same = [](const Route& a, const Route& b) {
    return a.interface == b.interface && a.metric == b.metric && a.gateway == b.gateway;
  };
  for (u64 step = 0; step < 4'000; ++step) {
    const u64 luck = mix64(step);
    const Route one = route("fe80::/64", static_cast<u32>(luck % 97) + 1,
                            luck >> 40 & 1 ? "fe80::1" : "", luck >> 20 & 2 ? luck >> 30 & 3 : 0);
    const auto at = std::ranges::find_if(all, [&](const Route& r) { return same(r, one); });
    const bool fill = step / 1'000 % 2 == 0;
    if ((luck >> 50) % 10 < (fill ? 8 : 2)) {
      ASSERT_EQ(table.add(one).has_value(), at == all.end()) << step;
      const auto behind = [](u32 metric, const Route& r) { return metric < r.metric; };
      if (at == all.end()) {
        all.insert(std::upper_bound(all.begin(), all.end(), one.metric, behind), one);
      }
    } else {
      const auto first = std::ranges::find(all, one.interface, &Route::interface);
      ASSERT_EQ(table.remove(prefix, {}, one.interface).has_value(), first != all.end()) << step;
      if (first != all.end()) all.erase(first);
    }
    const auto wanted = std::ranges::find(all, one.interface, &Route::interface);
    const Route* found = table.lookup_on(somebody, one.interface);
    ASSERT_EQ(found != nullptr, wanted != all.end()) << step;
    ASSERT_TRUE(!found || same(*found, *wanted)) << step;
    ASSERT_TRUE(all.empty() || same(*table.lookup(somebody), all.front())) << step;
  }
  std::size_t i = 0;
  table.for_each([&](const Route& r) { EXPECT_TRUE(same(r, all[i++])); });
  EXPECT_EQ(i, all.size());
}

template <typename Table, typename Draw>
void random_routes_match_linear_scan(u32 count, u32 lookups, Draw&& draw) {
  Table table;
  std::vector<Route> all;
  u64 n = 0;
  while (table.size() < count) {
    const auto [address, length] = draw(mix64(++n));
    Route made;
    made.prefix = Prefix(address, length);
    made.interface = static_cast<u32>(all.size() + 1);
    if (table.find(made.prefix)) continue;
    ASSERT_TRUE(table.add(made));
    all.push_back(made);
  }
  for (u32 i = 0; i < lookups; ++i) {
    const u64 luck = mix64(0x5eed + i);
    const IpAddress to = luck & 1 ? all[luck % all.size()].prefix.last() : draw(luck).first;
    const Route* wanted = nullptr;
    for (const Route& r : all) {
      if (r.prefix.contains(to) && (!wanted || r.prefix.length() > wanted->prefix.length())) {
        wanted = &r;
      }
    }
    const Route* found = nullptr;
    if constexpr (Table::family == Family::ipv4) {
      found = table.lookup(to.v4());
    } else {
      found = table.lookup(to.v6());
    }
    ASSERT_EQ(found ? found->interface : 0, wanted ? wanted->interface : 0) << to.to_string();
  }
}

TEST(RouteTable, ipv4_random_routes_match_linear_scan) {
  random_routes_match_linear_scan<RouteTable4>(100'000, 150, [](u64 luck) {
    return std::pair(IpAddress(Ipv4Address::from_u32(static_cast<u32>(luck))),
                     static_cast<u8>(8 + (luck >> 40) % 25));
  });
}

TEST(RouteTable, ipv6_random_routes_match_linear_scan) {
  random_routes_match_linear_scan<RouteTable6>(20'000, 300, [](u64 luck) {
    const u64 high = 0x2000'0000'0000'0000ull | (luck & 0x0fff'ffff'ffff'ffffull);
    return std::pair(IpAddress(Ipv6Address::from_halves(high, mix64(luck))),
                     static_cast<u8>(16 + (luck >> 50) % 113));
  });
}

}  // namespace
}  // namespace catenet
