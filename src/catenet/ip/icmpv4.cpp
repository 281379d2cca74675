#include "catenet/ip/icmpv4.hpp"

#include <algorithm>

#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/packet_ops.hpp"
#include "catenet/ip/super_segment.hpp"

namespace catenet {

using wire::Icmpv4Header;
using wire::Icmpv4Type;
using wire::Ipv4View;

namespace {

// RFC 1812 section 4.3.2.3: an error is at most 576 bytes.
constexpr u32 max_quote = 576 - wire::ipv4::min_header_size - Icmpv4Header::size;
// Internetwork control (RFC 1812 section 4.3.2.5).
constexpr u8 error_tos = 0xc0;

}  // namespace

u32 timestamp_ms(Instant now) {
  constexpr i64 day_ms = 86'400'000;
  return static_cast<u32>((now.since_start().ms() % day_ms + day_ms) % day_ms);
}

Icmpv4::Icmpv4(IpLayer& layer) : layer_(layer), limiter_(layer.random()) {}

// --- In ---

void Icmpv4::input(const IpInfo& info, Packet&& packet) {
  ++counters_.in_msgs;
  const ByteView message = packet.linear_bytes();
  const auto header = Icmpv4Header::parse(message);
  if (!header || !wire::icmpv4_checksum_ok(message)) {
    ++counters_.in_errors;
    return layer_.drop(info, std::move(packet), Drop::bad_icmp);
  }
  ++counters_.in_types[IcmpCounters::slot(static_cast<u8>(header->type), false)];
  if (const auto why_not = act(info, *header, packet)) {
    ++counters_.in_errors;
    return layer_.drop(info, std::move(packet), *why_not);
  }
  if (TransportDemux* demux = layer_.demux()) demux->on_datagram(info, std::move(packet));
}

// What the host itself does about a message; raw sockets see it afterwards, unless it is not to be
// believed.
std::optional<Drop> Icmpv4::act(const IpInfo& info, const Icmpv4Header& header,
                                const Packet& packet) {
  const ByteView body = packet.linear_bytes().subspan(Icmpv4Header::size);
  switch (header.type) {
    case Icmpv4Type::redirect: return on_redirect(info, header, body);
    case Icmpv4Type::echo_request: on_echo_request(info, packet); break;
    case Icmpv4Type::destination_unreachable:
    case Icmpv4Type::time_exceeded:
    case Icmpv4Type::parameter_problem: on_error_message(info, header, body); break;
    case Icmpv4Type::timestamp_request: on_timestamp_request(info, packet); break;
    case Icmpv4Type::address_mask_request: on_mask_request(info, packet); break;
    case Icmpv4Type::router_advertisement: on_router_advertisement(info, packet); break;
    case Icmpv4Type::router_solicitation: layer_.router_discovery().on_solicitation(info); break;
    case Icmpv4Type::source_quench:  // RFC 6633: ignored
    default: break;
  }
  return std::nullopt;
}

void Icmpv4::on_router_advertisement(const IpInfo& info, const Packet& packet) {
  const auto advertisement = wire::Icmpv4RouterAdvertisement::parse(packet.linear_bytes());
  if (advertisement) layer_.router_discovery().on_advertisement(info, *advertisement);
}

// RFC 1122 section 3.2.2.6: whatever came goes back, from the address it was sent to.
void Icmpv4::on_echo_request(const IpInfo& info, const Packet& packet) {
  if (!layer_.options().echo_reply) return;
  const bool group = info.broadcast || info.multicast;
  if (group && !layer_.options().broadcast_echo_reply) return;
  Packet message = layer_.pool().copy_of(packet.linear_bytes());
  message.data()[0] = static_cast<u8>(Icmpv4Type::echo_reply);
  // Anew: an incremental update gives a message of zeros the other zero (RFC 1624 section 3).
  wire::store_icmpv4_checksum(message.linear_bytes());
  reply(info, std::move(message));
}

// RFC 1122 section 3.2.2.8.
void Icmpv4::on_timestamp_request(const IpInfo& info, const Packet& packet) {
  using wire::Icmpv4Timestamps;
  constexpr u32 size = Icmpv4Header::size + Icmpv4Timestamps::size;
  if (!layer_.options().timestamp_reply || info.broadcast || info.multicast) return;
  const auto asked = Icmpv4Timestamps::parse(packet.linear_bytes().subspan(Icmpv4Header::size));
  if (!asked) return;
  Packet message = layer_.pool().copy_of(packet.linear_bytes().first(size));
  const u32 now = timestamp_ms(layer_.now());
  const MutableBytes bytes = message.linear_bytes();
  bytes[0] = static_cast<u8>(Icmpv4Type::timestamp_reply);
  Icmpv4Timestamps{asked->originate, now, now}.emit(bytes.subspan(Icmpv4Header::size));
  wire::store_icmpv4_checksum(bytes);
  reply(info, std::move(message));
}

// RFC 1122 section 3.2.2.9: only an authoritative agent answers.
void Icmpv4::on_mask_request(const IpInfo& info, const Packet& packet) {
  constexpr u32 size = 12;
  if (!layer_.options().address_mask_reply || packet.size() < size) return;
  const InterfaceAddress* own = info.interface->on_link4(info.source.v4());
  if (!own) own = info.interface->primary4();
  if (!own || info.source.is_unspecified()) return;
  Packet message = layer_.pool().copy_of(packet.linear_bytes().first(size));
  const MutableBytes bytes = message.linear_bytes();
  bytes[0] = static_cast<u8>(Icmpv4Type::address_mask_reply);
  Ipv4Address::mask(own->prefix_length).store(bytes.data() + 8);
  wire::store_icmpv4_checksum(bytes);
  reply(info, std::move(message));
}

// RFC 1122 section 3.2.2.6: routes and times recorded on the way there come along on the way back.
void Icmpv4::reply(const IpInfo& info, Packet message) {
  IpSend send{.destination = info.source,
              .protocol = static_cast<u8>(wire::IpProtocol::icmp),
              .dscp_ecn = info.dscp_ecn};
  if (layer_.is_local(info.destination)) send.source = info.destination;
  wire::Ipv4Options echoed;
  for (const wire::Ipv4Option& option : wire::Ipv4OptionList(info.options)) {
    using enum wire::Ipv4OptionType;
    if (option.type == record_route || option.type == timestamp) echoed.add(option.bytes);
  }
  send.options = echoed.bytes();
  static_cast<void>(output(std::move(message), send));
}

// --- Out ---

Result<void> Icmpv4::output(Packet&& message, IpSend send) {
  ++counters_.out_msgs;
  ++counters_.out_types[IcmpCounters::slot(message.data()[0], false)];
  send.protocol = static_cast<u8>(wire::IpProtocol::icmp);
  auto sent = layer_.output(std::move(message), send);
  counters_.out_errors += !sent;
  return sent;
}

// RFC 1122 section 3.2.2, RFC 1812 section 4.3.2.7: about what no error is ever sent.
bool Icmpv4::may_complain(const Packet& offending) const {
  const Ipv4View header(offending.data());
  const Ipv4Address source = header.source();
  const Ipv4Address destination = header.destination();
  if (offending.meta().link_broadcast || offending.meta().link_multicast) return false;
  if (header.fragment_offset() != 0) return false;
  if (destination.is_multicast() || layer_.is_broadcast(destination)) return false;
  if (source.is_this_network() || source.is_multicast() || source.is_reserved_class_e() ||
      layer_.is_broadcast(source)) {
    return false;
  }
  if (source.is_loopback() && offending.meta().network_offset != 0) return false;
  if (header.protocol() != wire::IpProtocol::icmp) return true;
  const u32 at = header.header_size();
  if (offending.linear_size() <= at) return false;
  // Types this host does not know may be errors too (RFC 1812 section 4.3.2.7 names only errors).
  const Icmpv4Header message{static_cast<Icmpv4Type>(offending.data()[at])};
  return !message.is_error();
}

void Icmpv4::error(const Packet& offending, const Icmpv4Header& header) {
  if (!may_complain(offending)) return;
  const Ipv4View about(offending.data());
  const bool to_ourselves = offending.meta().network_offset == 0;
  if (!to_ourselves && !limiter_.allow(about.source(), layer_.now())) {
    ++counters_.out_rate_limited;
    return;
  }
  const u32 quote = std::min(wire_packet_size(offending), max_quote);
  Packet message = layer_.pool().allocate(Icmpv4Header::size + quote);
  const MutableBytes bytes{message.append(Icmpv4Header::size + quote), Icmpv4Header::size + quote};
  header.emit(bytes);
  copy_wire_bytes(offending, bytes.subspan(Icmpv4Header::size));
  wire::store_icmpv4_checksum(bytes);
  IpSend send{.destination = about.source(), .dscp_ecn = error_tos};
  if (layer_.is_local(about.destination())) send.source = about.destination();
  static_cast<void>(output(std::move(message), send));
}

}  // namespace catenet
