// IPv6, through: a router's work on one packet, which leaves as it came but for its hop limit.
// Routers never fragment. Read RFC 8200 sections 3 to 5, RFC 4443 section 3, RFC 4007 section 9
// (scopes).
#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/super_segment.hpp"

namespace catenet {

using wire::Icmpv6Header;
using wire::Ipv6View;
using wire::Unreachable6Code;

void Ipv6::refuse(Interface& in, Packet packet, const Icmpv6Header& error, Drop reason) {
  layer_.icmpv6().error(&in, packet, error);
  in.drop(std::move(packet), reason);
}

std::optional<Drop> Ipv6::check_forwardable(const Packet& packet) const {
  if (!layer_.forwarding()) return Drop::not_our_address;
  if (packet.meta().link_broadcast || packet.meta().link_multicast) {
    return Drop::broadcast_not_forwarded;
  }
  const Ipv6View header(packet.data());
  if (header.source().is_unspecified()) return Drop::martian_source;
  if (header.destination().is_link_local()) return Drop::not_our_address;
  return std::nullopt;
}

void Ipv6::forward(Interface& in, Packet&& packet) {
  if (const auto why_not = check_forwardable(packet)) {
    counters_.in_addr_errors += wire_packets(packet);
    return in.drop(std::move(packet), *why_not);
  }
  const Ipv6View header(packet.data());
  if (header.hop_limit() <= 1) {
    counters_.in_hdr_errors += wire_packets(packet);
    return refuse(in, std::move(packet),
                  Icmpv6Header::time_exceeded(wire::TimeExceeded6Code::in_transit),
                  Drop::ttl_exceeded);
  }
  const Ipv6Address destination = header.destination();
  const Route* route = layer_.routes6().lookup(destination);
  Interface* out = route ? layer_.interface(route->interface) : nullptr;
  if (!out || route->kind != RouteKind::unicast || !out->up()) {
    return forward_nowhere(in, std::move(packet), route);
  }
  if (header.source().is_link_local() && out != &in) {
    // RFC 4007 section 9, RFC 4443 section 3.1 code 2.
    return refuse(in, std::move(packet), Icmpv6Header::unreachable(Unreachable6Code::beyond_scope),
                  Drop::no_route);
  }
  route->uses += wire_packets(packet);
  const Ipv6Address next_hop = route->gateway ? route->gateway->v6() : destination;
  if (out == &in) maybe_redirect(in, packet, next_hop);
  forward_out(in, *out, std::move(packet), next_hop,
              route->mtu ? std::min(route->mtu, out->mtu6()) : out->mtu6());
}

void Ipv6::forward_out(Interface& in, Interface& out, Packet&& packet, const Ipv6Address& next_hop,
                       u32 mtu) {
  if (wire_packet_size(packet) > mtu) {
    counters_.in_too_big_errors += wire_packets(packet);
    return refuse(in, std::move(packet), Icmpv6Header::packet_too_big(mtu),
                  Drop::fragmentation_needed);
  }
  wire::ipv6_edit::decrement_hop_limit(packet.data());
  counters_.forw_datagrams += wire_packets(packet);
  layer_.neighbours().resolve(out, next_hop, std::move(packet));
}

void Ipv6::forward_nowhere(Interface& in, Packet packet, const Route* route) {
  counters_.in_no_routes += wire_packets(packet);
  auto code = Unreachable6Code::no_route;
  if (route) {
    route->uses += wire_packets(packet);
    if (route->kind == RouteKind::blackhole) return in.drop(std::move(packet), Drop::no_route);
    if (route->kind == RouteKind::prohibit) code = Unreachable6Code::administratively_prohibited;
    if (route->kind == RouteKind::unreachable) code = Unreachable6Code::reject_route;
  }
  refuse(in, std::move(packet), Icmpv6Header::unreachable(code), Drop::no_route);
}

// RFC 4861 section 8.2: the sender is a neighbour on the link that its packet goes back to.
void Ipv6::maybe_redirect(Interface& in, const Packet& packet, const Ipv6Address& next_hop) {
  const Ipv6Address source = Ipv6View(packet.data()).source();
  if (!in.options().send_redirects || in.loopback()) return;
  const Route* back = layer_.routes6().lookup_on(source, in.index());
  const bool neighbour = source.is_link_local() || (back && !back->gateway);
  if (neighbour) layer_.ndp().redirect(in, packet, next_hop);
}

}  // namespace catenet
