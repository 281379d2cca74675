#include "catenet/program/notify/route_netlink.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>

#include "catenet/program/notify/netlink_facts.hpp"

namespace catenet::program::notify {
namespace {

// Programs read into a page or more; what did not fit would be lost.
constexpr std::size_t most_of_a_datagram = 3'584;
constexpr std::size_t most_at_once = 32'768;  // that the kernel has ready of a dump

// The verbs of a kind of thing, in the order of their numbers.
enum class Verb : u8 { make, remove, look, set };
Verb verb_of(u16 type) { return static_cast<Verb>((type - RTM_BASE) & 3); }

std::string request_name(u16 type) {
  constexpr std::array things{"LINK", "ADDR",  "ROUTE",  "NEIGH",
                              "RULE", "QDISC", "TCLASS", "TFILTER"};
  constexpr std::array verbs{"NEW", "DEL", "GET", "SET"};
  const auto thing = static_cast<std::size_t>(type - RTM_BASE) / 4;
  if (thing >= things.size()) return fmt::format("rtnetlink request {}", type);
  return fmt::format("RTM_{}{}", verbs[static_cast<std::size_t>(verb_of(type))], things[thing]);
}

}  // namespace

// Builds the datagrams of the answers to one request after the other.
class RouteNetlink::Replies {
 public:
  explicit Replies(u32 port) : port_(port) {}

  void begin(const Request& request) {
    request_ = &request;
    fresh_ = true;
  }
  // An answer, or one of several.
  void add(os::NetlinkMessage message) {
    if (request_->dumps()) message.add_flags(NLM_F_MULTI);
    put(message.finish(request_->header.nlmsg_seq, port_));
  }
  void end_dump() {
    os::NetlinkMessage done(NLMSG_DONE, NLM_F_MULTI, i32{0});
    put(done.finish(request_->header.nlmsg_seq, port_));
  }
  // An error brings back all of the request, an acknowledgement its header.
  void acknowledge(Errno error) {
    nlmsgerr body{};
    body.error = -static_cast<i32>(error);
    body.msg = request_->header;
    os::NetlinkMessage message(NLMSG_ERROR, error == Errno::ok ? NLM_F_CAPPED : 0, body);
    const ByteView head = message.finish(request_->header.nlmsg_seq, port_);
    std::vector<u8> all(head.begin(), head.end());
    if (error != Errno::ok) {
      const ByteView rest = request_->message.subspan(sizeof(nlmsghdr));
      all.insert(all.end(), rest.begin(), rest.end());
      const u32 size = static_cast<u32>(all.size());
      std::memcpy(all.data(), &size, sizeof size);
      all.resize(os::netlink_aligned(size));
    }
    fresh_ = true;
    put(all);
  }
  Datagrams take() { return std::move(datagrams_); }
  std::size_t size() const { return size_; }

 private:
  void put(ByteView bytes) {
    if (fresh_ || datagrams_.back().size() + bytes.size() > most_of_a_datagram) {
      datagrams_.emplace_back();
    }
    fresh_ = false;
    datagrams_.back().insert(datagrams_.back().end(), bytes.begin(), bytes.end());
    size_ += bytes.size();
  }

