// IpLayer: one host's network layer, both families, wired on one page. Up: Interface::on_frame →
// ethernet_input → Ipv4::input or Ipv6::input → reassemble → TransportDemux. Down: output →
// Ipv4::output or Ipv6::output → Neighbours::resolve → ethernet_output → Nic::output. Read RFC
// 1122 section 3 and RFC 1812 section 5 (the flow), RFC 8200 and RFC 4861.
//
//   setters    attach, add_interface, add_address, add_route, join, set_up, start
//   on_*       frames and carrier changes come in by Interface; timers by the layer's one event
//   commands   output, refuse, confirm
//   getters    interface, routes, route, is_local, counters
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "catenet/engine/engine.hpp"
#include "catenet/engine/origin.hpp"
#include "catenet/ip/address_conflict.hpp"
#include "catenet/ip/arp.hpp"
#include "catenet/ip/icmpv4.hpp"
#include "catenet/ip/icmpv6.hpp"
#include "catenet/ip/interface.hpp"
#include "catenet/ip/ip_types.hpp"
#include "catenet/ip/ipv4.hpp"
#include "catenet/ip/ipv6.hpp"
#include "catenet/ip/local_addresses.hpp"
#include "catenet/ip/ndp.hpp"
#include "catenet/ip/neighbours.hpp"
#include "catenet/ip/path_mtu.hpp"
#include "catenet/ip/route_table.hpp"
#include "catenet/ip/router_advertiser.hpp"
#include "catenet/ip/router_discovery.hpp"

namespace catenet {

struct IpOptions {
  bool forwarding = false;  // a router: both families. A multihomed host does not forward (RFC 1122
                            // section 3.3.1.1)
  // RFC 1122 section 3.3.4.2: a datagram must come by, and leave by, the interface that has its
  // address.
  bool strong_host = false;
  // Addresses are tested for duplicates before they are used, and routers solicited, as after
  // power-on.
  bool cold_boot = false;
  bool echo_reply = true;
  bool broadcast_echo_reply = false;  // RFC 1122 section 3.2.2.6 lets us; off against Smurf
  bool timestamp_reply = true;        // ICMP type 13
  bool address_mask_reply = false;    // RFC 1122 section 3.2.2.9: only when configured
  bool router_discovery = true;       // hosts honour RFC 1256 advertisements
  bool path_mtu_discovery = true;     // honour "fragmentation needed" (IPv6 always does)
  u8 default_ttl = 64;
  u32 reassembly_memory_bytes = 4u << 20;  // per host and family
  u32 neighbour_memory_bytes = 4u << 20;   // per host: packets that wait for a neighbour's address
};

// Told when an address enters or leaves service: DHCP declines a duplicated one, sockets bound to a
// lost one fail.
class AddressObserver {
 public:
  // `address.state` is the new state; `gone`: it has been removed.
  virtual void on_address(Interface& interface, const InterfaceAddress& address, bool gone) = 0;

 protected:
  ~AddressObserver() = default;
};

// Sees every frame at a host's interfaces (packet sockets), whole, from its Ethernet header.
class FrameTap {
 public:
  virtual void on_frame(Interface& interface, const Packet& frame, bool outgoing) = 0;

 protected:
  ~FrameTap() = default;
};

// Why a transport would not have a datagram.
enum class Refusal : u8 { protocol_unreachable, port_unreachable };

class IpLayer {
 public:
  // `node` draws this host's luck and orders its events; all four outlive the layer.
  IpLayer(Engine& engine, Origin& node, PacketPool& pool, const IpOptions& options = {});
  IpLayer(const IpLayer&) = delete;
  IpLayer& operator=(const IpLayer&) = delete;
  ~IpLayer();

  // Who takes what is delivered here; who wants to know of address changes and of frames. Each
  // outlives the layer.
  void attach(TransportDemux& demux) { demux_ = &demux; }
  void observe(AddressObserver* observer) { observer_ = observer; }
  void tap(FrameTap* tap) { tap_ = tap; }
  FrameTap* tap() { return tap_; }

  // --- Interfaces and addresses ---
  // Attaches to `nic`; it outlives the layer. A loopback interface "lo" is always there, with
  // 127.0.0.1/8 and ::1/128.
  Interface& add_interface(std::string name, Nic& nic);
  // nullptr when there is none.
  Interface* interface(std::string_view name);
  Interface* interface(u32 index);
  Interface& loopback() { return *interfaces_.front(); }
  std::span<const std::unique_ptr<Interface>> interfaces() const { return interfaces_; }

