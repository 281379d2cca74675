// Configuration: a host's interfaces and neighbours, looked at and changed; to a Linux host what
// rtnetlink is. Read RFC 826 and RFC 4861 section 5.1 (what a neighbour entry holds).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/ip/neighbour_cache.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

struct InterfaceStatus {
  u32 index = 0;  // from 1
  std::string name;
  MacAddress mac;  // zero: the loopback interface
  bool up = false;
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
