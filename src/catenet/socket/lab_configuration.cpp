#include "catenet/socket/lab_configuration.hpp"

#include <algorithm>

namespace catenet {
namespace {

AddressStatus address_status(const InterfaceAddress& own, Instant now) {
  const auto left = [now](Instant until) {
    return until == Instant::never() ? std::nullopt
                                     : std::optional(std::max(until - now, Duration()));
  };
  return {.prefix = {own.address, own.prefix_length},
          .tentative = own.state == AddressState::tentative,
          .duplicated = own.state == AddressState::duplicated,
          .deprecated = own.state == AddressState::deprecated,
          .preferred_for = left(own.preferred_until),
          .valid_for = left(own.valid_until)};
}

// As Linux counts: at the interface, frames whole.
InterfaceFigures figures_of(const Interface& interface) {
  if (const Nic* const nic = interface.nic()) {
    const NicCounters& counted = nic->counters();
    return {counted.received_frames, counted.received_bytes, total_drops(nic->dropped()),
            counted.sent_frames, counted.sent_bytes};
  }
  const InterfaceCounters& counted = interface.counters();
  return {counted.received_packets, counted.received_bytes, interface.loopback_drops(),
          counted.sent_packets, counted.sent_bytes};
}

}  // namespace

Result<std::vector<InterfaceStatus>> LabConfiguration::interfaces() {
  std::vector<InterfaceStatus> all;
  for (const auto& interface : ip_.interfaces()) {
    all.push_back({.index = interface->index(),
                   .name = interface->name(),
                   .mac = interface->mac(),
                   .loopback = interface->loopback(),
                   .enabled = interface->admin_up(),
                   .up = interface->up(),
                   .mtu = interface->mtu(),
                   .figures = figures_of(*interface),
                   .addresses = {}});
    for (const auto& addresses : {interface->addresses4(), interface->addresses6()}) {
      for (const InterfaceAddress& address : addresses) {
        all.back().addresses.push_back(address_status(address, ip_.now()));
      }
    }
  }
  return all;
}

Result<std::vector<RouteStatus>> LabConfiguration::routes(Family family) {
  std::vector<RouteStatus> all;
  const auto add = [&](const Route& route) {
    all.push_back({.to = route.prefix,
                   .gateway = route.gateway,
                   .source = source_of(route),
                   .interface = route.interface,
                   .metric = route.metric,
                   .mtu = route.mtu,
                   .origin = route.origin,
                   .kind = route.kind});
  };
  if (family == Family::ipv4) {
    ip_.routes4().for_each(add);
  } else {
    ip_.routes6().for_each(add);
  }
  return all;
}

// Of IPv4 the interface's own address within the prefix, as Linux keeps it.
std::optional<IpAddress> LabConfiguration::source_of(const Route& route) const {
  const Interface* const interface = ip_.interface(route.interface);
  if (route.origin != RouteOrigin::connected || route.prefix.family() != Family::ipv4 ||
      !interface) {
    return std::nullopt;
  }
  for (const InterfaceAddress& own : interface->addresses4()) {
    if (own.usable() && own.prefix() == route.prefix) return own.address;
  }
  return std::nullopt;
}

Result<RouteStatus> LabConfiguration::way_to(const IpAddress& destination, u32 interface) {
  Interface* const bound = interface != 0 ? ip_.interface(interface) : nullptr;
  if (interface != 0 && !bound) return Unexpected(Errno::no_device);
  const bool own = ip_.is_local(destination);
  const auto way = ip_.route(destination, {}, own ? nullptr : bound);
  if (!way) return Unexpected(way.error());
  RouteStatus status{.to = Prefix::host(destination),
                     .gateway = {},
                     .source = way->source,
                     .interface = own ? ip_.loopback().index() : way->interface->index()};
  if (way->next_hop != destination && !own) status.gateway = way->next_hop;
  return status;
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
