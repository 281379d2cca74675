// MachineConfiguration: the machine's own interfaces and neighbours, by rtnetlink.
#pragma once

#include "catenet/socket/configuration.hpp"

namespace catenet::os {

// Of the network namespace of the caller. Changes need CAP_NET_ADMIN: EPERM.
class MachineConfiguration final : public Configuration {
 public:
  Result<std::vector<InterfaceStatus>> interfaces() override;
  Result<std::vector<RouteStatus>> routes(Family family) override;
  Result<RouteStatus> way_to(const IpAddress& destination, u32 interface) override;
  Result<std::vector<NeighbourStatus>> neighbours(Family family) override;
  Result<u32> link_of(const IpAddress& address) override;
  Result<void> set_neighbour(u32 interface, const IpAddress& address, MacAddress mac,
                             bool permanent) override;
  Result<void> remove_neighbour(u32 interface, const IpAddress& address) override;
  Result<void> add_proxy(u32 interface, const IpAddress& address) override;
  Result<void> remove_proxy(u32 interface, const IpAddress& address) override;
};

}  // namespace catenet::os
