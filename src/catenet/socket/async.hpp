// Waiting on sockets: what a blocking call would do, as something to co_await. The first group are
// leaf awaiters; the second are tasks made of them. All give Errno::canceled when their task is
// cancelled and Errno::timed_out at `deadline`.
#pragma once

#include <string>

#include "catenet/socket/system.hpp"

namespace catenet {
namespace detail {

template <typename T>
std::optional<Result<T>> unless_again(Result<T> result) {
  if (!result && result.error() == Errno::again) return std::nullopt;
  return result;
}

}  // namespace detail

// Bytes stored; 0 at the end of the stream.
inline auto receive(Socket& socket, MutableBytes into, Instant deadline = Instant::never()) {
  return socket.waiters().until(
      [&socket, into] { return detail::unless_again(socket.receive(into)); }, deadline);
}

inline auto receive_message(Socket& socket, MutableBytes into,
                            Instant deadline = Instant::never()) {
  return socket.waiters().until(
      [&socket, into] { return detail::unless_again(socket.receive_message(into)); }, deadline);
}

// Bytes taken, at least one of them.
inline auto send(Socket& socket, ByteView bytes, Instant deadline = Instant::never()) {
  return socket.waiters().until(
      [&socket, bytes] { return detail::unless_again(socket.send(bytes)); }, deadline);
}

// The next connection.
inline auto accept(Socket& socket, Instant deadline = Instant::never()) {
  return socket.waiters().until([&socket] { return detail::unless_again(socket.accept()); },
                                deadline);
}

// Until a connect() that gave EINPROGRESS has ended.
inline auto connected(Socket& socket, Instant deadline = Instant::never()) {
  return socket.waiters().until(
      [&socket]() -> std::optional<Result<void>> {
        const Readiness ready = socket.readiness();
        if (!ready.writable && !ready.error && !ready.hang_up) return std::nullopt;
        if (const Errno error = socket.take_error(); error != Errno::ok) return Unexpected(error);
        return Result<void>();
      },
      deadline);
}

// All of `bytes`, which must stay where they are meanwhile.
Task<Result<void>> send_all(System& system, Socket& socket, ByteView bytes,
                            Instant deadline = Instant::never());

// A connected stream. Errors as connect(2). `fast_open`: its SYN is sent with the first bytes
// written, where the host knows the cookie of `remote` (RFC 7413); what can go wrong with it is
// then told by receive() and send().
Task<Result<std::unique_ptr<Socket>>> connect_stream(System& system, Endpoint remote,
                                                     Instant deadline = Instant::never(),
                                                     bool fast_open = false);

// A stream socket that listens on `port` of every address, both families where the host has IPv6.
Result<std::unique_ptr<Socket>> listen_stream(System& system, u16 port, u32 backlog = 128);

// The same on `local` alone; on any free port for port 0.
Result<std::unique_ptr<Socket>> listen_stream(System& system, const Endpoint& local,
                                              u32 backlog = 128);

// Whether a call failed for want of descriptors or memory: later it may do. A listener then waits
// for shortage_pause, and whoever wants to connect with it.
bool is_shortage(Errno error);
constexpr Duration shortage_pause = Duration::milliseconds(100);

// Everything up to the end of the stream, at most `limit` bytes: EMSGSIZE beyond.
Task<Result<std::string>> receive_all(System& system, Socket& socket, u64 limit,
                                      Instant deadline = Instant::never());

}  // namespace catenet
