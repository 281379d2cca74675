// MachineSocket's getsockopt and setsockopt.
#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

#include "catenet/os/kernel_option.hpp"
#include "catenet/os/last_error.hpp"
#include "catenet/os/machine_socket.hpp"

namespace catenet::os {
namespace {

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
