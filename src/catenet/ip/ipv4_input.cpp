// IPv4, upward: what came in is checked, told apart and delivered. The steps are those of RFC 1122
// section 3.2.1 and RFC 1812 section 5.2.1, in their order.
#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/packet_ops.hpp"
#include "catenet/ip/super_segment.hpp"

namespace catenet {

using wire::Icmpv4Header;
using wire::Ipv4View;

Ipv4::Ipv4(IpLayer& layer, const ReassemblyLimits& limits)
    : layer_(layer), reassembler_(limits, layer.random().next()) {}

Ipv4::~Ipv4() { reassembler_.clear(); }

namespace {

// This host sent it to itself.
bool looped(const Packet& packet) { return packet.meta().network_offset == 0; }

}  // namespace

void Ipv4::input(Interface& in, Packet&& packet) {
  counters_.in_receives += wire_packets(packet);
  if (const auto bad = check_header(packet)) {
    counters_.in_hdr_errors += wire_packets(packet);
    return in.drop(std::move(packet), *bad);
  }
  const Ipv4View header(packet.data());
  if (const auto bad = check_source(in, packet, header)) {
    counters_.in_addr_errors += wire_packets(packet);
    return in.drop(std::move(packet), *bad);
  }
  const Ipv4Address destination = header.destination();
  const Local4* local = layer_.local().find(destination, &in);
  if (local && local->kind == LocalKind::unicast) {
    return input_unicast(in, std::move(packet), *local->interface);
  }
  if (local) return input_broadcast(in, std::move(packet), *local->interface);
  if (destination.is_limited_broadcast()) return input_broadcast(in, std::move(packet), in);
  if (destination.is_multicast()) return input_multicast(in, std::move(packet));
  if (destination.is_loopback() && looped(packet)) {
    return deliver(in, std::move(packet), false, false);
  }
  forward(in, std::move(packet));
}

// RFC 1122 section 3.2.1.1 and 3.2.1.2, RFC 1812 section 5.2.2.
std::optional<Drop> Ipv4::check_header(Packet& packet) {
  const auto header = Ipv4View::over(packet.linear_bytes());
  if (!header || header->header_size() > packet.linear_size()) return Drop::bad_ip_header;
  if (!header->length_fits(packet.size())) return Drop::bad_ip_header;
  if (!looped(packet) && !header->checksum_ok()) return Drop::bad_ip_checksum;
  packet.truncate(header->total_length());
  return std::nullopt;
}

// RFC 1122 section 3.2.1.3, RFC 1812 sections 5.3.7 and 4.2.2.11: what cannot be a sender.
std::optional<Drop> Ipv4::check_source(const Interface& in, const Packet& packet,
                                       const Ipv4View& header) const {
  if (looped(packet)) return std::nullopt;
  const Ipv4Address source = header.source();
  const Ipv4Address destination = header.destination();
  if (source.is_multicast() || source.is_loopback() || source.is_limited_broadcast() ||
      source.is_reserved_class_e() || destination.is_loopback()) {
    return Drop::martian_source;
  }
  if (source.is_this_network()) {
    // Whoever learns its address speaks to all.
    const bool learning = source.is_unspecified() &&
                          (destination.is_limited_broadcast() || destination.is_multicast());
    return learning ? std::nullopt : std::optional(Drop::martian_source);
  }
  // Ours, or a broadcast of ours: forged, or our own frame come back.
  if (layer_.local().find(source, &in)) return Drop::martian_source;
  return std::nullopt;
}

void Ipv4::input_unicast(Interface& in, Packet&& packet, const Interface& owner) {
  // RFC 1122 section 3.3.6: a datagram for one does not come by link broadcast.
  if (packet.meta().link_broadcast || packet.meta().link_multicast) {
    counters_.in_discards += wire_packets(packet);
    return in.drop(std::move(packet), Drop::broadcast_not_forwarded);
  }
  // RFC 1122 section 3.3.4.2, the strong model.
  if (layer_.options().strong_host && &owner != &in && !in.loopback()) {
    counters_.in_addr_errors += wire_packets(packet);
    return in.drop(std::move(packet), Drop::not_our_address);
  }
  deliver(in, std::move(packet), false, false);
}

// To a broadcast address of `owner`'s link, or to all on this one.
void Ipv4::input_broadcast(Interface& in, Packet packet, Interface& owner) {
  if (&owner != &in) return forward_broadcast(in, owner, std::move(packet));
  deliver(in, std::move(packet), true, false);
}

// RFC 1112 section 7.2: to all hosts without being asked, to what was joined, and as a router to
// all of those.
bool Ipv4::listens(const Interface& in, Ipv4Address group) const {
  if (group == Ipv4Address::all_hosts() || in.member(group)) return true;
  return layer_.forwarding() && group == Ipv4Address::all_routers();
}

void Ipv4::input_multicast(Interface& in, Packet packet) {
  const Ipv4Address group = Ipv4View(packet.data()).destination();
  counters_.in_mcast_pkts += wire_packets(packet);
  if (!listens(in, group)) {
    counters_.in_discards += wire_packets(packet);
    return in.drop(std::move(packet), Drop::other_group);
  }
  deliver(in, std::move(packet), false, true);
}

void Ipv4::deliver(Interface& in, Packet&& packet, bool broadcast, bool multicast) {
  if (Ipv4View(packet.data()).has_options() && !process_options(in, packet, nullptr)) return;
  const Ipv4View header(packet.data());
  IpInfo info{.interface = &in, .broadcast = broadcast, .multicast = multicast};
  if (header.is_fragment()) return reassemble(in, std::move(packet), info);
  hand_up(std::move(packet), info);
}

void Ipv4::hand_up(Packet&& packet, IpInfo& info) {
  const bool icmp = Ipv4View(packet.data()).protocol() == wire::IpProtocol::icmp;
  if (icmp && !packet.linear()) packet = linear_copy(packet);
  const Ipv4View header(packet.data());
  info.source = header.source();
  info.destination = header.destination();
  info.header_length = static_cast<u16>(header.header_size());
  info.protocol = static_cast<u8>(header.protocol());
  info.ttl = header.ttl();
  info.dscp_ecn = header.traffic_class();
  info.broadcast |= packet.meta().link_broadcast && !info.multicast;
  info.options = header.options().bytes();
  counters_.in_delivers += wire_packets(packet);
  consume_header(packet, info.header_length);
  if (icmp) return layer_.icmpv4().input(info, std::move(packet));
  if (TransportDemux* demux = layer_.demux()) return demux->on_datagram(info, std::move(packet));
  layer_.refuse(info, std::move(packet), Refusal::protocol_unreachable);
}

// --- Fragments ---

void Ipv4::drop_fragments(PacketQueue packets, Drop reason) {
  while (Packet packet = packets.pop_front()) {
    Interface* in = layer_.interface(static_cast<u32>(packet.meta().delivery_order));
    if (in) in->drop(std::move(packet), reason);
  }
}

void Ipv4::reassemble(Interface& in, Packet packet, IpInfo info) {
  ++counters_.reasm_reqds;
  const auto fragment = ipv4_fragment_info(packet, in.index());
  if (!fragment) {
    ++counters_.reasm_fails;
    return in.drop(std::move(packet), Drop::fragment_bad);
  }
  using Outcome = ReassemblyResult::Outcome;
  ReassemblyResult result = reassembler_.add(layer_.now(), std::move(packet), *fragment);
  layer_.arm(reassembler_.next_deadline());
  if (!result.evicted.empty()) ++counters_.reasm_fails;
  drop_fragments(std::move(result.evicted), Drop::reassembly_memory);
  drop_fragments(std::move(result.discarded), result.reason);
  if (result.outcome == Outcome::dropped) {
    ++counters_.reasm_fails;
    return in.drop(std::move(result.packet), result.reason);
  }
  if (result.outcome == Outcome::waiting) return;
  ++counters_.reasm_oks;
  info.reassembled = true;
  hand_up(std::move(result.packet), info);
}

// RFC 1122 section 3.3.2: Time Exceeded goes to the sender only if the first fragment came.
void Ipv4::on_timeout(Instant now) {
  while (auto expired = reassembler_.poll_expired(now)) {
    ++counters_.reasm_timeout;
    ++counters_.reasm_fails;
    drop_fragments(std::move(expired->rest), Drop::reassembly_timeout);
    if (!expired->first) continue;
    layer_.icmpv4().error(expired->first,
                          Icmpv4Header::time_exceeded(wire::TimeExceededCode::reassembly));
    Interface* in = layer_.interface(expired->interface);
    if (in) in->drop(std::move(expired->first), Drop::reassembly_timeout);
  }
}

}  // namespace catenet
