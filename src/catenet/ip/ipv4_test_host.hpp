// For tests of ICMP: alice, a host with an address, a neighbour and two routers, so that nobody
// need be asked.
#pragma once

#include "catenet/ip/ip_test_bench.hpp"

namespace catenet::ip_test {

struct Host4 {
  World world;
  Host alice;

  explicit Host4(const IpOptions& options = {}) : alice(world, "alice", options) {
    alice.plug(1, {"10.0.0.1/24"});
    alice.knows("10.0.0.2", 2);
    alice.knows("10.0.0.253", 253);
    alice.knows("10.0.0.254", 254);
    alice.route("0.0.0.0/0", "10.0.0.254");
  }
  wire::Ipv4Header icmp(std::string_view source = "10.0.0.2",
                        std::string_view destination = "10.0.0.1") const {
    return {.protocol = wire::IpProtocol::icmp,
            .source = v4(source),
            .destination = v4(destination),
            .options = {}};
  }
  void hears(const wire::Ipv4Header& header, const Bytes& payload, const Frame& link = {}) {
    alice.hears(ipv4_frame(world, header, payload, link));
  }
  // A datagram as alice would have sent it, quoted.
  Bytes quote(std::string_view destination, std::string_view source = "10.0.0.1",
              std::size_t size = 8) const {
    return ipv4_bytes({.source = v4(source), .destination = v4(destination), .options = {}},
                      udp(5'000, 53, size));
  }
  void hears_error(const wire::Icmpv4Header& header, const Bytes& quoted,
                   std::string_view from = "10.0.0.254") {
    hears(icmp(from), icmp4(header, quoted), {.from = 254});
  }
};

}  // namespace catenet::ip_test
