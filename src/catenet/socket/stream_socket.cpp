#include "catenet/socket/stream_socket.hpp"

#include <algorithm>

namespace catenet {

StreamSocket::StreamSocket(Host& host, Family family)
    : host_(host),
      family_(family),
      no_delay_(!host.options().tcp.nagle),
      keep_alive_(host.options().tcp.keep_alive) {}

bool StreamSocket::Setup::plain() const {
  const PortBinding& b = binding;
  return b.local.port == 0 && b.device == 0 && !b.v6_only && !b.reuse_address && !b.reuse_port &&
         !listener && later.empty() && linger_s < 0 && ttl == 0 && traffic_class == 0 &&
         user_timeout_ms == 0 && !receive_errors && errors.empty();
}

StreamSocket::Setup& StreamSocket::setup() {
  if (!setup_) {
    setup_ = std::make_unique<Setup>();
    setup_->binding.local.address = IpAddress::any(family_);
  }
  return *setup_;
}

const StreamSocket::Setup& StreamSocket::setup() const {
  static const Setup plain;
  return setup_ ? *setup_ : plain;
}

// A connected socket that nobody set up in a way of its own stays small.
void StreamSocket::forget_plain_setup() {
  if (!claimed_ && setup_ && setup_->plain()) setup_.reset();
}

// --- Opening ---

Result<void> StreamSocket::bind(const Endpoint& local) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (bound() || flow_) return Unexpected(Errno::invalid);
  const bool dual = family_ == Family::ipv6 && !setup().binding.v6_only;
  const Endpoint plain{dual ? local.address.unmapped() : local.address, local.port};
  if (plain.address.family() != family_ && !dual) return Unexpected(Errno::family_not_supported);
  if (!plain.address.is_unspecified() && !host_.ip().is_local(plain.address)) {
    return Unexpected(Errno::address_not_available);
  }
  const Endpoint before = setup().binding.local;
  setup().binding.local = plain;
  auto result = host_.tcp().bind(setup().binding);
  if (!result) setup().binding.local = before;
  claimed_ = result.has_value();
  return result;
}

Result<void> StreamSocket::bind_if_needed() {
  if (bound()) return {};
  auto result = host_.tcp().bind(setup().binding);
  claimed_ = result.has_value();
  return result;
}

Result<void> StreamSocket::listen(u32 backlog) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (flow_) return Unexpected(Errno::invalid);
  backlog = std::clamp(backlog, 1u, 4'096u);
  if (listener()) {
    listener()->machine().set_backlog(backlog);
    return {};
  }
  if (auto result = bind_if_needed(); !result) return result;
  if (host_.tcp().ports().listener_beside(setup().binding))
    return Unexpected(Errno::address_in_use);
  setup().listener = host_.tcp().listen(setup().binding, backlog, *this);
  for (const auto& [option, value] : setup().later) tell_listener(option, value);
  tell_listener(SocketOption::ttl, setup().ttl);
  return {};
}

Result<std::unique_ptr<Socket>> StreamSocket::accept() {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (!listener()) return Unexpected(Errno::invalid);
  if (!listener()->acceptable()) return Unexpected(Errno::again);
  auto child = std::make_unique<StreamSocket>(host_, family_);
  child->flow_ = host_.tcp().accept(*listener(), *child);
  child->no_delay_ = no_delay_;
  child->keep_alive_ = keep_alive_;
  Setup& inherited = child->setup();
  inherited.user_timeout_ms = setup_->user_timeout_ms;
  inherited.linger_s = setup_->linger_s;
  inherited.receive_errors = setup_->receive_errors;
  inherited.ttl = setup_->ttl;
  inherited.traffic_class = setup_->traffic_class;
  inherited.binding.device = child->flow_->bound();
  for (const auto& kept : setup_->later) {
    if (kept.first != SocketOption::fast_open) inherited.later.push_back(kept);
  }
  child->apply_options();
  child->forget_plain_setup();
  return child;
}

Result<void> StreamSocket::connect(const Endpoint& remote) {
  if (auto made = make_flow(remote); !made) return made;
  const bool fast = fast_connect_ && host_.options().tcp.fast_open_client();
  if (fast && flow_->connection().prepare_fast_open(host_.now())) {
    deferred_ = true;
    return {};
  }
  connecting_ = true;
  host_.tcp().open(*flow_);
  return Unexpected(Errno::in_progress);
}

