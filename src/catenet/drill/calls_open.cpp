// What opens, names, joins and closes sockets.
#include <fmt/core.h>

#include "catenet/drill/calls.hpp"
#include "catenet/drill/symbols.hpp"

namespace catenet::drill {

Calls::Result Calls::socket(CallArguments& in) {
  Descriptor made;
  made.family = setup_.socket_family();
  if (!in.is_open(0)) {
    const i64 family = in.number(0);
    if (family != c::af_inet && family != c::af_inet6) return failed(Errno::family_not_supported);
    made.family = family == c::af_inet ? Family::ipv4 : Family::ipv6;
  }
  const i64 type = in.number(1) & ~(c::sock_nonblock | c::sock_cloexec);
  made.nonblocking = (in.number(1) & c::sock_nonblock) != 0;
  made.close_on_exec = (in.number(1) & c::sock_cloexec) != 0;
  const i64 protocol = in.number(2);
  if (type != c::sock_stream && type != c::sock_dgram) {
    in.complain(in.at(1), "this type of socket", "a drill's sockets are streams and datagrams");
    return done(0);
  }
  const bool stream = type == c::sock_stream;
  if (protocol != 0 && protocol != (stream ? 6 : 17)) {
    return failed(Errno::protocol_not_supported);
  }
  made.type = stream ? SocketType::stream : SocketType::datagram;
  auto opened = stage_.system().open(made.family, made.type, 0);
  if (!opened) return failed(opened.error());
  made.socket = std::move(*opened);
  return done(adopt(std::move(made), in.call().result));
}

Calls::Result Calls::bind(CallArguments& in) {
  Descriptor* it = descriptor(in.number(0));
  if (!it) return failed(Errno::bad_descriptor);
  IpAddress own = setup_.side().local.address;
  const Endpoint local = in.address(1, {own, setup_.bind_port});
  if (in.problem()) return done(0);
  const auto bound = it->socket->bind(local);
  if (bound && it->type == SocketType::datagram) {
    conversation_.on_bind(it->socket->local().port);
  }
  return settled(bound);
}

Calls::Result Calls::listen(CallArguments& in) {
  Descriptor* it = descriptor(in.number(0));
  if (!it) return failed(Errno::bad_descriptor);
  const i64 backlog = in.number(1);
  const auto listening = it->socket->listen(static_cast<u32>(std::max<i64>(backlog, 0)));
  if (listening && !it->listens) {
    it->listens = true;
    conversation_.on_listen(it->socket->local().port);
  }
  return settled(listening);
}

Calls::Result Calls::accept(CallArguments& in) {
  Descriptor* it = descriptor(in.number(0));
  if (!it) return failed(Errno::bad_descriptor);
  if (it->type != SocketType::stream) return failed(Errno::operation_not_supported);
  const bool nonblocking = in.size() == 4 && (in.number(3) & c::sock_nonblock) != 0;
  const Expression wanted = in.call().result;
  const i64 number = in.number(0);
  Prepared prepared;
  prepared.socket = it->socket.get();
  prepared.attempt = [this, number, wanted, nonblocking]() -> std::optional<Outcome> {
    Descriptor* listener = descriptor(number);
    if (!listener) return Outcome::failure(Errno::bad_descriptor);
    auto child = listener->socket->accept();
    if (!child) {
      if (child.error() == Errno::again && !listener->nonblocking) return std::nullopt;
      return Outcome::failure(child.error());
    }
    Descriptor made;
    made.socket = std::move(*child);
    made.family = listener->family;
    made.nonblocking = nonblocking;
    return Outcome{adopt(std::move(made), wanted), Errno::ok, {}};
  };
  return prepared;
}

Calls::Result Calls::connect(CallArguments& in) {
  Descriptor* it = descriptor(in.number(0));
  if (!it) return failed(Errno::bad_descriptor);
  const Endpoint remote = in.address(1, {setup_.side().remote, setup_.connect_port});
  if (in.problem()) return done(0);
  if (it->type == SocketType::stream) under_test_ = in.number(0);
  if (it->type == SocketType::datagram) {
    const auto connected = it->socket->connect(remote);
    if (connected) conversation_.on_bind(it->socket->local().port);
    return settled(connected);
  }
  Prepared prepared;
  prepared.socket = it->socket.get();
  prepared.attempt = [socket = it->socket.get(), remote, wait = !it->nonblocking,
                      begun = false]() mutable -> std::optional<Outcome> {
    if (!begun) {
      begun = true;
      const auto connected = socket->connect(remote);
      if (connected) return Outcome{};
      if (connected.error() == Errno::in_progress && wait) return std::nullopt;
      return Outcome::failure(connected.error());
    }
    const Readiness ready = socket->readiness();
    if (!ready.writable && !ready.error && !ready.hang_up) return std::nullopt;
    const Errno error = socket->take_error();
    return error == Errno::ok ? Outcome{} : Outcome::failure(error);
  };
  return prepared;
}

Calls::Result Calls::shutdown(CallArguments& in) {
  Descriptor* it = descriptor(in.number(0));
  if (!it) return failed(Errno::bad_descriptor);
  const i64 how = in.number(1);
  if (how < 0 || how > 2) return failed(Errno::invalid);
  return settled(it->socket->shutdown(static_cast<Shutdown>(how)));
}

Calls::Result Calls::close(CallArguments& in) {
  const i64 number = in.number(0);
  if (!descriptor(number)) return failed(Errno::bad_descriptor);
  descriptors_.erase(number);
  return done(0);
}

Calls::Result Calls::fcntl(CallArguments& in) {
  Descriptor* it = descriptor(in.number(0));
  if (!it) return failed(Errno::bad_descriptor);
  const i64 command = in.number(1);
  const i64 value = in.size() > 2 ? in.number(2) : 0;
  switch (command) {
    case c::f_getfl: return done(c::o_rdwr | (it->nonblocking ? c::o_nonblock : 0));
    case c::f_setfl: it->nonblocking = (value & c::o_nonblock) != 0; return done(0);
    case c::f_getfd: return done(it->close_on_exec ? 1 : 0);
    case c::f_setfd: it->close_on_exec = (value & 1) != 0; return done(0);
    default: return failed(Errno::invalid);
  }
}

Calls::Result Calls::ioctl(CallArguments& in) {
  Descriptor* it = descriptor(in.number(0));
  if (!it) return failed(Errno::bad_descriptor);
  const i64 request = in.number(1);
  if (request != c::siocinq && request != c::siocoutq) {
    in.complain(in.at(1), "this request of ioctl", "known are SIOCINQ and SIOCOUTQ");
    return done(0);
  }
  const auto info = it->socket->info();
  if (!info) return failed(Errno::invalid);
  const i64 value = request == c::siocinq ? info->receive_queue : info->send_queue;
  const auto wanted = in.stored(in.at(2));
  return Prepared{[value, wanted] {
    Outcome outcome;
    if (wanted && *wanted != value) {
      outcome.wrong.push_back(fmt::format("stored: {} was expected, {} came", *wanted, value));
    }
    return std::optional(outcome);
  }};
}

}  // namespace catenet::drill
