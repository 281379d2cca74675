// ProgramSocket's getsockopt and setsockopt.
#include <algorithm>
#include <array>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include "catenet/os/kernel_option.hpp"
#include "catenet/program/notify/host_interfaces.hpp"
#include "catenet/program/notify/option_value.hpp"
#include "catenet/program/notify/program_socket.hpp"
#include "catenet/program/notify/switchboard.hpp"
#include "catenet/program/notify/tcp_figures.hpp"

namespace catenet::program::notify {
namespace {

// The kernel keeps these of the Unix socket, and obeys them.
bool is_of_the_descriptor(int level, int name, SocketType type) {
  const bool stream = type == SocketType::stream;
  if (level == SOL_SOCKET && !stream && (name == SO_SNDBUF || name == SO_RCVBUF)) return true;
  if (level == SOL_SOCKET && stream && name == SO_OOBINLINE) return true;
  // What a filter of a raw socket sees there is what it would see of the host's.
  if (level == SOL_SOCKET && type == SocketType::raw &&
      (name == SO_ATTACH_FILTER || name == SO_DETACH_FILTER || name == SO_LOCK_FILTER)) {
    return true;
  }
  constexpr std::array names{SO_RCVTIMEO_OLD, SO_SNDTIMEO_OLD, SO_RCVTIMEO_NEW, SO_SNDTIMEO_NEW,
                             SO_RCVLOWAT};
  return level == SOL_SOCKET && std::ranges::find(names, name) != names.end();
}

// A hint that changes nothing a program could tell on this network, or not on such a socket.
struct Hint {
  os::KernelOption option;
  int usual = 0;
  bool flag = false;  // any value but 0 is 1
};

const Hint* find_hint(int level, int name) {
  static constexpr std::array<Hint, 15> hints{{
      {{SOL_SOCKET, SO_PRIORITY}},
      {{SOL_SOCKET, SO_INCOMING_CPU}},
      {{SOL_SOCKET, SO_BUSY_POLL}},
      {{SOL_SOCKET, SO_DONTROUTE}, 0, true},
      {{SOL_SOCKET, SO_BROADCAST}, 0, true},
      {{SOL_SOCKET, SO_NO_CHECK}, 0, true},
      {{SOL_SOCKET, SO_TIMESTAMP_OLD}, 0, true},
      {{IPPROTO_TCP, TCP_QUICKACK}, 1, true},
      {{IPPROTO_TCP, TCP_DEFER_ACCEPT}},
      {{IPPROTO_TCP, TCP_NOTSENT_LOWAT}},
      {{IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS}, 0, true},
      {{IPPROTO_TCP, TCP_SYNCNT}, 6},
      {{IPPROTO_TCP, TCP_LINGER2}, 60},
      {{IPPROTO_TCP, TCP_WINDOW_CLAMP}},
      {{IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT}, 0, true},
  }};
  const auto found = std::ranges::find(hints, os::KernelOption{level, name}, &Hint::option);
  return found != hints.end() ? &*found : nullptr;
}

// Whether such a value may be set.
bool fits(int level, int name, int value) {
  constexpr int most = 127;
  constexpr int most_bytes = 65'535;
  const bool count = level == IPPROTO_TCP && (name == TCP_KEEPCNT || name == TCP_SYNCNT);
  const bool segment = level == IPPROTO_UDP && name == UDP_SEGMENT;
  if (segment) return value >= 0 && value <= most_bytes;
  return !count || (value >= 1 && value <= most);
}

// The value that a program sets. Those of IP may be given as one byte.
Result<int> given_value(const TrappedCall& call, int level) {
  const int size = call.int_argument(option_size_at);
  const bool may_be_short = level != SOL_SOCKET && level != IPPROTO_TCP;
  if (size <= 0 || (size < static_cast<int>(sizeof(int)) && !may_be_short)) {
    return Unexpected(Errno::invalid);
  }
  if (size >= static_cast<int>(sizeof(int)))
    return call.read_object<int>(call.argument(option_value_at));
  const auto byte = call.read_object<u8>(call.argument(option_value_at));
  if (!byte) return Unexpected(byte.error());
  return *byte;
}

// How the kernel counts where that differs: it doubles what buffers are set to.
int kernel_value(SocketOption option, int value) {
  if (option == SocketOption::send_buffer || option == SocketOption::receive_buffer) {
    return 2 * value;
  }
  if (option == SocketOption::dont_fragment) return value != 0 ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
  return value;
}

int own_value(SocketOption option, int value) {
  if (option != SocketOption::dont_fragment) return value;
  return value == IP_PMTUDISC_DO || value == IP_PMTUDISC_PROBE ? 1 : 0;
}

}  // namespace

// What needs no option of the host's socket.
bool ProgramSocket::answer_general_option(const TrappedCall& call, int level, int name) {
  if (level != SOL_SOCKET) return false;
  const bool stream = type_ == SocketType::stream;
  switch (name) {
    case SO_ERROR: give_option_object(call, static_cast<int>(take_error())); return true;
    case SO_TYPE:
      give_option_object(call, stream                          ? static_cast<int>(SOCK_STREAM)
                               : type_ == SocketType::datagram ? static_cast<int>(SOCK_DGRAM)
                                                               : static_cast<int>(SOCK_RAW));
      return true;
    case SO_DOMAIN:
      give_option_object(call, family_ == Family::ipv4 ? AF_INET : AF_INET6);
      return true;
    case SO_PROTOCOL: give_option_object(call, protocol()); return true;
    case SO_ACCEPTCONN: give_option_object(call, listens() ? 1 : 0); return true;
    case SO_SNDLOWAT: give_option_object(call, 1); return true;
    case SO_LINGER: {
      const int seconds = socket_->option(SocketOption::linger).value_or(-1);
      give_option_object(call, linger{seconds >= 0 ? 1 : 0, std::max(seconds, 0)});
      return true;
    }
    default: return false;
  }
}

void ProgramSocket::get_option(const TrappedCall& call) {
  const int level = call.int_argument(1);
  const int name = call.int_argument(2);
  if (is_of_the_descriptor(level, name, type_)) {
    call.let_run();
    return;
  }
  if (answer_general_option(call, level, name)) return;
  if (level == IPPROTO_TCP && name == TCP_INFO && type_ == SocketType::stream) {
    auto figures = tcp_figures(socket_->info().value_or(tcp::TcpInfo{}));
    constexpr u8 listening = 10;  // TCP_LISTEN
    if (listens()) figures.tcpi_state = listening;
    return give_option_object(call, figures);
  }
  if (const auto kept = remembered(level, name)) return give_option_object(call, *kept);
  if (level == SOL_SOCKET && name == SO_BINDTODEVICE) return get_device(call);
  const auto option = os::option_of({level, name}, family_);
  const auto value = option ? socket_->option(*option) : Unexpected(Errno::no_protocol_option);
  if (value) return give_option_object(call, kernel_value(*option, *value));
  if (const auto hint = hint_value(level, name)) return give_option_object(call, *hint);
  const bool known = has_level(level) || family_ == Family::ipv6;
  call.give(known ? value.error() : Errno::operation_not_supported);
}

Result<void> ProgramSocket::set_linger(const TrappedCall& call) {
  if (call.int_argument(option_size_at) < int{sizeof(linger)}) return Unexpected(Errno::invalid);
  const auto value = call.read_object<linger>(call.argument(option_value_at));
  if (!value) return Unexpected(value.error());
  return socket_->set_option(SocketOption::linger, value->l_onoff != 0 ? value->l_linger : -1);
}

// SO_BINDTODEVICE is a name; none: any interface again.
void ProgramSocket::set_device(const TrappedCall& call) {
  if (call.int_argument(option_size_at) < 0) {
    call.give(Errno::invalid);
    return;
  }
  const auto size = std::min<std::size_t>(static_cast<u32>(call.int_argument(option_size_at)),
                                          longest_interface_name);
  std::string name(size, '\0');
  const auto read =
      call.read(call.argument(option_value_at), {reinterpret_cast<u8*>(name.data()), size});
  if (!read) {
    call.give(read);
    return;
  }
  name.resize(std::min(name.find('\0'), name.size()));
  const auto found = interface_named(board_.system().configuration(), name);
  if (!name.empty() && !found) {
    call.give(Errno::no_device);
    return;
  }
  const int index = name.empty() ? 0 : static_cast<int>(found->index);
  call.give(socket_->set_option(SocketOption::bind_to_device, index));
}

void ProgramSocket::get_device(const TrappedCall& call) const {
  const int index = socket_->option(SocketOption::bind_to_device).value_or(0);
  const auto found = interface_numbered(board_.system().configuration(), static_cast<u32>(index));
  std::vector<u8> name;
  if (found) {
    name.assign(found->name.begin(), found->name.end());
    name.push_back(0);
  }
  give_option(call, name);
}

bool ProgramSocket::has_level(int level) const {
  const bool stream = type_ == SocketType::stream;
  switch (level) {
    case SOL_SOCKET:
    case IPPROTO_IP: return true;
    case IPPROTO_IPV6: return family_ == Family::ipv6;
    case IPPROTO_TCP: return stream;
    default: return !stream && level == protocol();
  }
}

std::optional<int> ProgramSocket::hint_value(int level, int name) const {
  const Hint* const hint = find_hint(level, name);
  if (!hint || !has_level(level)) return std::nullopt;
  const auto kept = hints_.find({level, name});
  return kept != hints_.end() ? kept->second : hint->usual;
}

void ProgramSocket::set_option(const TrappedCall& call) {
  const int level = call.int_argument(1);
  const int name = call.int_argument(2);
  if (is_of_the_descriptor(level, name, type_)) {
    call.let_run();
    return;
  }
  if (level == SOL_SOCKET && name == SO_LINGER) {
    call.give(set_linger(call));
    return;
  }
  if (level == SOL_SOCKET && name == SO_BINDTODEVICE) return set_device(call);
  const auto option = os::option_of({level, name}, family_);
  if (!option && !hint_value(level, name) && !remembered(level, name)) {
    call.give(Errno::no_protocol_option);
    return;
  }
  const auto value = given_value(call, level);
  if (!value || !fits(level, name, *value)) {
    call.give(value ? Errno::invalid : value.error());
    return;
  }
  if (remember(level, name, *value)) {
    call.give(i64{0});
    return;
  }
  const auto done = option ? socket_->set_option(*option, own_value(*option, *value))
                           : Unexpected(Errno::no_protocol_option);
  if (!done && done.error() == Errno::no_protocol_option && hint_value(level, name)) {
    hints_[{level, name}] = find_hint(level, name)->flag ? (*value != 0 ? 1 : 0) : *value;
    call.give(i64{0});
    return;
  }
  call.give(done);
}

}  // namespace catenet::program::notify
