// Ipv4: the two doors of IPv4, input and output, and the way between them, forward. Read RFC 791,
// RFC 1122 section 3.2.1, RFC 1812 sections 4.2 and 5.2 (the forwarding algorithm, step by step)
// and RFC 6864 (identification).
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "catenet/ip/interface.hpp"
#include "catenet/ip/ip_counters.hpp"
#include "catenet/ip/local_addresses.hpp"
#include "catenet/ip/reassembly.hpp"
#include "catenet/ip/route_table.hpp"
#include "catenet/wire/icmpv4.hpp"
#include "catenet/wire/ipv4.hpp"

namespace catenet {

class Ipv4 {
 public:
  explicit Ipv4(IpLayer& layer, const ReassemblyLimits& limits);
  ~Ipv4();

  // Up. `packet` begins at the IP header; Ethernet padding may follow.
  void input(Interface& in, Packet&& packet);
  // Down; as IpLayer::output.
  Result<void> output(Packet&& packet, const IpSend& send, RouteCache* cache);
  // A usable address of any interface, for one that has none; 0.0.0.0 when there is none.
  Ipv4Address any_address() const;

  Instant next_deadline() const { return reassembler_.next_deadline(); }
  void on_timeout(Instant now);

  IpCounters& counters() { return counters_; }
  const IpCounters& counters() const { return counters_; }
  const Reassembler& reassembler() const { return reassembler_; }

  // Finds the way to `send`'s destination; errors as IpLayer::route.
  Result<void> fill(RouteCache& way, const IpSend& send);

 private:
  // Input, in the order of RFC 1122 section 3.2.1 and RFC 1812 section 5.2.
  std::optional<Drop> check_header(Packet& packet);
  std::optional<Drop> check_source(const Interface& in, const Packet& packet,
                                   const wire::Ipv4View& header) const;
  void input_unicast(Interface& in, Packet&& packet, const Interface& owner);
  void input_broadcast(Interface& in, Packet packet, Interface& owner);
  void input_multicast(Interface& in, Packet packet);
  bool listens(const Interface& in, Ipv4Address group) const;
  void deliver(Interface& in, Packet&& packet, bool broadcast, bool multicast);
  void reassemble(Interface& in, Packet packet, IpInfo info);
  [[gnu::cold]] void drop_fragments(PacketQueue packets, Drop reason);
  void hand_up(Packet&& packet, IpInfo& info);
  [[gnu::cold]] bool process_options(Interface& in, Packet& packet, const Interface* out);
  void note_source(MutableBytes area, Ipv4Address source) const;
  void option_problem(Interface& in, Packet packet, u32 offset);
  Ipv4Address recording_address(const Interface& in, const wire::Ipv4View& header,
                                const Interface* out) const;

  // Forwarding, in the order of RFC 1812 section 5.2.
  void forward(Interface& in, Packet&& packet);
  std::optional<Drop> check_forwardable(const Packet& packet) const;
  [[gnu::cold]] void forward_nowhere(Interface& in, Packet packet, const Route* route);
  [[gnu::cold]] void maybe_redirect(Interface& in, const Packet& packet, Ipv4Address next_hop);
  void forward_out(Interface& in, Interface& out, Packet&& packet, Ipv4Address next_hop, u32 mtu);
  [[gnu::cold]] void forward_broadcast(Interface& in, Interface& out, Packet packet);
  // Answers with an ICMP error where that is allowed, then drops.
  [[gnu::cold]] void refuse(Interface& in, Packet packet, const wire::Icmpv4Header& error,
                            Drop reason);

  // Output.
  Result<void> find_way(RouteCache& way, Ipv4Address destination, Ipv4Address source,
                        Interface* bound);
  Result<void> find_route(RouteCache& way, Ipv4Address destination, Ipv4Address source,
                          Interface* bound);
  Interface* group_interface(Ipv4Address group, Ipv4Address source, Interface* bound) const;
  Ipv4Address choose_source(const Interface& out, Ipv4Address next_hop) const;
  u32 path_mtu(Ipv4Address destination, u32 link_mtu, RouteCache& way) const;
  Result<void> write_header(Packet& packet, const IpSend& send, const RouteCache& way);
  Result<void> complete_header(Packet& packet, const RouteCache& way);
  Result<void> send_sized(Packet&& packet, RouteCache& way, bool loop);
  bool send_fragments(Packet& packet, RouteCache& way, bool loop = true);
  void transmit(Packet&& packet, RouteCache& way, bool loop);
  u16 next_identification(Ipv4Address source, Ipv4Address destination, u8 protocol, u32 count);

  struct Identifications {
    u64 key = 0;
    std::array<u16, 256> counters{};
  };

  IpLayer& layer_;
  Reassembler reassembler_;
  IpCounters counters_;
  std::unique_ptr<Identifications> identifications_;
};

}  // namespace catenet
