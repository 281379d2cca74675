#include "catenet/socket/stream_socket.hpp"

#include <algorithm>

namespace catenet {

StreamSocket::StreamSocket(Host& host, Family family)
    : host_(host),
      family_(family),
      no_delay_(!host.options().tcp.nagle),
      keep_alive_(host.options().tcp.keep_alive) {
  binding_.local.address = IpAddress::any(family);
}

// --- Opening ---

Result<void> StreamSocket::bind(const Endpoint& local) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (bound() || flow_) return Unexpected(Errno::invalid);
  const bool dual = family_ == Family::ipv6 && !binding_.v6_only;
  const Endpoint plain{dual ? local.address.unmapped() : local.address, local.port};
  if (plain.address.family() != family_ && !dual) return Unexpected(Errno::family_not_supported);
  if (!plain.address.is_unspecified() && !host_.ip().is_local(plain.address)) {
    return Unexpected(Errno::address_not_available);
  }
  const Endpoint before = binding_.local;
  binding_.local = plain;
  auto result = host_.tcp().bind(binding_);
  if (!result) binding_.local = before;
  claimed_ = result.has_value();
  return result;
}

Result<void> StreamSocket::bind_if_needed() {
  if (bound()) return {};
  auto result = host_.tcp().bind(binding_);
  claimed_ = result.has_value();
  return result;
}

Result<void> StreamSocket::listen(u32 backlog) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (flow_) return Unexpected(Errno::invalid);
  backlog = std::clamp(backlog, 1u, 4'096u);
  if (listener_) {
    listener_->machine().set_backlog(backlog);
    return {};
  }
  if (auto result = bind_if_needed(); !result) return result;
  if (host_.tcp().ports().listener_beside(binding_)) return Unexpected(Errno::address_in_use);
  listener_ = host_.tcp().listen(binding_, backlog, *this);
  return {};
}

Result<std::unique_ptr<Socket>> StreamSocket::accept() {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (!listener_) return Unexpected(Errno::invalid);
  if (!listener_->acceptable()) return Unexpected(Errno::again);
  auto child = std::make_unique<StreamSocket>(host_, family_);
  child->flow_ = host_.tcp().accept(*listener_, *child);
  child->no_delay_ = no_delay_;
  child->keep_alive_ = keep_alive_;
  child->user_timeout_ms_ = user_timeout_ms_;
  child->linger_s_ = linger_s_;
  child->ttl_ = ttl_;
  child->traffic_class_ = traffic_class_;
  child->binding_.device = binding_.device;
  child->later_ = later_;
  child->apply_options();
  return child;
}

Result<void> StreamSocket::connect(const Endpoint& remote) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (listener_) return Unexpected(Errno::operation_not_supported);
  if (flow_ && flow_->connection().state() == tcp::State::closed) drop_failed_attempt();
  if (flow_) return Unexpected(connecting_ ? Errno::already : Errno::is_connected);
  const Endpoint plain{remote.address.unmapped(), remote.port};
  if (plain.address.family() != family_ && (family_ == Family::ipv4 || binding_.v6_only)) {
    return Unexpected(Errno::family_not_supported);
  }
  if (plain.port == 0) return Unexpected(Errno::connection_refused);
  if (plain.address.is_multicast() || host_.ip().is_broadcast(plain.address)) {
    return Unexpected(Errno::network_unreachable);  // MUST-57: never a SYN to such an address
  }
  Endpoint local = binding_.local;
  if (local.address.is_unspecified()) local.address = IpAddress::any(plain.address.family());
  Endpoint target = plain;
  if (target.address.is_unspecified())
    target.address = IpAddress::loopback(target.address.family());
  Interface* bound_to = binding_.device ? host_.ip().interface(binding_.device) : nullptr;
  const auto flow = host_.tcp().create(local, target, *this, bound_to);
  if (!flow) return Unexpected(flow.error());
  flow_ = *flow;
  connecting_ = true;
  apply_options();
  host_.tcp().open(*flow_);
  return Unexpected(Errno::in_progress);
}

// A connect() that failed leaves the socket as it was before, as on Linux.
void StreamSocket::drop_failed_attempt() {
  host_.tcp().release(*std::exchange(flow_, nullptr));
  connecting_ = false;
}

void StreamSocket::apply_options() {
  const Instant now = host_.now();
  tcp::Connection& connection = flow_->connection();
  connection.set_nodelay(now, no_delay_);
  connection.set_keep_alive(now, keep_alive_);
  if (user_timeout_ms_ > 0) {
    connection.set_user_timeout(now, Duration::milliseconds(user_timeout_ms_));
  }
  for (const auto& [option, value] : later_) {
    set_connection_option(option, value);
  }
  host_.tcp().set_ip_options(*flow_, static_cast<u8>(ttl_), static_cast<u8>(traffic_class_));
}

