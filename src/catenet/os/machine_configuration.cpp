#include "catenet/os/machine_configuration.hpp"

#include <algorithm>
#include <functional>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <tuple>

#include "catenet/os/rtnetlink.hpp"

namespace catenet::os {
namespace {

NeighbourState state_of(u16 nud) {
  if ((nud & (NUD_PERMANENT | NUD_NOARP)) != 0) return NeighbourState::permanent;
  if ((nud & NUD_REACHABLE) != 0) return NeighbourState::reachable;
  if ((nud & NUD_STALE) != 0) return NeighbourState::stale;
  if ((nud & NUD_DELAY) != 0) return NeighbourState::delay;
  if ((nud & NUD_PROBE) != 0) return NeighbourState::probe;
  if ((nud & NUD_INCOMPLETE) != 0) return NeighbourState::incomplete;
  return NeighbourState::failed;
}

NeighbourStatus neighbour_status(const KernelNeighbour& entry) {
  return {.address = entry.address,
          .interface = entry.interface_index,
          .state = entry.proxy ? NeighbourState::permanent : state_of(entry.state),
          .mac = entry.proxy ? std::nullopt : entry.mac,
          .proxy = entry.proxy};
}

AddressStatus address_status(const KernelAddress& address) {
  const auto left = [](u32 seconds) {
    return seconds == UINT32_MAX ? std::nullopt : std::optional(Duration::seconds(seconds));
  };
  return {.prefix = address.prefix,
          .tentative = (address.flags & IFA_F_TENTATIVE) != 0,
          .duplicated = (address.flags & IFA_F_DADFAILED) != 0,
          .deprecated = (address.flags & IFA_F_DEPRECATED) != 0,
          .preferred_for = left(address.preferred_s),
          .valid_for = left(address.valid_s)};
}

RouteKind kind_of(u8 type) {
  switch (type) {
    case RTN_UNREACHABLE: return RouteKind::unreachable;
    case RTN_PROHIBIT: return RouteKind::prohibit;
    case RTN_BLACKHOLE: return RouteKind::blackhole;
    default: return RouteKind::unicast;
  }
}

RouteOrigin origin_of(u8 protocol) {
  switch (protocol) {
    case RTPROT_KERNEL: return RouteOrigin::connected;
    case RTPROT_REDIRECT: return RouteOrigin::redirect;
    case RTPROT_RA: return RouteOrigin::router_advertisement;
    case RTPROT_DHCP: return RouteOrigin::dhcp;
    case RTPROT_RIP: return RouteOrigin::rip;
    case RTPROT_OSPF: return RouteOrigin::ospf;
    case RTPROT_BGP: return RouteOrigin::bgp;
    default: return RouteOrigin::configured;
  }
}

RouteStatus route_status(const KernelRoute& route) {
  return {.to = route.to,
          .gateway = route.via,
          .source = route.source,
          .interface = route.interface_index,
          .metric = route.metric,
          .mtu = route.mtu,
          .origin = origin_of(route.protocol),
          .kind = kind_of(route.type)};
}

// What the kernel keeps for its own use, such as multicast groups, is no neighbour.
bool shown(const KernelNeighbour& entry) { return entry.proxy || (entry.state & NUD_NOARP) == 0; }

}  // namespace

Result<std::vector<InterfaceStatus>> MachineConfiguration::interfaces() {
  auto netlink = Rtnetlink::open();
  if (!netlink) return Unexpected(netlink.error());
  const auto links = netlink->links();
  if (!links) return Unexpected(links.error());
  const auto addresses = netlink->addresses();
  if (!addresses) return Unexpected(addresses.error());
  std::vector<InterfaceStatus> all;
  for (const KernelLink& link : *links) {
    all.push_back({.index = link.index,
                   .name = link.name,
                   .mac = link.mac,
                   .loopback = link.loopback,
                   .enabled = link.enabled,
                   .up = link.up,
                   .mtu = link.mtu,
                   .figures = link.figures,
                   .addresses = {}});
    for (const KernelAddress& address : *addresses) {
      if (address.interface_index == link.index) {
        all.back().addresses.push_back(address_status(address));
      }
    }
  }
  std::ranges::sort(all, {}, &InterfaceStatus::index);
  return all;
}

Result<std::vector<RouteStatus>> MachineConfiguration::routes(Family family) {
  auto netlink = Rtnetlink::open();
  if (!netlink) return Unexpected(netlink.error());
  const auto routes = netlink->routes(family);
  if (!routes) return Unexpected(routes.error());
  std::vector<RouteStatus> all;
  for (const KernelRoute& route : *routes) all.push_back(route_status(route));
  std::ranges::stable_sort(all, std::greater(), [](const RouteStatus& r) { return r.to.length(); });
  return all;
}

Result<RouteStatus> MachineConfiguration::way_to(const IpAddress& destination, u32 interface) {
  auto netlink = Rtnetlink::open();
  if (!netlink) return Unexpected(netlink.error());
  const auto way = netlink->route_to(destination, interface);
  if (!way) return Unexpected(way.error());
  return route_status(*way);
}

Result<std::vector<NeighbourStatus>> MachineConfiguration::neighbours(Family family) {
  auto netlink = Rtnetlink::open();
  if (!netlink) return Unexpected(netlink.error());
  std::vector<NeighbourStatus> all;
  for (const bool proxies : {false, true}) {
    const auto entries = netlink->neighbours(family, proxies);
    if (!entries) return Unexpected(entries.error());
    for (const KernelNeighbour& entry : *entries) {
      if (shown(entry)) all.push_back(neighbour_status(entry));
    }
  }
  std::ranges::sort(all, {}, [](const NeighbourStatus& entry) {
    return std::tuple(entry.interface, entry.proxy, entry.address);
  });
  return all;
}

Result<u32> MachineConfiguration::link_of(const IpAddress& address) {
  auto netlink = Rtnetlink::open();
  if (!netlink) return Unexpected(netlink.error());
  const auto way = netlink->route_to(address);
  if (!way || way->via) return Unexpected(Errno::network_unreachable);
  return way->interface_index;
}

Result<void> MachineConfiguration::set_neighbour(u32 interface, const IpAddress& address,
                                                 MacAddress mac, bool permanent) {
  auto netlink = Rtnetlink::open();
  if (!netlink) return Unexpected(netlink.error());
  const u16 state = permanent ? NUD_PERMANENT : NUD_REACHABLE;
  return netlink->set_neighbour({address, interface, state, mac, false});
}

Result<void> MachineConfiguration::remove_neighbour(u32 interface, const IpAddress& address) {
  auto netlink = Rtnetlink::open();
  if (!netlink) return Unexpected(netlink.error());
  return netlink->remove_neighbour({address, interface, 0, std::nullopt, false});
}

Result<void> MachineConfiguration::add_proxy(u32 interface, const IpAddress& address) {
  auto netlink = Rtnetlink::open();
  if (!netlink) return Unexpected(netlink.error());
  return netlink->set_neighbour({address, interface, NUD_PERMANENT, std::nullopt, true});
}

Result<void> MachineConfiguration::remove_proxy(u32 interface, const IpAddress& address) {
  auto netlink = Rtnetlink::open();
  if (!netlink) return Unexpected(netlink.error());
  return netlink->remove_neighbour({address, interface, 0, std::nullopt, true});
}

}  // namespace catenet::os
