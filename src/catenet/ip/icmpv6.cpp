#include "catenet/ip/icmpv6.hpp"

#include <algorithm>

#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/packet_ops.hpp"
#include "catenet/ip/super_segment.hpp"

namespace catenet {

using wire::Icmpv6Header;
using wire::Icmpv6Type;
using wire::IpProtocol;
using wire::Ipv6View;
using wire::ParameterProblemCode;
using wire::Unreachable6Code;

namespace {

// RFC 4443 section 2.4 (c): an error fits into the minimum MTU.
constexpr u32 max_quote6 = wire::ipv6::min_mtu - wire::ipv6::header_size - Icmpv6Header::size;

}  // namespace

Icmpv6::Icmpv6(IpLayer& layer) : layer_(layer), limiter_(layer.random()) {}

// --- In ---

void Icmpv6::input(const IpInfo& info, Packet&& packet) {
  ++counters_.in_msgs;
  const ByteView message = packet.linear_bytes();
  const auto header = Icmpv6Header::parse(message);
  if (!header || !wire::icmpv6_checksum_ok(message, info.source.v6(), info.destination.v6())) {
    ++counters_.in_errors;
    return layer_.drop(info, std::move(packet), Drop::bad_icmp);
  }
  ++counters_.in_types[IcmpCounters::slot(static_cast<u8>(header->type), true)];
  if (const auto why_not = act(info, *header, message)) {
    ++counters_.in_errors;
    return layer_.drop(info, std::move(packet), *why_not);
  }
  if (TransportDemux* demux = layer_.demux()) demux->on_datagram(info, std::move(packet));
}

// What the host itself does about a message; raw sockets see it afterwards, unless it is not to be
// believed.
std::optional<Drop> Icmpv6::act(const IpInfo& info, const Icmpv6Header& header, ByteView message) {
  switch (header.type) {
    case Icmpv6Type::echo_request: on_echo_request(info, message); return std::nullopt;
    case Icmpv6Type::destination_unreachable:
    case Icmpv6Type::packet_too_big:
    case Icmpv6Type::time_exceeded:
    case Icmpv6Type::parameter_problem:
      on_error_message(info, header, message.subspan(Icmpv6Header::size));
      return std::nullopt;
    case Icmpv6Type::router_solicitation:
    case Icmpv6Type::router_advertisement:
    case Icmpv6Type::neighbour_solicitation:
    case Icmpv6Type::neighbour_advertisement:
    case Icmpv6Type::redirect: return layer_.ndp().input(info, header.type, message);
    default: return std::nullopt;
  }
}

// RFC 4443 section 4.2: from the address it was sent to, or, sent to a group, one of the interface
// it came by.
void Icmpv6::on_echo_request(const IpInfo& info, ByteView message) {
  if (!layer_.options().echo_reply) return;
  if (info.multicast && !layer_.options().broadcast_echo_reply) return;
  Packet reply = layer_.pool().copy_of(message);
  reply.data()[0] = static_cast<u8>(Icmpv6Type::echo_reply);
  IpSend send{.destination = info.source, .dscp_ecn = info.dscp_ecn};
  send.source = info.multicast ? IpAddress(Ipv6Address()) : info.destination;
  if (info.source.is_link_local()) send.interface = info.interface;
  static_cast<void>(output(std::move(reply), send));
}

// --- Out ---

Result<void> Icmpv6::output(Packet&& message, IpSend send) {
  ++counters_.out_msgs;
  ++counters_.out_types[IcmpCounters::slot(message.data()[0], true)];
  send.protocol = static_cast<u8>(IpProtocol::icmpv6);
  RouteCache way;
  auto sent = layer_.prepare(send, way);
  if (sent) {
    const bool given = send.source.is_v6() && !send.source.is_unspecified();
    const IpAddress& source = given ? send.source : way.source;
    wire::store_icmpv6_checksum(message.linear_bytes(), source.v6(), send.destination.v6());
    sent = layer_.output(std::move(message), send, &way);
  }
  counters_.out_errors += !sent;
  return sent;
}

// RFC 4443 section 2.4 (e): about what no error is ever sent.
bool Icmpv6::may_complain(const Packet& offending, const Icmpv6Header& header) const {
  const Ipv6View about(offending.data());
  const Ipv6Address source = about.source();
  if (source.is_unspecified() || source.is_multicast()) return false;
  if (source.is_loopback() && offending.meta().network_offset != 0) return false;
  const bool group = about.destination().is_multicast() || offending.meta().link_multicast ||
                     offending.meta().link_broadcast;
  const bool even_to_groups =
      header.type == Icmpv6Type::packet_too_big ||
      (header.type == Icmpv6Type::parameter_problem &&
       header.code == static_cast<u8>(ParameterProblemCode::unrecognised_option));
  if (group && !even_to_groups) return false;
  const auto chain = wire::walk_extension_headers(offending.linear_bytes());
  if (!chain || chain->upper != IpProtocol::icmpv6) return true;
  const ByteView bytes = offending.linear_bytes();
  if (chain->upper_offset >= bytes.size()) return true;
  const Icmpv6Header inner{static_cast<Icmpv6Type>(bytes[chain->upper_offset])};
  return !inner.is_error() && inner.type != Icmpv6Type::redirect;
}

void Icmpv6::error(Interface* in, const Packet& offending, const Icmpv6Header& header) {
  if (!may_complain(offending, header)) return;
  const Ipv6View about(offending.data());
  const bool to_ourselves = offending.meta().network_offset == 0;
  if (!to_ourselves && !limiter_.allow(about.source(), layer_.now())) {
    ++counters_.out_rate_limited;
    return;
  }
  const u32 quote = std::min(wire_packet_size(offending), max_quote6);
  Packet message = layer_.pool().allocate(Icmpv6Header::size + quote);
  const MutableBytes bytes{message.append(Icmpv6Header::size + quote), Icmpv6Header::size + quote};
  header.emit(bytes);
  copy_wire_bytes(offending, bytes.subspan(Icmpv6Header::size));
  IpSend send{.source = IpAddress::any(Family::ipv6), .destination = about.source()};
  // RFC 4443 section 2.2 (a).
  if (layer_.is_local(about.destination(), in)) send.source = about.destination();
  if (about.source().is_link_local()) send.interface = in;
  static_cast<void>(output(std::move(message), send));
}

// --- About datagrams of ours (RFC 4443 section 3, RFC 8201) ---

namespace {

struct Icmpv6Meaning {
  Errno error;
  bool hard;
};

// As Linux maps types and codes.
Icmpv6Meaning meaning(const Icmpv6Header& header) {
  switch (header.type) {
    case Icmpv6Type::packet_too_big: return {Errno::message_size, false};
    case Icmpv6Type::parameter_problem: return {Errno::protocol_error, true};
    case Icmpv6Type::destination_unreachable: break;
    default: return {Errno::host_unreachable, false};
  }
  switch (static_cast<Unreachable6Code>(header.code)) {
    case Unreachable6Code::no_route: return {Errno::network_unreachable, false};
    case Unreachable6Code::administratively_prohibited:
    case Unreachable6Code::source_policy:
    case Unreachable6Code::reject_route: return {Errno::access_denied, true};
    case Unreachable6Code::port: return {Errno::connection_refused, true};
    default: return {Errno::host_unreachable, false};
  }
}

// What the quoted packet says; nothing if it does not reach 8 bytes into the upper layer.
std::optional<IcmpError> read_quote(const Icmpv6Header& header, ByteView quoted) {
  const auto inner = Ipv6View::over(quoted);
  if (!inner) return std::nullopt;
  const auto chain = wire::walk_extension_headers(quoted);
  if (!chain || quoted.size() < chain->upper_offset + 8) return std::nullopt;
  // A later fragment holds no header of the upper layer.
  if (chain->is_fragment() && (load16(quoted.data() + chain->fragment + 2) & 0xfff8) != 0) {
    return std::nullopt;
  }
  const auto [error, hard] = meaning(header);
  return IcmpError{.family = Family::ipv6,
                   .type = static_cast<u8>(header.type),
                   .code = header.code,
                   .error = error,
                   .hard = hard,
                   .source = inner->source(),
                   .destination = inner->destination(),
                   .protocol = static_cast<u8>(chain->upper),
                   .transport = quoted.subspan(chain->upper_offset)};
}

}  // namespace

void Icmpv6::on_error_message(const IpInfo& info, const Icmpv6Header& header, ByteView quoted) {
  auto error = read_quote(header, quoted);
  if (!error || !layer_.is_local(error->source) || info.multicast) return;
  error->offender = info.source;
  error->interface = info.interface->index();
  TransportDemux* demux = layer_.demux();
  if (!demux) return;
  if (header.type == Icmpv6Type::packet_too_big) {
    // RFC 8201 section 4: what claims less than every link carries is discarded.
    if (header.mtu() < wire::ipv6::min_mtu || !demux->plausible(*error)) return;
    learn_path_mtu(info, *error, header.mtu());
  }
  demux->on_error(*error);
}

bool Icmpv6::can_be_ours(const Interface& in, ByteView quoted,
                         const Ipv6Address& destination) const {
  auto sent = read_quote(Icmpv6Header{Icmpv6Type::redirect}, quoted);
  const TransportDemux* demux = layer_.demux();
  if (!sent || !demux) return false;
  sent->interface = in.index();
  return sent->destination == destination && layer_.is_local(sent->source) &&
         demux->plausible(*sent);
}

// RFC 8201 section 4.
void Icmpv6::learn_path_mtu(const IpInfo& info, IcmpError& error, u32 mtu) {
  Interface* zone = error.destination.is_link_local() ? info.interface : nullptr;
  const auto way = layer_.route(error.destination, {}, zone);
  const u32 link_mtu = way ? way->interface->mtu6() : 0xffff;
  PathMtuCache& cache = layer_.path_mtu();
  if (cache.on_packet_too_big(error.destination, mtu, link_mtu, link_mtu, layer_.now())) {
    layer_.invalidate_ways();
  }
  error.path_mtu = cache.lookup(error.destination, link_mtu, layer_.now());
  error.mtu = mtu;
}

void Icmpv6::report_own(const Interface& out, const Packet& offending, const Icmpv6Header& header) {
  auto error = read_quote(header, offending.linear_bytes());
  if (!error || !layer_.demux()) return;
  error->offender = error->source;
  error->interface = out.index();
  layer_.demux()->on_error(*error);
}

}  // namespace catenet
