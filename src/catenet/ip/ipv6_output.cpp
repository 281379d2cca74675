// IPv6, downward: a way and a source address are found, a header written, what is too long cut.
// Read RFC 6724 (source selection), RFC 8200 sections 3, 4.5 and 5, RFC 4007 (zones).
#include <algorithm>
#include <array>

#include "catenet/ip/fragment.hpp"
#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/source_selection.hpp"
#include "catenet/ip/super_segment.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet {

using wire::Ipv6View;

// --- Which way ---

// RFC 6724 section 4: the addresses of the interface it leaves by, and, where scope allows, of the
// others.
std::optional<Ipv6Address> Ipv6::choose_source(const Interface& out,
                                               const Ipv6Address& destination) const {
  const SourceQuery query{.destination = destination, .interface = out.index()};
  // Each against the best so far, so that a datagram without a cached way allocates nothing.
  std::array<SourceCandidate, 2> best_and_next;
  bool any = false;
  for (const auto& interface : layer_.interfaces()) {
    for (const InterfaceAddress& own : interface->addresses6()) {
      const bool elsewhere = interface.get() != &out;
      if (!own.usable() || own.address.is_loopback()) continue;
      // RFC 6724 section 4: what goes no further than a link, or to a group, is from that link.
      const bool of_link = destination.is_link_local() || destination.is_multicast();
      if (elsewhere && (own.address.is_link_local() || of_link)) continue;
      const SourceCandidate candidate{.address = own.address,
                                      .prefix_length = own.prefix_length,
                                      .deprecated = own.state == AddressState::deprecated,
                                      .interface = interface->index()};
      best_and_next[any ? 1 : 0] = candidate;
      if (any && select_source(best_and_next, query) == 1) best_and_next[0] = candidate;
      any = true;
    }
  }
  if (!any) return std::nullopt;
  return best_and_next[0].address.v6();
}

Result<void> Ipv6::fill(RouteCache& way, const IpSend& send) {
  const Ipv6Address destination = send.destination.v6();
  const Ipv6Address source = send.source.is_v6() ? send.source.v6() : Ipv6Address();
  Interface* bound = send.interface;
  if (!source.is_unspecified()) {
    const Local6* own = layer_.local().find(source, bound);
    if (!own) return Unexpected(Errno::address_not_available);
    if (!bound && (source.is_link_local() || layer_.options().strong_host)) bound = own->interface;
  }
  way = RouteCache{.destination = destination, .next_hop = destination};
  if (auto found = find_way(way, destination, bound); !found) return found;
  if (!way.interface->up()) return Unexpected(Errno::network_down);
  // RFC 4291 section 2.5.3.
  if (source.is_loopback() && !way.interface->loopback()) return Unexpected(Errno::invalid);
  if (!source.is_unspecified() || send.unspecified_source) {
    way.source = source;
  } else if (way.kind == WayKind::local) {
    way.source = destination;
  } else {
    const auto chosen = choose_source(*way.interface, destination);
    if (!chosen) return Unexpected(Errno::address_not_available);
    way.source = *chosen;
  }
  way.generation = layer_.generation();
  return {};
}

Result<void> Ipv6::find_way(RouteCache& way, const Ipv6Address& destination, Interface* bound) {
  if (destination.is_unspecified()) return Unexpected(Errno::network_unreachable);
  if (destination.is_multicast()) {
    way.kind = WayKind::multicast;
    way.interface = zone_interface(destination, bound);
    if (!way.interface) return Unexpected(Errno::network_unreachable);
    way.mtu = way.interface->mtu6();
    return {};
  }
  if (layer_.local().find(destination, destination.is_link_local() ? bound : nullptr)) {
    way.kind = WayKind::local;
    way.interface = &layer_.loopback();
    way.mtu = way.interface->mtu();
    return {};
  }
  if (destination.is_link_local()) {
    way.interface = zone_interface(destination, bound);
    if (!way.interface) return Unexpected(Errno::network_unreachable);
    way.mtu = path_mtu(destination, way.interface->mtu6(), way);
    return {};
  }
  return find_route(way, destination, bound);
}

// The zone of an address that means another station on each link (RFC 4007 section 6): the bound
// interface, the route's, or else the first that is up.
Interface* Ipv6::zone_interface(const Ipv6Address& destination, Interface* bound) const {
  if (bound) return bound;
  if (destination.is_multicast()) {
    if (const Route* route = layer_.routes6().find({destination, 8})) {
      return layer_.interface(route->interface);
    }
  }
  for (const auto& interface : layer_.interfaces()) {
    if (!interface->loopback() && interface->up() && interface->has_link_local6()) {
      return interface.get();
    }
  }
  return nullptr;
}

Result<void> Ipv6::find_route(RouteCache& way, const Ipv6Address& destination, Interface* bound) {
  const Route* route = bound ? layer_.routes6().lookup_on(destination, bound->index())
                             : layer_.routes6().lookup(destination);
  if (!route) return Unexpected(Errno::network_unreachable);
  if (auto found = layer_.follow(*route, bound, way); !found) return found;
  const u32 mtu = way.interface->mtu6();
  way.mtu = path_mtu(destination, way.route->mtu ? std::min(way.route->mtu, mtu) : mtu, way);
  return {};
}

u32 Ipv6::path_mtu(const Ipv6Address& destination, u32 link_mtu, RouteCache& way) const {
  const PathMtuCache& cache = layer_.path_mtu();
  if (cache.size() == 0) return link_mtu;
  way.valid_until = cache.valid_until(destination);
  return cache.lookup(destination, link_mtu, layer_.now());
}

// --- Sending ---

