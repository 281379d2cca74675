#include "catenet/ip/route_table.hpp"

#include <algorithm>

namespace catenet {

std::string_view route_origin_name(RouteOrigin origin) {
  switch (origin) {
    case RouteOrigin::connected: return "connected";
    case RouteOrigin::configured: return "static";
    case RouteOrigin::dhcp: return "dhcp";
    case RouteOrigin::router_advertisement: return "ra";
    case RouteOrigin::redirect: return "redirect";
    case RouteOrigin::rip: return "rip";
    case RouteOrigin::ospf: return "ospf";
    case RouteOrigin::bgp: return "bgp";
  }
  return "unknown";
}

std::string Route::flags() const {
  std::string letters;
  letters += kind == RouteKind::unicast ? 'U' : '!';
  if (gateway) letters += 'G';
  if (host()) letters += 'H';
  if (origin == RouteOrigin::redirect) letters += 'D';
  return letters;
}

template <typename Address>
const Route* RouteTable<Address>::lookup_on(const Address& destination, u32 interface) const {
  const Route* found = nullptr;
  prefixes_.for_each_match(Key(destination), [&](u32 first) {
    for (u32 at = first; at != none && !found; at = routes_[at].next) {
      if (routes_[at].route.interface == interface) found = &routes_[at].route;
    }
    return found != nullptr;
  });
  return found;
}

template <typename Address>
const Route* RouteTable<Address>::lookup_flow(const Address& destination, u64 flow_hash) const {
  const u32 first = prefixes_.longest(Key(destination));
  if (first == none) return nullptr;
  const u32 metric = routes_[first].route.metric;
  u64 paths = 0;
  for (u32 at = first; at != none && routes_[at].route.metric == metric; at = routes_[at].next) {
    ++paths;
  }
  u32 chosen = first;
  for (u64 skip = (flow_hash >> 32) * paths >> 32; skip > 0; --skip) chosen = routes_[chosen].next;
  return &routes_[chosen].route;
}

template <typename Address>
Result<void> RouteTable<Address>::add(const Route& route) {
  if (route.prefix.family() != family) return Unexpected(Errno::invalid);
  if (route.gateway && route.gateway->family() != family) return Unexpected(Errno::invalid);
  const Key key(route.prefix.network());
  u32* first = prefixes_.find(key, route.prefix.length());
  for (u32 at = first ? *first : none; at != none; at = routes_[at].next) {
    const Route& other = routes_[at].route;
    if (other.metric == route.metric && other.gateway == route.gateway &&
        other.interface == route.interface) {
      return Unexpected(Errno::exists);
    }
  }
  u32 at = free_;
  if (at == none) {
    at = static_cast<u32>(routes_.size());
    routes_.emplace_back();
  } else {
    free_ = routes_[at].next;
  }
  routes_[at] = {route, none, true};
  if (first) {
    link(at, first);
  } else {
    prefixes_.insert(key, route.prefix.length(), at);
  }
  ++size_;
  ++generation_;
  return {};
}

// Behind all routes of its metric and lower.
template <typename Address>
void RouteTable<Address>::link(u32 at, u32* first) {
  u32* place = first;
  while (*place != none && routes_[*place].route.metric <= routes_[at].route.metric) {
    place = &routes_[*place].next;
  }
  routes_[at].next = *place;
  *place = at;
}

template <typename Address>
void RouteTable<Address>::release(u32 at) {
  const Prefix prefix = routes_[at].route.prefix;
  const Key key(prefix.network());
  u32* place = prefixes_.find(key, prefix.length());
  CATENET_ASSERT(place);
  if (*place == at && routes_[at].next == none) {
    prefixes_.erase(key, prefix.length());
  } else {
    while (*place != at) place = &routes_[*place].next;
    *place = routes_[at].next;
  }
  routes_[at] = Slot{.route = {}, .next = free_, .used = false};
  free_ = at;
  --size_;
  ++generation_;
}

template <typename Address>
Result<void> RouteTable<Address>::replace(const Route& route) {
  if (route.prefix.family() != family) return Unexpected(Errno::invalid);
  if (route.gateway && route.gateway->family() != family) return Unexpected(Errno::invalid);
  while (remove(route.prefix, {}, {}, route.metric)) {
  }
  return add(route);
}

template <typename Address>
Result<void> RouteTable<Address>::remove(const Prefix& prefix, std::optional<IpAddress> gateway,
                                         std::optional<u32> interface, std::optional<u32> metric) {
  if (prefix.family() != family) return Unexpected(Errno::invalid);
  const u32* first = prefixes_.find(Key(prefix.network()), prefix.length());
  for (u32 at = first ? *first : none; at != none; at = routes_[at].next) {
    const Route& route = routes_[at].route;
    if (gateway && route.gateway != gateway) continue;
    if (interface && route.interface != *interface) continue;
    if (metric && route.metric != *metric) continue;
    release(at);
    return {};
  }
  return Unexpected(Errno::no_entry);
}

template <typename Address>
u32 RouteTable<Address>::remove_interface(u32 interface) {
  return remove_if([&](const Route& route) { return route.interface == interface; });
}

template <typename Address>
u32 RouteTable<Address>::remove_origin(RouteOrigin origin) {
  return remove_if([&](const Route& route) { return route.origin == origin; });
}

template <typename Address>
u32 RouteTable<Address>::remove_expired(Instant now) {
  return remove_if([&](const Route& route) { return route.expiry <= now; });
}

template <typename Address>
void RouteTable<Address>::clear() {
  prefixes_.clear();
  routes_.clear();
  free_ = none;
  size_ = 0;
  ++generation_;
}

template <typename Address>
Instant RouteTable<Address>::next_expiry() const {
  Instant earliest = Instant::never();
  for (const Slot& slot : routes_) {
    if (slot.used) earliest = std::min(earliest, slot.route.expiry);
  }
  return earliest;
}

template <typename Address>
const Route* RouteTable<Address>::find(const Prefix& prefix, std::optional<u32> metric) const {
  if (prefix.family() != family) return nullptr;
  const u32* first = prefixes_.find(Key(prefix.network()), prefix.length());
  for (u32 at = first ? *first : none; at != none; at = routes_[at].next) {
    if (!metric || routes_[at].route.metric == *metric) return &routes_[at].route;
  }
  return nullptr;
}

template <typename Address>
std::vector<const Route*> RouteTable<Address>::sorted() const {
  std::vector<u32> firsts;
  for (u32 at = 0; at < routes_.size(); ++at) {
    const Prefix& prefix = routes_[at].route.prefix;
    if (routes_[at].used && *prefixes_.find(Key(prefix.network()), prefix.length()) == at) {
      firsts.push_back(at);
    }
  }
  std::sort(firsts.begin(), firsts.end(), [&](u32 a, u32 b) {
    const Prefix& p = routes_[a].route.prefix;
    const Prefix& q = routes_[b].route.prefix;
    return p.length() != q.length() ? p.length() > q.length() : p.network() < q.network();
  });
  std::vector<const Route*> routes;
  for (u32 first : firsts) {
    for (u32 at = first; at != none; at = routes_[at].next) routes.push_back(&routes_[at].route);
  }
  return routes;
}

template class RouteTable<Ipv4Address>;
template class RouteTable<Ipv6Address>;

}  // namespace catenet
