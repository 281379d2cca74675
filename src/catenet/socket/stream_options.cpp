// StreamSocket's getsockopt and setsockopt.
#include <algorithm>

#include "catenet/socket/stream_socket.hpp"

namespace catenet {
namespace {

// The largest value that setsockopt takes for times of keep-alive, in seconds, as Linux.
constexpr int max_keep_s = 32'767;

bool in_range(SocketOption option, int value) {
  switch (option) {
    case SocketOption::keep_idle:
    case SocketOption::keep_interval:
    case SocketOption::keep_count: return value >= 1 && value <= max_keep_s;
    case SocketOption::max_segment: return value >= 88 && value <= 32'767;
    case SocketOption::ttl: return value >= 1 && value <= 255;
    case SocketOption::traffic_class: return value >= 0 && value <= 255;
    case SocketOption::send_buffer:
    case SocketOption::receive_buffer:
    case SocketOption::fast_open:
    case SocketOption::user_timeout_ms: return value >= 0;
    default: return true;
  }
}

}  // namespace

Result<int> StreamSocket::option(SocketOption option) const {
  const Duration host_timeout = host_.options().tcp.user_timeout;
  switch (option) {
    case SocketOption::reuse_address: return setup().binding.reuse_address ? 1 : 0;
    case SocketOption::reuse_port: return setup().binding.reuse_port ? 1 : 0;
    case SocketOption::v6_only: return setup().binding.v6_only ? 1 : 0;
    case SocketOption::bind_to_device: return static_cast<int>(setup().binding.device);
    case SocketOption::keep_alive: return keep_alive_ ? 1 : 0;
    case SocketOption::no_delay: return no_delay_ ? 1 : 0;
    case SocketOption::linger: return setup().linger_s;
    case SocketOption::ttl: return setup().ttl != 0 ? setup().ttl : host_.options().ip.default_ttl;
    case SocketOption::traffic_class: return setup().traffic_class;
    case SocketOption::receive_errors: return setup().receive_errors ? 1 : 0;
    case SocketOption::fast_open_connect: return fast_connect_ ? 1 : 0;
    case SocketOption::user_timeout_ms:
      return setup().user_timeout_ms != 0 ? setup().user_timeout_ms
                                          : static_cast<int>(host_timeout.ms());
    default: return connection_option(option);
  }
}

Result<int> StreamSocket::connection_option(SocketOption option) const {
  const tcp::Options& defaults = host_.options().tcp;
  const tcp::Connection* connection = flow_ ? &flow_->connection() : nullptr;
  const auto kept = std::find_if(setup().later.begin(), setup().later.end(),
                                 [&](const auto& entry) { return entry.first == option; });
  if (!connection && kept != setup().later.end()) return kept->second;
  const tcp::KeepAlive keep =
      connection ? connection->keep_alive_times() : defaults.keep_alive_times;
  switch (option) {
    case SocketOption::fast_open: return 0;  // not asked for
    case SocketOption::cork: return connection && connection->cork() ? 1 : 0;
    case SocketOption::out_of_band_inline: return connection && connection->oob_inline() ? 1 : 0;
    case SocketOption::keep_idle: return static_cast<int>(keep.idle.s());
    case SocketOption::keep_interval: return static_cast<int>(keep.interval.s());
    case SocketOption::keep_count: return static_cast<int>(keep.probes);
    case SocketOption::send_buffer:
      return static_cast<int>(
          connection ? connection->send_buffer()
                     : std::min(defaults.send_buffer, tcp::Options::first_send_buffer));
    case SocketOption::receive_buffer:
      return static_cast<int>(connection ? connection->receive_buffer() : defaults.receive_buffer);
    case SocketOption::max_segment:
      return static_cast<int>(connection ? connection->send_mss() : 536);
    default: return Unexpected(Errno::no_protocol_option);
  }
}

Result<void> StreamSocket::set_option(SocketOption option, int value) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (!in_range(option, value)) return Unexpected(Errno::invalid);
  switch (option) {
    case SocketOption::reuse_address: setup().binding.reuse_address = value != 0; return {};
    case SocketOption::reuse_port: setup().binding.reuse_port = value != 0; return {};
    case SocketOption::v6_only:
      if (family_ != Family::ipv6) return Unexpected(Errno::no_protocol_option);
      if (bound() || flow_) return Unexpected(Errno::invalid);
      setup().binding.v6_only = value != 0;
      return {};
    case SocketOption::bind_to_device:
      if (value != 0 && !host_.ip().interface(static_cast<u32>(value))) {
        return Unexpected(Errno::no_device);
      }
      setup().binding.device = static_cast<u32>(value);
      if (flow_) host_.tcp().bind_to(*flow_, host_.ip().interface(setup().binding.device));
      return {};
    case SocketOption::receive_errors:
      setup().receive_errors = value != 0;
      if (value == 0) setup().errors.clear();
      return {};
    case SocketOption::linger: setup().linger_s = std::max(value, -1); return {};
    case SocketOption::keep_alive: keep_alive_ = value != 0; break;
    case SocketOption::no_delay: no_delay_ = value != 0; break;
    case SocketOption::user_timeout_ms: setup().user_timeout_ms = value; break;
    case SocketOption::fast_open:
      if (flow_) return Unexpected(Errno::invalid);
      keep_for_later(option, value);
      break;
    case SocketOption::fast_open_connect:
      if (!host_.options().tcp.fast_open_client()) {
        return Unexpected(Errno::operation_not_supported);
      }
      if (flow_ || listener()) return Unexpected(Errno::invalid);
      fast_connect_ = value != 0;
      return {};
    case SocketOption::ttl: setup().ttl = value; break;
    case SocketOption::traffic_class: setup().traffic_class = value; break;
    case SocketOption::send_buffer:
    case SocketOption::receive_buffer:
    case SocketOption::max_segment:
    case SocketOption::cork:
    case SocketOption::out_of_band_inline:
    case SocketOption::keep_idle:
    case SocketOption::keep_interval:
    case SocketOption::keep_count:
      if (!flow_) keep_for_later(option, value);
      break;
    default: return Unexpected(Errno::no_protocol_option);
  }
  if (flow_) {
    set_connection_option(option, value);
    pump();
  } else if (listener()) {
    tell_listener(option, value);
  }
  return {};
}

