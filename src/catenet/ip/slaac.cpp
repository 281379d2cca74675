#include "catenet/ip/slaac.hpp"

#include <algorithm>

#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/neighbour_cache.hpp"

namespace catenet {

using wire::PrefixInformation;

namespace {

// RFC 4861 section 10.
constexpr u8 max_rtr_solicitations = 3;
constexpr Duration rtr_solicitation_interval = Duration::seconds(4);
constexpr Duration max_rtr_solicitation_delay = Duration::seconds(1);
// No RFC bounds RetransTimer. As long as 32 bits of milliseconds (50 days) it would hold up every
// new address and every packet for a neighbour that is not there.
constexpr Duration max_retransmit = Duration::seconds(60);
constexpr Duration two_hours = Duration::seconds(7'200);  // RFC 4862 section 5.5.3 (e)
constexpr u32 silent_metric = 1u << 16;                   // behind every router that answers
// What a link of unfriendly routers can make a host remember.
constexpr std::size_t max_routers = 16;
constexpr std::size_t max_servers = 16;
constexpr std::size_t max_addresses = 16;
constexpr u32 max_prefixes = 32;

// RFC 4191: medium is what Linux gives the routes it learns.
u32 metric_of(wire::RouterPreference preference) {
  switch (preference) {
    case wire::RouterPreference::high: return 512;
    case wire::RouterPreference::low: return 2'048;
    default: return 1'024;
  }
}

Instant after(Instant now, u32 seconds) {
  return seconds == PrefixInformation::infinite ? Instant::never()
                                                : now + Duration::seconds(seconds);
}

}  // namespace

// --- What a router says (RFC 4861 section 6.3.4) ---

void Slaac::on_advertisement(const IpInfo& info, const wire::RouterAdvertisement& ra) {
  Interface& interface = *info.interface;
  std::erase_if(solicitations_, [&](const Solicitation& s) { return s.interface == &interface; });
  if (ra.hop_limit != 0) interface.parameters_.hop_limit = ra.hop_limit;
  adopt_timers(interface, ra);
  on_router(info, ra);
  for (const wire::NdpOption option : ra.options) {
    if (const auto mtu = option.mtu()) on_mtu(interface, *mtu);
    if (const auto prefix = option.prefix()) on_prefix(interface, *prefix);
    if (const auto dns = option.recursive_dns()) on_dns(interface, *dns);
  }
  layer_.arm(next_deadline());
}

void Slaac::adopt_timers(Interface& interface, const wire::RouterAdvertisement& ra) {
  if (ra.reachable_time == 0 && ra.retrans_timer == 0) return;
  NeighbourCache& table = interface.neighbours6();
  const Duration reachable =
      ra.reachable_time ? Duration::milliseconds(ra.reachable_time) : table.base_reachable();
  const Duration retransmit =
      ra.retrans_timer ? Duration::milliseconds(ra.retrans_timer) : table.retransmit();
  table.set_timers(reachable, std::min(retransmit, max_retransmit));
}

Slaac::DefaultRouter* Slaac::find(const Interface& interface, const Ipv6Address& router) {
  const auto at = std::ranges::find_if(routers_, [&](const DefaultRouter& known) {
    return known.interface == &interface && known.address == router;
  });
  return at == routers_.end() ? nullptr : &*at;
}

void Slaac::on_router(const IpInfo& info, const wire::RouterAdvertisement& ra) {
  Interface& interface = *info.interface;
  const Ipv6Address address = info.source.v6();
  if (ra.router_lifetime == 0) return on_router_lost(interface, address);
  DefaultRouter* router = find(interface, address);
  if (!router) {
    if (routers_.size() == max_routers) return;
    routers_.push_back({.interface = &interface, .address = address, .expiry = {}});
    router = &routers_.back();
  }
  router->expiry = layer_.now() + Duration::seconds(ra.router_lifetime);
  rank(*router, metric_of(ra.preference));
}

// Gives the router's default route another metric, or its first.
void Slaac::rank(DefaultRouter& router, u32 metric) {
  if (router.metric == metric) return;
  const Prefix any = Prefix::any(Family::ipv6);
  const u32 interface = router.interface->index();
  if (router.metric != 0) {
    static_cast<void>(layer_.remove_route(any, router.address, interface, router.metric));
  }
  router.metric = metric;
  if (metric == 0) return;
  const Route route{.prefix = any,
                    .gateway = router.address,
                    .interface = interface,
                    .metric = metric,
                    .origin = RouteOrigin::router_advertisement};
  static_cast<void>(layer_.add_route(route));
}

void Slaac::on_router_silent(Interface& interface, const Ipv6Address& address) {
  DefaultRouter* router = find(interface, address);
  if (router && router->metric < silent_metric) rank(*router, router->metric + silent_metric);
}

void Slaac::on_router_lost(Interface& interface, const Ipv6Address& address) {
  DefaultRouter* router = find(interface, address);
  if (!router) return;
  rank(*router, 0);
  routers_.erase(routers_.begin() + (router - routers_.data()));
}

void Slaac::on_mtu(Interface& interface, u32 mtu) {
  if (mtu < wire::ipv6::min_mtu || mtu > interface.mtu() || mtu == interface.parameters_.mtu)
    return;
  interface.parameters_.mtu = mtu;
  layer_.invalidate_ways();
}

void Slaac::on_prefix(Interface& interface, const PrefixInformation& information) {
  if (information.prefix.is_link_local() || information.prefix.is_multicast()) return;
  if (information.preferred_lifetime > information.valid_lifetime) return;
  if (information.on_link) on_on_link(interface, information);
  if (information.autonomous && interface.options().autoconfigure) {
    autoconfigure(interface, information);
  }
}

void Slaac::on_on_link(Interface& interface, const PrefixInformation& information) {
  const Prefix prefix(information.prefix, information.length);
  const Route* known = layer_.routes6().find(prefix);
  const bool learned = known && known->origin == RouteOrigin::router_advertisement;
  if (known && !learned) return;  // configured: it needs no router's word
  if (!known && learned_prefixes() >= max_prefixes) return;
  if (information.valid_lifetime == 0) {
    if (learned) static_cast<void>(layer_.remove_route(prefix, {}, interface.index()));
    return;
  }
  const Route route{.prefix = prefix,
                    .gateway = {},
                    .interface = interface.index(),
                    .origin = RouteOrigin::router_advertisement,
                    .expiry = after(layer_.now(), information.valid_lifetime)};
  static_cast<void>(layer_.replace_route(route));
}

u32 Slaac::learned_prefixes() const {
  u32 count = 0;
  layer_.routes6().for_each([&](const Route& route) {
    count += route.origin == RouteOrigin::router_advertisement && route.prefix.length() > 0;
  });
  return count;
}

// RFC 4862 section 5.5.3.
void Slaac::autoconfigure(Interface& interface, const PrefixInformation& information) {
  if (information.length != 64 || interface.loopback()) return;
  const Instant now = layer_.now();
  const Instant valid_until = after(now, information.valid_lifetime);
  const Instant preferred_until = after(now, information.preferred_lifetime);
  const Prefix prefix(information.prefix, information.length);
  const Ipv6Address address = Ipv6Address::eui64(prefix.network().v6(), interface.mac());
  const InterfaceAddress* own = interface.find(address);
  if (!own) {
    if (information.valid_lifetime == 0 || interface.addresses6().size() >= max_addresses) return;
    const InterfacePrefix made{address, information.length};
    if (!layer_.add_address(interface, made, AddressUse::probed, AddressOrigin::slaac)) return;
    layer_.set_lifetimes(interface, address, preferred_until, valid_until);
    return;
  }
  if (own->origin != AddressOrigin::slaac) return;
  // (e): so that a forged advertisement cannot take an address away at once.
  Instant until = valid_until;
  const Duration remaining = own->valid_until - now;
  if (valid_until - now <= two_hours && valid_until < own->valid_until) {
    until = remaining <= two_hours ? own->valid_until : now + two_hours;
  }
  layer_.set_lifetimes(interface, address, preferred_until, until);
  if (own->state == AddressState::deprecated && preferred_until > now) {
    layer_.set_state(interface, address, AddressState::preferred);
  }
}

// RFC 8106 section 5.3.1.
void Slaac::on_dns(Interface& interface, const wire::RecursiveDns& dns) {
  for (u32 i = 0; i < dns.count(); ++i) {
    const Ipv6Address server = dns.server(i);
    std::erase_if(servers_, [&](const DnsServer& known) {
      return known.interface == &interface && known.address == server;
    });
    if (dns.lifetime() == 0 || servers_.size() == max_servers) continue;
    servers_.push_back({&interface, server, after(layer_.now(), dns.lifetime())});
  }
}

// --- Asking (RFC 4861 section 6.3.7) ---

void Slaac::solicit(Interface& interface) {
  if (!interface.options().accept_router_advertisements) return;
  std::erase_if(solicitations_, [&](const Solicitation& s) { return s.interface == &interface; });
  const Duration delay = layer_.random().uniform(Duration::zero(), max_rtr_solicitation_delay);
  solicitations_.push_back({&interface, max_rtr_solicitations, layer_.now() + delay});
  layer_.arm(solicitations_.back().due);
}

void Slaac::send_solicitation(Interface& interface) {
  constexpr u32 with_address = wire::RouterSolicitation::size + 8;
  const InterfaceAddress* own = interface.link_local6();
  const u32 size = own ? with_address : wire::RouterSolicitation::size;
  Packet message = layer_.pool().allocate(size);
  const MutableBytes bytes{message.append(size), size};
  wire::RouterSolicitation{}.emit(bytes);
  if (own) {
    wire::NdpOptionWriter(bytes.subspan(wire::RouterSolicitation::size))
        .source_link_address(interface.mac());
  }
  IpSend send{.source = own ? own->address : IpAddress::any(Family::ipv6),
              .destination = Ipv6Address::all_routers(),
              .ttl = 255,
              .unspecified_source = !own,
              .multicast_loop = false,
              .interface = &interface};
  static_cast<void>(layer_.icmpv6().output(std::move(message), send));
}

void Slaac::forget(Interface& interface) {
  std::erase_if(solicitations_, [&](const Solicitation& s) { return s.interface == &interface; });
  std::erase_if(servers_, [&](const DnsServer& s) { return s.interface == &interface; });
  while (true) {
    const auto at = std::ranges::find(routers_, &interface, &DefaultRouter::interface);
    if (at == routers_.end()) break;
    on_router_lost(interface, Ipv6Address(at->address));
  }
}

// --- Time ---

Instant Slaac::next_deadline() const {
  Instant earliest = Instant::never();
  for (const auto& s : solicitations_) earliest = std::min(earliest, s.due);
  for (const auto& router : routers_) earliest = std::min(earliest, router.expiry);
  for (const auto& server : servers_) earliest = std::min(earliest, server.expiry);
  for (const auto& interface : layer_.interfaces()) {
    for (const InterfaceAddress& own : interface->addresses6()) {
      const bool ages = own.state == AddressState::preferred;
      earliest =
          std::min({earliest, own.valid_until, ages ? own.preferred_until : Instant::never()});
    }
  }
  return earliest;
}

void Slaac::on_timeout(Instant now) {
  for (Solicitation& s : solicitations_) {
    if (s.due > now) continue;
    s.due = now + rtr_solicitation_interval;
    --s.left;
    send_solicitation(*s.interface);
  }
  std::erase_if(solicitations_, [](const Solicitation& s) { return s.left == 0; });
  std::erase_if(servers_, [now](const DnsServer& server) { return server.expiry <= now; });
  while (true) {
    const auto at = std::ranges::find_if(
        routers_, [now](const DefaultRouter& router) { return router.expiry <= now; });
    if (at == routers_.end()) break;
    on_router_lost(*at->interface, Ipv6Address(at->address));
  }
  for (const auto& interface : layer_.interfaces()) expire_addresses(*interface, now);
}

// RFC 4862 section 5.5.4.
void Slaac::expire_addresses(Interface& interface, Instant now) {
  for (std::size_t i = interface.addresses6().size(); i-- > 0;) {
    const InterfaceAddress own = interface.addresses6()[i];
    if (own.valid_until <= now) {
      static_cast<void>(layer_.remove_address(interface, own.address));
    } else if (own.state == AddressState::preferred && own.preferred_until <= now) {
      layer_.set_state(interface, own.address, AddressState::deprecated);
    }
  }
}

}  // namespace catenet
