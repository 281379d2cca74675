#include "catenet/socket/lab_configuration.hpp"

namespace catenet {

Result<std::vector<InterfaceStatus>> LabConfiguration::interfaces() {
  std::vector<InterfaceStatus> all;
  for (const auto& interface : ip_.interfaces()) {
    all.push_back({.index = interface->index(),
                   .name = interface->name(),
                   .mac = interface->mac(),
                   .up = interface->up()});
  }
  return all;
}

Result<std::vector<NeighbourStatus>> LabConfiguration::neighbours(Family family) {
  std::vector<NeighbourStatus> all;
  for (const auto& interface : ip_.interfaces()) {
    const bool v4 = family == Family::ipv4;
    const NeighbourCache* table =
        v4 ? interface->neighbours4_if_any() : interface->neighbours6_if_any();
    const auto add = [&](const Neighbour& neighbour) {
      all.push_back({.address = neighbour.address(),
                     .interface = interface->index(),
                     .state = neighbour.state(ip_.now()),
                     .mac = neighbour.usable() ? std::optional(neighbour.mac()) : std::nullopt});
    };
    if (table) table->for_each(add);
    if (!v4) continue;
    for (const Ipv4Address& address : interface->proxied4()) {
      all.push_back({.address = address,
                     .interface = interface->index(),
                     .state = NeighbourState::permanent,
                     .mac = {},
                     .proxy = true});
    }
  }
  return all;
}

Result<u32> LabConfiguration::link_of(const IpAddress& address) {
  if (ip_.is_local(address)) return ip_.loopback().index();
  const Route* way =
      address.is_v4() ? ip_.routes4().lookup(address.v4()) : ip_.routes6().lookup(address.v6());
  const bool direct = way && way->kind == RouteKind::unicast && !way->gateway;
  return direct ? Result<u32>(way->interface) : Unexpected(Errno::network_unreachable);
}

Result<void> LabConfiguration::set_neighbour(u32 interface, const IpAddress& address,
                                             MacAddress mac, bool permanent) {
  Interface* at = ip_.interface(interface);
  if (!at) return Unexpected(Errno::no_device);
  if (at->loopback()) return Unexpected(Errno::invalid);
  return ip_.neighbours().set(*at, address, mac, permanent);
}

Result<void> LabConfiguration::remove_neighbour(u32 interface, const IpAddress& address) {
  Interface* at = ip_.interface(interface);
  if (!at) return Unexpected(Errno::no_device);
  return ip_.neighbours().remove(*at, address);
}

Result<void> LabConfiguration::add_proxy(u32 interface, const IpAddress& address) {
  Interface* at = ip_.interface(interface);
  if (!at) return Unexpected(Errno::no_device);
  if (address.is_v6()) return Unexpected(Errno::family_not_supported);
  return ip_.add_proxy(*at, address.v4());
}

Result<void> LabConfiguration::remove_proxy(u32 interface, const IpAddress& address) {
  Interface* at = ip_.interface(interface);
  if (!at) return Unexpected(Errno::no_device);
  if (address.is_v6()) return Unexpected(Errno::family_not_supported);
  return ip_.remove_proxy(*at, address.v4());
}

}  // namespace catenet
