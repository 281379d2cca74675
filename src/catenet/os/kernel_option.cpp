#include "catenet/os/kernel_option.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

namespace catenet::os {

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

std::optional<SocketOption> option_of(KernelOption option, Family family) {
  for (int i = 0; i <= static_cast<int>(SocketOption::path_mtu); ++i) {
    const auto candidate = static_cast<SocketOption>(i);
    if (kernel_option(candidate, family) == option) return candidate;
    if (family == Family::ipv6 && kernel_option(candidate, Family::ipv4) == option) {
      return candidate;
    }
  }
  return std::nullopt;
}

}  // namespace catenet::os
