#include "catenet/socket/async.hpp"

#include <array>

namespace catenet {

Task<Result<void>> send_all(System& system, Socket& socket, ByteView bytes, Instant deadline) {
  static_cast<void>(system);
  while (!bytes.empty()) {
    const Result<u32> sent = co_await send(socket, bytes, deadline);
    if (!sent) co_return Unexpected(sent.error());
    bytes = bytes.subspan(*sent);
  }
  co_return Result<void>();
}

Task<Result<std::unique_ptr<Socket>>> connect_stream(System& system, Endpoint remote,
                                                     Instant deadline) {
  auto socket = system.open(remote.address.family(), SocketType::stream);
  if (!socket) co_return Unexpected(socket.error());
  const Result<void> begun = (*socket)->connect(remote);
  if (!begun && begun.error() != Errno::in_progress) co_return Unexpected(begun.error());
  const Result<void> done = co_await connected(**socket, deadline);
  if (!done) co_return Unexpected(done.error());
  co_return std::move(*socket);
}

namespace {

struct DualSocket {
  std::unique_ptr<Socket> socket;
  Family family;
};

// Of IPv6, which takes IPv4 too, or of IPv4 where the host has no other.
Result<DualSocket> open_dual(System& system, SocketType type) {
  Family family = Family::ipv6;
  auto socket = system.open(family, type);
  if (!socket) {
    family = Family::ipv4;
    socket = system.open(family, type);
  }
  if (!socket) return Unexpected(socket.error());
  return DualSocket{*std::move(socket), family};
}

}  // namespace

Result<std::unique_ptr<Socket>> bind_datagrams(System& system, u16 port) {
  auto dual = open_dual(system, SocketType::datagram);
  if (!dual) return Unexpected(dual.error());
  if (auto bound = dual->socket->bind({IpAddress::any(dual->family), port}); !bound) {
    return Unexpected(bound.error());
  }
  return std::move(dual->socket);
}

Result<std::unique_ptr<Socket>> listen_stream(System& system, u16 port, u32 backlog) {
  auto dual = open_dual(system, SocketType::stream);
  if (!dual) return Unexpected(dual.error());
  std::unique_ptr<Socket>& socket = dual->socket;
  if (auto set = socket->set_option(SocketOption::reuse_address, 1); !set) {
    return Unexpected(set.error());
  }
  if (auto bound = socket->bind({IpAddress::any(dual->family), port}); !bound) {
    return Unexpected(bound.error());
  }
  if (auto listening = socket->listen(backlog); !listening) {
    return Unexpected(listening.error());
  }
  return std::move(socket);
}

Task<Result<std::string>> receive_all(System& system, Socket& socket, u64 limit, Instant deadline) {
  static_cast<void>(system);
  std::string all;
  std::array<u8, 16'384> buffer;
  for (;;) {
    const Result<u32> n = co_await receive(socket, buffer, deadline);
    if (!n) co_return Unexpected(n.error());
    if (*n == 0) co_return all;
    if (all.size() + *n > limit) co_return Unexpected(Errno::message_size);
    all.append(as_text(ByteView(buffer).first(*n)));
  }
}

}  // namespace catenet
