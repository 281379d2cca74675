// Ipv6: the two doors of IPv6, input and output, and the way between them, forward. Read RFC 8200
// (extension headers in order, section 4; fragments, 4.5), RFC 4291, RFC 4443 section 2.4 and RFC
// 6724.
#pragma once

#include <optional>

#include "catenet/ip/interface.hpp"
#include "catenet/ip/ip_counters.hpp"
#include "catenet/ip/reassembly.hpp"
#include "catenet/ip/route_table.hpp"
#include "catenet/wire/icmpv6.hpp"
#include "catenet/wire/ipv6.hpp"

namespace catenet {

class Ipv6 {
 public:
  explicit Ipv6(IpLayer& layer, const ReassemblyLimits& limits);
  ~Ipv6();

  // Up. `packet` begins at the IP header; Ethernet padding may follow.
  void input(Interface& in, Packet&& packet);
  // Down; as IpLayer::output.
  Result<void> output(Packet&& packet, const IpSend& send, RouteCache* cache);
  // Finds the way to `send`'s destination; errors as IpLayer::route.
  Result<void> fill(RouteCache& way, const IpSend& send);

  Instant next_deadline() const { return reassembler_.next_deadline(); }
  void on_timeout(Instant now);

  IpCounters& counters() { return counters_; }
  const IpCounters& counters() const { return counters_; }
  const Reassembler& reassembler() const { return reassembler_; }

 private:
  // Input, in the order of RFC 8200 section 4.
  std::optional<Drop> check_header(Packet& packet);
  std::optional<Drop> check_addresses(const Interface& in, const Packet& packet,
                                      const wire::Ipv6View& header) const;
  bool listens(const Interface& in, const Ipv6Address& group) const;
  void deliver(Interface& in, Packet&& packet, bool reassembled);
  void process_chain(Interface& in, Packet&& packet, bool reassembled);
  bool process_options(Interface& in, Packet& packet, u32 offset);
  bool process_routing(Interface& in, Packet& packet, u32 offset);
  [[gnu::cold]] void chain_error(Interface& in, Packet packet, const wire::Ipv6ChainError& error);
  void reassemble(Interface& in, Packet packet, u32 offset, u32 named_at);
  [[gnu::cold]] void drop_fragments(PacketQueue packets, Drop reason);
  // `offset` of the upper layer's header, `named_at` of the byte that names it.
  void hand_up(Interface& in, Packet&& packet, u32 offset, bool reassembled, u32 named_at = 6);

  void forward(Interface& in, Packet&& packet);
  std::optional<Drop> check_forwardable(const Packet& packet) const;
  void forward_out(Interface& in, Interface& out, Packet&& packet, const Ipv6Address& next_hop,
                   u32 mtu);
  [[gnu::cold]] void forward_nowhere(Interface& in, Packet packet, const Route* route);
  [[gnu::cold]] void maybe_redirect(Interface& in, const Packet& packet,
                                    const Ipv6Address& next_hop);
  // Answers with an ICMPv6 error where that is allowed, then drops.
  [[gnu::cold]] void refuse(Interface& in, Packet packet, const wire::Icmpv6Header& error,
                            Drop reason);

  Result<void> find_way(RouteCache& way, const Ipv6Address& destination, Interface* bound);
  Result<void> find_route(RouteCache& way, const Ipv6Address& destination, Interface* bound);
  Interface* zone_interface(const Ipv6Address& destination, Interface* bound) const;
  std::optional<Ipv6Address> choose_source(const Interface& out,
                                           const Ipv6Address& destination) const;
  u32 path_mtu(const Ipv6Address& destination, u32 link_mtu, RouteCache& way) const;
  u8 hop_limit(const IpSend& send, const RouteCache& way) const;
  Result<void> write_header(Packet& packet, const IpSend& send, const RouteCache& way);
  Result<void> complete_header(Packet& packet, const RouteCache& way);
  Result<void> send_sized(Packet&& packet, RouteCache& way, bool dont_fragment, bool loop);
  Result<void> send_fragments(Packet& packet, RouteCache& way, bool loop);
  void transmit(Packet&& packet, RouteCache& way, bool loop);

  IpLayer& layer_;
  Reassembler reassembler_;
  IpCounters counters_;
};

}  // namespace catenet
