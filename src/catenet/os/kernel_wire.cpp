#include "catenet/os/kernel_wire.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <optional>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "catenet/os/last_error.hpp"

namespace catenet::os {
namespace {

ifreq request_for(const std::string& name) {
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

bool set_option(const Descriptor& fd, int option, int value) {
  return ::setsockopt(fd.get(), SOL_PACKET, option, &value, sizeof value) == 0;
}

sockaddr_ll link_address(u32 index) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index);
  return address;
}

bool set_promiscuous(const Descriptor& fd, u32 index) {
  packet_mreq request{};
  request.mr_ifindex = static_cast<int>(index);
  request.mr_type = PACKET_MR_PROMISC;
  return ::setsockopt(fd.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request) == 0;
}

// Name and flags of the interface that the packet socket is bound to.
std::optional<ifreq> flags_of(const Descriptor& fd) {
  sockaddr_ll own{};
  socklen_t size = sizeof own;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own), &size) != 0) return std::nullopt;
  ifreq request{};
  request.ifr_ifindex = own.sll_ifindex;
  if (::ioctl(fd.get(), SIOCGIFNAME, &request) != 0) return std::nullopt;
  if (::ioctl(fd.get(), SIOCGIFFLAGS, &request) != 0) return std::nullopt;
  return request;
}

// The far end of a veth pair is down: so the near one has no carrier.
void set_interface_up(const Descriptor& fd, bool up) {
  auto request = flags_of(fd);
  if (!request) return;
  const int flags = up ? request->ifr_flags | IFF_UP : request->ifr_flags & ~IFF_UP;
  request->ifr_flags = static_cast<short>(flags);
  static_cast<void>(::ioctl(fd.get(), SIOCSIFFLAGS, &*request));
}

}  // namespace

Result<u32> interface_index(const std::string& name) {
  const Descriptor any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = request_for(name);
  if (!any || ::ioctl(any.get(), SIOCGIFINDEX, &request) != 0) return last_error();
  return static_cast<u32>(request.ifr_ifindex);
}

bool is_up(const std::string& name) {
  const Descriptor any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = request_for(name);
  return any && ::ioctl(any.get(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP);
}

Result<KernelWire> open_tap(const std::string& name, bool offload) {
  if (name.empty() || name.size() >= IFNAMSIZ) return Unexpected(Errno::invalid);
  KernelWire tap{WireKind::tap,
                 Descriptor(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK))};
  if (!tap.fd) return last_error();
  ifreq request = request_for(name);
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (::ioctl(tap.fd.get(), TUNSETIFF, &request) != 0) return last_error();
  const unsigned long features = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
  // A kernel that cannot hands over plain frames.
  if (offload) static_cast<void>(::ioctl(tap.fd.get(), TUNSETOFFLOAD, features));
  return tap;
}

Result<KernelWire> open_packet_socket(u32 index, WireKind kind) {
  // Protocol 0: nothing comes in before it is bound.
  KernelWire wire{kind,
                  Descriptor(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))};
  if (!wire.fd) return last_error();
  constexpr int buffer = 8 << 20;  // what comes while others have their turn
  for (const int option : {SO_RCVBUF, SO_SNDBUF}) {
    static_cast<void>(::setsockopt(wire.fd.get(), SOL_SOCKET, option, &buffer, sizeof buffer));
  }
  if (!set_option(wire.fd, PACKET_VNET_HDR, 1) || !set_option(wire.fd, PACKET_AUXDATA, 1) ||
      !set_option(wire.fd, PACKET_IGNORE_OUTGOING, 1) || !set_promiscuous(wire.fd, index)) {
    return last_error();
  }
  // Straight into the pair: its queue would only sleep until the kernel has seen the carrier, and
  // lose frames without a word.
  if (kind == WireKind::veth && !set_option(wire.fd, PACKET_QDISC_BYPASS, 1)) return last_error();
  const sockaddr_ll address = link_address(index);
  if (::bind(wire.fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return last_error();
  }
  return wire;
}

bool is_gone(const KernelWire& wire) {
  if (wire.kind != WireKind::tap) return !flags_of(wire.fd);
  ifreq request{};
  return ::ioctl(wire.fd.get(), TUNGETIFF, &request) != 0;
}

bool has_carrier(const KernelWire& wire) {
  if (wire.kind == WireKind::tap) return true;
  auto request = flags_of(wire.fd);
  if (!request) return false;
  // Not IFF_RUNNING, which follows some time later.
  ethtool_value link{.cmd = ETHTOOL_GLINK, .data = 0};
  request->ifr_data = reinterpret_cast<char*>(&link);
  return ::ioctl(wire.fd.get(), SIOCETHTOOL, &*request) == 0 && link.data != 0;
}

void set_carrier(const KernelWire& wire, bool up) {
  int carrier = up ? 1 : 0;
  switch (wire.kind) {
    case WireKind::tap: static_cast<void>(::ioctl(wire.fd.get(), TUNSETCARRIER, &carrier)); break;
    case WireKind::veth: set_interface_up(wire.fd, up); break;
    case WireKind::interface: break;
  }
}

}  // namespace catenet::os
