// For tests of IPv6: alice, a host with an address, a neighbour and a default router, so that
// nobody need be asked.
#pragma once

#include "catenet/ip/ip_test_bench.hpp"

namespace catenet::ip_test {

struct Host6 {
  World world;
  Host alice;

  explicit Host6(const IpOptions& options = {}) : alice(world, "alice", options) {
    alice.plug(1, {"2001:db8::1/64"});
    alice.layer.start();
    alice.knows("2001:db8::2", 2);
    alice.knows("fe80::fe", 254);
    EXPECT_TRUE(alice.layer.add_route({.prefix = Prefix::any(Family::ipv6),
                                       .gateway = IpAddress(v6("fe80::fe")),
                                       .interface = alice.eth().index()}));
  }
  wire::Ipv6Header from_bob(std::string_view destination = "2001:db8::1",
                            wire::IpProtocol next = wire::IpProtocol::udp) const {
    return {.next_header = next, .source = v6("2001:db8::2"), .destination = v6(destination)};
  }
  void hears(const wire::Ipv6Header& header, const Bytes& payload, MacAddress to = mac(1)) {
    alice.hears(ipv6_frame(world, header, payload, {.to = to}));
  }
  void expect_dropped(Drop reason, u64 times = 1) {
    EXPECT_EQ(alice.drops(reason), times) << drop_name(reason);
    EXPECT_TRUE(alice.take_datagrams().empty());
    EXPECT_EQ(alice.said(), Lines{});
  }
};

}  // namespace catenet::ip_test