  // Once, when the host is wired: gives each interface its link-local IPv6 address, and with
  // `cold_boot` tests the configured addresses and solicits routers.
  void start();
  // Administratively up or down. Down: its routes and neighbours go, its addresses stay.
  void set_up(Interface& interface, bool up);
  Result<void> set_mtu(Interface& interface,
                       u32 mtu);  // Errno::invalid under 68, or over the Nic's frame

  // Errors: exists, invalid (not a unicast address, length too long). Adds the connected route.
  Result<void> add_address(Interface& interface, const InterfacePrefix& address,
                           AddressUse use = AddressUse::established,
                           AddressOrigin origin = AddressOrigin::manual);
  // Errors: address_not_available.
  Result<void> remove_address(Interface& interface, const IpAddress& address);
  // A router's advertisements on `interface`, from now on; none to stop. Errors: invalid
  // (RouterAdvertising::check).
  Result<void> advertise(Interface& interface, std::optional<RouterAdvertising> settings);
  // Answers ARP for another's address on `interface`, whatever way leads there, or no longer.
  // Errors: invalid (not a unicast address, or our own); no_entry.
  Result<void> add_proxy(Interface& interface, Ipv4Address address);
  Result<void> remove_proxy(Interface& interface, Ipv4Address address);
  // Multicast groups; joined as often as left. Errors: invalid, address_not_available (never
  // joined).
  Result<void> join(Interface& interface, const IpAddress& group);
  Result<void> leave(Interface& interface, const IpAddress& group);

  // --- Routes ---
  const RouteTable4& routes4() const { return routes4_; }
  const RouteTable6& routes6() const { return routes6_; }
  // `route.interface` 0: found by the gateway. Errors: exists; network_unreachable (the gateway is
  // on no link of ours); no_device; invalid.
  Result<void> add_route(Route route);
  // In place of all that have its prefix and metric.
  Result<void> replace_route(Route route);
  // Arguments as RouteTable::remove. Errors: no_entry.
  Result<void> remove_route(const Prefix& prefix, std::optional<IpAddress> gateway = {},
                            std::optional<u32> interface = {}, std::optional<u32> metric = {});
  // All of one origin, both families; returns how many those were.
  u32 remove_routes(RouteOrigin origin);
  // Which way to `destination`, from `source` if given. Errors: network_unreachable,
  // host_unreachable, access_denied (an administrative block), address_not_available, network_down,
  // invalid (blackhole).
  Result<RouteChoice> route(const IpAddress& destination, const IpAddress& source = {},
                            Interface* bound = nullptr);

  // --- Sending ---
  // `transport` begins at its transport header (or IP header, when included) with headroom for what
  // goes in front; a deferred checksum's start is relative to the packet's first byte, its field
  // holds the pseudo-header sum. Errors: route()'s, message_size (too big and not to be
  // fragmented), invalid (options), no_buffer_space. An unreachable neighbour is reported later, by
  // TransportDemux::on_error.
  Result<void> output(Packet&& transport, const IpSend& send, RouteCache* cache = nullptr);
  // Whether `cache` still says the truth; if so its source and mtu do too.
  bool valid(const RouteCache& way) const;
  // Finds the way without sending: afterwards `way` holds interface, source and path MTU. Errors as
  // output().
  Result<void> prepare(const IpSend& send, RouteCache& way);
  // The transport saw forward progress through this neighbour (RFC 4861 section 7.3.1).
  void confirm(const RouteCache& cache);
  // The transport hears nothing this way (RFC 9293 section 3.8.3): the next hop has to show that it
  // is there, and the next datagram finds its way anew.
  [[gnu::cold]] void doubt(RouteCache& way);
  // Answers a datagram that no one takes: ICMP to its sender where that is allowed, and the packet
  // dropped. `transport` as it was delivered.
  [[gnu::cold]] void refuse(const IpInfo& info, Packet transport, Refusal refusal);
  // Ends a delivered datagram without an answer.
  [[gnu::cold]] void drop(const IpInfo& info, Packet transport, Drop reason);

  // --- Questions ---
  // Whether `address` is one of ours and usable; `interface` set: on it (matters for link-local).
  bool is_local(const IpAddress& address, const Interface* interface = nullptr) const;
  // A limited or subnet broadcast address of one of our links.
  bool is_broadcast(const IpAddress& address) const;
  const IpOptions& options() const { return options_; }
  bool forwarding() const { return options_.forwarding; }
  void set_forwarding(bool on);
  const IpCounters& counters(Family family) const;
  const IcmpCounters& icmp_counters(Family family) const;

  Engine& engine() { return engine_; }
  Instant now() const { return engine_.now(); }
  Origin& node() { return node_; }
  PacketPool& pool() { return pool_; }
  RandomStream& random() { return random_; }
  Ipv4& ipv4() { return ipv4_; }
  Ipv6& ipv6() { return ipv6_; }
  Icmpv4& icmpv4() { return icmpv4_; }
  Icmpv6& icmpv6() { return icmpv6_; }
  Arp& arp() { return arp_; }
  Ndp& ndp() { return ndp_; }

