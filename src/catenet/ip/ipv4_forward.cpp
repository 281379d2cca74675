// IPv4, through: a router's work on one datagram, which leaves as it came but for TTL, checksum and
// what its options ask for. The steps are those of RFC 1812 section 5.2.1.
#include "catenet/ip/fragment.hpp"
#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/super_segment.hpp"

namespace catenet {

using wire::Icmpv4Header;
using wire::Ipv4View;
using wire::UnreachableCode;

void Ipv4::refuse(Interface& in, Packet packet, const Icmpv4Header& error, Drop reason) {
  layer_.icmpv4().error(packet, error);
  in.drop(std::move(packet), reason);
}

// RFC 1812 sections 5.3.4, 5.3.7 and 4.2.2.11, RFC 3927 section 2.7: what a router must let lie.
std::optional<Drop> Ipv4::check_forwardable(const Packet& packet) const {
  if (!layer_.forwarding()) return Drop::not_our_address;
  if (packet.meta().link_broadcast || packet.meta().link_multicast) {
    return Drop::broadcast_not_forwarded;
  }
  const Ipv4View header(packet.data());
  const Ipv4Address destination = header.destination();
  if (destination.is_this_network() || destination.is_reserved_class_e() ||
      destination.is_link_local() || destination.is_loopback()) {
    return Drop::not_our_address;
  }
  if (header.source().is_link_local() || header.source().is_this_network()) {
    return Drop::martian_source;
  }
  return std::nullopt;
}

void Ipv4::forward(Interface& in, Packet&& packet) {
  if (const auto why_not = check_forwardable(packet)) {
    counters_.in_addr_errors += wire_packets(packet);
    return in.drop(std::move(packet), *why_not);
  }
  if (Ipv4View(packet.data()).ttl() <= 1) {
    counters_.in_hdr_errors += wire_packets(packet);
    return refuse(in, std::move(packet),
                  Icmpv4Header::time_exceeded(wire::TimeExceededCode::in_transit),
                  Drop::ttl_exceeded);
  }
  const Ipv4Address destination = Ipv4View(packet.data()).destination();
  const Route* route = layer_.routes4().lookup(destination);
  Interface* out = route ? layer_.interface(route->interface) : nullptr;
  if (!out || route->kind != RouteKind::unicast || !out->up()) {
    return forward_nowhere(in, std::move(packet), route);
  }
  if (Ipv4View(packet.data()).has_options() && !process_options(in, packet, out)) return;
  route->uses += wire_packets(packet);
  const Ipv4Address next_hop = route->gateway ? route->gateway->v4() : destination;
  if (out == &in) maybe_redirect(in, packet, next_hop);
  const u32 mtu = route->mtu ? std::min(route->mtu, out->mtu()) : out->mtu();
  forward_out(in, *out, std::move(packet), next_hop, mtu);
}

// RFC 1812 section 5.2.7.1: there is no route, or one that says no.
void Ipv4::forward_nowhere(Interface& in, Packet packet, const Route* route) {
  counters_.in_no_routes += wire_packets(packet);
  auto code = UnreachableCode::network;
  if (route) {
    route->uses += wire_packets(packet);
    if (route->kind == RouteKind::blackhole) return in.drop(std::move(packet), Drop::no_route);
    code = route->kind == RouteKind::prohibit ? UnreachableCode::administratively_prohibited
                                              : UnreachableCode::host;
    if (route->kind == RouteKind::unicast) code = UnreachableCode::network;  // the link is down
  }
  refuse(in, std::move(packet), Icmpv4Header::unreachable(code), Drop::no_route);
}

// RFC 1812 section 5.2.7.2: the sender is on the link that its datagram goes back to.
void Ipv4::maybe_redirect(Interface& in, const Packet& packet, Ipv4Address next_hop) {
  const Ipv4View header(packet.data());
  if (!in.options().send_redirects || in.loopback()) return;
  const InterfaceAddress* subnet = in.on_link4(header.source());
  if (!subnet || !subnet->prefix().contains(next_hop)) return;
  layer_.icmpv4().error(packet, Icmpv4Header::redirect(wire::RedirectCode::host, next_hop));
}

void Ipv4::forward_out(Interface& in, Interface& out, Packet&& packet, Ipv4Address next_hop,
                       u32 mtu) {
  const bool fits = wire_packet_size(packet) <= mtu;
  if (!fits && Ipv4View(packet.data()).dont_fragment()) {
    counters_.frag_fails += wire_packets(packet);
    const u16 next_hop_mtu = static_cast<u16>(mtu);
    return refuse(in, std::move(packet),
                  Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed, next_hop_mtu),
                  Drop::fragmentation_needed);
  }
  wire::ipv4_edit::decrement_ttl(packet.data());
  counters_.forw_datagrams += wire_packets(packet);
  if (fits) return layer_.neighbours().resolve(out, next_hop, std::move(packet));
  RouteCache way{.interface = &out, .next_hop = next_hop, .mtu = mtu};
  if (!send_fragments(packet, way)) in.drop(std::move(packet), Drop::fragmentation_needed);
}

// To the broadcast address of another link of ours (RFC 2644: off unless told otherwise).
void Ipv4::forward_broadcast(Interface& in, Interface& out, Packet packet) {
  if (in.loopback() || packet.meta().network_offset == 0) {
    return deliver(in, std::move(packet), true, false);
  }
  auto why_not = check_forwardable(packet);
  if (!why_not && !out.options().forward_directed_broadcast)
    why_not = Drop::broadcast_not_forwarded;
  if (why_not || !out.up()) {
    counters_.in_addr_errors += wire_packets(packet);
    return in.drop(std::move(packet), why_not.value_or(Drop::interface_down));
  }
  if (Ipv4View(packet.data()).ttl() <= 1) {
    // Never an error about a broadcast (RFC 1122 section 3.2.2).
    counters_.in_hdr_errors += wire_packets(packet);
    return in.drop(std::move(packet), Drop::ttl_exceeded);
  }
  deliver(in, linear_copy(packet), true, false);  // with the headers in front, should it be dropped
  if (Ipv4View(packet.data()).has_options() && !process_options(in, packet, &out)) return;
  if (packet.size() > out.mtu()) {
    ++counters_.frag_fails;
    return in.drop(std::move(packet), Drop::fragmentation_needed);
  }
  wire::ipv4_edit::decrement_ttl(packet.data());
  counters_.forw_datagrams += wire_packets(packet);
  out.ethernet_output(std::move(packet), MacAddress::broadcast(),
                      static_cast<u16>(wire::EtherType::ipv4));
}

}  // namespace catenet
