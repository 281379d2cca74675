// RouteTable: where a datagram goes next, by longest matching prefix. Read RFC 1122 section 3.3.1
// (a host's routing), RFC 1812 section 5.2.4 (the longest match, then the metric) and RFC 4632.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/ip/prefix_map.hpp"
#include "catenet/time/time.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

// Who put a route into the table.
enum class RouteOrigin : u8 {
  connected,  // an interface's own prefix
  configured,
  dhcp,
  router_advertisement,
  redirect,
  rip,
  ospf,
  bgp,
};
// "connected", "static", "dhcp", "ra", "redirect", "rip", "ospf", "bgp": as iproute2 has them where
// it has them.
std::string_view route_origin_name(RouteOrigin origin);

// What becomes of a datagram that takes the route.
enum class RouteKind : u8 {
  unicast,      // it is sent on
  unreachable,  // refused: ICMP host unreachable, EHOSTUNREACH
  prohibit,     // refused: ICMP administratively prohibited, EACCES
  blackhole,    // swallowed
};

struct Route {
  Prefix prefix;
  std::optional<IpAddress> gateway;  // none: the destination is on the link
  u32 interface = 0;  // index of the interface it leaves by; 0 where nothing is sent on
  u32 metric = 0;     // the lowest wins
  u32 mtu = 0;        // bytes; 0: the interface's
  RouteOrigin origin = RouteOrigin::configured;
  RouteKind kind = RouteKind::unicast;
  Instant expiry = Instant::never();
  mutable u64 uses = 0;  // datagrams sent this way; whoever sends counts

  bool host() const { return prefix.length() == prefix.network().bits(); }
  // As netstat -r prints them: U up, G gateway, H host, D made by a redirect, ! refused.
  std::string flags() const;
};

// One family's routes. `Address` is Ipv4Address or Ipv6Address. Routes found stay valid until the
// next change.
template <typename Address>
class RouteTable {
 public:
  static constexpr Family family =
      std::is_same_v<Address, Ipv4Address> ? Family::ipv4 : Family::ipv6;
  using Key = std::conditional_t<family == Family::ipv4, PrefixKey4, PrefixKey6>;

  // The route for `destination`: the longest prefix, of that the lowest metric, of that the first
  // added. nullptr when there is none. Does not count as a use, and does not look at expiry:
  // remove_expired does.
  const Route* lookup(const Address& destination) const {
    const u32 at = prefixes_.longest(Key(destination));
    return at == none ? nullptr : &routes_[at].route;
  }
  // The same, of the routes that leave by `interface` alone (a bound socket, a link-local
  // destination).
  const Route* lookup_on(const Address& destination, u32 interface) const;
  // The same as lookup, but of several routes with equal prefix and metric the one that `flow_hash`
  // picks (RFC 2992), so that one flow keeps to one path.
  const Route* lookup_flow(const Address& destination, u64 flow_hash) const;

  // Adds a route. exists: there is one with its prefix, metric, gateway and interface. invalid: a
  // prefix or gateway of the other family.
  Result<void> add(const Route& route);
  // Adds a route in place of all that have its prefix and metric.
  Result<void> replace(const Route& route);
  // Removes the first route with `prefix` that agrees with what else is given, lowest metric first.
  // no_entry: none does.
  Result<void> remove(const Prefix& prefix, std::optional<IpAddress> gateway = {},
                      std::optional<u32> interface = {}, std::optional<u32> metric = {});
  // Each removes all that fit and returns how many those were.
  u32 remove_interface(u32 interface);
  u32 remove_origin(RouteOrigin origin);
  u32 remove_expired(Instant now);
  template <typename Fits>
  u32 remove_if(Fits&& fits) {
    u32 removed = 0;
    for (u32 at = 0; at < routes_.size(); ++at) {
      if (routes_[at].used && fits(std::as_const(routes_[at].route))) {
        release(at);
        ++removed;
      }
    }
    return removed;
  }
  void clear();

  // The earliest expiry, or never.
  Instant next_expiry() const;
  u32 size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Another value after every change.
  u64 generation() const { return generation_; }

  // Every route: host routes, subnets, networks, default last; by address, metric and age within.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const Route* route : sorted()) visit(*route);
  }
  // The first route with exactly this prefix that fits, lowest metric first; nullptr when none
  // does.
  template <typename Fits>
  const Route* find_if(const Prefix& prefix, Fits&& fits) const {
    if (prefix.family() != family) return nullptr;
    const u32* first = prefixes_.find(Key(prefix.network()), prefix.length());
    for (u32 at = first ? *first : none; at != none; at = routes_[at].next) {
      if (fits(std::as_const(routes_[at].route))) return &routes_[at].route;
    }
    return nullptr;
  }
  // The same, of any route or of those with this metric.
  const Route* find(const Prefix& prefix, std::optional<u32> metric = {}) const;

 private:
  static constexpr u32 none = PrefixMap<Key>::none;
  // Routes of one prefix are chained, lowest metric first.
  struct Slot {
    Route route;
    u32 next = none;
    bool used = false;
  };
  // Every interface of a router has fe80::/64: where many routes have one prefix, nobody walks
  // along them to add or find one.
  struct LongChain {
    u32 last = none;
    std::unordered_map<u32, u32> first_on;  // by interface; looked up only, never walked
  };
  static constexpr u32 long_chain = 16;
  LongChain* find_long(const Prefix& prefix) const;
  LongChain* note_length(u32 first, u32 length);
  u32 first_on(u32 first, u32 interface) const;
  bool holds(const Route& route, u32 first, LongChain*& chain);
  void link(u32 at, u32* first, LongChain* chain);
  void link_long(u32 at, u32* first, LongChain& chain);
  void unlink_long(u32 at, u32 before);
  void release(u32 at);
  std::vector<const Route*> sorted() const;

  PrefixMap<Key> prefixes_;
  std::vector<Slot> routes_;
  std::unique_ptr<std::map<Prefix, LongChain>> long_chains_;  // mostly there are none
  u64 generation_ = 1;
  u32 free_ = none;
  u32 size_ = 0;
};

using RouteTable4 = RouteTable<Ipv4Address>;
using RouteTable6 = RouteTable<Ipv6Address>;
extern template class RouteTable<Ipv4Address>;
extern template class RouteTable<Ipv6Address>;

}  // namespace catenet
