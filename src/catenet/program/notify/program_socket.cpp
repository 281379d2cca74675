#include "catenet/program/notify/program_socket.hpp"

#include <algorithm>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "catenet/os/socket_address.hpp"
#include "catenet/program/notify/switchboard.hpp"

namespace catenet::program::notify {

Result<Endpoint> decode_endpoint(const TrappedCall& call, u64 at, u32 size, Family family) {
  os::SocketAddress address;
  if (size < sizeof(sa_family_t) || size > sizeof address.storage) {
    return Unexpected(Errno::invalid);
  }
  auto* const bytes = reinterpret_cast<u8*>(&address.storage);
  if (const auto done = call.read(at, {bytes, size}); !done) return Unexpected(done.error());
  const sa_family_t given = address.storage.ss_family;
  if (given == AF_UNSPEC) return Endpoint{IpAddress::any(family), 0};
  if (given != (family == Family::ipv4 ? AF_INET : AF_INET6)) {
    return Unexpected(family == Family::ipv4 ? Errno::family_not_supported : Errno::invalid);
  }
  const std::size_t least =
      given == AF_INET ? sizeof(sockaddr_in) : offsetof(sockaddr_in6, sin6_scope_id);
  if (size < least) return Unexpected(Errno::invalid);
  return address.endpoint();
}

Result<Endpoint> read_endpoint(const TrappedCall& call, std::size_t at, Family family) {
  return decode_endpoint(call, call.argument(at), static_cast<u32>(call.argument(at + 1)), family);
}

Result<void> write_endpoint(const TrappedCall& call, std::size_t at, const Endpoint& endpoint,
                            Family family) {
  if (call.argument(at) == 0) return {};
  const auto room = call.read_object<i32>(call.argument(at + 1));
  if (!room) return Unexpected(room.error());
  if (*room < 0) return Unexpected(Errno::invalid);
  const os::SocketAddress address(endpoint, family);
  const auto size = std::min<std::size_t>(static_cast<std::size_t>(*room), address.size);
  const auto* const bytes = reinterpret_cast<const u8*>(&address.storage);
  if (auto done = call.write(call.argument(at), {bytes, size}); !done) return done;
  return call.write_object(call.argument(at + 1), static_cast<i32>(address.size));
}

void ProgramSocket::bind(const TrappedCall& call) {
  const auto local = read_endpoint(call, 1, family_);
  if (!local) {
    call.give(local.error());
    return;
  }
  Result<void> bound = socket_->bind(*local);
  // The place may be that of a socket whose end nobody has told.
  if (!bound && bound.error() == Errno::address_in_use && board_.look_for_the_abandoned()) {
    bound = socket_->bind(*local);
  }
  call.give(bound);
}

void ProgramSocket::listen(const TrappedCall& call) { call.give(Errno::operation_not_supported); }

void ProgramSocket::accept(const TrappedCall& call, int) {
  call.give(Errno::operation_not_supported);
}

void ProgramSocket::get_name(const TrappedCall& call) const {
  call.give(write_endpoint(call, 1, socket_->local(), family_));
}

void ProgramSocket::get_peer(const TrappedCall& call) const {
  const auto remote = socket_->remote();
  call.give(remote ? write_endpoint(call, 1, *remote, family_)
                   : Result<void>(Unexpected(remote.error())));
}

// The kernel does it, where there is something to shut.
void ProgramSocket::shut(const TrappedCall& call) {
  if (!socket_->remote()) {
    call.give(Errno::not_connected);
  } else {
    call.let_run();
  }
}

os::Descriptor ProgramSocket::fetch() const {
  const os::Descriptor process(
      static_cast<int>(::syscall(SYS_pidfd_open, process_of(holder_.thread), 0)));
  if (!process) return {};
  os::Descriptor theirs(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), holder_.fd, 0)));
  if (theirs && inode_of(theirs.get()) != inode_) theirs.reset();
  return theirs;
}

bool ProgramSocket::say_as_program() const {
  const os::Descriptor theirs = fetch();
  return theirs && ::send(theirs.get(), "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

// What a program asks by it is the interfaces', which it is told otherwise.
void ProgramSocket::control(const TrappedCall& call) { call.give(Errno::invalid); }

}  // namespace catenet::program::notify
