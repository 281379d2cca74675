// IPv4, downward: a way is found, a header written, what is too long cut. Read RFC 1122
// sections 3.3.1 (routing), 3.3.4 (source address) and 3.3.6 (broadcasts), RFC 1112 (multicast),
// RFC 6864 (identification).
#include <algorithm>

#include "catenet/ip/fragment.hpp"
#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/packet_ops.hpp"
#include "catenet/ip/super_segment.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet {

using wire::Ipv4View;

// --- Which way ---

Ipv4Address Ipv4::any_address() const {
  for (const auto& interface : layer_.interfaces()) {
    const InterfaceAddress* own = interface->loopback() ? nullptr : interface->primary4();
    if (own) return own->address.v4();
  }
  return {};
}

// RFC 1122 section 3.3.4.3: of the interface it leaves by, in the next hop's subnet if there is
// one.
Ipv4Address Ipv4::choose_source(const Interface& out, Ipv4Address next_hop) const {
  const InterfaceAddress* own = out.on_link4(next_hop);
  if (!own) own = out.primary4();
  return own ? own->address.v4() : any_address();
}

Result<void> Ipv4::fill(RouteCache& way, const IpSend& send) {
  const Ipv4Address destination = send.destination.v4();
  const Ipv4Address source = send.source.is_v4() ? send.source.v4() : Ipv4Address();
  if (!source.is_unspecified() && !layer_.is_local(source)) {
    return Unexpected(Errno::address_not_available);
  }
  way = RouteCache{.destination = destination, .next_hop = destination};
  if (auto found = find_way(way, destination, source, send.interface); !found) return found;
  if (!way.interface->up()) return Unexpected(Errno::network_down);
  // RFC 1122 section 3.2.1.3 (g).
  if (source.is_loopback() && !way.interface->loopback()) return Unexpected(Errno::invalid);
  if (!source.is_unspecified() || send.unspecified_source) {
    way.source = source;
  } else if (way.kind == WayKind::local) {
    way.source = destination;
  } else {
    way.source = choose_source(*way.interface, way.next_hop.v4());
    const bool nobody = way.source.is_unspecified() && !send.header_included;
    if (nobody) return Unexpected(Errno::address_not_available);
  }
  way.generation = layer_.generation();
  return {};
}

Result<void> Ipv4::find_way(RouteCache& way, Ipv4Address destination, Ipv4Address source,
                            Interface* bound) {
  // RFC 1122 section 3.2.1.3 (a) and (b): never a destination.
  if (destination.is_this_network()) return Unexpected(Errno::network_unreachable);
  const Local4* local = layer_.local().find(destination, bound);
  const bool broadcast =
      destination.is_limited_broadcast() || (local && local->kind == LocalKind::broadcast);
  if (broadcast || destination.is_multicast()) {
    way.kind = broadcast ? WayKind::broadcast : WayKind::multicast;
    Interface* out = local ? local->interface : group_interface(destination, source, bound);
    if (!out) return Unexpected(Errno::network_unreachable);
    way.interface = out;
    way.mtu = out->mtu();
    return {};
  }
  if (local || destination.is_loopback()) {
    way.kind = WayKind::local;
    way.interface = &layer_.loopback();
    way.mtu = way.interface->mtu();
    return {};
  }
  return find_route(way, destination, source, bound);
}

// Where a datagram to all, or to a group, goes that names no interface.
Interface* Ipv4::group_interface(Ipv4Address group, Ipv4Address source, Interface* bound) const {
  if (bound) return bound;
  if (!source.is_unspecified()) {
    if (const Local4* own = layer_.local().find(source)) return own->interface;
  }
  if (const Route* route = layer_.routes4().lookup(group); route && group.is_multicast()) {
    return layer_.interface(route->interface);
  }
  for (const auto& interface : layer_.interfaces()) {
    if (!interface->loopback() && interface->up() && interface->primary4()) return interface.get();
  }
  return nullptr;
}

