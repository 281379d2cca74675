#include "catenet/program/notify/program_socket.hpp"

#include <algorithm>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

#include "catenet/os/socket_address.hpp"
#include "catenet/program/notify/option_value.hpp"
#include "catenet/program/notify/switchboard.hpp"

namespace catenet::program::notify {

Result<ScopedEndpoint> decode_endpoint(const TrappedCall& call, u64 at, u32 size, Family family) {
  os::SocketAddress address;
  if (size < sizeof(sa_family_t) || size > sizeof address.storage) {
    return Unexpected(Errno::invalid);
  }
  auto* const bytes = reinterpret_cast<u8*>(&address.storage);
  if (const auto done = call.read(at, {bytes, size}); !done) return Unexpected(done.error());
  const sa_family_t given = address.storage.ss_family;
  if (given == AF_UNSPEC) return ScopedEndpoint{{IpAddress::any(family), 0}, 0};
  if (given != (family == Family::ipv4 ? AF_INET : AF_INET6)) {
    return Unexpected(family == Family::ipv4 ? Errno::family_not_supported : Errno::invalid);
  }
  const std::size_t least =
      given == AF_INET ? sizeof(sockaddr_in) : offsetof(sockaddr_in6, sin6_scope_id);
  if (size < least) return Unexpected(Errno::invalid);
  return ScopedEndpoint{address.endpoint(), address.interface()};
}

Result<ScopedEndpoint> read_endpoint(const TrappedCall& call, std::size_t at, Family family) {
  return decode_endpoint(call, call.argument(at), static_cast<u32>(call.argument(at + 1)), family);
}

Result<void> write_endpoint(const TrappedCall& call, std::size_t at, const Endpoint& endpoint,
                            Family family, u32 interface) {
  const os::SocketAddress address(endpoint, family, interface);
  return write_name(call, at, {reinterpret_cast<const u8*>(&address.storage), address.size});
}

u32 ProgramSocket::interface() const {
  return static_cast<u32>(socket_->option(SocketOption::bind_to_device).value_or(0));
}

Result<void> ProgramSocket::keep_to(u32 named) {
  if (named == 0 || named == interface()) return {};
  if (interface() != 0) return Unexpected(Errno::invalid);
  return socket_->set_option(SocketOption::bind_to_device, static_cast<int>(named));
}

void ProgramSocket::bind(const TrappedCall& call) {
  const auto local = read_endpoint(call, 1, family_);
  if (!local) {
    call.give(local.error());
    return;
  }
  Result<void> bound = keep_to(local->interface);
  if (bound) bound = socket_->bind(*local);
  // The place may be that of a socket whose end nobody has told.
  if (!bound && bound.error() == Errno::address_in_use && board_.look_for_the_abandoned()) {
    bound = socket_->bind(*local);
  }
  call.give(bound);
}

void ProgramSocket::get_name(const TrappedCall& call) const {
  call.give(write_endpoint(call, 1, socket_->local(), family_, interface()));
}

void ProgramSocket::get_peer(const TrappedCall& call) const {
  const auto remote = socket_->remote();
  call.give(remote ? write_endpoint(call, 1, *remote, family_, interface())
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

}  // namespace catenet::program::notify
