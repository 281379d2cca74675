#include "catenet/drill/symbols.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

#include "catenet/wire/ipv4_address.hpp"

namespace catenet::drill {
namespace {

struct Symbol {
  std::string_view name;
  i64 value;
};

constexpr auto socket_symbols = std::to_array<Symbol>({
    {"AF_UNSPEC", c::af_unspec},
    {"AF_UNIX", 1},
    {"AF_INET", c::af_inet},
    {"AF_INET6", c::af_inet6},
    {"PF_INET", c::af_inet},
    {"PF_INET6", c::af_inet6},
    {"SOCK_STREAM", c::sock_stream},
    {"SOCK_DGRAM", c::sock_dgram},
    {"SOCK_RAW", 3},
    {"SOCK_NONBLOCK", c::sock_nonblock},
    {"SOCK_CLOEXEC", c::sock_cloexec},
    {"IPPROTO_IP", 0},
    {"IPPROTO_ICMP", 1},
    {"IPPROTO_TCP", 6},
    {"IPPROTO_UDP", 17},
    {"IPPROTO_IPV6", 41},
    {"IPPROTO_ICMPV6", 58},
    {"INADDR_ANY", 0},
    {"SOMAXCONN", 4'096},
    {"SHUT_RD", 0},
    {"SHUT_WR", 1},
    {"SHUT_RDWR", 2},
    {"O_RDONLY", 0},
    {"O_WRONLY", 1},
    {"O_RDWR", c::o_rdwr},
    {"O_NONBLOCK", c::o_nonblock},
    {"F_GETFD", c::f_getfd},
    {"F_SETFD", c::f_setfd},
    {"F_GETFL", c::f_getfl},
    {"F_SETFL", c::f_setfl},
    {"FD_CLOEXEC", 1},
    {"FIONREAD", c::siocinq},
    {"SIOCINQ", c::siocinq},
    {"SIOCOUTQ", c::siocoutq},
    {"SIOCOUTQNSD", 0x894b},
    {"SIOCATMARK", 0x8905},
    {"MSG_OOB", c::msg_oob},
    {"MSG_PEEK", c::msg_peek},
    {"MSG_TRUNC", 0x20},
    {"MSG_DONTWAIT", c::msg_dontwait},
    {"MSG_EOR", 0x80},
    {"MSG_WAITALL", c::msg_waitall},
    {"MSG_ERRQUEUE", c::msg_errqueue},
    {"MSG_NOSIGNAL", c::msg_nosignal},
    {"MSG_MORE", 0x8000},
    {"MSG_ZEROCOPY", 0x400'0000},
    {"MSG_FASTOPEN", c::msg_fastopen},
    {"POLLIN", c::pollin},
    {"POLLPRI", c::pollpri},
    {"POLLOUT", c::pollout},
    {"POLLERR", c::pollerr},
    {"POLLHUP", c::pollhup},
    {"POLLNVAL", c::pollnval},
    {"POLLRDNORM", 0x40},
    {"POLLWRNORM", 0x100},
    {"POLLRDHUP", c::pollrdhup},
});

constexpr auto option_symbols = std::to_array<Symbol>({
    {"SOL_SOCKET", c::sol_socket},
    {"SOL_IP", c::sol_ip},
    {"SOL_TCP", c::sol_tcp},
    {"SOL_UDP", c::sol_udp},
    {"SOL_IPV6", c::sol_ipv6},
    {"SO_REUSEADDR", 2},
    {"SO_TYPE", 3},
    {"SO_ERROR", 4},
    {"SO_BROADCAST", 6},
    {"SO_SNDBUF", 7},
    {"SO_RCVBUF", 8},
    {"SO_KEEPALIVE", 9},
    {"SO_OOBINLINE", 10},
    {"SO_NO_CHECK", 11},
    {"SO_PRIORITY", 12},
    {"SO_LINGER", 13},
    {"SO_REUSEPORT", 15},
    {"SO_RCVLOWAT", 18},
    {"SO_RCVTIMEO", 20},
    {"SO_SNDTIMEO", 21},
    {"SO_TIMESTAMP", 29},
    {"SO_ACCEPTCONN", 30},
    {"SO_MARK", 36},
    {"SO_TIMESTAMPING", 37},
    {"SO_PROTOCOL", 38},
    {"SO_DOMAIN", 39},
    {"SO_BUSY_POLL", 46},
    {"SO_MAX_PACING_RATE", 47},
    {"SO_ZEROCOPY", 60},
    {"TCP_NODELAY", 1},
    {"TCP_MAXSEG", 2},
    {"TCP_CORK", 3},
    {"TCP_KEEPIDLE", 4},
    {"TCP_KEEPINTVL", 5},
    {"TCP_KEEPCNT", 6},
    {"TCP_SYNCNT", 7},
    {"TCP_LINGER2", 8},
    {"TCP_DEFER_ACCEPT", 9},
    {"TCP_WINDOW_CLAMP", 10},
    {"TCP_INFO", 11},
    {"TCP_QUICKACK", 12},
    {"TCP_CONGESTION", 13},
    {"TCP_THIN_LINEAR_TIMEOUTS", 16},
    {"TCP_USER_TIMEOUT", 18},
    {"TCP_FASTOPEN", 23},
    {"TCP_TIMESTAMP", 24},
    {"TCP_NOTSENT_LOWAT", 25},
    {"TCP_CC_INFO", 26},
    {"TCP_FASTOPEN_CONNECT", 30},
    {"TCP_INQ", 36},
    {"IP_TOS", 1},
    {"IP_TTL", 2},
    {"IP_HDRINCL", 3},
    {"IP_MTU_DISCOVER", 10},
    {"IP_RECVERR", 11},
    {"IP_RECVTTL", 12},
    {"IP_RECVTOS", 13},
    {"IP_MTU", 14},
    {"IP_PMTUDISC_DONT", 0},
    {"IP_PMTUDISC_WANT", 1},
    {"IP_PMTUDISC_DO", 2},
    {"IPV6_UNICAST_HOPS", 16},
    {"IPV6_MTU_DISCOVER", 23},
    {"IPV6_MTU", 24},
    {"IPV6_RECVERR", 25},
    {"IPV6_V6ONLY", 26},
    {"IPV6_TCLASS", 67},
});

Problem problem_at(const Expression& expression, std::string message, std::string hint = {}) {
  return {Gravity::error, expression.place, std::move(message), std::move(hint)};
}

Problem unknown_symbol(const Expression& expression) {
  std::vector<std::string_view> names;
  for (const Symbol& each : socket_symbols) names.push_back(each.name);
  for (const Symbol& each : option_symbols) names.push_back(each.name);
  Problem problem = problem_at(expression, "the symbol '" + expression.text + "'",
                               did_you_mean(expression.text, names));
  problem.gravity = Gravity::unsupported;
  return problem;
}

std::expected<i64, Problem> evaluate_call(const Expression& expression) {
  const std::string& name = expression.text;
  if ((name == "htons" || name == "htonl") && expression.parts.size() == 1) {
    return evaluate(expression.parts[0]);  // ports stay numbers here
  }
  if (name == "inet_addr" && expression.parts.size() == 1) {
    const auto address = Ipv4Address::parse(expression.parts[0].text);
    if (address) return address->value();
    return std::unexpected(
        problem_at(expression, "no IPv4 address: \"" + expression.parts[0].text + "\""));
  }
  return std::unexpected(problem_at(expression, "the function '" + name + "'",
                                    "known are htons, htonl, inet_addr and inet6_addr"));
}

}  // namespace

std::optional<Errno> errno_by_name(std::string_view name) {
  if (name == "EWOULDBLOCK") return Errno::again;
  if (name == "ENOTSUP") return Errno::operation_not_supported;
#define CATENET_NAME(enumerator, symbol, text) \
  if (name == errno_name(Errno::enumerator)) return Errno::enumerator;
  CATENET_ERRNOS(CATENET_NAME)
#undef CATENET_NAME
  return std::nullopt;
}

std::optional<i64> symbol_value(std::string_view name) {
  if (const auto* found = std::ranges::find(socket_symbols, name, &Symbol::name);
      found != socket_symbols.end()) {
    return found->value;
  }
  if (const auto* found = std::ranges::find(option_symbols, name, &Symbol::name);
      found != option_symbols.end()) {
    return found->value;
  }
  if (const auto error = errno_by_name(name)) return static_cast<i64>(*error);
  return std::nullopt;
}

std::expected<i64, Problem> evaluate(const Expression& expression) {
  using Kind = Expression::Kind;
  switch (expression.kind) {
    case Kind::integer: return expression.value;
    case Kind::call: return evaluate_call(expression);
    case Kind::word: {
      const auto value = symbol_value(expression.text);
      if (!value) return std::unexpected(unknown_symbol(expression));
      return *value;
    }
    case Kind::bit_or: {
      i64 all = 0;
      for (const auto& part : expression.parts) {
        const auto value = evaluate(part);
        if (!value) return value;
        all |= *value;
      }
      return all;
    }
    default: return std::unexpected(problem_at(expression, "this is no number"));
  }
}

void check_symbols(const Expression& expression, Problems& problems) {
  if (expression.kind == Expression::Kind::word && !symbol_value(expression.text)) {
    const Problem problem = unknown_symbol(expression);
    problems.unsupported(problem.place, problem.message, problem.hint);
  }
  for (const auto& part : expression.parts) check_symbols(part, problems);
}

}  // namespace catenet::drill
