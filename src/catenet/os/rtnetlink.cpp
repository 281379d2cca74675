#include "catenet/os/rtnetlink.hpp"

#include <array>
#include <cstring>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/socket.h>

#include "catenet/base/assert.hpp"
#include "catenet/os/last_error.hpp"

namespace catenet::os {
namespace {

constexpr u32 aligned(u32 size) { return (size + NLMSG_ALIGNTO - 1) & ~u32{NLMSG_ALIGNTO - 1}; }

u8 family_of(const IpAddress& address) { return address.is_v4() ? AF_INET : AF_INET6; }

}  // namespace

// One message: its header, the fixed part of its type, then attributes.
class Rtnetlink::Request {
 public:
  template <typename Body>
  Request(u16 type, u16 flags, const Body& body) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<u16>(NLM_F_REQUEST | flags);
    put(&header, sizeof header);
    put(&body, sizeof body);
  }

  void attribute(u16 type, ByteView value) {
    rtattr head{};
    head.rta_len = static_cast<u16>(sizeof head + value.size());
    head.rta_type = type;
    put(&head, sizeof head);
    put(value.data(), static_cast<u32>(value.size()));
  }
  void attribute(u16 type, u32 value) {
    std::array<u8, 4> bytes{};
    std::memcpy(bytes.data(), &value, sizeof value);
    attribute(type, bytes);
  }

  void attribute(u16 type, std::string_view text) { attribute(type, as_bytes(text)); }
  // Attributes put until end() lie within this one. `body` comes before them.
  u32 begin(u16 type, ByteView body = {}) {
    const u32 at = size_;
    attribute(type, body);
    return at;
  }
  void end(u32 began) {
    const u16 length = static_cast<u16>(size_ - began);
    std::memcpy(bytes_.data() + began + offsetof(rtattr, rta_len), &length, sizeof length);
  }

  void ask_for_acknowledgement() {
    u16 flags;
    std::memcpy(&flags, bytes_.data() + offsetof(nlmsghdr, nlmsg_flags), sizeof flags);
    flags |= NLM_F_ACK;
    std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_flags), &flags, sizeof flags);
  }

  // With `sequence` and its length filled in.
  ByteView finish(u32 sequence) {
    std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_len), &size_, sizeof size_);
    std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_seq), &sequence, sizeof sequence);
    return {bytes_.data(), size_};
  }

 private:
  void put(const void* value, u32 size) {
    CATENET_ASSERT(size_ + aligned(size) <= bytes_.size());
    if (size > 0) std::memcpy(bytes_.data() + size_, value, size);
    size_ += aligned(size);
  }
  std::array<u8, 512> bytes_{};
  u32 size_ = 0;
};

Result<Rtnetlink> Rtnetlink::open() {
  Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return last_error();
  return Rtnetlink(std::move(socket));
}

Result<void> Rtnetlink::carry_out(Request& request) {
  request.ask_for_acknowledgement();
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
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link_body(0));
  request.attribute(IFLA_IFNAME, std::string_view(name));
  const u32 info = request.begin(IFLA_LINKINFO);
  request.attribute(IFLA_INFO_KIND, std::string_view("veth"));
  const u32 data = request.begin(IFLA_INFO_DATA);
  const ifinfomsg far = link_body(far_index);
  const u32 peer = request.begin(VETH_INFO_PEER, {reinterpret_cast<const u8*>(&far), sizeof far});
  request.attribute(IFLA_NET_NS_FD, static_cast<u32>(far_namespace));
  for (const u32 began : {peer, data, info}) request.end(began);
  return carry_out(request);
}

Result<void> Rtnetlink::set_mac(u32 interface_index, MacAddress mac) {
  Request request(RTM_NEWLINK, 0, link_body(interface_index));
  request.attribute(IFLA_ADDRESS, mac.bytes());
  return carry_out(request);
}

Result<void> Rtnetlink::set_mtu(u32 interface_index, u32 mtu) {
  Request request(RTM_NEWLINK, 0, link_body(interface_index));
  request.attribute(IFLA_MTU, mtu);
  return carry_out(request);
}

