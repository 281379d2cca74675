// Who may bind what, and who gets a datagram.
#include "catenet/udp/port_space.hpp"

#include <gtest/gtest.h>
#include <map>
#include <set>

namespace catenet {
namespace {

Endpoint at(std::string_view address, u16 port) { return {*IpAddress::parse(address), port}; }

PortBinding claim(std::string_view address, u16 port) {
  PortBinding binding;
  binding.local = at(address, port);
  return binding;
}

struct PortSpaces : ::testing::Test {
  PortSpace ports{SipKey{1, 2}};
  RandomStream random{1};

  Errno bind(PortBinding& binding) {
    const auto bound = ports.bind(binding, random);
    return bound ? Errno::ok : bound.error();
  }
};

TEST_F(PortSpaces, claims_that_meet_conflict) {
  struct Row {
    const char* first;
    const char* second;
    bool conflict;
  };
  for (const Row& row :
       {Row{"0.0.0.0", "0.0.0.0", true}, Row{"0.0.0.0", "10.0.0.1", true},
        Row{"10.0.0.1", "10.0.0.1", true}, Row{"10.0.0.1", "10.0.0.2", false},
        Row{"::", "0.0.0.0", true}, Row{"::", "10.0.0.1", true}, Row{"::", "2001:db8::1", true},
        Row{"2001:db8::1", "0.0.0.0", false}, Row{"2001:db8::1", "10.0.0.1", false}}) {
    for (const bool swapped : {false, true}) {
      PortBinding one = claim(swapped ? row.second : row.first, 9);
      PortBinding two = claim(swapped ? row.first : row.second, 9);
      EXPECT_EQ(bind(one), Errno::ok);
      EXPECT_EQ(bind(two) == Errno::address_in_use, row.conflict) << row.first << " " << row.second;
      ports.unbind(one);
      ports.unbind(two);
    }
  }
}

TEST_F(PortSpaces, other_ports_and_devices_do_not_meet) {
  PortBinding one = claim("0.0.0.0", 9), port = claim("0.0.0.0", 10);
  EXPECT_EQ(bind(one), Errno::ok);
  EXPECT_EQ(bind(port), Errno::ok);
  PortBinding left = claim("0.0.0.0", 11), right = claim("0.0.0.0", 11), any = claim("0.0.0.0", 11);
  left.device = 1;
  right.device = 2;
  EXPECT_EQ(bind(left), Errno::ok);
  EXPECT_EQ(bind(right), Errno::ok);
  EXPECT_EQ(bind(any), Errno::address_in_use);
}

TEST_F(PortSpaces, reuse_must_be_wanted_by_both) {
  for (bool PortBinding::* wanted : {&PortBinding::reuse_address, &PortBinding::reuse_port}) {
    PortBinding one = claim("0.0.0.0", 9), two = claim("0.0.0.0", 9), three = claim("0.0.0.0", 9);
    one.*wanted = two.*wanted = true;
    EXPECT_EQ(bind(one), Errno::ok);
    EXPECT_EQ(bind(two), Errno::ok);
    EXPECT_EQ(bind(three), Errno::address_in_use);
    ports.unbind(one);
    ports.unbind(two);
  }
}

TEST_F(PortSpaces, reuse_address_does_not_pass_a_listener) {
  PortBinding one = claim("0.0.0.0", 9), two = claim("0.0.0.0", 9);
  one.reuse_address = two.reuse_address = true;
  EXPECT_EQ(bind(one), Errno::ok);
  one.exclusive_listener = true;
  EXPECT_EQ(bind(two), Errno::address_in_use);
  EXPECT_FALSE(ports.listener_beside(one));
}

TEST(Rfc3493, s5_3_v6_only_wildcard_meets_no_ipv4_claim) {
  PortSpace ports(SipKey{1, 2});
  RandomStream random(1);
  PortBinding six = claim("::", 9), four = claim("0.0.0.0", 9);
  six.v6_only = true;
  EXPECT_TRUE(ports.bind(six, random));
  EXPECT_TRUE(ports.bind(four, random));
  EXPECT_EQ(ports.find(at("10.0.0.1", 9), at("10.0.0.2", 1), 1), &four);
  EXPECT_EQ(ports.find(at("2001:db8::1", 9), at("2001:db8::2", 1), 1), &six);
}

TEST_F(PortSpaces, best_claim_is_the_narrowest) {
  PortBinding any = claim("0.0.0.0", 9), address = claim("10.0.0.1", 9),
              peer = claim("10.0.0.1", 9);
  for (PortBinding* binding : {&any, &address, &peer}) binding->reuse_address = true;
  peer.remote = at("10.0.0.2", 5);
  for (PortBinding* binding : {&any, &address, &peer}) EXPECT_EQ(bind(*binding), Errno::ok);
  EXPECT_EQ(ports.find(at("10.0.0.1", 9), at("10.0.0.2", 5), 1), &peer);
  EXPECT_EQ(ports.find(at("10.0.0.1", 9), at("10.0.0.2", 6), 1), &address);
  EXPECT_EQ(ports.find(at("10.0.0.3", 9), at("10.0.0.2", 5), 1), &any);
  EXPECT_EQ(ports.find(at("10.0.0.1", 10), at("10.0.0.2", 5), 1), nullptr);
  EXPECT_EQ(ports.find(at("2001:db8::1", 9), at("2001:db8::2", 5), 1), nullptr);
  u32 visited = 0;
  ports.for_each(at("10.0.0.1", 9), at("10.0.0.2", 6), 1, [&](PortBinding&) { ++visited; });
  EXPECT_EQ(visited, 2u);
}

TEST_F(PortSpaces, equal_claims_share_flows_evenly_and_steadily) {
  PortBinding claims[4];
  for (PortBinding& binding : claims) {
    binding = claim("0.0.0.0", 9);
    binding.reuse_port = true;
    EXPECT_EQ(bind(binding), Errno::ok);
  }
  std::map<PortBinding*, u32> counts;
  for (u16 port = 1; port <= 4'000; ++port) {
    PortBinding* chosen = ports.find(at("10.0.0.1", 9), at("10.0.0.2", port), 1);
    EXPECT_EQ(chosen, ports.find(at("10.0.0.1", 9), at("10.0.0.2", port), 1));
    ++counts[chosen];
  }
  EXPECT_EQ(counts.size(), 4u);
  for (const auto& [binding, count] : counts) EXPECT_NEAR(count, 1'000, 150);
}

TEST(Rfc6335, s6_any_port_is_a_dynamic_one_until_none_is_left) {
  PortSpace ports(SipKey{1, 2});
  RandomStream random(1);
  ports.set_range({50'000, 50'009});
  std::vector<PortBinding> claims(10, claim("0.0.0.0", 0));
  std::set<u16> given;
  for (PortBinding& binding : claims) {
    ASSERT_TRUE(ports.bind(binding, random));
    given.insert(binding.local.port);
  }
  EXPECT_EQ(given.size(), 10u);
  EXPECT_EQ(*given.begin(), 50'000);
  EXPECT_EQ(*given.rbegin(), 50'009);
  PortBinding one_more = claim("0.0.0.0", 0);
  EXPECT_EQ(ports.bind(one_more, random).error(), Errno::address_in_use);
  EXPECT_EQ(one_more.local.port, 0);
  EXPECT_EQ(ports.all().size(), 10u);
}

TEST(Rfc6056, s3_3_4_ports_of_a_destination_follow_each_other_and_start_apart) {
  PortSpace ports(SipKey{1, 2});
  const auto free = [](u16) { return false; };
  const IpAddress local = *IpAddress::parse("10.0.0.1");
  const u16 first = *ports.ephemeral(local, at("10.0.0.2", 80), free);
  const u16 second = *ports.ephemeral(local, at("10.0.0.2", 80), free);
  EXPECT_EQ(second - 49'152, (first - 49'152 + 1) % 16'384);
  std::set<u16> starts;
  for (u16 port = 1; port <= 100; ++port) {
    starts.insert(*ports.ephemeral(local, at("10.0.0.3", port), free));
  }
  EXPECT_GT(starts.size(), 90u);
}

TEST_F(PortSpaces, ephemeral_port_skips_those_taken_and_ends) {
  ports.set_range({50'000, 50'003});
  const IpAddress local = *IpAddress::parse("10.0.0.1");
  const auto taken = [](u16 port) { return port != 50'002; };
  EXPECT_EQ(ports.ephemeral(local, at("10.0.0.2", 80), taken), 50'002);
  const auto all = ports.ephemeral(local, at("10.0.0.2", 80), [](u16) { return true; });
  EXPECT_EQ(all.error(), Errno::address_not_available);
}

}  // namespace
}  // namespace catenet
