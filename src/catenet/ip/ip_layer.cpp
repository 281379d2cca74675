#include "catenet/ip/ip_layer.hpp"

#include <algorithm>

#include "catenet/ip/packet_ops.hpp"
#include "catenet/ip/super_segment.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet {

IpLayer::IpLayer(Engine& engine, Origin& node, PacketPool& pool, const IpOptions& options)
    : engine_(engine),
      node_(node),
      pool_(pool),
      options_(options),
      random_(node.random("ip")),
      limits4_(ReassemblyLimits::ipv4()),
      limits6_(ReassemblyLimits::ipv6()),
      neighbours_(*this, options.neighbour_memory_bytes),
      ipv4_(*this, limits4_),
      ipv6_(*this, limits6_),
      icmpv4_(*this),
      icmpv6_(*this),
      arp_(*this),
      ndp_(*this),
      conflict_(*this),
      router_discovery_(*this) {
  limits4_.host_bytes = limits6_.host_bytes = options.reassembly_memory_bytes;
  interfaces_.push_back(std::make_unique<Interface>(*this, "lo", 1, nullptr));
  static_cast<void>(add_address(loopback(), {Ipv4Address::loopback(), 8}));
  static_cast<void>(add_address(loopback(), {Ipv6Address::loopback(), 128}));
}

IpLayer::~IpLayer() = default;

// --- Up ---

void IpLayer::ethernet_input(Interface& interface, Packet&& frame) {
  if (tap_) tap_->on_frame(interface, frame, false);
  const wire::EthernetView header(frame.data());
  frame.meta().network_offset = 0;
  if (!interface.admin_up()) return interface.nic()->drop(std::move(frame), Drop::interface_down);
  if (interface.nic()->promiscuous() && !header.destination().is_multicast() &&
      header.destination() != interface.mac()) {
    return interface.nic()->drop(std::move(frame), Drop::not_for_us);
  }
  const wire::EtherType type = header.type();
  consume_header(frame, wire::ethernet::header_size);
  frame.meta().network_offset = wire::ethernet::header_size;
  switch (type) {
    case wire::EtherType::ipv4: return ipv4_.input(interface, std::move(frame));
    case wire::EtherType::ipv6: return ipv6_.input(interface, std::move(frame));
    case wire::EtherType::arp: return arp_.input(interface, std::move(frame));
    default: return interface.drop(std::move(frame), Drop::unknown_ether_type);
  }
}

// --- Down ---

Result<void> IpLayer::output(Packet&& transport, const IpSend& send, RouteCache* cache) {
  if (send.destination.is_v4()) return ipv4_.output(std::move(transport), send, cache);
  return ipv6_.output(std::move(transport), send, cache);
}

Result<void> IpLayer::prepare(const IpSend& send, RouteCache& way) {
  if (valid(way) && way.destination == send.destination) return {};
  return send.destination.is_v4() ? ipv4_.fill(way, send) : ipv6_.fill(way, send);
}

Result<RouteChoice> IpLayer::route(const IpAddress& destination, const IpAddress& source,
                                   Interface* bound) {
  RouteCache way;
  const IpSend send{
      .source = source.is_unspecified() ? IpAddress::any(destination.family()) : source,
      .destination = destination,
      .interface = bound};
  if (auto found = prepare(send, way); !found) return Unexpected(found.error());
  return RouteChoice{way.interface, way.next_hop, way.source, way.mtu};
}

void IpLayer::confirm(const RouteCache& cache) {
  if (cache.neighbour && valid(cache)) cache.neighbours->confirm(*cache.neighbour, now());
}

void IpLayer::doubt(RouteCache& way) {
  if (way.neighbour && valid(way)) way.neighbours->doubt(*way.neighbour, now());
  way = {};
}

void IpLayer::refuse(const IpInfo& info, Packet transport, Refusal refusal) {
  using namespace wire;
  const bool port = refusal == Refusal::port_unreachable;
  const bool v4 = info.source.is_v4();
  IpCounters& counters = v4 ? ipv4_.counters() : ipv6_.counters();
  counters.in_unknown_protos += !port;
  prepend_header(transport, info.header_length);
  if (v4) {
    const auto code = port ? UnreachableCode::port : UnreachableCode::protocol;
    icmpv4_.error(transport, Icmpv4Header::unreachable(code));
  } else if (port) {
    icmpv6_.error(info.interface, transport, Icmpv6Header::unreachable(Unreachable6Code::port));
  } else {
    const auto code = ParameterProblemCode::unrecognised_next_header;
    const auto chain = walk_extension_headers(transport.linear_bytes());
    const u32 pointer = chain ? chain->upper_named_at : 6;
    icmpv6_.error(info.interface, transport, Icmpv6Header::parameter_problem(code, pointer));
  }
  info.interface->drop(std::move(transport), port ? Drop::no_socket : Drop::unknown_protocol);
}