  u32 port_;
  const Request* request_ = nullptr;
  bool fresh_ = true;  // the next begins a datagram
  Datagrams datagrams_;
  std::size_t size_ = 0;
};

template <typename Body>
Body RouteNetlink::Request::body() const {
  Body body{};
  const ByteView bytes = message.subspan(sizeof(nlmsghdr));
  std::memcpy(&body, bytes.data(), std::min(bytes.size(), sizeof body));
  return body;
}

os::NetlinkAttributes RouteNetlink::Request::attributes(std::size_t size) const {
  const std::size_t behind = sizeof(nlmsghdr) + os::netlink_aligned(static_cast<u32>(size));
  return os::NetlinkAttributes(message.subspan(std::min(behind, message.size())));
}

u8 RouteNetlink::Request::family() const { return body<rtgenmsg>().rtgen_family; }

bool RouteNetlink::Request::wants(Family asked) const {
  return family() == AF_UNSPEC || family() == os::netlink_family(asked);
}

RouteNetlink::Datagrams RouteNetlink::answer(ByteView datagram, u32 port) {
  Replies replies(port);
  os::each_netlink_message(datagram, [&](const nlmsghdr& header, ByteView message) {
    const Request request{header, message};
    replies.begin(request);
    const bool asks = (header.nlmsg_flags & NLM_F_REQUEST) != 0;
    const bool looks = asks && header.nlmsg_type >= NLMSG_MIN_TYPE;
    // As the kernel: where a dump has to wait until it is read, there is no other meanwhile.
    const bool busy = looks && request.dumps() && replies.size() > most_at_once;
    const auto done = busy    ? Unexpected(Errno::busy)
                      : looks ? answer_one(request, replies)
                              : Result<void>();
    if (!done) return replies.acknowledge(done.error());
    if (looks && request.dumps()) return replies.end_dump();
    if ((header.nlmsg_flags & NLM_F_ACK) != 0) replies.acknowledge(Errno::ok);
  });
  return replies.take();
}

Result<void> RouteNetlink::answer_one(const Request& request, Replies& replies) {
  const u16 type = request.header.nlmsg_type;
  if (type < RTM_BASE || type > RTM_MAX) return Unexpected(Errno::operation_not_supported);
  if (verb_of(type) != Verb::look) {
    // ip asks so whether there is such a thing as RTM_NEWLINK.
    const bool nothing = request.message.size() <= sizeof(nlmsghdr) + sizeof(ifinfomsg) &&
                         request.body<ifinfomsg>().ifi_index == 0;
    if (type == RTM_NEWLINK && nothing) return Unexpected(Errno::invalid);
    refused_(request_name(type));
    return Unexpected(Errno::not_permitted);
  }
  if (request.message.size() <= sizeof(nlmsghdr)) return Unexpected(Errno::invalid);
  return look(request, replies);
}

Result<void> RouteNetlink::look(const Request& request, Replies& replies) {
  const bool dumps = request.dumps();
  switch (request.header.nlmsg_type) {
    case RTM_GETLINK: return links(request, replies);
    case RTM_GETADDR:
      return dumps ? addresses(request, replies) : Unexpected(Errno::operation_not_supported);
    case RTM_GETROUTE: return dumps ? routes(request, replies) : way(request, replies);
    case RTM_GETNEIGH: return neighbours(request, replies);
    // There are none: every datagram is looked up in the same tables.
    case RTM_GETRULE: return dumps ? Result<void>() : Unexpected(Errno::operation_not_supported);
    default: return Unexpected(Errno::operation_not_supported);
  }
}

Result<void> RouteNetlink::links(const Request& request, Replies& replies) {
  const auto all = configuration_.interfaces();
  if (!all) return Unexpected(all.error());
  if (request.dumps()) {
    if (request.family() == AF_BRIDGE) return {};
    for (const InterfaceStatus& interface : *all) replies.add(link_message(interface));
    return {};
  }
  const auto index = static_cast<u32>(request.body<ifinfomsg>().ifi_index);
  const os::NetlinkAttributes asked = request.attributes(sizeof(ifinfomsg));
  const std::string_view name =
      asked[IFLA_IFNAME].empty() ? asked.text(IFLA_ALT_IFNAME) : asked.text(IFLA_IFNAME);
  if (index == 0 && name.empty()) return Unexpected(Errno::invalid);
  const auto found = std::ranges::find_if(*all, [&](const InterfaceStatus& each) {
    return index != 0 ? each.index == index : each.name == name;
  });
  if (found == all->end()) return Unexpected(Errno::no_device);
  replies.add(link_message(*found));
  return {};
}

Result<void> RouteNetlink::addresses(const Request& request, Replies& replies) {
  const auto all = configuration_.interfaces();
  if (!all) return Unexpected(all.error());
  const u32 index = strict_ ? request.body<ifaddrmsg>().ifa_index : 0;
  const bool known = std::ranges::find(*all, index, &InterfaceStatus::index) != all->end();
  if (index != 0 && !known) return Unexpected(Errno::no_device);
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (!request.wants(family)) continue;
    for (const InterfaceStatus& interface : *all) {
      if (index != 0 && interface.index != index) continue;
      for (const AddressStatus& address : interface.addresses) {
        if (address.prefix.address.family() != family) continue;
        replies.add(address_message(interface, address));
      }
    }
  }
  return {};
}

