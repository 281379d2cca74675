// Configuration: a host's interfaces, addresses, routes and neighbours, looked at, and neighbours
// changed; to a Linux host what rtnetlink is. Read RFC 826 and RFC 4861 section 5.1 (what a
// neighbour entry holds).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/ip/neighbour_cache.hpp"
#include "catenet/ip/route_table.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

struct AddressStatus {
  InterfacePrefix prefix;
  bool tentative = false;   // being tested for a duplicate
  bool duplicated = false;  // another has it
  bool deprecated = false;
  // What is left of its lifetimes; none: they do not end.
  std::optional<Duration> preferred_for;
  std::optional<Duration> valid_for;
};

// Packets and bytes of an interface.
struct InterfaceFigures {
  u64 received_packets = 0;
  u64 received_bytes = 0;
  u64 received_dropped = 0;
  u64 sent_packets = 0;
  u64 sent_bytes = 0;
};

struct InterfaceStatus {
  u32 index = 0;  // from 1
  std::string name;
  MacAddress mac;  // zero: the loopback interface
  bool loopback = false;
  bool enabled = false;  // administratively
  bool up = false;       // and with a carrier
  u32 mtu = 0;           // bytes from the IP header on
  InterfaceFigures figures;
  std::vector<AddressStatus> addresses;  // IPv4 before IPv6
};

struct RouteStatus {
  Prefix to;
  std::optional<IpAddress> gateway;  // none: the destination is on the link
  std::optional<IpAddress> source;   // preferred for what goes this way
  u32 interface = 0;                 // its index; 0 where nothing is sent on
  u32 metric = 0;
  u32 mtu = 0;  // bytes; 0: the interface's
  RouteOrigin origin = RouteOrigin::configured;
  RouteKind kind = RouteKind::unicast;
};

struct NeighbourStatus {
  IpAddress address;
  u32 interface = 0;  // its index
  NeighbourState state = NeighbourState::failed;
  std::optional<MacAddress> mac;  // none: not known, or a proxy entry
  // ARP requests for `address` are answered with the interface's own MAC; `state` is permanent.
  bool proxy = false;
};

// Changes may be refused with EPERM where a right is missing; EAFNOSUPPORT for a family that has no
// such entries.
class Configuration {
 public:
  virtual ~Configuration() = default;

  // By index.
  virtual Result<std::vector<InterfaceStatus>> interfaces() = 0;
  // The main table, host routes first and the default last.
  virtual Result<std::vector<RouteStatus>> routes(Family family) = 0;
  // The way that a datagram to `destination` would take, by `interface` alone where that is not 0:
  // `to` is the destination, `source` set, the interface the loopback's for an address of the
  // host's own. ENETUNREACH, EHOSTUNREACH, EACCES, ENODEV…
  virtual Result<RouteStatus> way_to(const IpAddress& destination, u32 interface = 0) = 0;
  // By interface, of each the neighbours by address, then the proxy entries by address.
  virtual Result<std::vector<NeighbourStatus>> neighbours(Family family) = 0;
  // The index of the interface whose link `address` is on: the loopback's for an address of the
  // host's own. ENETUNREACH.
  virtual Result<u32> link_of(const IpAddress& address) = 0;

  // Makes an entry or replaces it. A permanent one stays until it is removed, any other ages as if
  // it had been learned. ENODEV, EINVAL (the interface knows no neighbours), ENOBUFS.
  virtual Result<void> set_neighbour(u32 interface, const IpAddress& address, MacAddress mac,
                                     bool permanent) = 0;
  // ENODEV, ENOENT.
  virtual Result<void> remove_neighbour(u32 interface, const IpAddress& address) = 0;
  // ENODEV, EINVAL (not another's unicast address).
  virtual Result<void> add_proxy(u32 interface, const IpAddress& address) = 0;
  // ENODEV, ENOENT.
  virtual Result<void> remove_proxy(u32 interface, const IpAddress& address) = 0;
};

}  // namespace catenet
