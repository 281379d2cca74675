#include "catenet/os/machine_socket.hpp"

#include <algorithm>
#include <poll.h>

#include "catenet/os/last_error.hpp"

namespace catenet::os {
namespace {

// At 64 KiB a call these are 2 MiB: a fraction of a millisecond.
constexpr u32 calls_in_a_row = 32;

Result<void> outcome(int result) {
  if (result != 0) return last_error();
  return {};
}

// Of a connection that was over before it was taken, and of nothing that the listener has done:
// accept(2), "Error handling".
bool is_of_the_connection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH: return true;
    default: return false;
  }
}

int kernel_flags(ReceiveFlags flags) {
  return (flags.peek ? MSG_PEEK : 0) | (flags.out_of_band ? MSG_OOB : 0) |
         (flags.error_queue ? MSG_ERRQUEUE : 0);
}

}  // namespace

Result<std::unique_ptr<MachineSocket>> MachineSocket::adopt(MachineLoop& loop, Descriptor socket,
                                                            Family family, SocketType type) {
  std::unique_ptr<MachineSocket> made(new MachineSocket(loop, std::move(socket), family, type));
  if (auto watched = loop.poller().watch(made->socket_.get(), Interest::changes, *made); !watched) {
    return Unexpected(watched.error());
  }
  if (type != SocketType::stream) made->ask_for_metadata();
  return made;
}

SocketAddress MachineSocket::address_of(const Endpoint& endpoint) const {
  // A raw IPv6 socket takes the port for a protocol.
  return {{endpoint.address, type_ == SocketType::raw ? u16{0} : endpoint.port}, family_};
}

// --- Opening ---

Result<void> MachineSocket::bind(const Endpoint& local) {
  // Ping sockets and raw ones would read an address of the other family as one of theirs.
  if (family_ == Family::ipv4 && !local.address.is_v4()) {
    return Unexpected(Errno::family_not_supported);
  }
  const SocketAddress address = address_of(local);
  return outcome(::bind(socket_.get(), address.get(), address.size));
}