  // --- For the protocols of this room ---
  Neighbours& neighbours() { return neighbours_; }
  AddressConflict& address_conflict() { return conflict_; }
  RouterDiscovery& router_discovery() { return router_discovery_; }
  PathMtuCache& path_mtu() { return path_mtu_; }
  const LocalAddresses& local() const { return local_; }
  TransportDemux* demux() { return demux_; }
  // Wakes the layer at `deadline` or before.
  void arm(Instant deadline);
  // Everything a sender may have cached of ways is void.
  void invalidate_ways() { ++generation_; }
  u64 generation() const { return generation_; }
  // `packet` begins at its IP header and is for this host itself; it comes in again after this
  // event.
  void loop_back(Interface& in, Packet packet);
  // A packet on its way out ends here; it begins at its IP header.
  [[gnu::cold]] void drop_outgoing(Interface& out, Packet packet, Drop reason);
  // An address's state changes: routes and local addresses follow, the observer is told.
  void set_state(Interface& interface, const IpAddress& address, AddressState state);
  void set_lifetimes(Interface& interface, const IpAddress& address, Instant preferred_until,
                     Instant valid_until);
  // Fills interface, route and next hop of `way` from `route`, or, where its gateway does not
  // answer, from the first of the same prefix whose gateway may (RFC 1122 section 3.3.1.5, RFC 4861
  // section 6.3.6); `bound`: by this interface alone. Errors as route().
  Result<void> follow(const Route& route, const Interface* bound, RouteCache& way);
  // A gateway does not answer: what redirects said of it is void (RFC 1122 section 3.3.1.4).
  void on_dead_gateway(const IpAddress& gateway);
  // A router says that `destination` is better reached by `gateway`, or is a neighbour.
  void redirect_route(const IpAddress& destination, std::optional<IpAddress> gateway,
                      const Interface& interface);
  [[gnu::cold]] void note(Interface& interface, std::string_view topic, std::string_view text);
  void on_frame(Interface& interface, Packet&& frame) {
    ethernet_input(interface, std::move(frame));
  }
  void on_carrier(Interface& interface, bool up);

 private:
  void ethernet_input(Interface& interface, Packet&& frame);
  void on_loopback();
  void on_timer();
  Instant next_deadline() const;
  void on_up(Interface& interface);
  void on_down(Interface& interface);
  void retest(Interface& interface, InterfaceAddress& entry);
  void add_connected(Interface& interface, const InterfaceAddress& address);
  void add_link_local(Interface& interface, AddressUse use);
  void remove_connected(Interface& interface, const InterfaceAddress& address);
  void rebuild_local();
  void add_local(Interface& interface, const InterfaceAddress& entry);
  InterfaceAddress* find(Interface& interface, const IpAddress& address);
  Result<void> complete_route(Route& route);
  bool gateway_is_dead(const Route& route) const;
  const Route* other_if_dead(const Route& route, const Interface* bound) const;
  void routes_changed(const Route& route);

  Engine& engine_;
  Origin& node_;
  PacketPool& pool_;
  IpOptions options_;
  TransportDemux* demux_ = nullptr;
  AddressObserver* observer_ = nullptr;
  FrameTap* tap_ = nullptr;
  u64 generation_ = 1;
  RandomStream random_;
  LocalAddresses local_;
  RouteTable4 routes4_;
  RouteTable6 routes6_;
  ReassemblyLimits limits4_;
  ReassemblyLimits limits6_;
  Neighbours neighbours_;
  Ipv4 ipv4_;
  Ipv6 ipv6_;
  Icmpv4 icmpv4_;
  Icmpv6 icmpv6_;
  Arp arp_;
  Ndp ndp_;
  AddressConflict conflict_;
  RouterDiscovery router_discovery_;
  PathMtuCache path_mtu_;
  std::vector<std::unique_ptr<Interface>> interfaces_;
  PacketQueue looped_;
  MemberEvent<IpLayer, &IpLayer::on_loopback> loopback_event_{*this};
  MemberEvent<IpLayer, &IpLayer::on_timer> timer_{*this};
  bool started_ = false;
  u16 redirects_ = 0;  // routes made by redirects since they were last swept
};

// The Neighbour of `way` and all else it holds are as they were when it was filled.
inline bool IpLayer::valid(const RouteCache& way) const {
  return way.generation == generation_ && now() < way.valid_until &&
         (!way.neighbours || way.neighbour_generation == way.neighbours->generation());
}

}  // namespace catenet
