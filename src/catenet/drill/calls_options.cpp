// getsockopt and setsockopt.
#include <algorithm>
#include <array>
#include <fmt/core.h>

#include "catenet/drill/calls.hpp"
#include "catenet/drill/symbols.hpp"

namespace catenet::drill {
namespace {

// What is not a SocketOption is asked in a way of its own.
enum class Special : u8 { none, error, type, linger, info, listening, protocol, domain };

struct OptionRow {
  i64 level;
  std::string_view name;
  SocketOption option = SocketOption::reuse_address;
  Special special = Special::none;
};

constexpr auto option_rows = std::to_array<OptionRow>({
    {c::sol_socket, "SO_REUSEADDR", SocketOption::reuse_address},
    {c::sol_socket, "SO_REUSEPORT", SocketOption::reuse_port},
    {c::sol_socket, "SO_KEEPALIVE", SocketOption::keep_alive},
    {c::sol_socket, "SO_BROADCAST", SocketOption::broadcast},
    {c::sol_socket, "SO_SNDBUF", SocketOption::send_buffer},
    {c::sol_socket, "SO_RCVBUF", SocketOption::receive_buffer},
    {c::sol_socket, "SO_OOBINLINE", SocketOption::out_of_band_inline},
    {c::sol_socket, "SO_NO_CHECK", SocketOption::no_check},
    {c::sol_socket, "SO_LINGER", SocketOption::linger, Special::linger},
    {c::sol_socket, "SO_ERROR", SocketOption::linger, Special::error},
    {c::sol_socket, "SO_TYPE", SocketOption::linger, Special::type},
    {c::sol_socket, "SO_ACCEPTCONN", SocketOption::linger, Special::listening},
    {c::sol_socket, "SO_PROTOCOL", SocketOption::linger, Special::protocol},
    {c::sol_socket, "SO_DOMAIN", SocketOption::linger, Special::domain},
    {c::sol_tcp, "TCP_NODELAY", SocketOption::no_delay},
    {c::sol_tcp, "TCP_CORK", SocketOption::cork},
    {c::sol_tcp, "TCP_MAXSEG", SocketOption::max_segment},
    {c::sol_tcp, "TCP_KEEPIDLE", SocketOption::keep_idle},
    {c::sol_tcp, "TCP_KEEPINTVL", SocketOption::keep_interval},
    {c::sol_tcp, "TCP_KEEPCNT", SocketOption::keep_count},
    {c::sol_tcp, "TCP_USER_TIMEOUT", SocketOption::user_timeout_ms},
    {c::sol_tcp, "TCP_FASTOPEN", SocketOption::fast_open},
    {c::sol_tcp, "TCP_FASTOPEN_CONNECT", SocketOption::fast_open_connect},
    {c::sol_tcp, "TCP_INFO", SocketOption::linger, Special::info},
    {c::sol_ip, "IP_TTL", SocketOption::ttl},
    {c::sol_ip, "IP_TOS", SocketOption::traffic_class},
    {c::sol_ip, "IP_MTU", SocketOption::path_mtu},
    {c::sol_ip, "IP_RECVERR", SocketOption::receive_errors},
    {c::sol_ip, "IP_MTU_DISCOVER", SocketOption::dont_fragment},
    {c::sol_ipv6, "IPV6_V6ONLY", SocketOption::v6_only},
    {c::sol_ipv6, "IPV6_UNICAST_HOPS", SocketOption::ttl},
    {c::sol_ipv6, "IPV6_TCLASS", SocketOption::traffic_class},
    {c::sol_ipv6, "IPV6_MTU", SocketOption::path_mtu},
    {c::sol_ipv6, "IPV6_RECVERR", SocketOption::receive_errors},
    {c::sol_ipv6, "IPV6_MTU_DISCOVER", SocketOption::dont_fragment},
});

const OptionRow* find_option(i64 level, i64 name) {
  const auto* found = std::ranges::find_if(option_rows, [&](const OptionRow& row) {
    return row.level == level && symbol_value(row.name) == name;
  });
  return found == option_rows.end() ? nullptr : found;
}

// Linux's IP_PMTUDISC_ values are how much may be fragmented.
int from_linux(SocketOption option, i64 value) {
  return option == SocketOption::dont_fragment ? (value >= 2 ? 1 : 0) : static_cast<int>(value);
}
i64 to_linux(SocketOption option, int value) {
  return option == SocketOption::dont_fragment ? (value != 0 ? 2 : 1) : value;
}

Outcome compared(std::optional<i64> wanted, i64 value) {
  Outcome outcome;
  if (wanted && *wanted != value) {
    outcome.wrong.push_back(fmt::format("stored: {} was expected, {} came", *wanted, value));
  }
  return outcome;
}

}  // namespace

std::optional<Problem> option_problem(const CallEvent& call) {
  if (call.name != "getsockopt" && call.name != "setsockopt") return std::nullopt;
  const auto level = evaluate(call.arguments[1]);
  const auto name = evaluate(call.arguments[2]);
  if (!level || !name || find_option(*level, *name)) return std::nullopt;
  Problem problem{Gravity::unsupported, call.arguments[2].place, "this option of a socket", {}};
  if (call.arguments[2].kind == Expression::Kind::word) {
    problem.message = "the option " + call.arguments[2].text + " at " + call.arguments[1].text;
  }
  return problem;
}

Calls::Result Calls::getsockopt(CallArguments& in) {
  Descriptor* it = descriptor(in.number(0));
  if (!it) return failed(Errno::bad_descriptor);
  const OptionRow& row = *find_option(in.number(1), in.number(2));
  Socket& socket = *it->socket;
  const Expression& value = in.at(3);
  if (row.special == Special::info) {
    const auto info = socket.info();
    return info ? done(0) : failed(info.error());
  }
  const auto wanted = value.kind == Expression::Kind::structure ? std::nullopt : in.stored(value);
  const i64 is_stream = it->type == SocketType::stream ? 1 : 0;
  const auto tell = [wanted](i64 came) {
    return Prepared{[wanted, came] { return std::optional(compared(wanted, came)); }};
  };
  switch (row.special) {
    case Special::error: return tell(static_cast<i64>(socket.take_error()));
    case Special::type: return tell(is_stream ? c::sock_stream : c::sock_dgram);
    case Special::protocol: return tell(is_stream ? 6 : 17);
    case Special::listening: return tell(it->listens ? 1 : 0);
    case Special::domain: return tell(it->family == Family::ipv4 ? c::af_inet : c::af_inet6);
    default: break;
  }
  const auto came = socket.option(row.option);
  if (!came) return failed(came.error());
  if (row.special != Special::linger) return tell(to_linux(row.option, *came));
  return Prepared{[in, came = *came, &value]() mutable {
    Outcome outcome;
    const Expression* on = value.part("onoff");
    const Expression* seconds = value.part("linger");
    if (on && in.number(*on) != (came >= 0 ? 1 : 0)) outcome = compared(in.number(*on), came >= 0);
    if (seconds && came >= 0) outcome = compared(in.number(*seconds), came);
    return std::optional(outcome);
  }};
}

Calls::Result Calls::setsockopt(CallArguments& in) {
  Descriptor* it = descriptor(in.number(0));
  if (!it) return failed(Errno::bad_descriptor);
  const OptionRow& row = *find_option(in.number(1), in.number(2));
  const Expression& value = in.at(3);
  if (row.special == Special::linger) {
    const Expression* on = value.part("onoff");
    const Expression* seconds = value.part("linger");
    if (!on || !seconds) {
      in.complain(value, "this is no struct linger", "as in {onoff=1, linger=0}");
      return done(0);
    }
    const bool off = in.number(*on) == 0;
    return settled(
        it->socket->set_option(row.option, off ? -1 : static_cast<int>(in.number(*seconds))));
  }
  if (row.special != Special::none) return failed(Errno::no_protocol_option);
  const i64 number = in.stored(value).value_or(0);
  return settled(it->socket->set_option(row.option, from_linux(row.option, number)));
}

}  // namespace catenet::drill
