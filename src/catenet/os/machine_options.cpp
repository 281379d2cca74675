// MachineSocket's getsockopt and setsockopt.
#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

#include "catenet/os/last_error.hpp"
#include "catenet/os/machine_socket.hpp"

namespace catenet::os {
namespace {

struct KernelOption {
  int level;
  int name;
};

// Those that are one integer of the kernel's, by the family they are about.
std::optional<KernelOption> kernel_option(SocketOption option, Family family) {
  const bool v4 = family == Family::ipv4;
  const auto ip = [&](int name4, int name6) {
    return v4 ? KernelOption{IPPROTO_IP, name4} : KernelOption{IPPROTO_IPV6, name6};
  };
  switch (option) {
    case SocketOption::reuse_address: return KernelOption{SOL_SOCKET, SO_REUSEADDR};
    case SocketOption::reuse_port: return KernelOption{SOL_SOCKET, SO_REUSEPORT};
    case SocketOption::keep_alive: return KernelOption{SOL_SOCKET, SO_KEEPALIVE};
    case SocketOption::broadcast: return KernelOption{SOL_SOCKET, SO_BROADCAST};
    case SocketOption::send_buffer: return KernelOption{SOL_SOCKET, SO_SNDBUF};
    case SocketOption::receive_buffer: return KernelOption{SOL_SOCKET, SO_RCVBUF};
    case SocketOption::v6_only: return KernelOption{IPPROTO_IPV6, IPV6_V6ONLY};
    case SocketOption::bind_to_device: return KernelOption{SOL_SOCKET, SO_BINDTOIFINDEX};
    case SocketOption::out_of_band_inline: return KernelOption{SOL_SOCKET, SO_OOBINLINE};
    case SocketOption::no_delay: return KernelOption{IPPROTO_TCP, TCP_NODELAY};
    case SocketOption::cork: return KernelOption{IPPROTO_TCP, TCP_CORK};
    case SocketOption::max_segment: return KernelOption{IPPROTO_TCP, TCP_MAXSEG};
    case SocketOption::keep_idle: return KernelOption{IPPROTO_TCP, TCP_KEEPIDLE};
    case SocketOption::keep_interval: return KernelOption{IPPROTO_TCP, TCP_KEEPINTVL};
    case SocketOption::keep_count: return KernelOption{IPPROTO_TCP, TCP_KEEPCNT};
    case SocketOption::user_timeout_ms: return KernelOption{IPPROTO_TCP, TCP_USER_TIMEOUT};
    case SocketOption::fast_open: return KernelOption{IPPROTO_TCP, TCP_FASTOPEN};
    case SocketOption::fast_open_connect: return KernelOption{IPPROTO_TCP, TCP_FASTOPEN_CONNECT};
    case SocketOption::ttl: return ip(IP_TTL, IPV6_UNICAST_HOPS);
    case SocketOption::traffic_class: return ip(IP_TOS, IPV6_TCLASS);
    case SocketOption::dont_fragment: return ip(IP_MTU_DISCOVER, IPV6_MTU_DISCOVER);
    case SocketOption::receive_errors: return ip(IP_RECVERR, IPV6_RECVERR);
    case SocketOption::no_check: return KernelOption{SOL_SOCKET, SO_NO_CHECK};
    case SocketOption::no_check6_send: return KernelOption{IPPROTO_UDP, UDP_NO_CHECK6_TX};
    case SocketOption::no_check6_receive: return KernelOption{IPPROTO_UDP, UDP_NO_CHECK6_RX};
    case SocketOption::header_included: return ip(IP_HDRINCL, IPV6_HDRINCL);
    case SocketOption::path_mtu: return ip(IP_MTU, IPV6_MTU);
    case SocketOption::linger:
    case SocketOption::record_route: return std::nullopt;
  }
  return std::nullopt;
}

// What a socket of both families has a second time, for its IPv4 side.
bool is_twofold(SocketOption option) {
  return option == SocketOption::ttl || option == SocketOption::traffic_class ||
         option == SocketOption::dont_fragment || option == SocketOption::receive_errors;
}

// IPv6's numbers are the same.
static_assert(IPV6_PMTUDISC_DO == IP_PMTUDISC_DO && IPV6_PMTUDISC_DONT == IP_PMTUDISC_DONT);

// UDP says EOPNOTSUPP about the options of TCP.
Unexpected option_error() {
  return errno == EOPNOTSUPP ? Unexpected(Errno::no_protocol_option) : last_error();
}

Result<int> get(int socket, KernelOption option) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(socket, option.level, option.name, &value, &size) != 0) {
    return option_error();
  }
  return value;
}

