#include "catenet/ip/ndp.hpp"

#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/neighbour_cache.hpp"

namespace catenet {

using wire::Icmpv6Type;
using wire::NdpEnvelope;
using wire::NdpOptionWriter;
using wire::NdpRedirect;

namespace {

constexpr u8 ndp_hop_limit = 255;  // RFC 4861: so that nothing from off the link is believed
constexpr u32 link_address_option = 8;

NdpEnvelope envelope(const IpInfo& info) {
  return {info.source.v6(), info.destination.v6(), info.ttl};
}

}  // namespace

std::optional<Drop> Ndp::input(const IpInfo& info, Icmpv6Type type, ByteView message) {
  bool valid = false;
  if (info.reassembled) return Drop::bad_ndp;  // RFC 6980: never in fragments
  switch (type) {
    case Icmpv6Type::redirect: return on_redirect(info, message);
    case Icmpv6Type::neighbour_solicitation: valid = on_solicitation(info, message); break;
    case Icmpv6Type::neighbour_advertisement: valid = on_advertisement(info, message); break;
    case Icmpv6Type::router_solicitation: valid = on_router_solicitation(info, message); break;
    default: valid = on_router_advertisement(info, message); break;
  }
  return valid ? std::nullopt : std::optional(Drop::bad_ndp);
}

// --- Solicitations (RFC 4861 section 7.2.3, RFC 4862 section 5.4.3) ---

bool Ndp::on_solicitation(const IpInfo& info, ByteView message) {
  const auto ns = wire::NeighbourSolicitation::parse(message, envelope(info));
  if (!ns) return false;
  Interface& interface = *info.interface;
  const InterfaceAddress* own = interface.find(ns->target);
  if (!own) return true;
  const bool asks_for_itself = info.source.is_unspecified();
  if (own->state == AddressState::tentative) {
    // Somebody else tests the same address.
    if (asks_for_itself) layer_.address_conflict().on_duplicate(interface, own->address);
    return true;
  }
  if (!own->usable()) return true;
  const auto mac = ns->options.source_link_address();
  if (mac && !asks_for_itself) {
    interface.neighbours6().on_solicitation(info.source, *mac, layer_.now());
    layer_.neighbours().run_actions(interface, interface.neighbours6());
  }
  answer(info, ns->target);
  return true;
}

void Ndp::answer(const IpInfo& info, const Ipv6Address& target) {
  const bool to_all = info.source.is_unspecified();
  const wire::NeighbourAdvertisement na{.router = layer_.forwarding(),
                                        .solicited = !to_all,
                                        .override_entry = true,
                                        .target = target,
                                        .options = {}};
  advertise(*info.interface, na, to_all ? Ipv6Address::all_nodes() : info.source.v6());
}

void Ndp::advertise(Interface& interface, const wire::NeighbourAdvertisement& na,
                    const Ipv6Address& destination) {
  constexpr u32 size = wire::NeighbourAdvertisement::size + link_address_option;
  Packet message = layer_.pool().allocate(size);
  const MutableBytes bytes{message.append(size), size};
  na.emit(bytes);
  NdpOptionWriter(bytes.subspan(na.size)).target_link_address(interface.mac());
  send(interface, std::move(message), destination, na.target);
}

void Ndp::announce(Interface& interface, const Ipv6Address& address) {
  advertise(
      interface,
      {.router = layer_.forwarding(), .override_entry = true, .target = address, .options = {}},
      Ipv6Address::all_nodes());
}

// RFC 4861 section 7.2.2.
void Ndp::solicit(Interface& interface, const Ipv6Address& target,
                  std::optional<MacAddress> station, const IpAddress& source) {
  constexpr u32 size = wire::NeighbourSolicitation::size + link_address_option;
  Packet message = layer_.pool().allocate(size);
  const MutableBytes bytes{message.append(size), size};
  wire::NeighbourSolicitation{target, {}}.emit(bytes);
  NdpOptionWriter(bytes.subspan(wire::NeighbourSolicitation::size))
      .source_link_address(interface.mac());
  // From the address of the packet that made us ask, so that the answer's table entry serves its
  // answer too.
  Ipv6Address from;
  if (source.is_v6() && interface.find(source) && layer_.is_local(source, &interface)) {
    from = source.v6();
  }
  const Ipv6Address destination = station ? target : target.solicited_node();
  send(interface, std::move(message), destination, from);
}

void Ndp::probe(Interface& interface, const Ipv6Address& target) {
  constexpr u32 size = wire::NeighbourSolicitation::size;
  Packet message = layer_.pool().allocate(size);
  wire::NeighbourSolicitation{target, {}}.emit({message.append(size), size});
  IpSend send{.source = IpAddress::any(Family::ipv6),
              .destination = target.solicited_node(),
              .ttl = ndp_hop_limit,
              .unspecified_source = true,
              .multicast_loop = false,
              .interface = &interface};
  static_cast<void>(layer_.icmpv6().output(std::move(message), send));
}

void Ndp::send(Interface& interface, Packet&& message, const Ipv6Address& destination,
               const Ipv6Address& source) {
  IpSend send{.source = source,
              .destination = destination,
              .ttl = ndp_hop_limit,
              .multicast_loop = false,
              .interface = &interface};
  static_cast<void>(layer_.icmpv6().output(std::move(message), send));
}

// --- Advertisements (RFC 4861 section 7.2.5, RFC 4862 section 5.4.4) ---

bool Ndp::on_advertisement(const IpInfo& info, ByteView message) {
  const auto na = wire::NeighbourAdvertisement::parse(message, envelope(info));
  if (!na) return false;
  Interface& interface = *info.interface;
  // One that was given up is no longer ours, and its owner a neighbour like any other.
  const InterfaceAddress* own = interface.find(na->target);
  if (own && own->state != AddressState::duplicated) {
    if (own->state == AddressState::tentative) {
      layer_.address_conflict().on_duplicate(interface, own->address);
    } else {
      layer_.note(interface, "address", own->address.to_string() + " is advertised by another");
    }
    return true;
  }
  NeighbourCache* table = interface.neighbours6_if_any();
  if (!table) return true;
  const auto change = table->on_advertisement({.target = na->target,
                                               .mac = na->options.target_link_address(),
                                               .router = na->router,
                                               .solicited = na->solicited,
                                               .override = na->override_entry},
                                              layer_.now());
  layer_.neighbours().run_actions(interface, *table);
  if (change.left_routers) slaac_.on_router_lost(interface, na->target);
  return true;
}

// --- Redirects (RFC 4861 section 8) ---

void Ndp::redirect(Interface& interface, const Packet& offending, const Ipv6Address& next_hop) {
  const wire::Ipv6View about(offending.data());
  const InterfaceAddress* own = interface.link_local6();
  // Hosts know routers by their link-local addresses: without one there is nothing to say.
  const bool on_link = next_hop == about.destination();
  if (!own || about.destination().is_multicast() || (!on_link && !next_hop.is_link_local())) return;
  if (!layer_.icmpv6().limiter().allow(about.source(), layer_.now())) return;
  constexpr u32 most = wire::ipv6::min_mtu - wire::ipv6::header_size;
  const u32 quoted = std::min(offending.size(), most - NdpRedirect::size - 2 * link_address_option);
  Packet message = layer_.pool().allocate(most);
  const MutableBytes room{message.append(most), most};
  NdpRedirect{next_hop, about.destination(), {}}.emit(room);
  NdpOptionWriter options(room.subspan(NdpRedirect::size));
  const NeighbourCache* table = interface.neighbours6_if_any();
  const Neighbour* better = table ? table->find(next_hop) : nullptr;
  if (better && better->usable()) options.target_link_address(better->mac());
  options.redirected(offending.linear_bytes().first(std::min(quoted, offending.linear_size())));
  message.truncate(NdpRedirect::size + options.size());
  send(interface, std::move(message), about.source(), own->address.v6());
}

std::optional<Drop> Ndp::on_redirect(const IpInfo& info, ByteView message) {
  const auto redirect = NdpRedirect::parse(message, envelope(info));
  if (!redirect) return Drop::bad_ndp;
  Interface& interface = *info.interface;
  if (layer_.forwarding() || !interface.options().accept_redirects) return std::nullopt;
  // Section 8.1: only the router that is the first hop to the destination now.
  const Route* current = layer_.routes6().lookup(redirect->destination);
  const bool here = current && current->interface == interface.index();
  if (!here || current->gateway != info.source) return Drop::icmp_not_believed;
  // It need not quote what it is about; where it does, that is something sent from here.
  const auto quoted = redirect->options.redirected();
  if (quoted && !layer_.icmpv6().can_be_ours(interface, *quoted, redirect->destination)) {
    return Drop::icmp_not_believed;
  }
  if (layer_.is_local(redirect->target)) return std::nullopt;
  const bool on_link = redirect->target == redirect->destination;
  const auto gateway = on_link ? std::nullopt : std::optional<IpAddress>(redirect->target);
  layer_.redirect_route(redirect->destination, gateway, interface);
  if (const auto mac = redirect->options.target_link_address()) {
    const auto is_router = on_link ? std::nullopt : std::optional(true);
    interface.neighbours6().on_solicitation(redirect->target, *mac, layer_.now(), true, is_router);
    layer_.neighbours().run_actions(interface, interface.neighbours6());
  }
  return std::nullopt;
}

// --- Routers (RFC 4861 section 6) ---

bool Ndp::on_router_solicitation(const IpInfo& info, ByteView message) {
  const auto solicitation = wire::RouterSolicitation::parse(message, envelope(info));
  if (!solicitation) return false;
  Interface& interface = *info.interface;
  if (!layer_.forwarding()) return true;
  const auto mac = solicitation->options.source_link_address();
  if (mac && !info.source.is_unspecified()) {
    interface.neighbours6().on_solicitation(info.source, *mac, layer_.now(), true, false);
    layer_.neighbours().run_actions(interface, interface.neighbours6());
  }
  if (RouterAdvertiser* advertiser = interface.advertiser()) {
    advertiser->on_solicitation(layer_.now());
    layer_.arm(advertiser->next_deadline());
  }
  return true;
}

bool Ndp::on_router_advertisement(const IpInfo& info, ByteView message) {
  const auto advertisement = wire::RouterAdvertisement::parse(message, envelope(info));
  if (!advertisement) return false;
  Interface& interface = *info.interface;
  if (layer_.forwarding() || !interface.options().accept_router_advertisements) return true;
  if (layer_.is_local(info.source, &interface)) return true;
  if (const auto mac = advertisement->options.source_link_address()) {
    interface.neighbours6().on_solicitation(info.source, *mac, layer_.now(), true, true);
    layer_.neighbours().run_actions(interface, interface.neighbours6());
  }
  slaac_.on_advertisement(info, *advertisement);
  return true;
}

}  // namespace catenet