Result<void> Ipv6::output(Packet&& packet, const IpSend& send, RouteCache* cache) {
  if (!cache) {
    RouteCache fresh;
    return output(std::move(packet), send, &fresh);
  }
  RouteCache& way = *cache;
  const u32 count = wire_segments(packet, send.protocol);
  counters_.out_requests += count;
  const bool known = layer_.valid(way) && way.destination == send.destination;
  if (!known) {
    if (auto found = fill(way, send); !found) {
      counters_.out_no_routes += count;
      return found;
    }
  }
  if (way.route) way.route->uses += count;
  auto ready =
      send.header_included ? complete_header(packet, way) : write_header(packet, send, way);
  if (ready) {
    ready = send_sized(std::move(packet), way, send.dont_fragment || send.prefer_whole,
                       send.multicast_loop);
  }
  if (!ready) counters_.out_discards += count;
  return ready;
}

u8 Ipv6::hop_limit(const IpSend& send, const RouteCache& way) const {
  if (send.ttl) return send.ttl;
  if (way.kind == WayKind::multicast) return 1;
  const u8 advertised = way.interface->parameters().hop_limit;
  return advertised ? advertised : layer_.options().default_ttl;
}

Result<void> Ipv6::write_header(Packet& packet, const IpSend& send, const RouteCache& way) {
  const u32 options = static_cast<u32>(send.options.size());
  if (options > 0 && (options % 8 != 0 || (send.options[1] + 1u) * 8 != options)) {
    return Unexpected(Errno::invalid);
  }
  const u32 payload = packet.size() + options;
  if (payload > 0xffff) return Unexpected(Errno::message_size);
  const u32 size = wire::ipv6::header_size + options;
  const bool given = send.source.is_v6() && !send.source.is_unspecified();
  ensure_headroom(packet, size + wire::ethernet::header_size);
  u8* header = prepend_header(packet, size);
  store32(header, 6u << 28 | u32{send.dscp_ecn} << 20);
  store16(header + 4, static_cast<u16>(payload));
  header[6] = options ? u8{0} : send.protocol;
  header[7] = hop_limit(send, way);
  (given ? send.source : way.source).v6().store(header + 8);
  way.destination.v6().store(header + 24);
  if (options > 0) {
    std::memcpy(header + wire::ipv6::header_size, send.options.data(), options);
    header[wire::ipv6::header_size] = send.protocol;
  }
  return {};
}

// A raw socket's own header: the length is filled in always, the source where it is unspecified.
Result<void> Ipv6::complete_header(Packet& packet, const RouteCache& way) {
  const auto header = Ipv6View::over(packet.linear_bytes());
  if (!header) return Unexpected(Errno::invalid);
  const u32 payload = packet.size() - wire::ipv6::header_size;
  if (payload > 0xffff) return Unexpected(Errno::message_size);
  u8* at = packet.data();
  store16(at + 4, static_cast<u16>(payload));
  if (header->source().is_unspecified()) way.source.v6().store(at + 8);
  ensure_headroom(packet, wire::ethernet::header_size);
  return {};
}

Result<void> Ipv6::send_sized(Packet&& packet, RouteCache& way, bool dont_fragment, bool loop) {
  if (wire_packet_size(packet) <= way.mtu) {
    transmit(std::move(packet), way, loop);
    return {};
  }
  if (dont_fragment) {
    counters_.frag_fails += wire_packets(packet);
    return Unexpected(Errno::message_size);
  }
  return send_fragments(packet, way, loop);
}

// Fragments `packet`; a super-segment is cut into its segments first.
Result<void> Ipv6::send_fragments(Packet& packet, RouteCache& way, bool loop) {
  if (packet.meta().segment_size != 0) {
    Result<void> sent;
    cut_super_segment(packet, [&](Packet segment) {
      if (sent) sent = send_sized(std::move(segment), way, false, loop);
    });
    return sent;
  }
  complete_checksum(packet);
  PacketQueue fragments;
  const u32 identification = static_cast<u32>(layer_.random().next());
  if (auto cut = fragment_ipv6(packet, way.mtu, identification, fragments); !cut) {
    ++counters_.frag_fails;
    return cut;
  }
  ++counters_.frag_oks;
  counters_.frag_creates += fragments.size();
  while (Packet fragment = fragments.pop_front()) {
    ensure_headroom(fragment, wire::ethernet::header_size);
    transmit(std::move(fragment), way, loop);
  }
  return {};
}

void Ipv6::transmit(Packet&& packet, RouteCache& way, bool loop) {
  switch (way.kind) {
    case WayKind::unicast:
      // Asked again: errors that earlier packets brought about may have pushed the entry out.
      if (way.neighbour && way.neighbour_generation == way.neighbours->generation()) {
        return layer_.neighbours().resolve(*way.interface, way, std::move(packet));
      }
      return layer_.neighbours().resolve(*way.interface, way.next_hop, std::move(packet), &way);
    case WayKind::local: return layer_.loop_back(*way.interface, std::move(packet));
    case WayKind::broadcast:
    case WayKind::multicast: {
      const Ipv6Address group = way.destination.v6();
      if (loop && listens(*way.interface, group)) {
        layer_.loop_back(*way.interface, packet.clone());
      }
      const bool stays = group.scope() <= Ipv6Scope::interface_local;
      if (stays || way.interface->loopback() || Ipv6View(packet.data()).hop_limit() == 0) return;
      return way.interface->ethernet_output(std::move(packet),
                                            MacAddress::for_ipv6_multicast(group),
                                            static_cast<u16>(wire::EtherType::ipv6));
    }
  }
}

}  // namespace catenet