// The SYN of a connect() that waited for the first bytes; pump() sends it.
Result<void> StreamSocket::open_deferred() {
  if (!deferred_) return {};
  deferred_ = false;
  connecting_ = true;
  return flow_->connection().open(host_.now());
}

Result<u32> StreamSocket::send_fast_open(ByteView bytes, const Endpoint& remote) {
  if (!host_.options().tcp.fast_open_client()) return Unexpected(Errno::operation_not_supported);
  if (auto made = make_flow(remote); !made) return Unexpected(made.error());
  deferred_ = flow_->connection().prepare_fast_open(host_.now());
  if (deferred_) return send(bytes);
  connecting_ = true;
  host_.tcp().open(*flow_);
  return Unexpected(Errno::in_progress);
}

// What connect() checks, and a connection that is not open yet.
Result<void> StreamSocket::make_flow(const Endpoint& remote) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (listener()) return Unexpected(Errno::operation_not_supported);
  if (flow_ && !deferred_ && flow_->connection().state() == tcp::State::closed) {
    drop_failed_attempt();
  }
  if (flow_) return Unexpected(connecting_ ? Errno::already : Errno::is_connected);
  const Endpoint plain{remote.address.unmapped(), remote.port};
  if (plain.address.family() != family_ && (family_ == Family::ipv4 || setup().binding.v6_only)) {
    return Unexpected(Errno::family_not_supported);
  }
  if (plain.port == 0) return Unexpected(Errno::connection_refused);
  if (plain.address.is_multicast() || host_.ip().is_broadcast(plain.address)) {
    return Unexpected(Errno::network_unreachable);  // MUST-57: never a SYN to such an address
  }
  Endpoint local = setup().binding.local;
  if (local.address.is_unspecified()) local.address = IpAddress::any(plain.address.family());
  Endpoint target = plain;
  if (target.address.is_unspecified())
    target.address = IpAddress::loopback(target.address.family());
  Interface* bound_to =
      setup().binding.device ? host_.ip().interface(setup().binding.device) : nullptr;
  const auto flow = host_.tcp().create(local, target, *this, bound_to);
  if (!flow) return Unexpected(flow.error());
  flow_ = *flow;
  apply_options();
  forget_plain_setup();
  return {};
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
  if (setup().user_timeout_ms > 0) {
    connection.set_user_timeout(now, Duration::milliseconds(setup().user_timeout_ms));
  }
  for (const auto& [option, value] : setup().later) {
    set_connection_option(option, value);
  }
  host_.tcp().set_ip_options(*flow_, static_cast<u8>(setup().ttl),
                             static_cast<u8>(setup().traffic_class));
}

// --- Bytes ---

Result<u32> StreamSocket::send(ByteView bytes) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (!flow_) return Unexpected(Errno::broken_pipe);
  if (error_ != Errno::ok) return Unexpected(take_error());
  if (auto opened = open_deferred(); !opened) return Unexpected(opened.error());
  const Result<u32> taken = flow_->connection().send(host_.now(), bytes);
  pump();
  return taken;
}

Result<u32> StreamSocket::send_to(ByteView bytes, const Endpoint&) { return send(bytes); }

Result<u32> StreamSocket::send_out_of_band(u8 byte) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (!flow_) return Unexpected(Errno::broken_pipe);
  if (auto opened = open_deferred(); !opened) return Unexpected(opened.error());
  const Result<u32> taken = flow_->connection().send_urgent(host_.now(), {&byte, 1});
  pump();
  return taken;
}

