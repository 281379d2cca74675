#include "catenet/socket/datagram_socket.hpp"

#include "catenet/wire/ip_protocol.hpp"

namespace catenet {

DatagramSocket::DatagramSocket(Host& host, Family family)
    : MessageSocket(host, family, static_cast<u8>(wire::IpProtocol::udp)) {}

Result<void> DatagramSocket::bind(const Endpoint& local) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (bound()) return Unexpected(Errno::invalid);
  const bool dual = family_ == Family::ipv6 && !v6_only_;
  const Endpoint plain{dual ? local.address.unmapped() : local.address, local.port};
  if (auto fine = check_bindable(plain.address); !fine) return fine;
  const Endpoint before = binding_.local;
  binding_.local = plain;
  auto result = host_.udp().bind(binding_, *this);
  if (!result) binding_.local = before;
  return result;
}

Result<void> DatagramSocket::bind_if_needed() {
  return bound() ? Result<void>() : host_.udp().bind(binding_, *this);
}

Result<void> DatagramSocket::connect(const Endpoint& remote) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  if (remote.port == 0) {  // as connect(2) with AF_UNSPEC: connected no more
    remote_.reset();
    binding_.remote = {};
    forget_chosen_address();
    return {};
  }
  const Result<Endpoint> plain = unmap(remote);
  if (!plain) return Unexpected(plain.error());
  if (!may_send_to(plain->address)) return Unexpected(Errno::access_denied);
  if (auto result = bind_if_needed(); !result) return result;
  forget_chosen_address();
  if (binding_.local.address.is_unspecified()) {
    auto choice = host_.ip().route(plain->address);
    if (!choice) return Unexpected(choice.error());
    binding_.local.address = choice->source;
    address_chosen_ = true;
  } else if (auto options = send_options(plain->address);
             !options && options.error() == Errno::network_unreachable) {
    return Unexpected(options.error());
  }
  remote_ = binding_.remote = *plain;
  return {};
}

void DatagramSocket::forget_chosen_address() {
  if (std::exchange(address_chosen_, false)) binding_.local.address = IpAddress::any(family_);
}

Result<u32> DatagramSocket::send_message(ByteView bytes, const Endpoint& remote,
                                         const SendControl& control) {
  if (closed_) return Unexpected(Errno::bad_descriptor);
  const Result<Endpoint> plain = unmap(remote);
  if (!plain) return Unexpected(plain.error());
  if (auto result = bind_if_needed(); !result) return Unexpected(result.error());
  auto options = send_options(plain->address, control);
  if (!options) return Unexpected(options.error());
  const bool bare = plain->address.is_v4() ? no_check_ : no_check6_send_;
  auto sent = host_.udp().output(bytes, binding_.local.port, *plain, *options,
                                 bare ? UdpChecksum::left_out : UdpChecksum::made);
  if (!sent) return Unexpected(sent.error());
  return static_cast<u32>(bytes.size());
}

bool* DatagramSocket::checksum_flag(SocketOption option) {
  switch (option) {
    case SocketOption::no_check: return &no_check_;
    case SocketOption::no_check6_send: return family_ == Family::ipv6 ? &no_check6_send_ : nullptr;
    case SocketOption::no_check6_receive:
      return family_ == Family::ipv6 ? &no_check6_receive_ : nullptr;
    default: return nullptr;
  }
}

Result<int> DatagramSocket::option(SocketOption option) const {
  const bool* flag = const_cast<DatagramSocket*>(this)->checksum_flag(option);
  return flag ? Result<int>(*flag ? 1 : 0) : MessageSocket::option(option);
}

Result<void> DatagramSocket::set_option(SocketOption option, int value) {
  bool* flag = checksum_flag(option);
  if (!flag) return MessageSocket::set_option(option, value);
  *flag = value != 0;
  return {};
}

void DatagramSocket::close() {
  if (closed_) return;
  if (bound()) host_.udp().unbind(binding_);
  mark_closed();
}

}  // namespace catenet