// What the SYN,ACK of connections to come must know already; the rest they have once accepted.
void StreamSocket::tell_listener(SocketOption option, int value) {
  tcp::Listener& machine = listener()->machine();
  switch (option) {
    case SocketOption::fast_open: return machine.set_fast_open(static_cast<u32>(value));
    case SocketOption::receive_buffer:
      return machine.set_receive_buffer(std::max(static_cast<u32>(value), 1u));
    case SocketOption::max_segment: return machine.set_max_segment(static_cast<u16>(value));
    case SocketOption::ttl:
    case SocketOption::traffic_class:
      return listener()->set_ip_options(static_cast<u8>(setup().ttl),
                                        static_cast<u8>(setup().traffic_class));
    default: return;
  }
}

void StreamSocket::keep_for_later(SocketOption option, int value) {
  std::erase_if(setup().later, [&](const auto& entry) { return entry.first == option; });
  setup().later.emplace_back(option, value);
}

// Of the connection alone, and checked: nothing else of it changes.
void StreamSocket::set_connection_option(SocketOption option, int value) {
  tcp::Connection& connection = flow_->connection();
  const Instant now = host_.now();
  tcp::KeepAlive keep = connection.keep_alive_times();
  const auto size = static_cast<u32>(value);
  switch (option) {
    case SocketOption::keep_alive: return connection.set_keep_alive(now, value != 0);
    case SocketOption::no_delay: return connection.set_nodelay(now, value != 0);
    case SocketOption::user_timeout_ms:
      return connection.set_user_timeout(now, Duration::milliseconds(value));
    case SocketOption::send_buffer: return connection.set_send_buffer(size);
    case SocketOption::receive_buffer: return connection.set_receive_buffer(now, size);
    case SocketOption::fast_open: return;  // a listener's
    case SocketOption::cork: return connection.set_cork(now, value != 0);
    case SocketOption::out_of_band_inline: return connection.set_oob_inline(value != 0);
    case SocketOption::max_segment: return connection.set_max_segment(static_cast<u16>(value));
    case SocketOption::keep_idle: keep.idle = Duration::seconds(value); break;
    case SocketOption::keep_interval: keep.interval = Duration::seconds(value); break;
    case SocketOption::keep_count: keep.probes = size; break;
    default:
      return host_.tcp().set_ip_options(*flow_, static_cast<u8>(setup().ttl),
                                        static_cast<u8>(setup().traffic_class));
  }
  connection.set_keep_alive_times(now, keep);
}

}  // namespace catenet
