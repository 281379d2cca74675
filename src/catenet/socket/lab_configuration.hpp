// LabConfiguration: the interfaces, routes and neighbours of a lab host.
#pragma once

#include "catenet/ip/ip_layer.hpp"
#include "catenet/socket/configuration.hpp"

namespace catenet {

class LabConfiguration final : public Configuration {
 public:
  // `ip` outlives this.
  explicit LabConfiguration(IpLayer& ip) : ip_(ip) {}

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

 private:
  std::optional<IpAddress> source_of(const Route& route) const;

  IpLayer& ip_;
};

}  // namespace catenet