void IpLayer::drop(const IpInfo& info, Packet transport, Drop reason) {
  info.interface->drop(std::move(transport), reason, info.header_length);
}

void IpLayer::drop_outgoing(Interface& out, Packet packet, Drop reason) {
  const bool v4 = packet.data()[0] >> 4 == 4;
  (v4 ? ipv4_.counters() : ipv6_.counters()).out_discards += wire_packets(packet);
  if (!out.nic()) return;
  // The recorder sees the frame it would have been, its destination not known.
  ensure_headroom(packet, wire::ethernet::header_size);
  u8* header = prepend_header(packet, wire::ethernet::header_size);
  MacAddress().store(header);
  out.mac().store(header + 6);
  store16(header + 12, static_cast<u16>(v4 ? wire::EtherType::ipv4 : wire::EtherType::ipv6));
  out.nic()->drop_unsent(std::move(packet), reason);
}

// --- To ourselves ---

void IpLayer::loop_back(Interface& in, Packet packet) {
  PacketMeta& meta = packet.meta();
  meta.network_offset = 0;
  meta.delivery_order = in.index();
  looped_.push_back(std::move(packet));
  if (!loopback_event_.scheduled()) {
    engine_.schedule_at(now(), node_.next_key(), loopback_event_);
  }
}

void IpLayer::on_loopback() {
  // What these packets bring forth is for the next event, so that a conversation with oneself takes
  // turns.
  for (u32 left = looped_.size(); left > 0; --left) {
    Packet packet = looped_.pop_front();
    Interface& in = *interface(static_cast<u32>(packet.meta().delivery_order));
    if (packet.data()[0] >> 4 == 4) {
      ipv4_.input(in, std::move(packet));
    } else {
      ipv6_.input(in, std::move(packet));
    }
  }
  if (!looped_.empty() && !loopback_event_.scheduled()) {
    engine_.schedule_at(now(), node_.next_key(), loopback_event_);
  }
}

// --- Time ---

void IpLayer::arm(Instant deadline) {
  if (deadline == Instant::never()) return;
  if (timer_.scheduled() && timer_.when() <= deadline) return;
  engine_.schedule_at(std::max(deadline, now()), node_.next_key(), timer_);
}

Instant IpLayer::next_deadline() const {
  Instant earliest =
      std::min({neighbours_.next_deadline(), ipv4_.next_deadline(), ipv6_.next_deadline(),
                conflict_.next_deadline(), ndp_.slaac().next_deadline(),
                router_discovery_.next_deadline(), routes4_.next_expiry(), routes6_.next_expiry()});
  for (const auto& interface : interfaces_) {
    if (interface->advertiser_) {
      earliest = std::min(earliest, interface->advertiser_->next_deadline());
    }
  }
  return earliest;
}

void IpLayer::on_timer() {
  const Instant at = now();
  neighbours_.on_timeout(at);
  ipv4_.on_timeout(at);
  ipv6_.on_timeout(at);
  conflict_.on_timeout(at);
  ndp_.slaac().on_timeout(at);
  router_discovery_.on_timeout(at);
  for (const auto& interface : interfaces_) {
    if (interface->advertiser_) interface->advertiser_->on_timeout(at);
  }
  if (routes4_.remove_expired(at) + routes6_.remove_expired(at) > 0) invalidate_ways();
  arm(next_deadline());
}

// --- Questions ---

Interface* IpLayer::interface(std::string_view name) {
  for (const auto& entry : interfaces_) {
    if (entry->name() == name) return entry.get();
  }
  return nullptr;
}

Interface* IpLayer::interface(u32 index) {
  return index >= 1 && index <= interfaces_.size() ? interfaces_[index - 1].get() : nullptr;
}

bool IpLayer::is_local(const IpAddress& address, const Interface* interface) const {
  if (address.is_v6()) return local_.find(address.v6(), interface) != nullptr;
  if (address.v4().is_loopback()) return true;
  const Local4* found = local_.find(address.v4(), interface);
  return found && found->kind == LocalKind::unicast &&
         (!interface || found->interface == interface);
}

bool IpLayer::is_broadcast(const IpAddress& address) const {
  if (address.is_v6()) return false;
  if (address.v4().is_limited_broadcast()) return true;
  const Local4* found = local_.find(address.v4());
  return found && found->kind == LocalKind::broadcast;
}

const IpCounters& IpLayer::counters(Family family) const {
  return family == Family::ipv4 ? ipv4_.counters() : ipv6_.counters();
}

const IcmpCounters& IpLayer::icmp_counters(Family family) const {
  return family == Family::ipv4 ? icmpv4_.counters() : icmpv6_.counters();
}

void IpLayer::note(Interface& interface, std::string_view topic, std::string_view text) {
  Recorder* recorder = interface.nic() ? interface.nic()->recorder() : nullptr;
  if (recorder) recorder->on_note(now(), node_.name(), topic, text);
}

}  // namespace catenet
