#include "catenet/ip/arp.hpp"

#include <algorithm>

#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/neighbour_cache.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet {

using wire::ArpOperation;
using wire::ArpPacket;

void Arp::input(Interface& interface, Packet&& packet) {
  const auto arp = ArpPacket::parse(packet.linear_bytes());
  if (!arp || !sane(interface, *arp)) {
    interface.drop(std::move(packet), Drop::bad_arp);
    return;
  }
  if (arp->sender_mac == interface.mac()) return;  // our own, come back
  if (conflicts(interface, *arp)) return;
  const bool for_us = answers_for(interface, arp->target_ip);
  const bool proxied = !for_us && proxies_for(interface, *arp);
  learn(interface, *arp, for_us || proxied);
  if (arp->operation == ArpOperation::request && (for_us || proxied)) {
    output(interface, arp->reply_from(interface.mac()), arp->sender_mac);
  }
}

// What no station may say of itself.
bool Arp::sane(const Interface& interface, const ArpPacket& arp) const {
  const Ipv4Address sender = arp.sender_ip;
  if (arp.operation != ArpOperation::request && arp.operation != ArpOperation::reply) return false;
  if (arp.sender_mac.is_multicast() || arp.sender_mac.is_zero()) return false;
  if (sender.is_loopback() || sender.is_multicast() || sender.is_limited_broadcast()) return false;
  if (arp.target_ip.is_loopback() || arp.target_ip.is_multicast()) return false;
  const Local4* local = layer_.local().find(sender, &interface);
  return !local || local->kind != LocalKind::broadcast;
}

// RFC 5227 sections 2.1.1 and 2.4. Whether the packet shows that an address of ours is another's;
// one that was given up is no longer ours, and its owner a neighbour like any other.
bool Arp::conflicts(Interface& interface, const ArpPacket& arp) {
  const InterfaceAddress* own = interface.find(arp.sender_ip);
  if (own && own->state != AddressState::duplicated) {
    if (own->state == AddressState::tentative) {
      layer_.address_conflict().on_duplicate(interface, own->address);
    } else if (own->usable()) {
      layer_.address_conflict().on_conflict(interface, arp.sender_ip);
    }
    return true;
  }
  const InterfaceAddress* wanted = interface.find(arp.target_ip);
  if (arp.is_probe() && wanted && wanted->state == AddressState::tentative) {
    layer_.address_conflict().on_duplicate(interface, wanted->address);
    return true;
  }
  return false;
}

// RFC 826, packet reception: what is known is updated, what speaks to us is learned.
void Arp::learn(Interface& interface, const ArpPacket& arp, bool for_us) {
  if (arp.sender_ip.is_unspecified()) return;
  const bool request = arp.operation == ArpOperation::request;
  const bool known = interface.neighbours4_if_any() &&
                     interface.neighbours4_if_any()->find(arp.sender_ip) != nullptr;
  if (!known && !(for_us && request)) return;
  NeighbourCache& table = interface.neighbours4();
  if (request) {
    table.on_solicitation(arp.sender_ip, arp.sender_mac, layer_.now());
  } else {
    table.on_advertisement({.target = arp.sender_ip,
                            .mac = arp.sender_mac,
                            .solicited = arp.target_mac == interface.mac(),
                            .override = true},
                           layer_.now());
  }
  layer_.neighbours().run_actions(interface, table);
}

bool Arp::answers_for(Interface& interface, Ipv4Address target) const {
  const InterfaceAddress* own = interface.find(target);
  return own && own->usable();
}

// RFC 1027: the way to the target leads elsewhere, and we would forward; or we were told to.
bool Arp::proxies_for(Interface& interface, const ArpPacket& arp) const {
  if (arp.operation != ArpOperation::request || arp.is_gratuitous() || arp.is_probe()) return false;
  if (std::ranges::binary_search(interface.proxied4(), arp.target_ip)) return true;
  if (!interface.options().proxy_arp || !layer_.forwarding()) return false;
  const Route* route = layer_.routes4().lookup(arp.target_ip);
  return route && route->kind == RouteKind::unicast && route->interface != interface.index();
}

void Arp::output(Interface& interface, const ArpPacket& arp, MacAddress destination) {
  Packet packet = layer_.pool().allocate(ArpPacket::size);
  arp.emit({packet.append(ArpPacket::size), ArpPacket::size});
  interface.ethernet_output(std::move(packet), destination, static_cast<u16>(wire::EtherType::arp));
}

void Arp::solicit(Interface& interface, Ipv4Address target, MacAddress station) {
  const InterfaceAddress* from = interface.on_link4(target);
  if (!from) from = interface.primary4();
  const Ipv4Address source = from ? from->address.v4() : layer_.ipv4().any_address();
  ArpPacket request = ArpPacket::request(interface.mac(), source, target);
  output(interface, request, station);
}

void Arp::probe(Interface& interface, Ipv4Address target) {
  output(interface, ArpPacket::probe(interface.mac(), target), MacAddress::broadcast());
}

void Arp::announce(Interface& interface, Ipv4Address address) {
  output(interface, ArpPacket::announcement(interface.mac(), address), MacAddress::broadcast());
}

}  // namespace catenet
