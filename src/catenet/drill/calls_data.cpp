// What sends and receives.
#include <algorithm>
#include <array>
#include <fmt/core.h>

#include "catenet/drill/calls.hpp"
#include "catenet/drill/pattern.hpp"
#include "catenet/drill/symbols.hpp"

namespace catenet::drill {
namespace {

// Where the flags of a call stand, and which are known. MSG_NOSIGNAL changes nothing where nobody
// can be killed by a signal.
struct FlagRow {
  std::string_view call;
  std::size_t argument;
  i64 known;
  std::string_view names;
};
constexpr i64 sending = c::msg_oob | c::msg_dontwait | c::msg_nosignal;
constexpr i64 opening = sending | c::msg_fastopen;
constexpr i64 receiving = sending | c::msg_peek | c::msg_waitall | c::msg_errqueue;
constexpr std::string_view sending_names = "known are MSG_OOB, MSG_DONTWAIT and MSG_NOSIGNAL";
constexpr std::string_view opening_names =
    "known are MSG_OOB, MSG_DONTWAIT, MSG_NOSIGNAL and MSG_FASTOPEN";
constexpr std::string_view receiving_names =
    "known are MSG_OOB, MSG_PEEK, MSG_DONTWAIT, MSG_WAITALL and MSG_ERRQUEUE";
constexpr std::array<FlagRow, 6> flag_rows = {{{"send", 3, sending, sending_names},
                                               {"sendto", 3, opening, opening_names},
                                               {"sendmsg", 2, opening, opening_names},
                                               {"recv", 3, receiving, receiving_names},
                                               {"recvfrom", 3, receiving, receiving_names},
                                               {"recvmsg", 2, receiving, receiving_names}}};

}  // namespace

std::optional<Problem> flags_problem(const CallEvent& call) {
  const auto* row = std::ranges::find(flag_rows, call.name, &FlagRow::call);
  if (row == flag_rows.end()) return std::nullopt;
  const Expression& flags = call.arguments[row->argument];
  const auto value = evaluate(flags);
  if (!value || (*value & ~row->known) == 0) return std::nullopt;
  return Problem{Gravity::unsupported, flags.place,
                 fmt::format("these flags of {} ({:#x})", call.name, *value & ~row->known),
                 std::string(row->names)};
}

// --- Receiving ---

Calls::Result Calls::receive_bytes(CallArguments& in, u64 size, i64 flags) {
  Descriptor* it = descriptor(in.number(0));
  if (!it) return failed(Errno::bad_descriptor);
  const ReceiveFlags how{.peek = (flags & c::msg_peek) != 0,
                         .out_of_band = (flags & c::msg_oob) != 0,
                         .error_queue = (flags & c::msg_errqueue) != 0};
  const bool never_waits = how.out_of_band || how.error_queue;
  const bool wait = !it->nonblocking && (flags & c::msg_dontwait) == 0 && !never_waits;
  const bool all = (flags & c::msg_waitall) != 0 && wait && it->type == SocketType::stream;
  Prepared prepared;
  prepared.socket = it->socket.get();
  prepared.attempt = [this, it, how, wait, all, got = u64{0},
                      buffer = std::vector<u8>(size)]() mutable -> std::optional<Outcome> {
    for (;;) {
      const auto n = it->socket->receive(MutableBytes(buffer).subspan(got), how);
      if (!n && n.error() == Errno::again && wait) return std::nullopt;
      if (!n && got > 0) break;
      if (!n) return Outcome::failure(n.error());
      got += *n;
      if (!all || *n == 0 || got == buffer.size()) break;
    }
    return received(*it, how, ByteView(buffer).first(got));
  };
  return prepared;
}

// What was read must be what was sent, unless urgent bytes left their place.
Outcome Calls::received(Descriptor& by, ReceiveFlags how, ByteView bytes) {
  Outcome outcome{static_cast<i64>(bytes.size()), Errno::ok, {}};
  if (how.out_of_band || how.error_queue || conversation_.urgent_came()) return outcome;
  const u32 from = by.type == SocketType::stream ? by.read : 0;
  if (const auto wrong = wrong_byte(bytes, from)) {
    outcome.wrong.push_back(
        fmt::format("byte {} of {} is not what was sent", *wrong, bytes.size()));
  }
  if (!how.peek) by.read += static_cast<u32>(bytes.size());
  return outcome;
}

Calls::Result Calls::read(CallArguments& in) { return receive_bytes(in, in.size_of(2), 0); }
Calls::Result Calls::readv(CallArguments& in) {
  return receive_bytes(in, in.vector_size(in.at(1)), 0);
}
Calls::Result Calls::recv(CallArguments& in) {
  return receive_bytes(in, in.size_of(2), in.number(3));
}
Calls::Result Calls::recvfrom(CallArguments& in) {
  return receive_bytes(in, in.size_of(2), in.number(3));
}

namespace {

// The pieces of memory of {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0}.
const Expression* pieces(CallArguments& in) {
  const Expression* found = in.at(1).part("msg_iov");
  if (!found) {
    in.complain(in.at(1), "this is no message",
                "as in {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0}");
  }
  const Expression* control = in.at(1).part("msg_control");
  if (control && !control->parts.empty()) in.complain(*control, "control messages");
  return found;
}

}  // namespace

Calls::Result Calls::recvmsg(CallArguments& in) {
  const Expression* into = pieces(in);
  return into ? receive_bytes(in, in.vector_size(*into), in.number(2)) : done(0);
}

// --- Sending ---

// All of it where it may wait; else what there is room for.
Attempt Calls::stream_send(Descriptor& to, u64 size, bool wait, bool out_of_band) {
  return [&to, bytes = pattern_bytes(to.written, size), wait, out_of_band,
          sent = u64{0}]() mutable -> std::optional<Outcome> {
    const u64 plain = bytes.size() - (out_of_band && !bytes.empty() ? 1 : 0);
    do {
      const auto n = sent < plain || !out_of_band
                         ? to.socket->send(ByteView(bytes).first(plain).subspan(sent))
                         : to.socket->send_out_of_band(bytes.back());
      if (!n && n.error() == Errno::again && wait) return std::nullopt;
      if (!n && sent > 0) break;
      if (!n) return Outcome::failure(n.error());
      sent += *n;
      to.written += *n;
      if (*n == 0) break;
    } while (sent < bytes.size());
    return Outcome{static_cast<i64>(sent), Errno::ok, {}};
  };
}

// MSG_FASTOPEN: connects too. Where it may wait and the SYN can carry nothing, what is to be sent
// follows the handshake.
Attempt Calls::fast_open_send(Descriptor& to, u64 size, bool wait, const Endpoint& remote) {
  return [this, &to, size, wait, remote, begun = false,
          rest = Attempt()]() mutable -> std::optional<Outcome> {
    if (rest) return rest();
    if (!begun) {
      begun = true;
      const auto n = to.socket->send_fast_open(pattern_bytes(to.written, size), remote);
      if (n) {
        to.written += *n;
        return Outcome{*n, Errno::ok, {}};
      }
      if (n.error() != Errno::in_progress || !wait) return Outcome::failure(n.error());
    }
    const Readiness ready = to.socket->readiness();
    if (!ready.writable && !ready.error && !ready.hang_up) return std::nullopt;
    if (const Errno error = to.socket->take_error(); error != Errno::ok) {
      return Outcome::failure(error);
    }
    rest = stream_send(to, size, wait, false);
    return rest();
  };
}

Calls::Result Calls::send_bytes(CallArguments& in, u64 size, i64 flags,
                                std::optional<Endpoint> remote) {
  Descriptor* it = descriptor(in.number(0));
  if (!it) return failed(Errno::bad_descriptor);
  const bool wait = !it->nonblocking && (flags & c::msg_dontwait) == 0;
  Prepared prepared;
  prepared.socket = it->socket.get();
  if (it->type == SocketType::stream && (flags & c::msg_fastopen) != 0) {
    under_test_ = in.number(0);
    const Endpoint peer = remote.value_or(Endpoint{setup_.side().remote, setup_.connect_port});
    prepared.attempt = fast_open_send(*it, size, wait, peer);
    return prepared;
  }
  if (it->type == SocketType::stream) {
    prepared.attempt = stream_send(*it, size, wait, (flags & c::msg_oob) != 0);
    return prepared;
  }
  prepared.attempt = [this, it, remote, bytes = pattern_bytes(0, size), wait] {
    const auto n = remote ? it->socket->send_to(bytes, *remote) : it->socket->send(bytes);
    if (n) conversation_.on_bind(it->socket->local().port);
    if (!n && n.error() == Errno::again && wait) return std::optional<Outcome>();
    if (!n) return std::optional(Outcome::failure(n.error()));
    return std::optional(Outcome{*n, Errno::ok, {}});
  };
  return prepared;
}

Calls::Result Calls::write(CallArguments& in) {
  return send_bytes(in, in.size_of(2), 0, std::nullopt);
}
Calls::Result Calls::writev(CallArguments& in) {
  return send_bytes(in, in.vector_size(in.at(1)), 0, std::nullopt);
}
Calls::Result Calls::send(CallArguments& in) {
  return send_bytes(in, in.size_of(2), in.number(3), std::nullopt);
}
Calls::Result Calls::sendto(CallArguments& in) {
  const bool none = in.at(4).kind == Expression::Kind::integer;  // NULL
  const Endpoint remote =
      none ? Endpoint() : in.address(4, {setup_.side().remote, setup_.connect_port});
  return send_bytes(in, in.size_of(2), in.number(3),
                    none ? std::optional<Endpoint>() : std::optional(remote));
}
Calls::Result Calls::sendmsg(CallArguments& in) {
  const Expression* from = pieces(in);
  return from ? send_bytes(in, in.vector_size(*from), in.number(2), std::nullopt) : done(0);
}

}  // namespace catenet::drill