Result<void> MachineSocket::listen(u32 backlog) {
  return outcome(::listen(socket_.get(), static_cast<int>(std::clamp(backlog, 1u, 4'096u))));
}

Result<std::unique_ptr<Socket>> MachineSocket::accept() {
  if (tired()) return Unexpected(Errno::again);
  int fd = -1;
  do {
    fd = ::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (fd < 0 && is_of_the_connection(errno));
  if (const auto accepted = counted(fd); !accepted) return Unexpected(accepted.error());
  return adopt(loop_, Descriptor(fd), family_, type_);
}

Result<void> MachineSocket::connect(const Endpoint& remote) {
  const SocketAddress address = address_of(remote);
  return outcome(::connect(socket_.get(), address.get(), address.size));
}

// --- Bytes ---

Result<u32> MachineSocket::counted(ssize_t result) {
  if (result >= 0) {
    ++busy_;
    return static_cast<u32>(result);
  }
  const auto error = last_errno();
  if (error == Errno::again) busy_ = 0;
  return Unexpected(error);
}

bool MachineSocket::tired() {
  if (busy_ < calls_in_a_row) return false;
  if (!rested_.scheduled()) loop_.run_after_others(rested_);
  return true;
}

void MachineSocket::on_rested() {
  busy_ = 0;
  waiters().wake_all();
}

void MachineSocket::on_ready(bool, bool) { waiters().wake_all(); }

Result<u32> MachineSocket::send(ByteView bytes) {
  if (type_ == SocketType::stream && tired()) return Unexpected(Errno::again);
  return counted(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

Result<u32> MachineSocket::send_to(ByteView bytes, const Endpoint& remote) {
  if (type_ == SocketType::stream) return send(bytes);
  const SocketAddress address = address_of(remote);
  const Result<u32> sent = send_message(bytes, address);
  if (sent || !receive_errors_ || sent.error() == Errno::again) return sent;
  // With receive_errors a call may fail with what became of an earlier datagram. That is for who
  // receives, and does not keep this one from being sent.
  const Result<u32> again = send_message(bytes, address);
  if (!again) return again;
  pending_ = sent.error();
  waiters().wake_all();
  return again;
}

Result<u32> MachineSocket::send_fast_open(ByteView bytes, const Endpoint& remote) {
  const SocketAddress address = address_of(remote);
  return counted(::sendto(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_FASTOPEN,
                          address.get(), address.size));
}

Result<u32> MachineSocket::send_message(ByteView bytes, const SocketAddress& remote) {
  return counted(
      ::sendto(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL, remote.get(), remote.size));
}

Result<u32> MachineSocket::send_out_of_band(u8 byte) {
  return counted(::send(socket_.get(), &byte, 1, MSG_NOSIGNAL | MSG_OOB));
}

Result<u32> MachineSocket::receive(MutableBytes into, ReceiveFlags flags) {
  if (type_ != SocketType::stream) {
    const auto message = receive_message(into, flags);
    if (!message) return Unexpected(message.error());
    return std::min(message->size, static_cast<u32>(into.size()));
  }
  if (flags.error_queue) return Unexpected(Errno::again);
  if (tired()) return Unexpected(Errno::again);
  return counted(::recv(socket_.get(), into.data(), into.size(), kernel_flags(flags)));
}

Result<Message> MachineSocket::receive_message(MutableBytes into, ReceiveFlags flags) {
  if (type_ == SocketType::stream) {
    const Result<u32> n = receive(into, flags);
    if (!n) return Unexpected(n.error());
    Message message;
    message.size = *n;
    message.arrival = loop_.now();
    return message;
  }
  if (!flags.error_queue) {
    if (const Errno error = std::exchange(pending_, Errno::ok); error != Errno::ok) {
      return Unexpected(error);
    }
    if (tired()) return Unexpected(Errno::again);
  }
  return read_message(into, kernel_flags(flags));
}

// --- Closing and looking ---

Result<void> MachineSocket::shutdown(Shutdown how) {
  const int kernel = how == Shutdown::read ? SHUT_RD : how == Shutdown::write ? SHUT_WR : SHUT_RDWR;
  const Result<void> result = outcome(::shutdown(socket_.get(), kernel));
  waiters().wake_all();
  return result;
}

void MachineSocket::close() {
  if (!socket_) return;
  loop_.poller().forget(socket_.get());
  socket_.reset();
  rested_.cancel();
  busy_ = 0;
  waiters().wake_all();
}

Endpoint MachineSocket::local() const {
  SocketAddress address;
  if (::getsockname(socket_.get(), address.get(), &address.size) != 0) {
    return {IpAddress::any(family_), 0};
  }
  return address.endpoint();
}

Result<Endpoint> MachineSocket::remote() const {
  SocketAddress address;
  if (::getpeername(socket_.get(), address.get(), &address.size) != 0) return last_error();
  return address.endpoint();
}

Errno MachineSocket::take_error() {
  if (const Errno error = std::exchange(pending_, Errno::ok); error != Errno::ok) return error;
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  return static_cast<Errno>(error);
}

Readiness MachineSocket::readiness() const {
  pollfd state{socket_.get(), POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
  Readiness ready;
  if (!socket_ || ::poll(&state, 1, 0) < 0) return ready;
  const auto has = [&](short bit) { return (state.revents & bit) != 0; };
  ready.readable = has(POLLIN) || pending_ != Errno::ok;
  ready.writable = has(POLLOUT);
  ready.priority = has(POLLPRI);
  ready.error = has(POLLERR) || pending_ != Errno::ok;
  ready.hang_up = has(POLLHUP);
  ready.peer_closed = has(POLLRDHUP);
  return ready;
}

}  // namespace catenet::os
