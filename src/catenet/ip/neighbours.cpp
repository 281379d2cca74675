#include "catenet/ip/neighbours.hpp"

#include <algorithm>

#include "catenet/ip/ip_layer.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet {
namespace {

bool is_ipv4(const Packet& packet) { return packet.data()[0] >> 4 == 4; }

u16 ether_type(const Packet& packet) {
  return static_cast<u16>(is_ipv4(packet) ? wire::EtherType::ipv4 : wire::EtherType::ipv6);
}

IpAddress source_of(const Packet& packet) {
  if (is_ipv4(packet)) return wire::Ipv4View(packet.data()).source();
  return wire::Ipv6View(packet.data()).source();
}

}  // namespace

NeighbourCache& Neighbours::cache(Interface& interface, const IpAddress& address) const {
  return address.is_v4() ? interface.neighbours4() : interface.neighbours6();
}

void Neighbours::resolve(Interface& interface, const IpAddress& next_hop, Packet&& packet,
                         RouteCache* way) {
  NeighbourCache& table = cache(interface, next_hop);
  Neighbour* neighbour = table.resolve(next_hop, layer_.now(), source_of(packet));
  if (!neighbour) {
    layer_.drop_outgoing(interface, std::move(packet), Drop::neighbour_queue_full);
    return;
  }
  if (way) {
    way->neighbour = neighbour;
    way->neighbours = &table;
    way->neighbour_generation = table.generation();
  }
  if (neighbour->fresh(layer_.now())) {
    const u16 type = ether_type(packet);
    interface.ethernet_output(std::move(packet), neighbour->mac(), type);
    return;
  }
  deliver(interface, table, *neighbour, std::move(packet));
}

void Neighbours::resolve(Interface& interface, const RouteCache& way, Packet&& packet) {
  if (way.neighbour->fresh(layer_.now())) {
    const u16 type = ether_type(packet);
    interface.ethernet_output(std::move(packet), way.neighbour->mac(), type);
    return;
  }
  way.neighbours->touch(*way.neighbour, layer_.now(), source_of(packet));
  deliver(interface, *way.neighbours, *way.neighbour, std::move(packet));
}

void Neighbours::deliver(Interface& interface, NeighbourCache& table, Neighbour& neighbour,
                         Packet&& packet) {
  if (neighbour.usable()) {
    const u16 type = ether_type(packet);
    interface.ethernet_output(std::move(packet), neighbour.mac(), type);
  } else {
    PacketQueue displaced = table.queue(neighbour, std::move(packet));
    while (Packet oldest = displaced.pop_front()) {
      layer_.drop_outgoing(interface, std::move(oldest), Drop::neighbour_queue_full);
    }
  }
  run_actions(interface, table);
}

void Neighbours::run_actions(Interface& interface, NeighbourCache& table) {
  while (auto action = table.poll_action()) act(interface, std::move(*action));
  layer_.arm(table.next_deadline());
}

void Neighbours::act(Interface& interface, NeighbourAction action) {
  using Kind = NeighbourAction::Kind;
  switch (action.kind) {
    case Kind::solicit_multicast: return solicit(interface, action, std::nullopt);
    case Kind::solicit_unicast: return solicit(interface, action, action.mac);
    case Kind::resolved:
      while (Packet packet = action.packets.pop_front()) {
        const u16 type = ether_type(packet);
        interface.ethernet_output(std::move(packet), action.mac, type);
      }
      return;
    case Kind::failed:
      if (action.was_router && action.target.is_v6()) {
        layer_.ndp().slaac().on_router_silent(interface, action.target.v6());
      }
      layer_.on_dead_gateway(action.target);
      unreachable(interface, std::move(action.packets));
      return;
  }
}

void Neighbours::solicit(Interface& interface, const NeighbourAction& action,
                         std::optional<MacAddress> station) {
  if (!interface.up()) return;
  if (action.target.is_v4()) {
    layer_.arp().solicit(interface, action.target.v4(), station.value_or(MacAddress::broadcast()));
  } else {
    layer_.ndp().solicit(interface, action.target.v6(), station, action.source);
  }
}

void Neighbours::unreachable(Interface& interface, PacketQueue packets) {
  using namespace wire;
  while (Packet packet = packets.pop_front()) {
    const IpAddress source = source_of(packet);
    const bool ours = layer_.is_local(source);
    if (source.is_v4()) {
      const auto header = Icmpv4Header::unreachable(UnreachableCode::host);
      ours ? layer_.icmpv4().report_own(interface, packet, header)
           : layer_.icmpv4().error(packet, header);
    } else {
      const auto header = Icmpv6Header::unreachable(Unreachable6Code::address);
      ours ? layer_.icmpv6().report_own(interface, packet, header)
           : layer_.icmpv6().error(&interface, packet, header);
    }
    layer_.drop_outgoing(interface, std::move(packet), Drop::neighbour_unreachable);
  }
}

Result<void> Neighbours::set(Interface& interface, const IpAddress& address, MacAddress mac,
                             bool permanent) {
  NeighbourCache& table = cache(interface, address);
  const auto entered = permanent ? table.add_permanent(address, mac, layer_.now())
                                 : table.add_learned(address, mac, layer_.now());
  run_actions(interface, table);
  return entered;
}

Result<void> Neighbours::remove(Interface& interface, const IpAddress& address) {
  NeighbourCache* table =
      address.is_v4() ? interface.neighbours4_if_any() : interface.neighbours6_if_any();
  if (!table || !table->remove(address)) return Unexpected(Errno::no_entry);
  run_actions(interface, *table);
  return {};
}

void Neighbours::flush(Interface& interface) {
  for (NeighbourCache* table : {interface.neighbours4_if_any(), interface.neighbours6_if_any()}) {
    if (!table) continue;
    table->clear();
    run_actions(interface, *table);
  }
}

Instant Neighbours::next_deadline() const {
  Instant earliest = Instant::never();
  for (const auto& interface : layer_.interfaces()) {
    for (NeighbourCache* table :
         {interface->neighbours4_if_any(), interface->neighbours6_if_any()}) {
      if (table) earliest = std::min(earliest, table->next_deadline());
    }
  }
  return earliest;
}

void Neighbours::on_timeout(Instant now) {
  for (const auto& interface : layer_.interfaces()) {
    for (NeighbourCache* table :
         {interface->neighbours4_if_any(), interface->neighbours6_if_any()}) {
      if (!table || table->next_deadline() > now) continue;
      table->on_timeout(now);
      run_actions(*interface, *table);
    }
  }
}

}  // namespace catenet
