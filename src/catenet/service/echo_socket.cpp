#include "catenet/service/echo_socket.hpp"

#include <algorithm>

#include "catenet/wire/icmpv4.hpp"
#include "catenet/wire/icmpv6.hpp"
#include "catenet/wire/ipv4.hpp"

namespace catenet {
namespace {

constexpr u32 header_size = wire::Icmpv4Header::size;
constexpr u8 record_route_type = 7;

struct EchoTypes {
  u8 request;
  u8 reply;
};
constexpr EchoTypes types_of(Family family, IcmpQuery query) {
  if (family == Family::ipv6) return {128, 129};
  if (query == IcmpQuery::timestamp) return {13, 14};
  if (query == IcmpQuery::address_mask) return {17, 18};
  return {8, 0};
}

}  // namespace

std::vector<Ipv4Address> recorded_route(ByteView options) {
  std::vector<Ipv4Address> route;
  for (std::size_t at = 0; at < options.size() && options[at] != 0;) {
    if (options[at] == 1) {  // no operation
      ++at;
      continue;
    }
    if (at + 2 > options.size() || options[at + 1] < 2) break;
    const std::size_t length = options[at + 1];
    if (at + length > options.size()) break;
    if (options[at] == record_route_type && length >= 3) {
      // The pointer counts from 1 and says where the next address would go (RFC 791 section 3.1).
      const std::size_t end =
          std::min<std::size_t>(std::max<u8>(options[at + 2], 1), length + 1) - 1;
      for (std::size_t a = 3; a + 4 <= end; a += 4) {
        route.push_back(Ipv4Address::from_u32(load32(options.data() + at + a)));
      }
    }
    at += length;
  }
  return route;
}

Result<EchoSocket> EchoSocket::open(System& system, Family family, u16 identifier,
                                    IcmpQuery query) {
  const auto protocol = family == Family::ipv4 ? wire::IpProtocol::icmp : wire::IpProtocol::icmpv6;
  auto socket = system.open(family, SocketType::raw, static_cast<u8>(protocol));
  const bool raw = socket || socket.error() != Errno::not_permitted;
  if (!raw && query == IcmpQuery::echo) {
    auto echoes = system.open(family, SocketType::datagram, static_cast<u8>(protocol));
    if (echoes) socket = std::move(echoes);
  }
  if (!socket) return Unexpected(socket.error());
  if (auto set = (*socket)->set_option(SocketOption::receive_errors, 1); !set) {
    return Unexpected(set.error());
  }
  return EchoSocket(*std::move(socket), family, query, identifier, raw);
}

Result<void> EchoSocket::set_option(SocketOption option, int value) {
  if (option == SocketOption::record_route && !raw_) return Unexpected(Errno::not_permitted);
  return socket_->set_option(option, value);
}

Result<void> EchoSocket::send(const IpAddress& remote, u16 sequence, ByteView data) {
  std::vector<u8> message(header_size + data.size());
  message[0] = types_of(family_, query_).request;
  store16(message.data() + 4, identifier_);
  store16(message.data() + 6, sequence);
  std::copy(data.begin(), data.end(), message.begin() + header_size);
  // The stack sums ICMPv6, whose checksum covers an address that it chooses.
  if (family_ == Family::ipv4) wire::store_icmpv4_checksum(message);
  const Result<u32> sent = socket_->send_to(message, {remote, 0});
  if (!sent) return Unexpected(sent.error());
  return {};
}

std::optional<EchoEvent> EchoSocket::read_echo(ByteView icmp, EchoEvent event) const {
  const EchoTypes types = types_of(family_, query_);
  const u8 wanted = event.kind == EchoEvent::Kind::reply ? types.reply : types.request;
  if (icmp.size() < header_size || icmp[0] != wanted) return std::nullopt;
  if (raw_ && load16(icmp.data() + 4) != identifier_) return std::nullopt;
  event.sequence = load16(icmp.data() + 6);
  return event;
}

std::optional<EchoEvent> EchoSocket::read_reply(const Message& message) const {
  ByteView bytes = ByteView(*buffer_).first(std::min<std::size_t>(message.size, buffer_->size()));
  EchoEvent event;
  event.from = message.source.address;
  event.arrival = message.arrival;
  event.ttl = message.ttl;
  if (family_ == Family::ipv4 && raw_) {
    const auto header = wire::Ipv4View::over(bytes);
    if (!header) return std::nullopt;
    event.ttl = header->ttl();
    event.route = recorded_route(bytes.first(header->header_size()).subspan(20));
    bytes = bytes.subspan(header->header_size());
    event.damaged = !wire::icmpv4_checksum_ok(bytes);
  }
  event.size = static_cast<u32>(bytes.size());
  auto read = read_echo(bytes, std::move(event));
  if (read) read->data.assign(bytes.begin() + header_size, bytes.end());
  return read;
}

void EchoSocket::take_errors(Instant now) {
  const ReceiveFlags error_queue{.error_queue = true};
  while (const auto message = socket_->receive_message(*buffer_, error_queue)) {
    if (!message->error) continue;
    EchoEvent event;
    event.kind = EchoEvent::Kind::error;
    event.from = message->error->offender;
    event.arrival = now;
    event.type = message->error->type;
    event.code = message->error->code;
    event.mtu = message->error->mtu;
    const ByteView quoted(buffer_->data(), std::min<std::size_t>(message->size, buffer_->size()));
    if (auto read = read_echo(quoted, std::move(event))) errors_.push_back(*std::move(read));
  }
}

Task<Result<EchoEvent>> EchoSocket::next(System& system, Instant deadline) {
  for (;;) {
    if (!errors_.empty()) {
      EchoEvent event = std::move(errors_.front());
      errors_.pop_front();
      co_return event;
    }
    const Result<Message> message = co_await receive_message(*socket_, *buffer_, deadline);
    if (message) {
      if (auto reply = read_reply(*message)) co_return *std::move(reply);
      continue;
    }
    const Errno error = message.error();
    if (error == Errno::canceled || error == Errno::timed_out || error == Errno::bad_descriptor) {
      co_return Unexpected(error);
    }
    take_errors(system.now());
  }
}

}  // namespace catenet