Result<void> Rtnetlink::set_up(u32 interface_index) {
  ifinfomsg body = link_body(interface_index);
  body.ifi_flags = IFF_UP;
  body.ifi_change = IFF_UP;
  Request request(RTM_NEWLINK, 0, body);
  return carry_out(request);
}

Result<void> Rtnetlink::add_address(u32 interface_index, const InterfacePrefix& address,
                                    bool detect_duplicates) {
  ifaddrmsg body{};
  body.ifa_family = family_of(address.address);
  body.ifa_prefixlen = address.length;
  body.ifa_index = interface_index;
  if (address.address.is_v6() && !detect_duplicates) body.ifa_flags = IFA_F_NODAD;
  Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, body);
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
  Request request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, body);
  request.attribute(RTA_DST, route.to.network().bytes());
  if (route.via) request.attribute(RTA_GATEWAY, route.via->bytes());
  request.attribute(RTA_OIF, route.interface_index);
  if (route.metric > 0) request.attribute(RTA_PRIORITY, route.metric);
  return carry_out(request);
}

// --- Neighbours, and what there is ---

namespace {

// The fixed part of a message and the attributes behind it.
template <typename Body>
struct Answer {
  Body body{};
  std::array<ByteView, 64> attributes{};  // by type; empty: not there

  static std::optional<Answer> parse(ByteView message, u16 type) {
    nlmsghdr header;
    if (message.size() < sizeof header + sizeof(Body)) return std::nullopt;
    std::memcpy(&header, message.data(), sizeof header);
    if (header.nlmsg_type != type) return std::nullopt;
    Answer answer;
    std::memcpy(&answer.body, message.data() + sizeof header, sizeof(Body));
    ByteView rest = message.subspan(std::min<std::size_t>(
        sizeof header + aligned(static_cast<u32>(sizeof(Body))), message.size()));
    while (rest.size() >= sizeof(rtattr)) {
      rtattr head;
      std::memcpy(&head, rest.data(), sizeof head);
      if (head.rta_len < sizeof head || head.rta_len > rest.size()) break;
      if (head.rta_type < answer.attributes.size()) {
        answer.attributes[head.rta_type] = rest.subspan(sizeof head, head.rta_len - sizeof head);
      }
      rest = rest.subspan(std::min<std::size_t>(aligned(head.rta_len), rest.size()));
    }
    return answer;
  }
  u32 number(u16 type) const {
    u32 value = 0;
    if (attributes[type].size() == sizeof value) {
      std::memcpy(&value, attributes[type].data(), sizeof value);
    }
    return value;
  }
  std::optional<IpAddress> address(u16 type) const {
    const ByteView bytes = attributes[type];
    if (bytes.size() == Ipv4Address::byte_size) return Ipv4Address::load(bytes.data());
    if (bytes.size() == Ipv6Address::byte_size) return Ipv6Address::load(bytes.data());
    return std::nullopt;
  }
  std::optional<MacAddress> mac(u16 type) const {
    if (attributes[type].size() != MacAddress::byte_size) return std::nullopt;
    return MacAddress::load(attributes[type].data());
  }
};

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
  Request request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, neighbour_body(neighbour));
  request.attribute(NDA_DST, neighbour.address.bytes());
  if (neighbour.mac) request.attribute(NDA_LLADDR, neighbour.mac->bytes());
  return carry_out(request);
}

Result<void> Rtnetlink::remove_neighbour(const KernelNeighbour& neighbour) {
  Request request(RTM_DELNEIGH, 0, neighbour_body(neighbour));
  request.attribute(NDA_DST, neighbour.address.bytes());
  return carry_out(request);
}