// --- Bytes ---

Result<u32> StreamSocket::send(ByteView bytes) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (!flow_) return Unexpected(Errno::broken_pipe);
  const Result<u32> taken = flow_->connection().send(host_.now(), bytes);
  pump();
  return taken;
}

Result<u32> StreamSocket::send_to(ByteView bytes, const Endpoint&) { return send(bytes); }

Result<u32> StreamSocket::send_out_of_band(u8 byte) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (!flow_) return Unexpected(Errno::broken_pipe);
  const Result<u32> taken = flow_->connection().send_urgent(host_.now(), {&byte, 1});
  pump();
  return taken;
}

Result<u32> StreamSocket::receive(MutableBytes into, ReceiveFlags flags) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (flags.error_queue) return Unexpected(Errno::again);
  if (!flow_) return Unexpected(Errno::not_connected);
  if (flags.out_of_band) {
    const Result<u8> byte = flow_->connection().receive_urgent(flags.peek);
    if (!byte) return Unexpected(byte.error());
    if (!into.empty()) into[0] = *byte;
    return into.empty() ? 0u : 1u;
  }
  const Result<u32> n = flow_->connection().receive(host_.now(), into, flags.peek);
  if (!flags.peek) pump();
  return n;
}

Result<Message> StreamSocket::receive_message(MutableBytes into, ReceiveFlags flags) {
  const Result<u32> n = receive(into, flags);
  if (!n) return Unexpected(n.error());
  Message message;
  message.size = *n;
  message.arrival = host_.now();
  return message;
}

Result<void> StreamSocket::shutdown(Shutdown how) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (listener_) {  // as Linux: reading is what a listener does
    if (how != Shutdown::write) stop_listening();
    return {};
  }
  if (!flow_) return Unexpected(Errno::not_connected);
  tcp::Connection& connection = flow_->connection();
  Result<void> result;
  if (how != Shutdown::write) connection.shutdown_read(host_.now());
  if (how != Shutdown::read) result = connection.shutdown_write(host_.now());
  pump();
  waiters().wake_all();
  return result;
}

void StreamSocket::stop_listening() {
  host_.tcp().close(*listener_);
  listener_.reset();
  waiters().wake_all();
}

void StreamSocket::close() {
  if (closed_) return;
  closed_ = true;
  if (listener_) stop_listening();
  if (flow_) {
    // SO_LINGER with 0 s is an abort (RFC 9293 section 3.9.1.5 is what it calls).
    if (linger_s_ == 0) {
      flow_->connection().abort(host_.now());
    } else {
      flow_->connection().close(host_.now());
    }
    pump();
    host_.tcp().release(*std::exchange(flow_, nullptr));
  }
  if (claimed_) host_.tcp().unbind(binding_);
  waiters().wake_all();
}

// --- Looking ---

Endpoint StreamSocket::local() const { return flow_ ? flow_->local() : binding_.local; }

bool StreamSocket::connected() const {
  return flow_ && tcp::synchronised(flow_->connection().state());
}

Result<Endpoint> StreamSocket::remote() const {
  if (!connected()) return Unexpected(Errno::not_connected);
  return flow_->remote();
}

Result<tcp::TcpInfo> StreamSocket::info() const {
  if (!flow_) return Unexpected(Errno::not_connected);
  return flow_->connection().info();
}

Errno StreamSocket::take_error() {
  if (closed_) return Errno::bad_descriptor;
  if (error_ != Errno::ok) return std::exchange(error_, Errno::ok);
  return flow_ ? flow_->connection().take_error() : Errno::ok;
}

Readiness StreamSocket::readiness() const {
  Readiness ready;
  if (listener_) {
    ready.readable = listener_->acceptable();
    return ready;
  }
  if (!flow_) {  // as Linux: a fresh stream is writable and hung up
    ready.writable = ready.hang_up = true;
    return ready;
  }
  const tcp::Connection& connection = flow_->connection();
  if (connection.state() == tcp::State::syn_sent ||
      connection.state() == tcp::State::syn_received) {
    return ready;
  }
  const bool over = connection.state() == tcp::State::closed;
  ready.peer_closed = connection.end_of_stream() || over;
  ready.readable = connection.readable() > 0 || ready.peer_closed;
  ready.writable = connection.writable() > 0 || connection.write_closed() || over;
  ready.priority = flow_->connection().receive_urgent(true).has_value();
  ready.error = connection.error_pending();
  ready.hang_up = connection.hung_up() || over;
  return ready;
}

void StreamSocket::on_tcp_events(u32 events) {
  if (events & (tcp::Event::connected | tcp::Event::closed)) connecting_ = false;
  waiters().wake_all();
}

}  // namespace catenet