Result<void> Ipv4::find_route(RouteCache& way, Ipv4Address destination, Ipv4Address source,
                              Interface* bound) {
  const bool named = bound != nullptr;
  if (!bound && layer_.options().strong_host && !source.is_unspecified()) {
    if (const Local4* own = layer_.local().find(source)) bound = own->interface;
  }
  const Route* route = bound ? layer_.routes4().lookup_on(destination, bound->index())
                             : layer_.routes4().lookup(destination);
  if (!route) {
    // The sender names an interface, and no route says otherwise: the destination is taken to be on
    // its link. A source address alone (RFC 1122 section 3.3.4.2) says nothing of the kind.
    if (!named || bound->loopback()) return Unexpected(Errno::network_unreachable);
    way.interface = bound;
    way.mtu = path_mtu(destination, bound->mtu(), way);
    return {};
  }
  if (auto found = layer_.follow(*route, bound, way); !found) return found;
  const u32 mtu = way.interface->mtu();
  way.mtu = path_mtu(destination, way.route->mtu ? std::min(way.route->mtu, mtu) : mtu, way);
  return {};
}

u32 Ipv4::path_mtu(Ipv4Address destination, u32 link_mtu, RouteCache& way) const {
  const PathMtuCache& cache = layer_.path_mtu();
  if (cache.size() == 0) return link_mtu;
  way.valid_until = cache.valid_until(destination);
  way.fragments_on_path = !cache.dont_fragment(destination, layer_.now());
  return cache.lookup(destination, link_mtu, layer_.now());
}

// --- Sending ---

Result<void> Ipv4::output(Packet&& packet, const IpSend& send, RouteCache* cache) {
  if (!cache) {
    RouteCache fresh;
    return output(std::move(packet), send, &fresh);
  }
  RouteCache& way = *cache;
  const u32 count = wire_segments(packet, send.protocol);
  counters_.out_requests += count;
  const bool known =
      layer_.valid(way) && way.destination.is_v4() && way.destination.v4() == send.destination.v4();
  if (!known) {
    if (auto found = fill(way, send); !found) {
      counters_.out_no_routes += count;
      return found;
    }
  }
  if (way.route) way.route->uses += count;
  auto ready =
      send.header_included ? complete_header(packet, way) : write_header(packet, send, way);
  if (ready) ready = send_sized(std::move(packet), way, send.multicast_loop);
  if (!ready) counters_.out_discards += count;
  return ready;
}

Result<void> Ipv4::write_header(Packet& packet, const IpSend& send, const RouteCache& way) {
  if (send.options.size() > wire::Ipv4Options::max_size) return Unexpected(Errno::invalid);
  const u32 options = (static_cast<u32>(send.options.size()) + 3) & ~3u;
  const u32 size = wire::ipv4::min_header_size + options;
  const u32 total = packet.size() + size;
  if (total > wire::ipv4::max_packet_size) return Unexpected(Errno::message_size);
  const bool group = way.kind == WayKind::multicast;
  const u8 ttl = send.ttl ? send.ttl : group ? u8{1} : layer_.options().default_ttl;
  const Ipv4Address source =
      send.source.is_v4() && !send.source.is_unspecified() ? send.source.v4() : way.source.v4();
  const Ipv4Address destination = way.destination.v4();
  const u32 count = wire_segments(packet, send.protocol);
  ensure_headroom(packet, size + wire::ethernet::header_size);
  u8* header = prepend_header(packet, size);
  // RFC 1191 section 3: who insists is refused below the floor, not cut.
  const bool whole = send.dont_fragment || (send.prefer_whole && !way.fragments_on_path);
  const u16 id = next_identification(source, destination, send.protocol, count);
  const u32 words[] = {(0x40u | size / 4) << 24 | u32{send.dscp_ecn} << 16 | total,
                       u32{id} << 16 | (whole ? 0x4000u : 0u),
                       u32{ttl} << 24 | u32{send.protocol} << 16, source.value(),
                       destination.value()};
  // Summed as values: the words are still on their way to memory.
  wire::InternetChecksum checksum;
  for (u32 i = 0; i < std::size(words); ++i) {
    store32(header + 4 * i, words[i]);
    checksum.add_u32(words[i]);
  }
  if (options > 0) {
    u8* area = header + wire::ipv4::min_header_size;
    std::memset(area, 0, options);
    std::memcpy(area, send.options.data(), send.options.size());
    if (Ipv4View(header).options().bad_offset()) return Unexpected(Errno::invalid);
    note_source({area, options}, source);
    checksum.add({area, options});
  }
  store16(header + 10, checksum.finish());
  return {};
}

