#include "catenet/service/echo.hpp"

#include <array>

#include "catenet/coro/task_group.hpp"
#include "catenet/socket/async.hpp"

namespace catenet {
namespace {

// The largest datagram of either family.
constexpr std::size_t max_datagram = 65'535;

Task<void> echo_stream(System& system, std::unique_ptr<Socket> peer) {
  std::array<u8, 16'384> buffer;
  for (;;) {
    const Result<u32> n = co_await receive(*peer, buffer);
    if (!n || *n == 0) co_return;
    const ByteView received = ByteView(buffer).first(*n);
    if (auto sent = co_await send_all(system, *peer, received); !sent) co_return;
  }
}

}  // namespace

Result<std::unique_ptr<Socket>> bind_datagrams(System& system, u16 port) {
  auto socket = bind_datagrams(system, {IpAddress::any(Family::ipv6), port});
  if (socket || socket.error() != Errno::family_not_supported) return socket;
  return bind_datagrams(system, {IpAddress::any(Family::ipv4), port});
}

Result<std::unique_ptr<Socket>> bind_datagrams(System& system, const Endpoint& local) {
  auto socket = system.open(local.address.family(), SocketType::datagram);
  if (!socket) return Unexpected(socket.error());
  if (auto bound = (*socket)->bind(local); !bound) return Unexpected(bound.error());
  return std::move(*socket);
}

Task<Result<void>> serve_echo_stream(System& system, EchoOptions options) {
  auto listener = listen_stream(system, options.port);
  if (!listener) co_return Unexpected(listener.error());
  co_return co_await serve_echo_stream_on(system, *std::move(listener));
}

Task<Result<void>> serve_echo_stream_on(System& system, std::unique_ptr<Socket> listener) {
  TaskGroup peers(system.scheduler());
  for (;;) {
    auto peer = co_await accept(*listener);
    if (!peer && peer.error() == Errno::canceled) {
      peers.cancel();
      co_return co_await peers.join();
    }
    if (!peer && is_shortage(peer.error())) {
      static_cast<void>(co_await system.scheduler().sleep_for(shortage_pause));
      continue;
    }
    if (!peer) co_return Unexpected(peer.error());
    peers.spawn(echo_stream(system, *std::move(peer)));
  }
}

Task<Result<void>> serve_echo_datagrams(System& system, EchoOptions options) {
  auto socket = bind_datagrams(system, options.port);
  if (!socket) co_return Unexpected(socket.error());
  co_return co_await serve_echo_datagrams_on(system, *std::move(socket));
}

Task<Result<void>> serve_echo_datagrams_on(System& system, std::unique_ptr<Socket> socket) {
  static_cast<void>(system);
  const u16 own_port = socket->local().port;
  std::vector<u8> buffer(max_datagram);
  for (;;) {
    const Result<Message> message = co_await receive_message(*socket, buffer);
    if (!message && message.error() == Errno::canceled) co_return Unexpected(message.error());
    if (!message) continue;
    // A datagram from an echo port would bounce for ever between two servers.
    if (message->source.port == own_port) continue;
    const ByteView received = ByteView(buffer).first(message->size);
    static_cast<void>(socket->send_to(received, message->source));
  }
}

}  // namespace catenet
