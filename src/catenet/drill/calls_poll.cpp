// poll.
#include <fmt/core.h>

#include "catenet/drill/calls.hpp"
#include "catenet/drill/symbols.hpp"

namespace catenet::drill {
namespace {

i64 bits_of(const Readiness& ready) {
  return (ready.readable ? c::pollin : 0) | (ready.priority ? c::pollpri : 0) |
         (ready.writable ? c::pollout : 0) | (ready.error ? c::pollerr : 0) |
         (ready.hang_up ? c::pollhup : 0) | (ready.peer_closed ? c::pollrdhup : 0);
}

// One entry of the array.
struct Watched {
  const Socket* socket = nullptr;
  i64 number = 0;
  i64 events = 0;
  std::optional<i64> wanted{};

  i64 came() const {
    if (!socket) return c::pollnval;
    return bits_of(socket->readiness()) & (events | c::pollerr | c::pollhup);
  }
};

}  // namespace

Calls::Result Calls::poll(CallArguments& in) {
  std::vector<Watched> watched;
  Socket* first = nullptr;
  for (const auto& part : in.at(0).parts) {
    const Expression* number = part.part("fd");
    const Expression* events = part.part("events");
    const Expression* revents = part.part("revents");
    if (!number || !events) {
      in.complain(part, "this is no struct pollfd", "as in {fd=4, events=POLLIN, revents=POLLIN}");
      return done(0);
    }
    Descriptor* it = descriptor(in.number(*number));
    watched.push_back({it ? it->socket.get() : nullptr, in.number(*number), in.number(*events)});
    if (revents) watched.back().wanted = in.number(*revents);
    if (it && !first) first = it->socket.get();
  }
  const i64 timeout = in.number(2);
  if (timeout != 0 && watched.size() > 1) {
    in.complain(in.at(2), "poll that waits for several descriptors", "give it the timeout 0");
    return done(0);
  }
  Prepared prepared;
  prepared.socket = first;
  if (timeout > 0) prepared.patience = Duration::milliseconds(timeout);
  prepared.attempt = [watched, timeout]() -> std::optional<Outcome> {
    Outcome outcome;
    for (const Watched& each : watched) {
      const i64 came = each.came();
      if (came != 0) ++outcome.value;
      if (each.wanted && *each.wanted != came) {
        outcome.wrong.push_back(fmt::format("revents of {}: {:#x} was expected, {:#x} came",
                                            each.number, *each.wanted, came));
      }
    }
    if (outcome.value == 0 && timeout != 0) return std::nullopt;
    return outcome;
  };
  return prepared;
}

}  // namespace catenet::drill
