// C's symbols in scripts, with the values that Linux gives them, and what expressions come to.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "catenet/base/errno.hpp"
#include "catenet/drill/problem.hpp"
#include "catenet/drill/script.hpp"

namespace catenet::drill {

// Constants of Linux that this folder itself asks for.
namespace c {
constexpr i64 af_unspec = 0, af_inet = 2, af_inet6 = 10;
constexpr i64 sock_stream = 1, sock_dgram = 2, sock_nonblock = 0x800, sock_cloexec = 0x80000;
constexpr i64 sol_ip = 0, sol_socket = 1, sol_tcp = 6, sol_udp = 17, sol_ipv6 = 41;
constexpr i64 msg_oob = 1, msg_peek = 2, msg_dontwait = 0x40, msg_waitall = 0x100;
constexpr i64 msg_errqueue = 0x2000, msg_nosignal = 0x4000, msg_fastopen = 0x2000'0000;
constexpr i64 o_rdwr = 2, o_nonblock = 0x800;
constexpr i64 f_getfd = 1, f_setfd = 2, f_getfl = 3, f_setfl = 4;
constexpr i64 siocinq = 0x541b, siocoutq = 0x5411;
constexpr i64 pollin = 1, pollpri = 2, pollout = 4, pollerr = 8, pollhup = 0x10, pollnval = 0x20;
constexpr i64 pollrdhup = 0x2000;
}  // namespace c

std::optional<i64> symbol_value(std::string_view name);
// "EAGAIN"; EWOULDBLOCK is the same.
std::optional<Errno> errno_by_name(std::string_view name);

// A whole number: what it says, a symbol's value, several of them or-ed, htons(…), inet_addr("…").
std::expected<i64, Problem> evaluate(const Expression& expression);

// Every symbol in it must be known; tells of each that is not.
void check_symbols(const Expression& expression, Problems& problems);

}  // namespace catenet::drill
