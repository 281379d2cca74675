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
                                                     Instant deadline, bool fast_open) {
  auto socket = system.open(remote.address.family(), SocketType::stream);
  if (!socket) co_return Unexpected(socket.error());
  // A host without it connects as usual.
  if (fast_open) static_cast<void>((*socket)->set_option(SocketOption::fast_open_connect, 1));
  const Result<void> begun = (*socket)->connect(remote);
  if (!begun && begun.error() != Errno::in_progress) co_return Unexpected(begun.error());
  const Result<void> done = co_await connected(**socket, deadline);
  if (!done) co_return Unexpected(done.error());
  co_return std::move(*socket);
}

Result<std::unique_ptr<Socket>> listen_stream(System& system, u16 port, u32 backlog) {
  auto listener = listen_stream(system, {IpAddress::any(Family::ipv6), port}, backlog);
  if (listener || listener.error() != Errno::family_not_supported) return listener;
  return listen_stream(system, {IpAddress::any(Family::ipv4), port}, backlog);
}

Result<std::unique_ptr<Socket>> listen_stream(System& system, const Endpoint& local, u32 backlog) {
  auto socket = system.open(local.address.family(), SocketType::stream);
  if (!socket) return Unexpected(socket.error());
  if (auto set = (*socket)->set_option(SocketOption::reuse_address, 1); !set) {
    return Unexpected(set.error());
  }
  if (auto bound = (*socket)->bind(local); !bound) return Unexpected(bound.error());
  if (auto listening = (*socket)->listen(backlog); !listening) {
    return Unexpected(listening.error());
  }
  return std::move(*socket);
}

bool is_shortage(Errno error) {
  return error == Errno::too_many_files || error == Errno::too_many_files_in_system ||
         error == Errno::no_buffer_space || error == Errno::out_of_memory;
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
