#include "catenet/os/socket_address.hpp"

#include <cstring>
#include <netinet/in.h>

namespace catenet::os {

namespace {

// Of IPv6: of the link itself, or a group there.
bool has_scope(const IpAddress& address) {
  const auto bytes = address.bytes();
  return address.is_v6() &&
         (address.is_link_local() || (address.is_multicast() && (bytes[1] & 0xf) <= 2));
}

}  // namespace

SocketAddress::SocketAddress(const Endpoint& endpoint, Family family, u32 interface) {
  IpAddress address = endpoint.address;
  if (family == Family::ipv6 && address.is_v4()) {
    address = address.is_unspecified() ? IpAddress::any(family)
                                       : IpAddress(Ipv6Address::mapped(address.v4()));
  }
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, address.bytes().data(), sizeof v4.sin_addr);
    std::memcpy(&storage, &v4, size = sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, address.bytes().data(), sizeof v6.sin6_addr);
    if (has_scope(address)) v6.sin6_scope_id = interface;
    std::memcpy(&storage, &v6, size = sizeof v6);
  }
}

Endpoint SocketAddress::endpoint() const { return to_endpoint(get()); }

u32 SocketAddress::interface() const {
  if (storage.ss_family != AF_INET6 || !has_scope(endpoint().address)) return 0;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &storage, sizeof v6);
  return v6.sin6_scope_id;
}

Endpoint to_endpoint(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return {Ipv4Address::from_u32(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
  }
  if (address->sa_family != AF_INET6) return {};
  sockaddr_in6 v6{};
  std::memcpy(&v6, address, sizeof v6);
  std::array<u8, Ipv6Address::byte_size> bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return {IpAddress(Ipv6Address(bytes)).unmapped(), ntohs(v6.sin6_port)};
}

}  // namespace catenet::os