Result<void> RouteNetlink::routes(const Request& request, Replies& replies) {
  const auto body = request.body<rtmsg>();
  const os::NetlinkAttributes asked = request.attributes(sizeof(rtmsg));
  const u32 named = asked.number(RTA_TABLE);
  const u32 table = strict_ ? (named != 0 ? named : body.rtm_table) : 0;
  const u32 leaves_by = strict_ ? asked.number(RTA_OIF) : 0;
  const auto interfaces = configuration_.interfaces();
  if (!interfaces) return Unexpected(interfaces.error());
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (!request.wants(family)) continue;
    const auto all = configuration_.routes(family);
    if (!all) return Unexpected(all.error());
    for (const RouteStatus& route : *all) {
      if (table != 0 && table != RT_TABLE_MAIN) break;
      const auto by = std::ranges::find(*interfaces, route.interface, &InterfaceStatus::index);
      const bool own = by != interfaces->end() && by->loopback;  // which the local table has
      if (own || (leaves_by != 0 && route.interface != leaves_by)) continue;
      replies.add(route_message(route));
    }
    if (leaves_by != 0 || (table != 0 && table != RT_TABLE_LOCAL)) continue;
    if (const auto done = local_routes(family, replies); !done) return done;
  }
  return {};
}

Result<void> RouteNetlink::local_routes(Family family, Replies& replies) {
  const auto all = configuration_.interfaces();
  if (!all) return Unexpected(all.error());
  for (const InterfaceStatus& interface : *all) {
    for (const AddressStatus& address : interface.addresses) {
      const InterfacePrefix& prefix = address.prefix;
      const bool usable = !address.tentative && !address.duplicated;
      if (prefix.address.family() != family || !usable) continue;
      replies.add(local_route_message(prefix.address, prefix.address, interface.index, false));
      const auto everyone = prefix.prefix().broadcast();
      if (!everyone) continue;
      replies.add(local_route_message(*everyone, prefix.address, interface.index, true));
    }
  }
  return {};
}

// Which way a datagram would go: `ip route get`.
Result<void> RouteNetlink::way(const Request& request, Replies& replies) {
  const os::NetlinkAttributes asked = request.attributes(sizeof(rtmsg));
  const auto destination = asked.address(RTA_DST);
  if (!destination || request.family() != os::netlink_family(destination->family())) {
    return Unexpected(Errno::invalid);
  }
  const auto way = configuration_.way_to(*destination, asked.number(RTA_OIF));
  if (!way) return Unexpected(way.error());
  const auto all = configuration_.interfaces();
  if (!all) return Unexpected(all.error());
  const auto by = std::ranges::find(*all, way->interface, &InterfaceStatus::index);
  replies.add(way_message(*way, by != all->end() && by->loopback));
  return {};
}

Result<void> RouteNetlink::neighbours(const Request& request, Replies& replies) {
  const auto body = request.body<ndmsg>();
  const os::NetlinkAttributes asked = request.attributes(sizeof(ndmsg));
  const auto address = asked.address(NDA_DST);
  const bool dumps = request.dumps();
  if (!dumps && !address) return Unexpected(Errno::invalid);
  const u32 index = !dumps ? static_cast<u32>(body.ndm_ifindex) : asked.number(NDA_IFINDEX);
  const bool proxies = (body.ndm_flags & NTF_PROXY) != 0;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (!request.wants(family)) continue;
    const auto all = configuration_.neighbours(family);
    if (!all) return Unexpected(all.error());
    for (const NeighbourStatus& each : *all) {
      if (each.proxy != proxies || (index != 0 && each.interface != index)) continue;
      if (!dumps && each.address != *address) continue;
      replies.add(neighbour_message(each));
      if (!dumps) return {};
    }
  }
  return dumps ? Result<void>() : Unexpected(Errno::no_entry);
}

}  // namespace catenet::program::notify
