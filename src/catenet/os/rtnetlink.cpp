#include "catenet/os/rtnetlink.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/socket.h>

#include "catenet/os/last_error.hpp"
#include "catenet/os/netlink_message.hpp"

namespace catenet::os {
namespace {

u8 family_of(const IpAddress& address) { return netlink_family(address.family()); }

}  // namespace

Result<Rtnetlink> Rtnetlink::open() {
  Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return last_error();
  return Rtnetlink(std::move(socket));
}

Result<void> Rtnetlink::carry_out(NetlinkMessage& request) {
  request.add_flags(NLM_F_ACK);
  const ByteView message = request.finish(++sequence_);
  if (::send(socket_.get(), message.data(), message.size(), 0) < 0) return last_error();
  for (;;) {
    struct {
      nlmsghdr header;
      nlmsgerr error;
      std::array<u8, 1'024> rest;  // of the request, which the kernel sends back
    } answer{};
    const ssize_t size = ::recv(socket_.get(), &answer, sizeof answer, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return last_error();
    if (answer.header.nlmsg_seq != sequence_ || answer.header.nlmsg_type != NLMSG_ERROR) continue;
    if (answer.error.error == 0) return {};
    return Unexpected(static_cast<Errno>(-answer.error.error));
  }
}

namespace {

ifinfomsg link_body(u32 interface_index) {
  ifinfomsg body{};
  body.ifi_index = static_cast<int>(interface_index);
  return body;
}

}  // namespace

Result<void> Rtnetlink::add_veth(const std::string& name, int far_namespace, u32 far_index) {
  NetlinkMessage request(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, link_body(0));
  request.text(IFLA_IFNAME, name);
  const std::size_t info = request.begin(IFLA_LINKINFO);
  request.text(IFLA_INFO_KIND, "veth");
  const std::size_t data = request.begin(IFLA_INFO_DATA);
  const ifinfomsg far = link_body(far_index);
  const std::size_t peer =
      request.begin(VETH_INFO_PEER, {reinterpret_cast<const u8*>(&far), sizeof far});
  request.attribute(IFLA_NET_NS_FD, static_cast<u32>(far_namespace));
  for (const std::size_t began : {peer, data, info}) request.end(began);
  return carry_out(request);
}

Result<void> Rtnetlink::set_mac(u32 interface_index, MacAddress mac) {
  NetlinkMessage request(RTM_NEWLINK, NLM_F_REQUEST, link_body(interface_index));
  request.attribute(IFLA_ADDRESS, mac.bytes());
  return carry_out(request);
}

Result<void> Rtnetlink::set_mtu(u32 interface_index, u32 mtu) {
  NetlinkMessage request(RTM_NEWLINK, NLM_F_REQUEST, link_body(interface_index));
  request.attribute(IFLA_MTU, mtu);
  return carry_out(request);
}

Result<void> Rtnetlink::set_up(u32 interface_index) {
  ifinfomsg body = link_body(interface_index);
  body.ifi_flags = IFF_UP;
  body.ifi_change = IFF_UP;
  NetlinkMessage request(RTM_NEWLINK, NLM_F_REQUEST, body);
  return carry_out(request);
}

Result<void> Rtnetlink::add_address(u32 interface_index, const InterfacePrefix& address,
                                    bool detect_duplicates) {
  ifaddrmsg body{};
  body.ifa_family = family_of(address.address);
  body.ifa_prefixlen = address.length;
  body.ifa_index = interface_index;
  if (address.address.is_v6() && !detect_duplicates) body.ifa_flags = IFA_F_NODAD;
  NetlinkMessage request(RTM_NEWADDR, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, body);
  request.attribute(IFA_LOCAL, address.address.bytes());
  request.attribute(IFA_ADDRESS, address.address.bytes());
  if (const auto broadcast = address.prefix().broadcast()) {
    request.attribute(IFA_BROADCAST, IpAddress(*broadcast).bytes());
  }
  return carry_out(request);
}

Result<void> Rtnetlink::add_route(const KernelRoute& route) {
  rtmsg body{};
  body.rtm_family = family_of(route.to.network());
  body.rtm_dst_len = static_cast<u8>(route.to.length());
  body.rtm_table = RT_TABLE_MAIN;
  body.rtm_protocol = RTPROT_STATIC;
  body.rtm_scope =
      !route.via && route.to.family() == Family::ipv4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  body.rtm_type = RTN_UNICAST;
  NetlinkMessage request(RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, body);
  request.attribute(RTA_DST, route.to.network().bytes());
  if (route.via) request.attribute(RTA_GATEWAY, route.via->bytes());
  request.attribute(RTA_OIF, route.interface_index);
  if (route.metric > 0) request.attribute(RTA_PRIORITY, route.metric);
  return carry_out(request);
}

// --- Neighbours, and what there is ---

namespace {

ndmsg neighbour_body(const KernelNeighbour& neighbour) {
  ndmsg body{};
  body.ndm_family = family_of(neighbour.address);
  body.ndm_ifindex = static_cast<int>(neighbour.interface_index);
  body.ndm_state = neighbour.state;
  body.ndm_flags = neighbour.proxy ? NTF_PROXY : 0;
  return body;
}

}  // namespace

Result<void> Rtnetlink::set_neighbour(const KernelNeighbour& neighbour) {
  NetlinkMessage request(RTM_NEWNEIGH, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE,
                         neighbour_body(neighbour));
  request.attribute(NDA_DST, neighbour.address.bytes());
  if (neighbour.mac) request.attribute(NDA_LLADDR, neighbour.mac->bytes());
  return carry_out(request);
}

Result<void> Rtnetlink::remove_neighbour(const KernelNeighbour& neighbour) {
  NetlinkMessage request(RTM_DELNEIGH, NLM_F_REQUEST, neighbour_body(neighbour));
  request.attribute(NDA_DST, neighbour.address.bytes());
  return carry_out(request);
}

namespace {

Errno error_in(ByteView message) {
  i32 error = -EPROTO;
  if (message.size() >= sizeof(nlmsghdr) + sizeof error) {
    std::memcpy(&error, message.data() + sizeof(nlmsghdr), sizeof error);
  }
  return static_cast<Errno>(-error);
}

InterfaceFigures figures_in(ByteView bytes) {
  rtnl_link_stats64 told{};
  std::memcpy(&told, bytes.data(), std::min(bytes.size(), sizeof told));
  return {.received_packets = told.rx_packets,
          .received_bytes = told.rx_bytes,
          .received_dropped = told.rx_dropped,
          .sent_packets = told.tx_packets,
          .sent_bytes = told.tx_bytes};
}

KernelRoute route_in(const NetlinkView<rtmsg>& told, Family family) {
  const NetlinkAttributes& attributes = told.attributes;
  const auto to = attributes.address(RTA_DST).value_or(IpAddress::any(family));
  KernelRoute route{Prefix(to, told.body.rtm_dst_len), attributes.address(RTA_GATEWAY),
                    attributes.number(RTA_OIF), attributes.number(RTA_PRIORITY)};
  route.source = attributes.address(RTA_PREFSRC);
  route.type = told.body.rtm_type;
  route.protocol = told.body.rtm_protocol;
  const NetlinkAttributes metrics(attributes[RTA_METRICS]);
  route.mtu = metrics.number(RTAX_MTU);
  return route;
}

}  // namespace

Result<std::vector<std::vector<u8>>> Rtnetlink::ask(NetlinkMessage& request) {
  const ByteView question = request.finish(++sequence_);
  if (::send(socket_.get(), question.data(), question.size(), 0) < 0) return last_error();
  std::vector<std::vector<u8>> messages;
  std::vector<u8> buffer(64 << 10);
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return last_error();
    bool done = false;
    Errno error = Errno::ok;
    const auto take = [&](const nlmsghdr& header, ByteView message) {
      if (header.nlmsg_seq != sequence_ || done) return;
      const bool failed = header.nlmsg_type == NLMSG_ERROR;
      done = failed || header.nlmsg_type == NLMSG_DONE || (header.nlmsg_flags & NLM_F_MULTI) == 0;
      if (failed) {
        error = error_in(message);
      } else if (header.nlmsg_type != NLMSG_DONE) {
        messages.emplace_back(message.begin(), message.end());
      }
    };
    each_netlink_message({buffer.data(), static_cast<std::size_t>(size)}, take);
    if (error != Errno::ok) return Unexpected(error);
    if (done) return messages;
  }
}

Result<std::vector<KernelLink>> Rtnetlink::links() {
  NetlinkMessage request(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, link_body(0));
  const auto messages = ask(request);
  if (!messages) return Unexpected(messages.error());
  std::vector<KernelLink> links;
  for (const std::vector<u8>& message : *messages) {
    const auto answer = NetlinkView<ifinfomsg>::parse(message, RTM_NEWLINK);
    if (!answer) continue;
    const u32 flags = answer->body.ifi_flags;
    links.push_back({.index = static_cast<u32>(answer->body.ifi_index),
                     .name = std::string(answer->attributes.text(IFLA_IFNAME)),
                     .mac = answer->attributes.mac(IFLA_ADDRESS).value_or(MacAddress()),
                     .loopback = (flags & IFF_LOOPBACK) != 0,
                     .enabled = (flags & IFF_UP) != 0,
                     .up = (flags & IFF_UP) != 0 && (flags & IFF_RUNNING) != 0,
                     .mtu = answer->attributes.number(IFLA_MTU),
                     .figures = figures_in(answer->attributes[IFLA_STATS64])});
  }
  return links;
}

Result<std::vector<KernelAddress>> Rtnetlink::addresses() {
  NetlinkMessage request(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, ifaddrmsg{});
  const auto messages = ask(request);
  if (!messages) return Unexpected(messages.error());
  std::vector<KernelAddress> all;
  for (const std::vector<u8>& message : *messages) {
    const auto answer = NetlinkView<ifaddrmsg>::parse(message, RTM_NEWADDR);
    if (!answer) continue;
    // Of a point-to-point link IFA_ADDRESS is the other end's.
    const NetlinkAttributes& told = answer->attributes;
    const auto address =
        told[IFA_LOCAL].empty() ? told.address(IFA_ADDRESS) : told.address(IFA_LOCAL);
    if (!address) continue;
    KernelAddress& made = all.emplace_back();
    made.prefix = {*address, answer->body.ifa_prefixlen};
    made.interface_index = answer->body.ifa_index;
    made.flags = told[IFA_FLAGS].empty() ? answer->body.ifa_flags : told.number(IFA_FLAGS);
    if (told[IFA_CACHEINFO].size() < sizeof(ifa_cacheinfo)) continue;
    ifa_cacheinfo times;
    std::memcpy(&times, told[IFA_CACHEINFO].data(), sizeof times);
    made.preferred_s = times.ifa_prefered;
    made.valid_s = times.ifa_valid;
  }
  return all;
}

Result<std::vector<KernelNeighbour>> Rtnetlink::neighbours(Family family, bool proxies) {
  ndmsg body{};
  body.ndm_family = family == Family::ipv4 ? AF_INET : AF_INET6;
  body.ndm_flags = proxies ? NTF_PROXY : 0;
  NetlinkMessage request(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP, body);
  const auto messages = ask(request);
  if (!messages) return Unexpected(messages.error());
  std::vector<KernelNeighbour> neighbours;
  for (const std::vector<u8>& message : *messages) {
    const auto answer = NetlinkView<ndmsg>::parse(message, RTM_NEWNEIGH);
    const auto address = answer ? answer->attributes.address(NDA_DST) : std::nullopt;
    if (!address || answer->body.ndm_family != body.ndm_family) continue;
    neighbours.push_back({*address, static_cast<u32>(answer->body.ndm_ifindex),
                          answer->body.ndm_state, answer->attributes.mac(NDA_LLADDR),
                          (answer->body.ndm_flags & NTF_PROXY) != 0});
  }
  return neighbours;
}

Result<std::vector<KernelRoute>> Rtnetlink::routes(Family family) {
  rtmsg body{};
  body.rtm_family = netlink_family(family);
  NetlinkMessage request(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, body);
  const auto messages = ask(request);
  if (!messages) return Unexpected(messages.error());
  std::vector<KernelRoute> all;
  for (const std::vector<u8>& message : *messages) {
    const auto answer = NetlinkView<rtmsg>::parse(message, RTM_NEWROUTE);
    if (!answer || answer->body.rtm_family != body.rtm_family) continue;
    const u32 told = answer->attributes.number(RTA_TABLE);
    const u32 table = told != 0 ? told : answer->body.rtm_table;
    if (table == RT_TABLE_MAIN) all.push_back(route_in(*answer, family));
  }
  return all;
}

Result<KernelRoute> Rtnetlink::route_to(const IpAddress& destination, u32 interface_index) {
  rtmsg body{};
  body.rtm_family = family_of(destination);
  body.rtm_dst_len = static_cast<u8>(destination.bits());
  NetlinkMessage request(RTM_GETROUTE, NLM_F_REQUEST, body);
  request.attribute(RTA_DST, destination.bytes());
  if (interface_index != 0) request.attribute(RTA_OIF, interface_index);
  const auto messages = ask(request);
  if (!messages) return Unexpected(messages.error());
  const auto answer =
      messages->empty() ? std::nullopt : NetlinkView<rtmsg>::parse(messages->front(), RTM_NEWROUTE);
  if (!answer) return Unexpected(Errno::network_unreachable);
  return route_in(*answer, destination.family());
}

}  // namespace catenet::os
