#include "catenet/program/notify/netlink_facts.hpp"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>

namespace catenet::program::notify {
namespace {

using os::NetlinkMessage;

u8 address_scope(const IpAddress& address) {
  if (address.is_loopback()) return RT_SCOPE_HOST;
  return address.is_link_local() ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

void add_figures(NetlinkMessage& to, const InterfaceFigures& figures) {
  rtnl_link_stats64 told{};
  told.rx_packets = figures.received_packets;
  told.rx_bytes = figures.received_bytes;
  told.rx_dropped = figures.received_dropped;
  told.tx_packets = figures.sent_packets;
  told.tx_bytes = figures.sent_bytes;
  to.object(IFLA_STATS64, told);
}

u8 protocol_of(RouteOrigin origin) {
  switch (origin) {
    case RouteOrigin::connected: return RTPROT_KERNEL;
    case RouteOrigin::configured: return RTPROT_STATIC;
    case RouteOrigin::dhcp: return RTPROT_DHCP;
    case RouteOrigin::router_advertisement: return RTPROT_RA;
    case RouteOrigin::redirect: return RTPROT_REDIRECT;
    case RouteOrigin::rip: return RTPROT_RIP;
    case RouteOrigin::ospf: return RTPROT_OSPF;
    case RouteOrigin::bgp: return RTPROT_BGP;
  }
  return RTPROT_UNSPEC;
}

u8 type_of(RouteKind kind) {
  switch (kind) {
    case RouteKind::unicast: return RTN_UNICAST;
    case RouteKind::unreachable: return RTN_UNREACHABLE;
    case RouteKind::prohibit: return RTN_PROHIBIT;
    case RouteKind::blackhole: return RTN_BLACKHOLE;
  }
  return RTN_UNSPEC;
}

u16 neighbour_state_bits(NeighbourState state) {
  switch (state) {
    case NeighbourState::incomplete: return NUD_INCOMPLETE;
    case NeighbourState::reachable: return NUD_REACHABLE;
    case NeighbourState::stale: return NUD_STALE;
    case NeighbourState::delay: return NUD_DELAY;
    case NeighbourState::probe: return NUD_PROBE;
    case NeighbourState::failed: return NUD_FAILED;
    case NeighbourState::permanent: return NUD_PERMANENT;
  }
  return NUD_NONE;
}

rtmsg route_body(const Prefix& to) {
  rtmsg body{};
  body.rtm_family = os::netlink_family(to.family());
  body.rtm_dst_len = static_cast<u8>(to.length());
  body.rtm_table = RT_TABLE_MAIN;
  body.rtm_scope = RT_SCOPE_UNIVERSE;
  return body;
}

void add_way(NetlinkMessage& to, const RouteStatus& route) {
  if (route.to.length() > 0) to.attribute(RTA_DST, route.to.network());
  if (route.metric > 0) to.attribute(RTA_PRIORITY, route.metric);
  if (route.source) to.attribute(RTA_PREFSRC, *route.source);
  if (route.gateway) to.attribute(RTA_GATEWAY, *route.gateway);
  if (route.interface != 0) to.attribute(RTA_OIF, route.interface);
  if (route.mtu == 0) return;
  const std::size_t metrics = to.begin(RTA_METRICS);
  to.attribute(RTAX_MTU, route.mtu);
  to.end(metrics);
}

}  // namespace

u32 link_flags(const InterfaceStatus& interface) {
  u32 flags = interface.loopback ? IFF_LOOPBACK : IFF_BROADCAST | IFF_MULTICAST;
  if (interface.enabled) flags |= IFF_UP;
  if (interface.up) flags |= IFF_RUNNING | IFF_LOWER_UP;
  return flags;
}

NetlinkMessage link_message(const InterfaceStatus& interface) {
  constexpr u8 operation_down = 2;  // of RFC 2863's ifOperStatus, in Linux's numbers
  constexpr u8 operation_up = 6;
  ifinfomsg body{};
  body.ifi_type = interface.loopback ? ARPHRD_LOOPBACK : ARPHRD_ETHER;
  body.ifi_index = static_cast<int>(interface.index);
  body.ifi_flags = link_flags(interface);
  NetlinkMessage message(RTM_NEWLINK, 0, body);
  message.text(IFLA_IFNAME, interface.name);
  message.attribute(IFLA_TXQLEN, u32{1'000});
  const u8 working = interface.loopback ? u8{0} : interface.up ? operation_up : operation_down;
  message.object(IFLA_OPERSTATE, working);
  message.object(IFLA_LINKMODE, u8{0});
  message.attribute(IFLA_MTU, interface.mtu);
  message.attribute(IFLA_GROUP, u32{0});
  message.attribute(IFLA_PROMISCUITY, u32{0});
  message.attribute(IFLA_NUM_TX_QUEUES, u32{1});
  message.attribute(IFLA_NUM_RX_QUEUES, u32{1});
  message.object(IFLA_CARRIER, static_cast<u8>(interface.up));
  message.text(IFLA_QDISC, "noqueue");
  message.attribute(IFLA_ADDRESS, interface.mac.bytes());
  const MacAddress everyone = interface.loopback ? MacAddress() : MacAddress::broadcast();
  message.attribute(IFLA_BROADCAST, everyone.bytes());
  add_figures(message, interface.figures);
  return message;
}

NetlinkMessage address_message(const InterfaceStatus& interface, const AddressStatus& address) {
  const IpAddress& own = address.prefix.address;
  u32 flags = address.valid_for ? 0u : IFA_F_PERMANENT;
  if (address.tentative) flags |= IFA_F_TENTATIVE;
  if (address.duplicated) flags |= IFA_F_DADFAILED | IFA_F_TENTATIVE;
  if (address.deprecated) flags |= IFA_F_DEPRECATED;
  ifaddrmsg body{};
  body.ifa_family = os::netlink_family(own.family());
  body.ifa_prefixlen = address.prefix.length;
  body.ifa_flags = static_cast<u8>(flags);
  body.ifa_scope = address_scope(own);
  body.ifa_index = interface.index;
  NetlinkMessage message(RTM_NEWADDR, 0, body);
  message.attribute(IFA_ADDRESS, own);
  if (own.is_v4()) {
    message.attribute(IFA_LOCAL, own);
    const auto everyone = address.prefix.prefix().broadcast();
    if (everyone && !interface.loopback) message.attribute(IFA_BROADCAST, IpAddress(*everyone));
    message.text(IFA_LABEL, interface.name);
  }
  message.attribute(IFA_FLAGS, flags);
  const auto seconds = [](const std::optional<Duration>& left) {
    return left ? static_cast<u32>(left->s()) : UINT32_MAX;
  };
  ifa_cacheinfo times{};
  times.ifa_prefered = seconds(address.preferred_for);
  times.ifa_valid = seconds(address.valid_for);
  message.object(IFA_CACHEINFO, times);
  return message;
}

NetlinkMessage route_message(const RouteStatus& route) {
  rtmsg body = route_body(route.to);
  body.rtm_protocol = protocol_of(route.origin);
  body.rtm_type = type_of(route.kind);
  const bool on_link = !route.gateway && route.kind == RouteKind::unicast;
  if (on_link && route.to.family() == Family::ipv4) body.rtm_scope = RT_SCOPE_LINK;
  NetlinkMessage message(RTM_NEWROUTE, 0, body);
  message.attribute(RTA_TABLE, u32{RT_TABLE_MAIN});
  add_way(message, route);
  if (route.to.family() == Family::ipv6) message.object(RTA_PREF, u8{0});
  return message;
}

NetlinkMessage local_route_message(const IpAddress& address, const IpAddress& source, u32 interface,
                                   bool broadcast) {
  rtmsg body = route_body(Prefix::host(address));
  body.rtm_table = RT_TABLE_LOCAL;
  body.rtm_protocol = RTPROT_KERNEL;
  body.rtm_type = broadcast ? RTN_BROADCAST : RTN_LOCAL;
  if (address.is_v4()) body.rtm_scope = broadcast ? RT_SCOPE_LINK : RT_SCOPE_HOST;
  NetlinkMessage message(RTM_NEWROUTE, 0, body);
  message.attribute(RTA_TABLE, u32{RT_TABLE_LOCAL});
  message.attribute(RTA_DST, address);
  if (address.is_v4()) message.attribute(RTA_PREFSRC, source);
  message.attribute(RTA_OIF, interface);
  return message;
}

NetlinkMessage way_message(const RouteStatus& way, bool local) {
  rtmsg body = route_body(way.to);
  body.rtm_flags = RTM_F_CLONED;
  body.rtm_type = local ? RTN_LOCAL : way.to.network().is_multicast() ? RTN_MULTICAST : RTN_UNICAST;
  if (local) body.rtm_table = RT_TABLE_LOCAL;
  NetlinkMessage message(RTM_NEWROUTE, 0, body);
  message.attribute(RTA_TABLE, u32{body.rtm_table});
  add_way(message, way);
  message.object(RTA_CACHEINFO, rta_cacheinfo{});
  return message;
}

NetlinkMessage neighbour_message(const NeighbourStatus& neighbour) {
  ndmsg body{};
  body.ndm_family = os::netlink_family(neighbour.address.family());
  body.ndm_ifindex = static_cast<int>(neighbour.interface);
  body.ndm_state = neighbour.proxy ? u16{NUD_NONE} : neighbour_state_bits(neighbour.state);
  body.ndm_flags = neighbour.proxy ? NTF_PROXY : 0;
  body.ndm_type = RTN_UNICAST;
  NetlinkMessage message(RTM_NEWNEIGH, 0, body);
  message.attribute(NDA_DST, neighbour.address);
  if (neighbour.mac) message.attribute(NDA_LLADDR, neighbour.mac->bytes());
  return message;
}

}  // namespace catenet::program::notify
