// Endpoints as the kernel's sockaddr, and back.
#pragma once

#include <sys/socket.h>

#include "catenet/wire/address.hpp"

namespace catenet::os {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;

  SocketAddress() = default;
  // As a socket of `family` takes it: an IPv4 address for an IPv6 socket becomes an IPv4-mapped
  // one, an unspecified one ::.
  // `interface` is the scope of an IPv6 address that means something on its link alone.
  SocketAddress(const Endpoint& endpoint, Family family, u32 interface = 0);

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  // An IPv4-mapped address as the IPv4 address that it is; 0.0.0.0 and port 0 for another family.
  Endpoint endpoint() const;
  // The index of the interface that it says a link-local address is on; 0: none.
  u32 interface() const;
};

Endpoint to_endpoint(const sockaddr* address);

}  // namespace catenet::os
