#include "catenet/ip/source_selection.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

namespace catenet {
namespace {

IpAddress ip_of(std::string_view text) { return *IpAddress::parse(text); }

SourceCandidate source(std::string_view address, u8 prefix_length = 64) {
  SourceCandidate candidate;
  candidate.address = ip_of(address);
  candidate.prefix_length = prefix_length;
  return candidate;
}

// Which of `candidates` is chosen for `destination`, whatever their order.
std::string chosen(std::vector<SourceCandidate> candidates, std::string_view destination,
                   u32 interface = 0) {
  const SourceQuery query{.destination = ip_of(destination), .interface = interface};
  const int best = select_source(candidates, query);
  if (best < 0) return "none";
  const IpAddress address = candidates[static_cast<std::size_t>(best)].address;
  std::reverse(candidates.begin(), candidates.end());
  const int other = select_source(candidates, query);
  EXPECT_EQ(candidates[static_cast<std::size_t>(other)].address, address);
  return address.to_string();
}

// Destinations with the source that a host with `sources` would use, ordered.
std::string ordered(const std::vector<std::string>& destinations,
                    const std::vector<SourceCandidate>& sources) {
  std::vector<DestinationCandidate> candidates;
  for (const std::string& text : destinations) {
    DestinationCandidate candidate;
    candidate.destination = ip_of(text);
    const int best = select_source(sources, {.destination = candidate.destination});
    if (best >= 0) candidate.source = &sources[static_cast<std::size_t>(best)];
    candidates.push_back(candidate);
  }
  order_destinations(candidates);
  std::string text;
  for (const auto& candidate : candidates) {
    text += (text.empty() ? "" : " ") + candidate.destination.to_string();
  }
  return text;
}

TEST(Rfc6724, s2_1_default_policy_table) {
  const auto row = [](std::string_view text) {
    const AddressPolicy policy = address_policy(ip_of(text));
    return std::pair<int, int>(policy.precedence, policy.label);
  };
  EXPECT_EQ(row("::1"), std::pair(50, 0));
  EXPECT_EQ(row("2001:db8::1"), std::pair(40, 1));
  EXPECT_EQ(row("10.0.0.1"), std::pair(35, 4));
  EXPECT_EQ(row("::ffff:10.0.0.1"), std::pair(35, 4));
  EXPECT_EQ(row("2002:c633:6401::1"), std::pair(30, 2));
  EXPECT_EQ(row("2001::1"), std::pair(5, 5));
  EXPECT_EQ(row("fc00::1"), std::pair(3, 13));
  EXPECT_EQ(row("fdff::1"), std::pair(3, 13));
  EXPECT_EQ(row("::5"), std::pair(1, 3));
  EXPECT_EQ(row("fec0::1"), std::pair(1, 11));
  EXPECT_EQ(row("3ffe::1"), std::pair(1, 12));
}

TEST(Rfc6724, s3_2_ipv4_scopes) {
  EXPECT_EQ(address_scope(ip_of("169.254.1.1")), Ipv6Scope::link_local);
  EXPECT_EQ(address_scope(ip_of("127.0.0.1")), Ipv6Scope::link_local);
  EXPECT_EQ(address_scope(ip_of("10.0.0.1")), Ipv6Scope::global);
  EXPECT_EQ(address_scope(ip_of("224.0.0.5")), Ipv6Scope::link_local);
  EXPECT_EQ(address_scope(ip_of("239.255.0.1")), Ipv6Scope::site_local);
  EXPECT_EQ(address_scope(ip_of("239.192.0.1")), Ipv6Scope::organisation_local);
  EXPECT_EQ(address_scope(ip_of("232.0.0.1")), Ipv6Scope::global);
  EXPECT_EQ(address_scope(ip_of("ff05::1")), Ipv6Scope::site_local);
}

TEST(Rfc6724, s2_2_common_prefix_ends_at_the_sources_own) {
  EXPECT_EQ(common_prefix_length(ip_of("2001:db8::1"), ip_of("2001:db8::2"), 64), 64u);
  EXPECT_EQ(common_prefix_length(ip_of("2001:db8::1"), ip_of("2001:db8::2"), 128), 126u);
  EXPECT_EQ(common_prefix_length(ip_of("10.0.0.1"), ip_of("10.0.1.1"), 32), 23u);
  EXPECT_EQ(common_prefix_length(ip_of("10.0.0.1"), ip_of("10.0.0.1"), 24), 24u);
  EXPECT_EQ(common_prefix_length(ip_of("10.0.0.1"), ip_of("2001:db8::1"), 24), 0u);
}

// The examples of RFC 6724 section 10.1.
TEST(Rfc6724, s10_1_source_examples) {
  EXPECT_EQ(chosen({source("2001:db8:3::1"), source("fe80::1")}, "2001:db8:1::1"), "2001:db8:3::1");
  EXPECT_EQ(chosen({source("2001:db8:3::1"), source("fe80::1")}, "ff05::1"), "2001:db8:3::1");
  auto deprecated = source("2001:db8:1::1");
  deprecated.deprecated = true;
  EXPECT_EQ(chosen({deprecated, source("2001:db8:3::1")}, "2001:db8:1::1"), "2001:db8:1::1");
  EXPECT_EQ(chosen({source("fe80::1"), deprecated}, "fe80::2"), "fe80::1");
  EXPECT_EQ(chosen({source("2001:db8:1::2"), source("2001:db8:3::2")}, "2001:db8:1::1"),
            "2001:db8:1::2");
  auto care_of = source("2001:db8:1::2");
  care_of.care_of = true;
  auto home = source("2001:db8:3::2");
  home.home = true;
  EXPECT_EQ(chosen({care_of, home}, "2001:db8:1::1"), "2001:db8:3::2");
  EXPECT_EQ(chosen({source("2002:c633:6401::d5e3:7953:13eb:22e8"), source("2001:db8:1::2")},
                   "2002:c633:6401::1"),
            "2002:c633:6401:0:d5e3:7953:13eb:22e8");
  auto temporary = source("2001:db8:1::d5e3:0:0:1");
  temporary.temporary = true;
  EXPECT_EQ(chosen({source("2001:db8:1::2"), temporary}, "2001:db8:1::1"), "2001:db8:1:0:d5e3::1");
}

TEST(Rfc6724, s5_rule_1_own_address_is_its_own_source) {
  EXPECT_EQ(chosen({source("2001:db8::1"), source("2001:db8::2")}, "2001:db8::2"), "2001:db8::2");
}

TEST(Rfc6724, s5_rule_2_smallest_scope_that_reaches) {
  EXPECT_EQ(chosen({source("fe80::1"), source("2001:db8::1")}, "fe80::9"), "fe80::1");
  EXPECT_EQ(chosen({source("169.254.0.1", 16), source("10.0.0.1", 8)}, "192.0.2.1"), "10.0.0.1");
  EXPECT_EQ(chosen({source("169.254.0.1", 16), source("10.0.0.1", 8)}, "169.254.7.7"),
            "169.254.0.1");
}

TEST(Rfc6724, s5_rule_3_preferred_before_deprecated) {
  auto old = source("2001:db8:1::2");
  old.deprecated = true;
  EXPECT_EQ(chosen({old, source("2001:db8:9::2")}, "2001:db8:1::1"), "2001:db8:9::2");
  EXPECT_EQ(chosen({old}, "2001:db8:1::1"), "2001:db8:1::2");
}

TEST(Rfc6724, s5_rule_4_home_and_care_of_at_once_is_best) {
  auto both = source("2001:db8:9::2");
  both.home = both.care_of = true;
  auto home = source("2001:db8:1::2");
  home.home = true;
  EXPECT_EQ(chosen({home, both}, "2001:db8:1::1"), "2001:db8:9::2");
}

TEST(Rfc6724, s5_rule_5_address_of_the_outgoing_interface) {
  auto first = source("2001:db8:1::2");
  first.interface = 1;
  auto second = source("2001:db8:9::2");
  second.interface = 2;
  EXPECT_EQ(chosen({first, second}, "2001:db8:1::1", 2), "2001:db8:9::2");
  EXPECT_EQ(chosen({first, second}, "2001:db8:1::1", 1), "2001:db8:1::2");
}

TEST(Rfc6724, s5_rule_5_5_prefix_of_the_next_hop) {
  auto advertised = source("2001:db8:9::2");
  advertised.advertised_by_next_hop = true;
  EXPECT_EQ(chosen({source("2001:db8:1::2"), advertised}, "2001:db8:1::1"), "2001:db8:9::2");
}

TEST(Rfc6724, s5_rule_6_matching_label) {
  EXPECT_EQ(chosen({source("fd00::1"), source("2001:db8::1")}, "2001:db8:5::1"), "2001:db8::1");
  EXPECT_EQ(chosen({source("fd00::1"), source("2001:db8::1")}, "fd77::1"), "fd00::1");
}

TEST(Rfc6724, s5_rule_7_may_be_turned_to_public_addresses) {
  auto temporary = source("2001:db8:1::77");
  temporary.temporary = true;
  const std::vector<SourceCandidate> both = {temporary, source("2001:db8:1::2")};
  EXPECT_EQ(select_source(both, {.destination = ip_of("2001:db8:1::1")}), 0);
  EXPECT_EQ(select_source(both, {.destination = ip_of("2001:db8:1::1"), .prefer_temporary = false}),
            1);
}

TEST(Rfc6724, s5_only_unicast_of_the_same_family_is_a_source) {
  EXPECT_EQ(chosen({}, "10.0.0.1"), "none");
  EXPECT_EQ(chosen({source("2001:db8::1")}, "10.0.0.1"), "none");
  const std::vector<SourceCandidate> odd = {source("::"), source("ff02::1")};
  EXPECT_EQ(select_source(odd, {.destination = ip_of("2001:db8::1")}), -1);
}

TEST(Rfc6724, s5_of_equals_the_first_is_taken) {
  const std::vector<SourceCandidate> equal = {source("10.0.0.5", 24), source("10.0.0.6", 24)};
  EXPECT_EQ(select_source(equal, {.destination = ip_of("192.0.2.1")}), 0);
}

// The examples of RFC 6724 section 10.2.
TEST(Rfc6724, s10_2_destination_examples) {
  EXPECT_EQ(ordered({"2001:db8:1::1", "198.51.100.121"},
                    {source("2001:db8:1::2"), source("fe80::1"), source("169.254.13.78", 16)}),
            "2001:db8:1::1 198.51.100.121");
  EXPECT_EQ(ordered({"2001:db8:1::1", "198.51.100.121"},
                    {source("fe80::1"), source("198.51.100.117", 24)}),
            "198.51.100.121 2001:db8:1::1");
  EXPECT_EQ(ordered({"10.1.2.3", "2001:db8:1::1"},
                    {source("2001:db8:1::2"), source("fe80::1"), source("10.1.2.4", 24)}),
            "2001:db8:1::1 10.1.2.3");
  EXPECT_EQ(ordered({"2001:db8:1::1", "fe80::1"}, {source("2001:db8:1::2"), source("fe80::2")}),
            "fe80::1 2001:db8:1::1");
  auto old = source("2001:db8:1::2");
  old.deprecated = true;
  EXPECT_EQ(ordered({"2001:db8:1::1", "2001:db8:3::1"}, {old, source("2001:db8:3::f:1")}),
            "2001:db8:3::1 2001:db8:1::1");
}

TEST(Rfc6724, s10_2_home_and_label_examples) {
  auto care_of = source("2001:db8:1::2");
  care_of.care_of = true;
  auto home = source("2001:db8:3::2");
  home.home = true;
  std::vector<DestinationCandidate> candidates(2);
  candidates[0] = {.destination = ip_of("2001:db8:1::1"), .source = &care_of};
  candidates[1] = {.destination = ip_of("2001:db8:3::1"), .source = &home};
  order_destinations(candidates);
  EXPECT_EQ(candidates[0].destination, ip_of("2001:db8:3::1"));
  EXPECT_EQ(ordered({"2002:c633:6401::1", "2001:db8:1::1"},
                    {source("2002:c633:6401::2"), source("fe80::2")}),
            "2002:c633:6401::1 2001:db8:1::1");
  EXPECT_EQ(ordered({"2002:c633:6401::1", "2001:db8:1::1"},
                    {source("2002:c633:6401::2"), source("2001:db8:1::2"), source("fe80::2")}),
            "2001:db8:1::1 2002:c633:6401::1");
}

TEST(Rfc6724, s6_rule_1_unreachable_goes_last) {
  const auto mine = source("2001:db8:1::2");
  std::vector<DestinationCandidate> candidates(3);
  candidates[0] = {.destination = ip_of("2001:db8:1::1"), .reachable = false, .source = &mine};
  candidates[1] = {.destination = ip_of("2001:db8:2::1"), .source = nullptr};
  candidates[2] = {.destination = ip_of("2001:db8:3::1"), .source = &mine};
  order_destinations(candidates);
  EXPECT_EQ(candidates[0].destination, ip_of("2001:db8:3::1"));
}

TEST(Rfc6724, s6_rule_7_native_before_encapsulated) {
  const auto mine = source("2001:db8:1::2");
  std::vector<DestinationCandidate> candidates(2);
  candidates[0] = {.destination = ip_of("2001:db8:1::1"), .source = &mine, .encapsulated = true};
  candidates[1] = {.destination = ip_of("2001:db8:3::1"), .source = &mine};
  order_destinations(candidates);
  EXPECT_EQ(candidates[0].destination, ip_of("2001:db8:3::1"));
}

TEST(Rfc6724, s6_rule_9_longest_match_and_rule_10_as_it_was) {
  EXPECT_EQ(ordered({"2001:db8:9::1", "2001:db8:1::1"}, {source("2001:db8:1::2")}),
            "2001:db8:1::1 2001:db8:9::1");
  EXPECT_EQ(ordered({"198.51.100.2", "198.51.100.1", "198.51.100.3"}, {source("10.0.0.1", 24)}),
            "198.51.100.2 198.51.100.1 198.51.100.3");
}

}  // namespace
}  // namespace catenet