Result<std::vector<std::vector<u8>>> Rtnetlink::ask(Request& request) {
  const ByteView question = request.finish(++sequence_);
  if (::send(socket_.get(), question.data(), question.size(), 0) < 0) return last_error();
  std::vector<std::vector<u8>> messages;
  std::vector<u8> buffer(64 << 10);
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return last_error();
    ByteView rest{buffer.data(), static_cast<std::size_t>(size)};
    while (rest.size() >= sizeof(nlmsghdr)) {
      nlmsghdr header;
      std::memcpy(&header, rest.data(), sizeof header);
      if (header.nlmsg_len < sizeof header || header.nlmsg_len > rest.size()) break;
      const ByteView message = rest.first(header.nlmsg_len);
      rest = rest.subspan(std::min<std::size_t>(aligned(header.nlmsg_len), rest.size()));
      if (header.nlmsg_seq != sequence_) continue;
      if (header.nlmsg_type == NLMSG_DONE) return messages;
      if (header.nlmsg_type == NLMSG_ERROR && message.size() >= sizeof header + sizeof(i32)) {
        i32 error;
        std::memcpy(&error, message.data() + sizeof header, sizeof error);
        return Unexpected(static_cast<Errno>(-error));
      }
      messages.emplace_back(message.begin(), message.end());
      if ((header.nlmsg_flags & NLM_F_MULTI) == 0) return messages;
    }
  }
}

Result<std::vector<KernelLink>> Rtnetlink::links() {
  Request request(RTM_GETLINK, NLM_F_DUMP, link_body(0));
  const auto messages = ask(request);
  if (!messages) return Unexpected(messages.error());
  std::vector<KernelLink> links;
  for (const std::vector<u8>& message : *messages) {
    const auto answer = Answer<ifinfomsg>::parse(message, RTM_NEWLINK);
    if (!answer) continue;
    const ByteView name = answer->attributes[IFLA_IFNAME];
    links.push_back(
        {static_cast<u32>(answer->body.ifi_index),
         std::string(as_text(name.first(name.empty() ? 0 : name.size() - 1))),
         answer->mac(IFLA_ADDRESS).value_or(MacAddress()),
         (answer->body.ifi_flags & IFF_UP) != 0 && (answer->body.ifi_flags & IFF_RUNNING) != 0});
  }
  return links;
}

Result<std::vector<KernelNeighbour>> Rtnetlink::neighbours(Family family, bool proxies) {
  ndmsg body{};
  body.ndm_family = family == Family::ipv4 ? AF_INET : AF_INET6;
  body.ndm_flags = proxies ? NTF_PROXY : 0;
  Request request(RTM_GETNEIGH, NLM_F_DUMP, body);
  const auto messages = ask(request);
  if (!messages) return Unexpected(messages.error());
  std::vector<KernelNeighbour> neighbours;
  for (const std::vector<u8>& message : *messages) {
    const auto answer = Answer<ndmsg>::parse(message, RTM_NEWNEIGH);
    const auto address = answer ? answer->address(NDA_DST) : std::nullopt;
    if (!address || answer->body.ndm_family != body.ndm_family) continue;
    neighbours.push_back({*address, static_cast<u32>(answer->body.ndm_ifindex),
                          answer->body.ndm_state, answer->mac(NDA_LLADDR),
                          (answer->body.ndm_flags & NTF_PROXY) != 0});
  }
  return neighbours;
}

Result<KernelRoute> Rtnetlink::route_to(const IpAddress& destination) {
  rtmsg body{};
  body.rtm_family = family_of(destination);
  body.rtm_dst_len = static_cast<u8>(destination.bits());
  Request request(RTM_GETROUTE, 0, body);
  request.attribute(RTA_DST, destination.bytes());
  const auto messages = ask(request);
  if (!messages) return Unexpected(messages.error());
  const auto answer =
      messages->empty() ? std::nullopt : Answer<rtmsg>::parse(messages->front(), RTM_NEWROUTE);
  if (!answer) return Unexpected(Errno::network_unreachable);
  return KernelRoute{Prefix(destination, destination.bits()), answer->address(RTA_GATEWAY),
                     answer->number(RTA_OIF), 0};
}

}  // namespace catenet::os
