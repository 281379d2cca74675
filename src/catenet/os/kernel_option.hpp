// Socket options by the kernel's numbers, and back. Read socket(7), ip(7), ipv6(7), tcp(7), udp(7).
#pragma once

#include <optional>

#include "catenet/socket/socket.hpp"

namespace catenet::os {

struct KernelOption {
  int level = 0;
  int name = 0;
  bool operator==(const KernelOption&) const = default;
};

// Those that are one integer of the kernel's, by the family they are about.
std::optional<KernelOption> kernel_option(SocketOption option, Family family);
// The other way round, for a socket of `family`: one of IPv6 takes IPv4's options too.
std::optional<SocketOption> option_of(KernelOption option, Family family);

}  // namespace catenet::os