template <typename T>
Result<void> set(int socket, KernelOption option, const T& value) {
  if (::setsockopt(socket, option.level, option.name, &value, sizeof value) != 0) {
    return option_error();
  }
  return {};
}

Result<int> get_linger(int socket) {
  linger value{};
  socklen_t size = sizeof value;
  if (::getsockopt(socket, SOL_SOCKET, SO_LINGER, &value, &size) != 0) {
    return option_error();
  }
  return value.l_onoff != 0 ? value.l_linger : -1;
}

// Room for nine addresses: type 7, length 39, pointer to the first, and an end (RFC 791 section
// 3.1).
constexpr std::array<u8, 40> record_route_option = {7, 39, 4};

}  // namespace

Result<int> MachineSocket::option(SocketOption option) const {
  if (!socket_) return Unexpected(Errno::bad_descriptor);
  if (option == SocketOption::record_route) return record_route_ ? 1 : 0;
  if (option == SocketOption::linger) return get_linger(socket_.get());
  Family family = family_;
  if (option == SocketOption::path_mtu) {  // of the way to this peer
    const auto peer = remote();
    if (!peer) return Unexpected(peer.error());
    family = peer->address.family();
  }
  const Result<int> value = get(socket_.get(), *kernel_option(option, family));
  if (!value) return value;
  switch (option) {
    // Linux doubles what it is given, for its own bookkeeping.
    case SocketOption::send_buffer:
    case SocketOption::receive_buffer: return *value / 2;
    case SocketOption::dont_fragment:
      return *value == IP_PMTUDISC_DO || *value == IP_PMTUDISC_PROBE ? 1 : 0;
    default: return value;
  }
}

Result<void> MachineSocket::set_option(SocketOption option, int value) {
  if (!socket_) return Unexpected(Errno::bad_descriptor);
  const int socket = socket_.get();
  switch (option) {
    case SocketOption::linger:
      return set(socket, {SOL_SOCKET, SO_LINGER}, linger{value >= 0 ? 1 : 0, std::max(value, 0)});
    case SocketOption::record_route: {
      const socklen_t size = value != 0 ? record_route_option.size() : 0;
      if (::setsockopt(socket, IPPROTO_IP, IP_OPTIONS, record_route_option.data(), size) != 0) {
        return option_error();
      }
      record_route_ = value != 0;
      return {};
    }
    case SocketOption::path_mtu: return Unexpected(Errno::no_protocol_option);
    case SocketOption::dont_fragment: value = value != 0 ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT; break;
    default: break;
  }
  if (auto done = set(socket, *kernel_option(option, family_), value); !done) return done;
  if (family_ == Family::ipv6 && is_twofold(option)) {
    static_cast<void>(set(socket, *kernel_option(option, Family::ipv4), value));
  }
  if (option == SocketOption::ttl && type_ != SocketType::stream) {  // to groups too
    static_cast<void>(set(socket, {IPPROTO_IP, IP_MULTICAST_TTL}, value));
    static_cast<void>(set(socket, {IPPROTO_IPV6, IPV6_MULTICAST_HOPS}, value));
  }
  if (option == SocketOption::receive_errors) receive_errors_ = value != 0;
  return {};
}

}  // namespace catenet::os