Result<u32> StreamSocket::receive(MutableBytes into, ReceiveFlags flags) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (flags.error_queue) {
    const auto error = receive_message(into, flags);
    if (!error) return Unexpected(error.error());
    return std::min(error->size, static_cast<u32>(into.size()));
  }
  if (!flow_) return Unexpected(Errno::not_connected);
  if (deferred_) return Unexpected(Errno::again);
  if (flags.out_of_band) {
    const Result<u8> byte = flow_->connection().receive_urgent(flags.peek);
    if (!byte) return Unexpected(byte.error());
    if (!into.empty()) into[0] = *byte;
    return into.empty() ? 0u : 1u;
  }
  const Result<u32> n = flow_->connection().receive(host_.now(), into, flags.peek);
  if (!flags.peek) pump();
  if (!n && n.error() == Errno::again && error_ != Errno::ok) return Unexpected(take_error());
  return n;
}

std::size_t StreamSocket::look(std::span<ByteView> pieces) {
  return closed_ || !flow_ || deferred_ ? 0 : flow_->connection().look(pieces);
}

void StreamSocket::consume(u32 bytes) {
  flow_->connection().consume(host_.now(), bytes);
  pump();
}

Result<Message> StreamSocket::receive_message(MutableBytes into, ReceiveFlags flags) {
  if (flags.error_queue && !closed_) return take_queued_error(into);
  const Result<u32> n = receive(into, flags);
  if (!n) return Unexpected(n.error());
  Message message;
  message.size = *n;
  message.arrival = host_.now();
  return message;
}

Result<Message> StreamSocket::take_queued_error(MutableBytes into) {
  if (!setup_) return Unexpected(Errno::again);
  auto message = setup_->errors.take(into);
  if (message && connected()) error_ = setup_->errors.next();
  return message;
}

Result<void> StreamSocket::shutdown(Shutdown how) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (listener()) {  // as Linux: reading is what a listener does
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
  host_.tcp().close(*listener());
  setup_->listener.reset();
  waiters().wake_all();
}

void StreamSocket::close() {
  if (closed_) return;
  closed_ = true;
  if (listener()) stop_listening();
  if (flow_) {
    // SO_LINGER with 0 s is an abort (RFC 9293 section 3.9.1.5 is what it calls).
    if (std::as_const(*this).setup().linger_s == 0) {
      flow_->connection().abort(host_.now());
    } else {
      flow_->connection().close(host_.now());
    }
    pump();
    host_.tcp().release(*std::exchange(flow_, nullptr));
  }
  if (claimed_) host_.tcp().unbind(setup().binding);
  waiters().wake_all();
}

// --- Looking ---

Endpoint StreamSocket::local() const {
  if (flow_) return flow_->local();
  return setup_ ? setup_->binding.local : Endpoint{IpAddress::any(family_), 0};
}

bool StreamSocket::connected() const {
  if (!flow_) return false;
  const tcp::Connection& connection = flow_->connection();
  return deferred_ || (connection.state() != tcp::State::closed && !connection.opening());
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
  if (listener()) {
    ready.readable = listener()->acceptable();
    return ready;
  }
  if (!flow_) {  // as Linux: a fresh stream is writable and hung up
    ready.writable = ready.hang_up = true;
    return ready;
  }
  const tcp::Connection& connection = flow_->connection();
  if (connection.opening()) return ready;
  if (deferred_) {  // as Linux: it may be written
    ready.writable = true;
    return ready;
  }
  const bool over = connection.state() == tcp::State::closed;
  ready.peer_closed = connection.end_of_stream() || over;
  ready.readable = connection.readable() > 0 || ready.peer_closed || error_ != Errno::ok;
  ready.writable = connection.writable() > 0 || connection.write_closed() || over;
  ready.priority = flow_->connection().receive_urgent(true).has_value();
  ready.error = connection.error_pending() || error_ != Errno::ok || !setup().errors.empty();
  ready.hang_up = connection.hung_up() || over;
  return ready;
}

// While it opens the outcome of connect() is not to be mistaken: only the queue tells.
void StreamSocket::on_tcp_error(const IcmpError& error) {
  if (!setup().receive_errors) return;
  const tcp::Connection& connection = flow_->connection();
  this->setup().errors.push(error, flow_->remote(), error.transport);
  if (!connection.opening() && connection.state() != tcp::State::closed) error_ = error.error;
  waiters().wake_all();
}

void StreamSocket::on_tcp_events(u32 events) {
  if (events & (tcp::Event::connected | tcp::Event::closed)) connecting_ = false;
  waiters().wake_all();
}

}  // namespace catenet
