// MachineSocket's datagrams, with what the kernel tells beside them.
#include <algorithm>
#include <array>
#include <cstring>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include "catenet/os/machine_socket.hpp"

namespace catenet::os {
namespace {

// An extended error with an address, an interface, a time and three small numbers.
constexpr std::size_t control_size = 512;

template <typename T>
T load_as(const void* at) {
  T value{};
  std::memcpy(&value, at, sizeof value);
  return value;
}

SocketError read_error(const cmsghdr* header) {
  const auto error = load_as<sock_extended_err>(CMSG_DATA(header));
  SocketError read;
  read.error = static_cast<Errno>(error.ee_errno);
  read.type = error.ee_type;
  read.code = error.ee_code;
  read.mtu = error.ee_errno == EMSGSIZE ? error.ee_info : 0;
  SocketAddress offender;
  const std::size_t known = header->cmsg_len - CMSG_LEN(0) - sizeof error;
  std::memcpy(offender.get(), CMSG_DATA(header) + sizeof error,
              std::min(known, sizeof offender.storage));
  read.offender = offender.endpoint().address;
  return read;
}

// Whether the extended error is an ICMP message's; the host's own are told by the call that failed.
bool is_icmp_error(const cmsghdr* header) {
  const u8 origin = load_as<sock_extended_err>(CMSG_DATA(header)).ee_origin;
  return origin == SO_EE_ORIGIN_ICMP || origin == SO_EE_ORIGIN_ICMP6;
}

void read_ipv4(const cmsghdr* header, Message& message) {
  const void* data = CMSG_DATA(header);
  switch (header->cmsg_type) {
    case IP_PKTINFO: {
      const auto info = load_as<in_pktinfo>(data);
      message.destination = Ipv4Address::from_u32(ntohl(info.ipi_addr.s_addr));
      message.interface = static_cast<u32>(info.ipi_ifindex);
      return;
    }
    case IP_TTL: message.ttl = static_cast<u8>(load_as<int>(data)); return;
    case IP_TOS: message.traffic_class = load_as<u8>(data); return;
    case IP_RECVERR:
      if (is_icmp_error(header)) message.error = read_error(header);
      return;
    default: return;
  }
}

void read_ipv6(const cmsghdr* header, Message& message) {
  const void* data = CMSG_DATA(header);
  switch (header->cmsg_type) {
    case IPV6_PKTINFO: {
      std::array<u8, Ipv6Address::byte_size> bytes{};
      std::memcpy(bytes.data(), data, bytes.size());
      message.destination = IpAddress(Ipv6Address(bytes)).unmapped();
      message.interface = load_as<in6_pktinfo>(data).ipi6_ifindex;
      return;
    }
    case IPV6_HOPLIMIT: message.ttl = static_cast<u8>(load_as<int>(data)); return;
    case IPV6_TCLASS: message.traffic_class = static_cast<u8>(load_as<int>(data)); return;
    case IPV6_RECVERR:
      if (is_icmp_error(header)) message.error = read_error(header);
      return;
    default: return;
  }
}

}  // namespace

// What a kernel lacks of this is left at zero.
void MachineSocket::ask_for_metadata() {
  const auto ask = [this](int level, int name) {
    const int on = 1;
    static_cast<void>(::setsockopt(socket_.get(), level, name, &on, sizeof on));
  };
  ask(SOL_SOCKET, SO_TIMESTAMPNS);
  for (const int name : {IP_PKTINFO, IP_RECVTTL, IP_RECVTOS}) ask(IPPROTO_IP, name);
  if (family_ == Family::ipv4) return;
  for (const int name : {IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS}) {
    ask(IPPROTO_IPV6, name);
  }
}

Result<Message> MachineSocket::read_message(MutableBytes into, int flags) {
  const bool errors = (flags & MSG_ERRQUEUE) != 0;
  for (;;) {
    alignas(cmsghdr) std::array<u8, control_size> control;
    SocketAddress source;
    iovec piece{into.data(), into.size()};
    msghdr header{};
    header.msg_name = source.get();
    header.msg_namelen = source.size;
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const Result<u32> n = counted(::recvmsg(socket_.get(), &header, flags | MSG_TRUNC));
    if (!n) return Unexpected(n.error());
    Message message;
    message.size = *n;
    if (header.msg_namelen > 0) message.source = source.endpoint();
    message.arrival = loop_.now();
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
      if (c->cmsg_level == IPPROTO_IP) read_ipv4(c, message);
      if (c->cmsg_level == IPPROTO_IPV6) read_ipv6(c, message);
      if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
        message.arrival = loop_.instant_of(load_as<timespec>(CMSG_DATA(c)));
      }
    }
    if (type_ == SocketType::raw) message.source.port = 0;
    if (!errors || message.error) return message;
  }
}

}  // namespace catenet::os
