#include "catenet/socket/raw_socket.hpp"

#include <cstring>

#include "catenet/wire/checksum.hpp"
#include "catenet/wire/ip_protocol.hpp"

namespace catenet {

RawSocket::RawSocket(Host& host, Family family, u8 protocol)
    : MessageSocket(host, family, protocol) {
  v6_only_ = true;
  host_.raw().add(*this);
}

Result<void> RawSocket::bind(const Endpoint& local) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (auto fine = check_bindable(local.address); !fine) return fine;
  binding_.local.address = local.address;
  return {};
}

Result<void> RawSocket::connect(const Endpoint& remote) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  const Result<Endpoint> plain = unmap(remote);
  if (!plain) return Unexpected(plain.error());
  if (auto choice = host_.ip().route(plain->address); !choice) return Unexpected(choice.error());
  remote_ = Endpoint{plain->address, 0};
  return {};
}

Result<u32> RawSocket::send_message(ByteView bytes, const Endpoint& remote,
                                    const SendControl& control) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  const Result<Endpoint> plain = unmap(remote);
  if (!plain) return Unexpected(plain.error());
  auto send = send_options(plain->address, control);
  if (!send) return Unexpected(send.error());
  send->header_included = header_included_;
  if (bytes.size() > 65'535) return Unexpected(Errno::message_size);
  Packet packet = host_.pool().copy_of(bytes);
  if (protocol_ == static_cast<u8>(wire::IpProtocol::icmpv6) && bytes.size() >= 4) {
    // The stack, not the user, sums ICMPv6: the source is its choice (RFC 3542 section 3.1).
    auto choice = host_.ip().route(plain->address, send->source, send->interface);
    if (!choice) return Unexpected(choice.error());
    send->source = choice->source;
    store16(packet.data() + 2, 0);
    auto sum = wire::pseudo_header(choice->source, plain->address, wire::IpProtocol::icmpv6,
                                   packet.size());
    store16(packet.data() + 2, sum.add(packet.linear_bytes()).finish());
  }
  if (auto sent = host_.ip().output(std::move(packet), *send); !sent) {
    return Unexpected(sent.error());
  }
  return static_cast<u32>(bytes.size());
}

Result<int> RawSocket::option(SocketOption option) const {
  if (option == SocketOption::header_included) return header_included_ ? 1 : 0;
  return MessageSocket::option(option);
}

Result<void> RawSocket::set_option(SocketOption option, int value) {
  if (option != SocketOption::header_included) return MessageSocket::set_option(option, value);
  header_included_ = value != 0;
  return {};
}

bool RawSocket::wants(const IpInfo& info) const {
  if (info.source.family() != family_ || info.protocol != protocol_) return false;
  if (remote_ && remote_->address != info.source) return false;
  if (binding_.device != 0 && info.interface->index() != binding_.device) return false;
  return binding_.local.address.is_unspecified() || binding_.local.address == info.destination;
}

bool RawSocket::concerns(const IcmpError& error) const {
  if (error.family != family_ || error.protocol != protocol_) return false;
  return !remote_ || remote_->address == error.destination;
}

void RawSocket::on_error(const IcmpError& error) {
  note_error(error, {error.destination, 0}, error.transport);
}

void RawSocket::close() {
  if (closed_) return;
  host_.raw().remove(*this);
  mark_closed();
}

}  // namespace catenet
