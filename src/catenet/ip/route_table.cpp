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
    const u32 at = first_on(first, interface);
    if (at != none) found = &routes_[at].route;
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
  LongChain* chain = nullptr;
  if (first && holds(route, *first, chain)) return Unexpected(Errno::exists);
  u32 at = free_;
  if (at == none) {
    at = static_cast<u32>(routes_.size());
    routes_.emplace_back();
  } else {
    free_ = routes_[at].next;
  }
  routes_[at] = {route, none, true};
  if (first) {
    link(at, first, chain);
  } else {
    prefixes_.insert(key, route.prefix.length(), at);
  }
  ++size_;
  ++generation_;
  return {};
}

// Whether the chain at `first` has this very route. Tells the chain, where it is a long one.
template <typename Address>
bool RouteTable<Address>::holds(const Route& route, u32 first, LongChain*& chain) {
  chain = find_long(route.prefix);
  u32 length = 0;
  u32 at = chain ? first_on(first, route.interface) : first;
  for (; at != none; at = routes_[at].next, ++length) {
    const Route& other = routes_[at].route;
    if (other.metric == route.metric && other.gateway == route.gateway &&
        other.interface == route.interface) {
      return true;
    }
  }
  if (!chain) chain = note_length(first, length);
  return false;
}

// Behind all routes of its metric and lower.
template <typename Address>
void RouteTable<Address>::link(u32 at, u32* first, LongChain* chain) {
  if (chain) return link_long(at, first, *chain);
  u32* place = first;
  while (*place != none && routes_[*place].route.metric <= routes_[at].route.metric) {
    place = &routes_[*place].next;
  }
  routes_[at].next = *place;
  *place = at;
}

template <typename Address>
auto RouteTable<Address>::find_long(const Prefix& prefix) const -> LongChain* {
  if (!long_chains_) return nullptr;
  const auto found = long_chains_->find(prefix);
  return found == long_chains_->end() ? nullptr : &found->second;
}

template <typename Address>
auto RouteTable<Address>::note_length(u32 first, u32 length) -> LongChain* {
  if (length < long_chain) return nullptr;
  if (!long_chains_) long_chains_ = std::make_unique<std::map<Prefix, LongChain>>();
  LongChain& chain = (*long_chains_)[routes_[first].route.prefix];
  for (u32 at = first; at != none; at = routes_[at].next) {
    chain.first_on.try_emplace(routes_[at].route.interface, at);
    chain.last = at;
  }
  return &chain;
}

// The first of the chain at `first` that leaves by `interface`.
template <typename Address>
u32 RouteTable<Address>::first_on(u32 first, u32 interface) const {
  if (const LongChain* chain = find_long(routes_[first].route.prefix)) {
    const auto found = chain->first_on.find(interface);
    return found == chain->first_on.end() ? none : found->second;
  }
  u32 at = first;
  while (at != none && routes_[at].route.interface != interface) at = routes_[at].next;
  return at;
}

template <typename Address>
void RouteTable<Address>::link_long(u32 at, u32* first, LongChain& chain) {
  const Route& route = routes_[at].route;
  if (routes_[chain.last].route.metric <= route.metric) {
    routes_[chain.last].next = at;
    chain.last = at;
  } else {
    link(at, first, nullptr);
  }
  const auto [on, fresh] = chain.first_on.try_emplace(route.interface, at);
  if (!fresh && route.metric < routes_[on->second].route.metric) on->second = at;
}

// The route at `at` has been taken out behind `before`, the others have not moved.
template <typename Address>
void RouteTable<Address>::unlink_long(u32 at, u32 before) {
  LongChain* chain = find_long(routes_[at].route.prefix);
  if (!chain) return;
  if (chain->last == at) chain->last = before;
  const u32 interface = routes_[at].route.interface;
  const auto on = chain->first_on.find(interface);
  if (on->second == at) {
    u32 next = routes_[at].next;
    while (next != none && routes_[next].route.interface != interface) next = routes_[next].next;
    if (next == none) {
      chain->first_on.erase(on);
    } else {
      on->second = next;
    }
  }
  if (chain->last == none) long_chains_->erase(routes_[at].route.prefix);
}

template <typename Address>
void RouteTable<Address>::release(u32 at) {
  const Prefix prefix = routes_[at].route.prefix;
  const Key key(prefix.network());
  u32* place = prefixes_.find(key, prefix.length());
  CATENET_ASSERT(place);
  if (*place == at && routes_[at].next == none) {
    prefixes_.erase(key, prefix.length());
    unlink_long(at, none);
  } else {
    u32 before = none;
    while (*place != at) {
      before = *place;
      place = &routes_[before].next;
    }
    *place = routes_[at].next;
    unlink_long(at, before);
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
  long_chains_.reset();
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
  return find_if(prefix, [&](const Route& route) { return !metric || route.metric == *metric; });
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
