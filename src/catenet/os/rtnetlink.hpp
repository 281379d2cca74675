// Rtnetlink: interfaces, addresses, routes and neighbours of the kernel, looked at and set up. Read
// rtnetlink(7) and RFC 3549.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/os/descriptor.hpp"
#include "catenet/socket/configuration.hpp"
#include "catenet/wire/address.hpp"

namespace catenet::os {

class NetlinkMessage;

struct KernelRoute {
  Prefix to;
  std::optional<IpAddress> via;  // of the family of `to`; none: on the link
  u32 interface_index = 0;
  u32 metric = 0;
  // Of those that were asked for.
  std::optional<IpAddress> source;
  u32 mtu = 0;      // 0: the interface's
  u8 type = 0;      // RTN_
  u8 protocol = 0;  // RTPROT_
};

struct KernelLink {
  u32 index = 0;
  std::string name;
  MacAddress mac;
  bool loopback = false;
  bool enabled = false;  // administratively
  bool up = false;       // and with a carrier
  u32 mtu = 0;
  InterfaceFigures figures;
};

struct KernelAddress {
  InterfacePrefix prefix;
  u32 interface_index = 0;
  u32 flags = 0;  // IFA_F_
  // Of its lifetimes, the greatest number where they do not end.
  u32 preferred_s = UINT32_MAX;
  u32 valid_s = UINT32_MAX;
};

struct KernelNeighbour {
  IpAddress address;
  u32 interface_index = 0;
  u16 state = 0;  // NUD_ bits
  std::optional<MacAddress> mac;
  bool proxy = false;  // answered for, with the interface's own MAC
};

// Speaks to the network namespace in which it was opened. Every call waits for the kernel's answer;
// its error is the kernel's own.
class Rtnetlink {
 public:
  static Result<Rtnetlink> open();

  // A pair of interfaces, down: `name` here, and one with the number `far_index` and a name of its
  // own in the network namespace that `far_namespace` is open on.
  Result<void> add_veth(const std::string& name, int far_namespace, u32 far_index);
  // `mac` and `mtu` only while the interface is down.
  Result<void> set_mac(u32 interface_index, MacAddress mac);
  Result<void> set_mtu(u32 interface_index, u32 mtu);
  Result<void> set_up(u32 interface_index);
  // Usable at once where `detect_duplicates` is false (IPv6; RFC 4862, 5.4).
  Result<void> add_address(u32 interface_index, const InterfacePrefix& address,
                           bool detect_duplicates);
  Result<void> add_route(const KernelRoute& route);
  // Makes or replaces it.
  Result<void> set_neighbour(const KernelNeighbour& neighbour);
  Result<void> remove_neighbour(const KernelNeighbour& neighbour);

  Result<std::vector<KernelLink>> links();
  Result<std::vector<KernelNeighbour>> neighbours(Family family, bool proxies);
  Result<std::vector<KernelAddress>> addresses();
  // Of the main table.
  Result<std::vector<KernelRoute>> routes(Family family);
  // The way that the kernel would take, by one interface alone where that is not 0. Errors:
  // ENETUNREACH, EHOSTUNREACH.
  Result<KernelRoute> route_to(const IpAddress& destination, u32 interface_index = 0);

 private:
  explicit Rtnetlink(Descriptor socket) : socket_(std::move(socket)) {}
  Result<void> carry_out(NetlinkMessage& request);
  // Asks, and gives every message of the answer.
  Result<std::vector<std::vector<u8>>> ask(NetlinkMessage& request);

  Descriptor socket_;
  u32 sequence_ = 0;
};

}  // namespace catenet::os
