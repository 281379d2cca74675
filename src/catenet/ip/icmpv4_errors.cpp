// ICMP errors about datagrams of ours: believed as far as they can be, and told to the transport.
// Read RFC 1122 sections 3.2.2.1 (unreachable), 3.2.2.2 (redirect), RFC 1191 section 4, RFC 5927
// (what attackers do with them).
#include "catenet/ip/ip_layer.hpp"

namespace catenet {

using wire::Icmpv4Header;
using wire::Icmpv4Type;
using wire::Ipv4View;
using wire::UnreachableCode;

namespace {

struct Meaning {
  Errno error;
  bool hard;
};

// As Linux maps the codes of type 3 (RFC 1122 section 4.2.3.9: 2 to 4 are hard).
Meaning unreachable_meaning(UnreachableCode code) {
  switch (code) {
    case UnreachableCode::network:
    case UnreachableCode::network_tos: return {Errno::network_unreachable, false};
    case UnreachableCode::network_unknown:
    case UnreachableCode::network_prohibited: return {Errno::network_unreachable, true};
    case UnreachableCode::host:
    case UnreachableCode::host_tos: return {Errno::host_unreachable, false};
    case UnreachableCode::host_unknown: return {Errno::host_down, true};
    case UnreachableCode::source_host_isolated: return {Errno::no_network, true};
    case UnreachableCode::protocol: return {Errno::no_protocol_option, true};
    case UnreachableCode::port: return {Errno::connection_refused, true};
    case UnreachableCode::fragmentation_needed: return {Errno::message_size, false};
    case UnreachableCode::source_route_failed: return {Errno::operation_not_supported, false};
    default: return {Errno::host_unreachable, true};
  }
}

Meaning meaning(const Icmpv4Header& header) {
  switch (header.type) {
    case Icmpv4Type::destination_unreachable:
      return unreachable_meaning(static_cast<UnreachableCode>(header.code));
    case Icmpv4Type::parameter_problem: return {Errno::protocol_error, true};
    default: return {Errno::host_unreachable, false};
  }
}

// What the quoted datagram says; nothing if it does not hold 8 bytes of its transport header, as
// fragments but the first do not.
std::optional<IcmpError> read_quote(const Icmpv4Header& header, ByteView quoted) {
  const auto inner = Ipv4View::over(quoted);
  if (!inner || inner->fragment_offset() != 0) return std::nullopt;
  if (quoted.size() < inner->header_size() + 8) return std::nullopt;
  const auto [error, hard] = meaning(header);
  return IcmpError{.family = Family::ipv4,
                   .type = static_cast<u8>(header.type),
                   .code = header.code,
                   .error = error,
                   .hard = hard,
                   .source = inner->source(),
                   .destination = inner->destination(),
                   .protocol = static_cast<u8>(inner->protocol()),
                   .transport = quoted.subspan(inner->header_size())};
}

bool too_big(const Icmpv4Header& header) {
  return header.type == Icmpv4Type::destination_unreachable &&
         header.code == static_cast<u8>(UnreachableCode::fragmentation_needed);
}

}  // namespace

void Icmpv4::on_error_message(const IpInfo& info, const Icmpv4Header& header, ByteView quoted) {
  auto error = read_quote(header, quoted);
  // About something that was never ours: forged, or astray.
  if (!error || !layer_.is_local(error->source) || info.broadcast || info.multicast) return;
  error->offender = info.source;
  error->interface = info.interface->index();
  TransportDemux* demux = layer_.demux();
  if (!demux) return;
  if (too_big(header)) {
    if (!layer_.options().path_mtu_discovery || !demux->plausible(*error)) return;
    learn_path_mtu(*error, header, Ipv4View(quoted.data()).total_length());
  }
  demux->on_error(*error);
}

// RFC 1191 section 4 and 5.
void Icmpv4::learn_path_mtu(IcmpError& error, const Icmpv4Header& header, u32 packet_size) {
  const auto way = layer_.route(error.destination);
  const u32 link_mtu = way ? way->interface->mtu() : wire::ipv4::max_packet_size;
  PathMtuCache& cache = layer_.path_mtu();
  if (cache.on_packet_too_big(error.destination, header.next_hop_mtu(), packet_size, link_mtu,
                              layer_.now())) {
    layer_.invalidate_ways();
  }
  error.path_mtu = cache.lookup(error.destination, link_mtu, layer_.now());
  error.mtu = header.next_hop_mtu() != 0 ? header.next_hop_mtu() : error.path_mtu;
}

// RFC 1122 section 3.2.2.2, RFC 1812 section 5.2.7.2: hosts only, from the gateway in use, to a
// neighbour, about what a transport here can have sent.
std::optional<Drop> Icmpv4::on_redirect(const IpInfo& info, const Icmpv4Header& header,
                                        ByteView quoted) {
  const Interface& in = *info.interface;
  if (layer_.forwarding() || !in.options().accept_redirects) return std::nullopt;
  auto error = read_quote(header, quoted);
  const TransportDemux* demux = layer_.demux();
  if (!error || !layer_.is_local(error->source) || info.broadcast || info.multicast) {
    return Drop::icmp_not_believed;
  }
  error->interface = in.index();
  const Ipv4Address gateway = header.gateway();
  const Ipv4Address destination = error->destination.v4();
  if (!believable_redirect(info, gateway, destination) || !demux || !demux->plausible(*error)) {
    return Drop::icmp_not_believed;
  }
  const Route* current = layer_.routes4().lookup(destination);
  const bool known = current->origin == RouteOrigin::redirect && *current->gateway == gateway;
  if (!known) layer_.redirect_route(destination, gateway, in);
  return std::nullopt;
}

bool Icmpv4::believable_redirect(const IpInfo& info, Ipv4Address gateway,
                                 Ipv4Address destination) const {
  const Interface& in = *info.interface;
  const Route* current = layer_.routes4().lookup(destination);
  if (!current || !current->gateway || *current->gateway != info.source) return false;
  if (current->interface != in.index()) return false;
  if (layer_.is_local(gateway) || gateway.is_multicast() || layer_.is_broadcast(gateway)) {
    return false;
  }
  return in.on_link4(gateway) != nullptr;
}

void Icmpv4::report_own(const Interface& out, const Packet& offending, const Icmpv4Header& header) {
  auto error = read_quote(header, offending.linear_bytes());
  if (!error || !layer_.demux()) return;
  error->offender = error->source;
  error->interface = out.index();
  layer_.demux()->on_error(*error);
}

}  // namespace catenet
