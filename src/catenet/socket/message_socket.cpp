#include "catenet/socket/message_socket.hpp"

#include <algorithm>
#include <array>

namespace catenet {
namespace {

// Nine addresses fit the 40 bytes of IPv4 options: type 7, length 39, pointer to the first (RFC 791
// section 3.1).
constexpr std::array<u8, 40> record_route_option = {7, 39, 4};

}  // namespace

MessageSocket::MessageSocket(Host& host, Family family, u8 protocol)
    : host_(host), family_(family), protocol_(protocol), queue_(host.options().datagram_buffer) {
  binding_.local.address = IpAddress::any(family);
}

bool MessageSocket::queue(Datagram& datagram) {
  if (read_shut_ || !queue_.fits(datagram.payload)) return false;
  queue_.push(std::move(datagram));
  waiters().wake_all();
  return true;
}

void MessageSocket::note_error(const IcmpError& error, const Endpoint& remote, ByteView sent) {
  // A connected socket learns of hard errors without asking, another only if it asked (IP_RECVERR).
  if (receive_errors_ == 0 && (!remote_ || !error.hard)) return;
  error_ = error.error;
  if (receive_errors_ != 0) errors_.push(error, remote, sent);
  waiters().wake_all();
}

bool MessageSocket::may_send_to(const IpAddress& destination) const {
  return broadcast_ != 0 || !host_.ip().is_broadcast(destination);
}

Result<IpSend> MessageSocket::send_options(const IpAddress& destination,
                                           const SendControl& control) const {
  if (!may_send_to(destination)) return Unexpected(Errno::access_denied);
  const IpAddress& own = binding_.local.address;
  // Nobody can be the source of a datagram by the name of a group or of everybody.
  const bool chosen = own.is_unspecified() || own.is_multicast() || host_.ip().is_broadcast(own);
  if (!chosen && own.family() != destination.family()) {
    return Unexpected(Errno::network_unreachable);
  }
  IpSend send;
  send.source = chosen ? IpAddress::any(destination.family()) : own;
  send.destination = destination;
  send.protocol = protocol_;
  send.ttl = static_cast<u8>(ttl_);
  send.dscp_ecn = static_cast<u8>(traffic_class_);
  send.dont_fragment = dont_fragment_ != 0;
  if (binding_.device != 0) send.interface = host_.ip().interface(binding_.device);
  if (record_route_ != 0 && destination.is_v4()) send.options = record_route_option;
  if (const auto applied = apply(control, send); !applied) return Unexpected(applied.error());
  return send;
}

Result<void> MessageSocket::apply(const SendControl& control, IpSend& send) const {
  if (control.interface != 0) {
    Interface* const interface = host_.ip().interface(control.interface);
    if (!interface) return Unexpected(Errno::no_device);
    if (send.interface && send.interface != interface) return Unexpected(Errno::invalid);
    send.interface = interface;
  }
  const IpAddress source = control.source.unmapped();
  if (!source.is_unspecified()) {
    if (source.family() != send.destination.family() || !host_.ip().is_local(source)) {
      return Unexpected(Errno::invalid);
    }
    send.source = source;
  }
  if (control.ttl != 0) send.ttl = control.ttl;
  if (control.traffic_class) send.dscp_ecn = *control.traffic_class;
  return {};
}

Result<void> MessageSocket::check_bindable(const IpAddress& address) const {
  if (address.family() != family_ && !(family_ == Family::ipv6 && !v6_only_)) {
    return Unexpected(Errno::family_not_supported);
  }
  if (address.is_unspecified() || address.is_multicast() || host_.ip().is_broadcast(address)) {
    return {};
  }
  if (!host_.ip().is_local(address)) return Unexpected(Errno::address_not_available);
  return {};
}

Result<Endpoint> MessageSocket::unmap(const Endpoint& remote) const {
  const Endpoint plain{remote.address.unmapped(), remote.port};
  if (plain.address.family() == family_) return plain;
  if (family_ == Family::ipv6 && !v6_only_) return plain;
  return Unexpected(Errno::family_not_supported);
}

Result<u32> MessageSocket::send(ByteView bytes) {
  if (!remote_) return Unexpected(Errno::destination_required);
  if (write_shut_) return Unexpected(Errno::broken_pipe);
  if (const Errno error = take_error(); error != Errno::ok) return Unexpected(error);
  return send_to(bytes, *remote_);
}

Result<u32> MessageSocket::receive(MutableBytes into, ReceiveFlags flags) {
  const Result<Message> message = receive_message(into, flags);
  if (!message) return Unexpected(message.error());
  return std::min(message->size, static_cast<u32>(into.size()));
}

Result<Message> MessageSocket::receive_message(MutableBytes into, ReceiveFlags flags) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (flags.error_queue) return take_queued_error(into);
  if (const Errno error = take_error(); error != Errno::ok) return Unexpected(error);
  if (queue_.empty()) {
    if (read_shut_) return Message{};
    return Unexpected(Errno::again);
  }
  const Datagram& datagram = queue_.front();
  Message message;
  message.size = datagram.payload.size();
  message.source = datagram.source;
  message.destination = datagram.destination;
  message.ttl = datagram.ttl;
  message.traffic_class = datagram.traffic_class;
  message.interface = datagram.interface;
  message.arrival = datagram.arrival;
  datagram.payload.copy_out(0, into.first(std::min<std::size_t>(into.size(), message.size)));
  if (!flags.peek) queue_.pop();
  return message;
}

