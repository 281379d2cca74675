// How a host's interfaces, addresses, groups and routes change, and what follows from it. Read RFC
// 1122 section 3.3.4 and RFC 4862 section 5.
#include <algorithm>

#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/neighbour_cache.hpp"

namespace catenet {
namespace {

bool valid_unicast(const InterfacePrefix& address) {
  const IpAddress& a = address.address;
  if (a.is_unspecified() || a.is_multicast() || a.is_limited_broadcast()) return false;
  if (address.length > a.bits()) return false;
  if (a.is_v6()) return true;
  if (a.v4().is_reserved_class_e() || a.v4().is_this_network()) return false;
  // Neither the network nor the broadcast address, where there are such.
  const Prefix prefix = address.prefix();
  return prefix.length() > 30 || (a != prefix.network() && a != prefix.last());
}

}  // namespace

Interface& IpLayer::add_interface(std::string name, Nic& nic) {
  const u32 index = static_cast<u32>(interfaces_.size()) + 1;
  interfaces_.push_back(std::make_unique<Interface>(*this, std::move(name), index, &nic));
  Interface& added = *interfaces_.back();
  if (started_ && added.up()) on_up(added);
  return added;
}

void IpLayer::start() {
  if (started_) return;
  started_ = true;
  for (const auto& interface : interfaces_) {
    if (!interface->loopback() && interface->up()) on_up(*interface);
  }
}

// The first time, without a cold boot, nothing is sent: what was configured is taken to have been
// in use for long.
void IpLayer::on_up(Interface& interface) {
  const bool wakes = options_.cold_boot || interface.started_;
  interface.started_ = true;
  if (!interface.has_link_local6() && interface.mtu() >= wire::ipv6::min_mtu) {
    add_link_local(interface, wakes ? AddressUse::probed : AddressUse::established);
  }
  if (!wakes) return;
  bool changed = false;
  for (auto* list : {&interface.addresses4_, &interface.addresses6_}) {
    for (InterfaceAddress& entry : *list) {
      const bool usable = entry.usable();
      if (entry.state != AddressState::duplicated) retest(interface, entry);
      changed = changed || entry.usable() != usable;
    }
  }
  if (changed) rebuild_local();
  invalidate_ways();
  if (forwarding()) return;
  ndp_.slaac().solicit(interface);
}

// A link came up: what is still to be tested is tested, and after power-on everything is.
void IpLayer::retest(Interface& interface, InterfaceAddress& entry) {
  const bool untestable = entry.address.is_v6() && interface.options().duplicate_probes == 0;
  if (untestable) {
    entry.state = AddressState::preferred;
  } else if (options_.cold_boot || entry.state == AddressState::tentative) {
    entry.state = AddressState::tentative;
    conflict_.probe(interface, entry.address);
  } else {
    conflict_.announce(interface, entry.address);
  }
}

void IpLayer::on_down(Interface& interface) {
  conflict_.forget(interface);
  router_discovery_.on_down(interface);
  ndp_.slaac().forget(interface);
  neighbours_.flush(interface);
  invalidate_ways();
}

void IpLayer::on_carrier(Interface& interface, bool up) {
  invalidate_ways();
  if (!started_ || !interface.admin_up()) return;
  up ? on_up(interface) : on_down(interface);
}

void IpLayer::set_up(Interface& interface, bool up) {
  if (interface.admin_up_ == up) return;
  const bool was_up = interface.up();
  if (!up && was_up && interface.advertiser_) interface.advertiser_->stop();
  interface.admin_up_ = up;
  invalidate_ways();
  if (up) {
    for (const auto* list : {&interface.addresses4_, &interface.addresses6_}) {
      for (const InterfaceAddress& entry : *list) add_connected(interface, entry);
    }
    if (interface.up() && !interface.loopback()) on_up(interface);
    return;
  }
  if (was_up) on_down(interface);
  routes4_.remove_interface(interface.index());
  routes6_.remove_interface(interface.index());
}

Result<void> IpLayer::set_mtu(Interface& interface, u32 mtu) {
  if (!interface.nic() || mtu < wire::ipv4::min_mtu || mtu > wire::ipv4::max_packet_size) {
    return Unexpected(Errno::invalid);
  }
  interface.nic()->set_mtu(mtu);
  invalidate_ways();
  return {};
}

void IpLayer::set_forwarding(bool on) {
  options_.forwarding = on;
  invalidate_ways();
}

// --- Addresses ---

InterfaceAddress* IpLayer::find(Interface& interface, const IpAddress& address) {
  auto& list = address.is_v4() ? interface.addresses4_ : interface.addresses6_;
  const auto at = std::ranges::find(list, address, &InterfaceAddress::address);
  return at == list.end() ? nullptr : &*at;
}

Result<void> IpLayer::add_address(Interface& interface, const InterfacePrefix& address,
                                  AddressUse use, AddressOrigin origin) {
  if (!valid_unicast(address)) return Unexpected(Errno::invalid);
  if (find(interface, address.address)) return Unexpected(Errno::exists);
  const bool v4 = address.address.is_v4();
  if (interface.loopback()) use = AddressUse::established;
  if (!v4 && use == AddressUse::probed && interface.options().duplicate_probes == 0) {
    use = AddressUse::announced;
  }
  const bool probed = use == AddressUse::probed;
  const InterfaceAddress entry{.address = address.address,
                               .prefix_length = address.length,
                               .state = probed ? AddressState::tentative : AddressState::preferred,
                               .origin = origin};
  (v4 ? interface.addresses4_ : interface.addresses6_).push_back(entry);
  if (!v4 && !interface.loopback()) {
    static_cast<void>(join(interface, address.address.v6().solicited_node()));
  }
  add_connected(interface, entry);
  add_local(interface, entry);
  invalidate_ways();
  if (observer_ && !probed) observer_->on_address(interface, entry, false);
  if (!interface.up()) return {};  // nobody to ask yet: on_up tests what is tentative
  if (probed) conflict_.probe(interface, address.address);
  if (use == AddressUse::announced) conflict_.announce(interface, address.address);
  return {};
}

void IpLayer::add_link_local(Interface& interface, AddressUse use) {
  const InterfacePrefix address{Ipv6Address::link_local(interface.mac()), 64};
  static_cast<void>(add_address(interface, address, use, AddressOrigin::link_local));
}

void IpLayer::add_connected(Interface& interface, const InterfaceAddress& address) {
  if (interface.loopback() || !interface.admin_up()) return;
  // The prefix of an address made by SLAAC is on the link only if the router says so.
  if (address.origin == AddressOrigin::slaac) return;
  const Route route{.prefix = address.prefix(),
                    .gateway = {},
                    .interface = interface.index(),
                    .origin = RouteOrigin::connected};
  static_cast<void>(address.address.is_v4() ? routes4_.add(route) : routes6_.add(route));
}

Result<void> IpLayer::remove_address(Interface& interface, const IpAddress& address) {
  InterfaceAddress* own = find(interface, address);
  if (!own) return Unexpected(Errno::address_not_available);
  const InterfaceAddress gone = *own;
  conflict_.forget(interface, address);
  std::erase_if(address.is_v4() ? interface.addresses4_ : interface.addresses6_,
                [&](const InterfaceAddress& entry) { return entry.address == address; });
  if (address.is_v6() && !interface.loopback()) {
    static_cast<void>(leave(interface, address.v6().solicited_node()));
  }
  remove_connected(interface, gone);
  rebuild_local();
  if (observer_) observer_->on_address(interface, gone, true);
  return {};
}

void IpLayer::remove_connected(Interface& interface, const InterfaceAddress& address) {
  const auto& list = address.address.is_v4() ? interface.addresses4_ : interface.addresses6_;
  const bool shared = std::ranges::any_of(
      list, [&](const InterfaceAddress& other) { return other.prefix() == address.prefix(); });
  if (shared) return;
  const auto fits = [&](const Route& route) {
    return route.origin == RouteOrigin::connected && route.interface == interface.index() &&
           route.prefix == address.prefix();
  };
  address.address.is_v4() ? routes4_.remove_if(fits) : routes6_.remove_if(fits);
}

void IpLayer::rebuild_local() {
  local_.clear();
  for (const auto& interface : interfaces_) {
    for (const InterfaceAddress& entry : interface->addresses4()) add_local(*interface, entry);
    for (const InterfaceAddress& entry : interface->addresses6()) add_local(*interface, entry);
  }
  invalidate_ways();
}

void IpLayer::add_local(Interface& interface, const InterfaceAddress& entry) {
  if (!entry.usable()) return;
  if (entry.address.is_v6()) return local_.add(entry.address.v6(), &interface);
  local_.add(entry.address.v4(), LocalKind::unicast, &interface);
  const auto broadcast = entry.prefix().broadcast();
  if (!broadcast || interface.loopback()) return;
  local_.add(*broadcast, LocalKind::broadcast, &interface);
  // 4.2BSD's form, with zeros for the host (RFC 1122 section 3.2.1.3).
  local_.add(entry.prefix().network().v4(), LocalKind::broadcast, &interface);
}

void IpLayer::set_state(Interface& interface, const IpAddress& address, AddressState state) {
  InterfaceAddress* own = find(interface, address);
  if (!own || own->state == state) return;
  const bool was_usable = own->usable();
  own->state = state;
  if (was_usable && !own->usable()) rebuild_local();
  if (!was_usable) add_local(interface, *own);
  invalidate_ways();
  if (observer_) observer_->on_address(interface, *own, false);
}

void IpLayer::set_lifetimes(Interface& interface, const IpAddress& address, Instant preferred_until,
                            Instant valid_until) {
  InterfaceAddress* own = find(interface, address);
  if (!own) return;
  own->preferred_until = preferred_until;
  own->valid_until = valid_until;
  arm(std::min(preferred_until, valid_until));
}

// --- Proxy ARP for single addresses ---

Result<void> IpLayer::add_proxy(Interface& interface, Ipv4Address address) {
  const bool nobodys = address.is_this_network() || address.is_loopback() ||
                       address.is_multicast() || address.is_limited_broadcast();
  if (nobodys || interface.loopback() || is_local(address)) return Unexpected(Errno::invalid);
  auto& proxied = interface.proxied4_;
  const auto at = std::ranges::lower_bound(proxied, address);
  if (at == proxied.end() || *at != address) proxied.insert(at, address);
  return {};
}

Result<void> IpLayer::remove_proxy(Interface& interface, Ipv4Address address) {
  const bool removed = std::erase(interface.proxied4_, address) > 0;
  return removed ? Result<void>{} : Unexpected(Errno::no_entry);
}

// --- Groups ---

Result<void> IpLayer::join(Interface& interface, const IpAddress& group) {
  if (!group.is_multicast()) return Unexpected(Errno::invalid);
  const auto at = std::ranges::find(interface.groups_, group, &Interface::Membership::group);
  if (at != interface.groups_.end()) {
    ++at->users;
  } else {
    interface.groups_.push_back({group, 1});
  }
  return {};
}

Result<void> IpLayer::leave(Interface& interface, const IpAddress& group) {
  const auto at = std::ranges::find(interface.groups_, group, &Interface::Membership::group);
  if (at == interface.groups_.end()) return Unexpected(Errno::address_not_available);
  if (--at->users == 0) interface.groups_.erase(at);
  return {};
}

Result<void> IpLayer::advertise(Interface& interface, std::optional<RouterAdvertising> settings) {
  if (interface.loopback()) return Unexpected(Errno::invalid);
  if (settings) {
    if (auto sound = settings->check(); !sound) return sound;
  }
  if (interface.advertiser_) interface.advertiser_->stop();
  interface.advertiser_.reset();
  if (!settings) return {};
  interface.advertiser_ =
      std::make_unique<RouterAdvertiser>(*this, interface, std::move(*settings));
  arm(interface.advertiser_->next_deadline());
  return {};
}

// --- Routes ---

// Finds the interface of a route that names only a gateway, and checks the one that is named.
Result<void> IpLayer::complete_route(Route& route) {
  const Family family = route.prefix.family();
  if (route.kind != RouteKind::unicast) return {};
  if (route.gateway && route.gateway->family() != family) return Unexpected(Errno::invalid);
  if (route.gateway && is_local(*route.gateway)) return Unexpected(Errno::invalid);
  if (route.interface != 0) {
    return interface(route.interface) ? Result<void>{} : Unexpected(Errno::no_device);
  }
  if (!route.gateway) return Unexpected(Errno::no_device);
  const Route* way = family == Family::ipv4 ? routes4_.lookup(route.gateway->v4())
                                            : routes6_.lookup(route.gateway->v6());
  if (!way || way->gateway || way->kind != RouteKind::unicast) {
    return Unexpected(Errno::network_unreachable);
  }
  route.interface = way->interface;
  return {};
}

Result<void> IpLayer::add_route(Route route) {
  if (auto complete = complete_route(route); !complete) return complete;
  const auto added =
      route.prefix.family() == Family::ipv4 ? routes4_.add(route) : routes6_.add(route);
  if (added) routes_changed(route);
  return added;
}

Result<void> IpLayer::replace_route(Route route) {
  if (auto complete = complete_route(route); !complete) return complete;
  const auto replaced =
      route.prefix.family() == Family::ipv4 ? routes4_.replace(route) : routes6_.replace(route);
  if (replaced) routes_changed(route);
  return replaced;
}

void IpLayer::routes_changed(const Route& route) {
  invalidate_ways();
  arm(route.expiry);
}

// What a host learned by redirects is kept for ten minutes, and never more of it than a router's
// lies could fill.
void IpLayer::redirect_route(const IpAddress& destination, std::optional<IpAddress> gateway,
                             const Interface& interface) {
  constexpr u16 most = 256;
  const Prefix host = Prefix::host(destination);
  const Route* known = destination.is_v4() ? routes4_.find(host) : routes6_.find(host);
  // Who configured a route to just this host has the last word (RFC 1122 section 3.3.1.2).
  if (known && known->origin != RouteOrigin::redirect) return;
  if (++redirects_ > most) {
    remove_routes(RouteOrigin::redirect);
    redirects_ = 1;
  }
  const Route route{.prefix = host,
                    .gateway = gateway,
                    .interface = interface.index(),
                    .origin = RouteOrigin::redirect,
                    .expiry = now() + Duration::seconds(600)};
  static_cast<void>(replace_route(route));
}

bool IpLayer::gateway_is_dead(const Route& route) const {
  if (!route.gateway || route.interface == 0 || route.interface > interfaces_.size()) return false;
  Interface& out = *interfaces_[route.interface - 1];
  const NeighbourCache* table =
      route.gateway->is_v4() ? out.neighbours4_if_any() : out.neighbours6_if_any();
  const Neighbour* gateway = table ? table->find(*route.gateway) : nullptr;
  return gateway && gateway->raw_state() == NeighbourState::failed;
}

// What takes over from a route whose gateway is dead; null: nothing, or there is no need.
const Route* IpLayer::other_if_dead(const Route& route, const Interface* bound) const {
  if (!gateway_is_dead(route)) return nullptr;
  const auto fits = [&](const Route& other) {
    return (!bound || other.interface == bound->index()) && !gateway_is_dead(other);
  };
  return route.prefix.family() == Family::ipv4 ? routes4_.find_if(route.prefix, fits)
                                               : routes6_.find_if(route.prefix, fits);
}

Result<void> IpLayer::follow(const Route& wanted, const Interface* bound, RouteCache& way) {
  const Route* const other = other_if_dead(wanted, bound);
  const Route& route = other ? *other : wanted;
  switch (route.kind) {
    case RouteKind::unicast: break;
    case RouteKind::unreachable: return Unexpected(Errno::host_unreachable);
    case RouteKind::prohibit: return Unexpected(Errno::access_denied);
    case RouteKind::blackhole: return Unexpected(Errno::invalid);
  }
  way.interface = interface(route.interface);
  if (!way.interface) return Unexpected(Errno::network_unreachable);
  way.route = &route;
  if (route.gateway) way.next_hop = *route.gateway;
  return {};
}

void IpLayer::on_dead_gateway(const IpAddress& gateway) {
  if (redirects_ == 0) return;
  const auto led_there = [&](const Route& route) {
    return route.origin == RouteOrigin::redirect && route.gateway == gateway;
  };
  const u32 gone = gateway.is_v4() ? routes4_.remove_if(led_there) : routes6_.remove_if(led_there);
  if (gone > 0) invalidate_ways();
}

Result<void> IpLayer::remove_route(const Prefix& prefix, std::optional<IpAddress> gateway,
                                   std::optional<u32> interface, std::optional<u32> metric) {
  invalidate_ways();
  return prefix.family() == Family::ipv4 ? routes4_.remove(prefix, gateway, interface, metric)
                                         : routes6_.remove(prefix, gateway, interface, metric);
}

u32 IpLayer::remove_routes(RouteOrigin origin) {
  invalidate_ways();
  return routes4_.remove_origin(origin) + routes6_.remove_origin(origin);
}

}  // namespace catenet