// A raw socket's own header: length and checksum are filled in always, identification and source
// where they are 0.
Result<void> Ipv4::complete_header(Packet& packet, const RouteCache& way) {
  const auto header = Ipv4View::over(packet.linear_bytes());
  if (!header || header->header_size() > packet.linear_size()) return Unexpected(Errno::invalid);
  if (packet.size() > wire::ipv4::max_packet_size) return Unexpected(Errno::message_size);
  u8* at = packet.data();
  if (header->source().is_unspecified()) way.source.v4().store(at + 12);
  if (header->identification() == 0) {
    const u8 protocol = static_cast<u8>(header->protocol());
    store16(at + 4, next_identification(header->source(), header->destination(), protocol, 1));
  }
  store16(at + 2, static_cast<u16>(packet.size()));
  wire::ipv4_edit::store_checksum(at);
  ensure_headroom(packet, wire::ethernet::header_size);
  return {};
}

// Counters picked by a keyed hash of the flow: no two datagrams that could be mixed up share a
// value soon, and nobody learns how much we send to others (RFC 7739 section 5.3).
u16 Ipv4::next_identification(Ipv4Address source, Ipv4Address destination, u8 protocol, u32 count) {
  if (!identifications_) {
    identifications_ = std::make_unique<Identifications>();
    identifications_->key = layer_.random().next();
    for (u16& counter : identifications_->counters) {
      counter = static_cast<u16>(layer_.random().next());
    }
  }
  const u64 flow = u64{source.value()} << 32 | destination.value();
  const u64 hash = mix64(flow ^ identifications_->key ^ u64{protocol} << 16);
  u16& counter = identifications_->counters[hash & 255];
  const u16 first = counter;
  counter = static_cast<u16>(counter + count);
  return first;
}

Result<void> Ipv4::send_sized(Packet&& packet, RouteCache& way, bool loop) {
  if (wire_packet_size(packet) <= way.mtu) {
    transmit(std::move(packet), way, loop);
    return {};
  }
  if (Ipv4View(packet.data()).dont_fragment()) {
    counters_.frag_fails += wire_packets(packet);
    return Unexpected(Errno::message_size);
  }
  return send_fragments(packet, way, loop) ? Result<void>{} : Unexpected(Errno::message_size);
}

// Fragments `packet`; a super-segment is cut into its segments first. False: not even 8 bytes fit.
bool Ipv4::send_fragments(Packet& packet, RouteCache& way, bool loop) {
  if (packet.meta().segment_size != 0) {
    bool sent = true;
    cut_super_segment(packet,
                      [&](Packet segment) { sent = sent && send_fragments(segment, way, loop); });
    return sent;
  }
  if (packet.size() <= way.mtu) {
    transmit(std::move(packet), way, loop);
    return true;
  }
  complete_checksum(packet);
  PacketQueue fragments;
  if (!fragment_ipv4(packet, way.mtu, fragments)) {
    ++counters_.frag_fails;
    return false;
  }
  ++counters_.frag_oks;
  counters_.frag_creates += fragments.size();
  while (Packet fragment = fragments.pop_front()) {
    ensure_headroom(fragment, wire::ethernet::header_size);
    transmit(std::move(fragment), way, loop);
  }
  return true;
}

void Ipv4::transmit(Packet&& packet, RouteCache& way, bool loop) {
  constexpr u16 type = static_cast<u16>(wire::EtherType::ipv4);
  switch (way.kind) {
    case WayKind::unicast:
      // Asked again: errors that earlier packets brought about may have pushed the entry out.
      if (way.neighbour && way.neighbour_generation == way.neighbours->generation()) {
        return layer_.neighbours().resolve(*way.interface, way, std::move(packet));
      }
      return layer_.neighbours().resolve(*way.interface, way.next_hop, std::move(packet), &way);
    case WayKind::local: return layer_.loop_back(*way.interface, std::move(packet));
    case WayKind::broadcast:
      // A station does not hear itself: what it says to all is handed to it here.
      layer_.loop_back(*way.interface, packet.clone());
      if (way.interface->loopback()) return;
      return way.interface->ethernet_output(std::move(packet), MacAddress::broadcast(), type);
    case WayKind::multicast: {
      const Ipv4Address group = way.destination.v4();
      if (loop && listens(*way.interface, group)) {
        layer_.loop_back(*way.interface, packet.clone());
      }
      // TTL 0 stays on this host (RFC 1112 section 6.1).
      if (way.interface->loopback() || Ipv4View(packet.data()).ttl() == 0) return;
      return way.interface->ethernet_output(std::move(packet),
                                            MacAddress::for_ipv4_multicast(group), type);
    }
  }
}

}  // namespace catenet