Result<Message> MessageSocket::take_queued_error(MutableBytes into) {
  auto message = errors_.take(into);
  if (message) error_ = errors_.next();
  return message;
}

Result<void> MessageSocket::shutdown(Shutdown how) {
  if (!remote_) return Unexpected(Errno::not_connected);
  if (how != Shutdown::write) read_shut_ = true;
  if (how != Shutdown::read) write_shut_ = true;
  waiters().wake_all();
  return {};
}

Result<Endpoint> MessageSocket::remote() const {
  if (!remote_) return Unexpected(Errno::not_connected);
  return *remote_;
}

int* MessageSocket::flag_of(SocketOption option) {
  switch (option) {
    case SocketOption::broadcast: return &broadcast_;
    case SocketOption::reuse_address: return &reuse_address_;
    case SocketOption::reuse_port: return &reuse_port_;
    case SocketOption::receive_errors: return &receive_errors_;
    case SocketOption::dont_fragment: return &dont_fragment_;
    case SocketOption::record_route: return &record_route_;
    default: return nullptr;
  }
}

Result<int> MessageSocket::option(SocketOption option) const {
  if (const int* flag = const_cast<MessageSocket*>(this)->flag_of(option)) return *flag;
  switch (option) {
    case SocketOption::ttl: return ttl_ != 0 ? ttl_ : host_.options().ip.default_ttl;
    case SocketOption::traffic_class: return traffic_class_;
    case SocketOption::v6_only: return v6_only_ ? 1 : 0;
    case SocketOption::receive_buffer: return static_cast<int>(queue_.limit());
    case SocketOption::bind_to_device: return static_cast<int>(binding_.device);
    case SocketOption::path_mtu: return path_mtu();
    default: return Unexpected(Errno::no_protocol_option);
  }
}

Result<int> MessageSocket::path_mtu() const {
  if (!remote_) return Unexpected(Errno::not_connected);
  const auto choice = host_.ip().route(remote_->address);
  if (!choice) return Unexpected(choice.error());
  return static_cast<int>(choice->mtu);
}

Result<void> MessageSocket::set_option(SocketOption option, int value) {
  if (int* flag = flag_of(option)) {
    *flag = value != 0 ? 1 : 0;
    if (receive_errors_ == 0) errors_.clear();
    binding_.reuse_address = reuse_address_ != 0;
    binding_.reuse_port = reuse_port_ != 0;
    return {};
  }
  switch (option) {
    case SocketOption::ttl:
      if (value < 1 || value > 255) return Unexpected(Errno::invalid);
      ttl_ = value;
      return {};
    case SocketOption::traffic_class:
      if (value < 0 || value > 255) return Unexpected(Errno::invalid);
      traffic_class_ = value;
      return {};
    case SocketOption::v6_only:
      if (family_ != Family::ipv6) return Unexpected(Errno::no_protocol_option);
      if (binding_.local.port != 0) return Unexpected(Errno::invalid);
      binding_.v6_only = v6_only_ = value != 0;
      return {};
    case SocketOption::receive_buffer:
      if (value < 0) return Unexpected(Errno::invalid);
      queue_.set_limit(std::max(static_cast<u32>(value), 2'304u));
      return {};
    case SocketOption::bind_to_device:
      if (value != 0 && !host_.ip().interface(static_cast<u32>(value))) {
        return Unexpected(Errno::no_device);
      }
      binding_.device = static_cast<u32>(value);
      return {};
    default: return Unexpected(Errno::no_protocol_option);
  }
}

Readiness MessageSocket::readiness() const {
  Readiness ready;
  ready.readable = !queue_.empty() || read_shut_ || error_ != Errno::ok;
  ready.writable = true;
  ready.error = error_ != Errno::ok || !errors_.empty();
  ready.peer_closed = read_shut_;
  ready.hang_up = read_shut_ && write_shut_;
  return ready;
}

void MessageSocket::mark_closed() {
  closed_ = true;
  waiters().wake_all();
}

}  // namespace catenet
