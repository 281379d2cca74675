// IPv6, upward: what came in is checked, its extension headers done in the order they stand, the
// rest delivered. Read RFC 8200 section 4.
#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/packet_ops.hpp"
#include "catenet/ip/super_segment.hpp"

namespace catenet {

using wire::Icmpv6Header;
using wire::IpProtocol;
using wire::Ipv6View;
using wire::ParameterProblemCode;

Ipv6::Ipv6(IpLayer& layer, const ReassemblyLimits& limits)
    : layer_(layer), reassembler_(limits, layer.random().next()) {}

Ipv6::~Ipv6() { reassembler_.clear(); }

namespace {

bool looped(const Packet& packet) { return packet.meta().network_offset == 0; }

bool is_extension_header(IpProtocol next) {
  return next == IpProtocol::hop_by_hop || next == IpProtocol::routing ||
         next == IpProtocol::fragment || next == IpProtocol::destination_options;
}

}  // namespace

void Ipv6::input(Interface& in, Packet&& packet) {
  counters_.in_receives += wire_packets(packet);
  if (const auto bad = check_header(packet)) {
    counters_.in_hdr_errors += wire_packets(packet);
    return in.drop(std::move(packet), *bad);
  }
  const Ipv6View header(packet.data());
  if (const auto bad = check_addresses(in, packet, header)) {
    counters_.in_addr_errors += wire_packets(packet);
    return in.drop(std::move(packet), *bad);
  }
  const Ipv6Address destination = header.destination();
  if (header.next_header() == IpProtocol::hop_by_hop &&
      !process_options(in, packet, wire::ipv6::header_size)) {
    return;
  }
  if (destination.is_multicast()) {
    counters_.in_mcast_pkts += wire_packets(packet);
    if (listens(in, destination)) return deliver(in, std::move(packet), false);
    counters_.in_discards += wire_packets(packet);
    return in.drop(std::move(packet), Drop::other_group);
  }
  const Local6* local = layer_.local().find(destination, in.loopback() ? nullptr : &in);
  if (!local) return forward(in, std::move(packet));
  if (layer_.options().strong_host && local->interface != &in && !in.loopback()) {
    counters_.in_addr_errors += wire_packets(packet);
    return in.drop(std::move(packet), Drop::not_our_address);
  }
  deliver(in, std::move(packet), false);
}

std::optional<Drop> Ipv6::check_header(Packet& packet) {
  const auto header = Ipv6View::over(packet.linear_bytes());
  if (!header) return Drop::bad_ip_header;
  if (!header->length_fits(packet.size())) {
    counters_.in_truncated_pkts += wire_packets(packet);
    return Drop::bad_ip_header;
  }
  packet.truncate(header->total_length());
  return std::nullopt;
}

// RFC 4291 sections 2.5.2, 2.5.3 and 2.7, RFC 4942 section 2.2: what cannot be a sender, or be sent
// to from outside.
std::optional<Drop> Ipv6::check_addresses(const Interface& in, const Packet& packet,
                                          const Ipv6View& header) const {
  if (looped(packet)) return std::nullopt;
  const Ipv6Address source = header.source();
  const Ipv6Address destination = header.destination();
  if (source.is_multicast() || source.is_loopback() || source.is_v4_mapped()) {
    return Drop::martian_source;
  }
  if (source.is_unspecified()) {
    // Only who has no address yet: DAD and MLD, to groups (RFC 4862 section 5.4).
    return destination.is_multicast() ? std::nullopt : std::optional(Drop::martian_source);
  }
  if (destination.is_loopback() || destination.is_unspecified() || destination.is_v4_mapped()) {
    return Drop::not_our_address;
  }
  if (destination.is_multicast() && destination.scope() <= Ipv6Scope::interface_local) {
    return Drop::not_our_address;
  }
  if (layer_.local().find(source, &in)) return Drop::martian_source;
  return std::nullopt;
}

// The groups of RFC 4291 section 2.8, and those that were joined.
bool Ipv6::listens(const Interface& in, const Ipv6Address& group) const {
  const u64 high = group.high();
  const bool node_group = high == 0xff01ull << 48 || high == 0xff02ull << 48;
  if (node_group && group.low() == 1) return true;
  const bool router_group = node_group || high == 0xff05ull << 48;
  if (router_group && group.low() == 2 && layer_.forwarding()) return true;
  return in.member(group);
}

void Ipv6::deliver(Interface& in, Packet&& packet, bool reassembled) {
  if (!is_extension_header(Ipv6View(packet.data()).next_header())) {
    return hand_up(in, std::move(packet), wire::ipv6::header_size, reassembled);
  }
  const auto chain = wire::walk_extension_headers(packet.linear_bytes());
  if (!chain) return chain_error(in, std::move(packet), chain.error());
  process_chain(in, std::move(packet), reassembled);
}

void Ipv6::chain_error(Interface& in, Packet packet, const wire::Ipv6ChainError& error) {
  counters_.in_hdr_errors += wire_packets(packet);
  if (error.report) {
    layer_.icmpv6().error(&in, packet, Icmpv6Header::parameter_problem(error.code, error.pointer));
  }
  in.drop(std::move(packet), Drop::bad_extension_header);
}

// The headers, found sound, one by one. A hop-by-hop header has been done on arrival.
void Ipv6::process_chain(Interface& in, Packet&& packet, bool reassembled) {
  u32 named_at = 6;
  u32 at = wire::ipv6::header_size;
  for (;;) {
    const auto next = static_cast<IpProtocol>(packet.data()[named_at]);
    if (!is_extension_header(next)) break;
    if (next == IpProtocol::fragment) return reassemble(in, std::move(packet), at, named_at);
    if (next == IpProtocol::destination_options && !process_options(in, packet, at)) return;
    if (next == IpProtocol::routing && !process_routing(in, packet, at)) return;
    named_at = at;
    at += (packet.data()[at + 1] + 1u) * 8;
  }
  hand_up(in, std::move(packet), at, reassembled, named_at);
}

// RFC 8200 section 4.2. False: the packet is gone.
bool Ipv6::process_options(Interface& in, Packet& packet, u32 offset) {
  const ByteView bytes = packet.linear_bytes();
  const u32 size = offset + 8 <= bytes.size() ? (bytes[offset + 1] + 1u) * 8 : 8;
  if (offset + size > bytes.size()) {
    chain_error(in, std::move(packet), {});
    return false;
  }
  const auto known = [](wire::Ipv6OptionType type) {
    return type == wire::Ipv6OptionType::router_alert;
  };
  const auto verdict = wire::judge_ipv6_options(bytes.subspan(offset, size), offset, known);
  using Action = wire::UnknownOptionAction;
  if (verdict.action == Action::skip) return true;
  const bool multicast = Ipv6View(packet.data()).destination().is_multicast();
  const bool report = verdict.action == Action::discard_and_report ||
                      (verdict.action == Action::discard_and_report_unless_multicast && !multicast);
  chain_error(in, std::move(packet),
              {.report = report, .code = verdict.code, .pointer = verdict.pointer});
  return false;
}

// RFC 8200 section 4.4: no routing type is known here, type 0 is dead (RFC 5095).
bool Ipv6::process_routing(Interface& in, Packet& packet, u32 offset) {
  const wire::RoutingView routing(packet.data() + offset);
  if (routing.segments_left() == 0) return true;
  chain_error(
      in, std::move(packet),
      {.report = true, .code = ParameterProblemCode::erroneous_field, .pointer = offset + 2});
  return false;
}

void Ipv6::hand_up(Interface& in, Packet&& packet, u32 offset, bool reassembled, u32 named_at) {
  const auto protocol = static_cast<IpProtocol>(packet.data()[named_at]);
  if (protocol == IpProtocol::icmpv6 && !packet.linear()) packet = linear_copy(packet);
  const Ipv6View header(packet.data());
  const IpInfo info{.source = header.source(),
                    .destination = header.destination(),
                    .interface = &in,
                    .header_length = static_cast<u16>(offset),
                    .protocol = static_cast<u8>(protocol),
                    .ttl = header.hop_limit(),
                    .dscp_ecn = header.traffic_class(),
                    .multicast = header.destination().is_multicast(),
                    .reassembled = reassembled};
  counters_.in_delivers += wire_packets(packet);
  consume_header(packet, offset);
  if (protocol == IpProtocol::icmpv6) return layer_.icmpv6().input(info, std::move(packet));
  if (protocol == IpProtocol::no_next_header) {  // RFC 8200 section 4.7: nothing to do
    return in.drop(std::move(packet), Drop::unknown_protocol, offset);
  }
  if (TransportDemux* demux = layer_.demux()) return demux->on_datagram(info, std::move(packet));
  layer_.refuse(info, std::move(packet), Refusal::protocol_unreachable);
}

// --- Fragments (RFC 8200 section 4.5) ---

void Ipv6::drop_fragments(PacketQueue packets, Drop reason) {
  while (Packet packet = packets.pop_front()) {
    Interface* in = layer_.interface(static_cast<u32>(packet.meta().delivery_order));
    if (in) in->drop(std::move(packet), reason);
  }
}

void Ipv6::reassemble(Interface& in, Packet packet, u32 offset, u32 named_at) {
  ++counters_.reasm_reqds;
  const auto fragment = ipv6_fragment_info(packet, in.index(), offset, named_at);
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
    if (result.problem_code != 0xff) {
      const auto code = static_cast<ParameterProblemCode>(result.problem_code);
      layer_.icmpv6().error(&in, result.packet,
                            Icmpv6Header::parameter_problem(code, result.problem_pointer));
    }
    return in.drop(std::move(result.packet), result.reason);
  }
  if (result.outcome == Outcome::waiting) return;
  ++counters_.reasm_oks;
  deliver(in, std::move(result.packet), true);
}

void Ipv6::on_timeout(Instant now) {
  while (auto expired = reassembler_.poll_expired(now)) {
    ++counters_.reasm_timeout;
    ++counters_.reasm_fails;
    drop_fragments(std::move(expired->rest), Drop::reassembly_timeout);
    if (!expired->first) continue;
    Interface* in = layer_.interface(expired->interface);
    layer_.icmpv6().error(in, expired->first,
                          Icmpv6Header::time_exceeded(wire::TimeExceeded6Code::reassembly));
    if (in) in->drop(std::move(expired->first), Drop::reassembly_timeout);
  }
}

}  // namespace catenet
