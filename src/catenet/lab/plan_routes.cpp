// Routes: those the file gives, and shortest paths where it gives none. docs/lab-file.md, "Routes",
// is this file in words.
#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <unordered_map>

#include "catenet/lab/draft.hpp"
#include "catenet/lab/interface_finder.hpp"
#include "catenet/lab/shortest_paths.hpp"

namespace catenet::lab {

namespace {

constexpr u64 most_routes = 4'000'000;

// Whether `via` may be a next hop out of `interface`: on its segment, and not its own address.
bool leads_to(const PlanInterface& interface, const IpAddress& via) {
  return std::ranges::any_of(interface.addresses, [&](const InterfacePrefix& own) {
    return own.prefix().contains(via) && own.address != via;
  });
}

std::string own_prefixes(const PlanNode& node, Family family) {
  constexpr std::size_t most_named = 24;
  std::vector<std::string> names;
  for (const PlanInterface& interface : node.interfaces) {
    if (names.size() > most_named) break;
    for (const InterfacePrefix& address : interface.addresses) {
      if (address.address.family() == family) names.push_back(address.prefix().to_string());
    }
  }
  if (names.empty()) return "the node has no addresses of that family";
  if (names.size() > most_named) names.back() = "others";
  const std::vector<std::string_view> views(names.begin(), names.end());
  return fmt::format("the node is on {}", list_words(views, "and"));
}

const PlanRoute* find_route(const PlanNode& node, const Prefix& to) {
  const auto found = std::find_if(node.routes.begin(), node.routes.end(),
                                  [&](const PlanRoute& r) { return r.to == to; });
  return found == node.routes.end() ? nullptr : &*found;
}

// Who has which address.
using Owners = std::unordered_map<IpAddress, NodeIndex>;

Owners owners_of(const Plan& plan) {
  Owners owners;
  for (NodeIndex n = 0; n < plan.nodes.size(); ++n) {
    for (const PlanInterface& interface : plan.nodes[n].interfaces) {
      for (const InterfacePrefix& own : interface.addresses) owners.emplace(own.address, n);
    }
  }
  return owners;
}

class GivenRoutes {
 public:
  GivenRoutes(Draft& draft, const Owners& owners, NodeIndex n)
      : draft_(draft),
        owners_(owners),
        index_(n),
        node_(draft.plan.nodes[n]),
        said_(draft.settings[n]) {}

  void run() {
    if (said_.gateways.empty() && said_.routes.empty()) return;
    for (u32 i = 0; i < node_.interfaces.size(); ++i) {
      for (const InterfacePrefix& own : node_.interfaces[i].addresses) finder_.add(own.prefix(), i);
    }
    for (const Located<IpAddress>& gateway : said_.gateways) {
      RouteSetting route;
      route.to = {Prefix::any(gateway.value.family()), gateway.at};
      route.via = gateway;
      route.at = gateway.at;
      add(route, "gateway");
    }
    for (const RouteSetting& route : said_.routes) add(route, "route");
  }

 private:
  void add(const RouteSetting& said, std::string_view what) {
    PlanRoute route{said.to.value, std::nullopt, 0, said.metric, true, said.kind};
    if (said.kind == RouteKind::unicast) {
      const std::optional<u32> interface = leaves_by(said, what);
      if (!interface) return;
      route.interface = *interface;
      if (said.via) route.via = said.via->value;
    } else if (node_.kind == NodeKind::namespace_) {
      return draft_.report.error(
          said.at,
          fmt::format("'{}' is a namespace, whose kernel is given unicast routes alone",
                      node_.name),
          "let a step on it say: ip route add blackhole …");
    }
    const auto [first, fresh] = marks_.emplace(std::pair{route.to, route.metric}, said.at);
    if (fresh) {
      node_.routes.push_back(route);
      return;
    }
    const bool is_default = route.to.length() == 0;
    draft_.report.error(
        said.at,
        is_default ? fmt::format("two {} default routes for '{}'", family_name(route.to.family()),
                                 node_.name)
                   : fmt::format("two routes to {} for '{}'", route.to.to_string(), node_.name),
        fmt::format("the other is on {}; give one a metric",
                    draft_.report.place(first->second, said.at)));
  }

  std::optional<u32> leaves_by(const RouteSetting& said, std::string_view what) {
    std::optional<u32> named;
    if (said.interface) {
      named = find_interface(*said.interface);
      if (!named) return std::nullopt;
    }
    if (!said.via) return named;
    const IpAddress& via = said.via->value;
    if (via.is_link_local() && via.is_v6()) {
      if (!named)
        draft_.report.error(said.via->at, fmt::format("{} is link-local", via.to_string()),
                            "say interface too");
      return named;
    }
    if (is_own(via)) {
      draft_.report.error(
          said.via->at,
          fmt::format("{} {} is an address of '{}' itself", what, via.to_string(), node_.name),
          "a next hop is another station of its segment", static_cast<u32>(via.to_string().size()));
      return std::nullopt;
    }
    const std::optional<u32> toward = interface_toward(via);
    if (!toward) {
      draft_.report.error(
          said.via->at,
          fmt::format("{} {} is on no segment of '{}'", what, via.to_string(), node_.name),
          own_prefixes(node_, via.family()), static_cast<u32>(via.to_string().size()));
    } else if (named && *named != *toward) {
      draft_.report.error(
          said.interface->at,
          fmt::format("{} is not on interface '{}'", via.to_string(), said.interface->value),
          fmt::format("it is on '{}'", node_.interfaces[*toward].name));
      return std::nullopt;
    } else if (!may_answer(said, what, {index_, *toward})) {
      return std::nullopt;
    }
    return toward;
  }

  // The interface whose segment `via` lies on.
  std::optional<u32> interface_toward(const IpAddress& via) const {
    const std::optional<u32> first = finder_.find(via);
    if (!first || leads_to(node_.interfaces[*first], via)) return first;
    for (u32 i = *first + 1; i < node_.interfaces.size(); ++i) {
      if (leads_to(node_.interfaces[i], via)) return i;
    }
    return std::nullopt;
  }

  std::optional<u32> find_interface(const Located<std::string>& name) const {
    const std::optional<u32> found = draft_.find_interface(index_, name.value);
    if (!found) {
      draft_.report.error(name.at,
                          fmt::format("'{}' has no interface '{}'", node_.name, name.value),
                          suggestion(name.value, draft_.interface_names(index_)),
                          static_cast<u32>(name.value.size()));
    }
    return found;
  }

  // Whether `via` can be a next hop at all; warns where nobody is known to have it.
  bool may_answer(const RouteSetting& said, std::string_view what, PlanEnd out) {
    const IpAddress& via = said.via->value;
    const auto width = static_cast<u32>(via.to_string().size());
    for (const InterfacePrefix& own : draft_.interface(out).addresses) {
      const Prefix prefix = own.prefix();
      const auto broadcast = prefix.broadcast();
      const bool network = broadcast && via == prefix.network();
      if (!network && !(broadcast && via == IpAddress(*broadcast))) continue;
      draft_.report.error(said.via->at,
                          fmt::format("{} {} is the {} address of {}", what, via.to_string(),
                                      network ? "network" : "broadcast", prefix.to_string()),
                          "a next hop is one station", width);
      return false;
    }
    if (owners_.contains(via) || has_strangers(draft_.interface(out).segment, via)) return true;
    draft_.report.warn(
        said.via->at, fmt::format("{} {} is the address of no node", what, via.to_string()),
        "nothing that takes this way arrives, unless a node answers for it (proxy ARP)", width);
    return true;
  }

  // Whether somebody there may have an address that this file does not tell.
  bool has_strangers(SegmentIndex s, const IpAddress& via) const {
    const PlanSegment& segment = draft_.plan.segments[s];
    const auto forms = [&](PlanEnd end) {
      const PlanNode& node = draft_.plan.nodes[end.node];
      return node.kind == NodeKind::namespace_ || (node.slaac && via.is_v6());
    };
    const auto is_outside = [&](PlanEnd end) {
      return draft_.plan.nodes[end.node].kind == NodeKind::outside;
    };
    return std::ranges::any_of(segment.stations, forms) ||
           std::ranges::any_of(segment.links, [&](LinkIndex l) {
             const PlanLink& link = draft_.plan.links[l];
             return is_outside(link.a) || is_outside(link.b);
           });
  }

  bool is_own(const IpAddress& address) const {
    const auto own = owners_.find(address);
    return own != owners_.end() && own->second == index_;
  }

  Draft& draft_;
  const Owners& owners_;
  NodeIndex index_;
  PlanNode& node_;
  const NodeSettings& said_;
  InterfaceFinder finder_;
  std::map<std::pair<Prefix, u32>, Mark> marks_;  // of the routes added, by prefix and metric
};

// Whether it is routers that tell a host its IPv4 default route.
bool finds_router(const PlanNode& node) {
  return !node.forwarding && node.options.ip.router_discovery.value_or(false);
}

// The default routes of hosts: to the first router that one of their segments has.
class DefaultRoutes {
 public:
  explicit DefaultRoutes(Plan& plan) : plan_(plan), routers_(plan.segments.size()) {
    for (SegmentIndex s = 0; s < plan.segments.size(); ++s) {
      for (const PlanEnd station : plan.segments[s].stations) {
        if (plan.nodes[station.node].forwarding) routers_[s].push_back(station);
      }
    }
  }

  void add(PlanNode& node, Family family) const {
    const Prefix everything = Prefix::any(family);
    if (find_route(node, everything)) return;
    for (u32 i = 0; i < node.interfaces.size(); ++i) {
      if (const auto router = first_router(node.interfaces[i], family)) {
        node.routes.push_back({everything, router, i, 0, false});
        return;
      }
    }
  }

 private:
  // Its address there; nothing on a segment without.
  std::optional<IpAddress> first_router(const PlanInterface& interface, Family family) const {
    for (const PlanEnd station : routers_[interface.segment]) {
      const PlanInterface& theirs = plan_.nodes[station.node].interfaces[station.interface];
      if (const auto address = next_hop_from(interface, theirs, family)) return address;
    }
    return std::nullopt;
  }

  Plan& plan_;
  std::vector<std::vector<PlanEnd>> routers_;  // by segment, in the order of the links
};

// Routes along the shortest paths, for all who are on none of a target's segments.
class PathRoutes {
 public:
  explicit PathRoutes(Plan& plan) : plan_(plan), paths_(plan), known_(paths_.traveller_count()) {
    for (u32 t = 0; t < known_.size(); ++t) {
      for (const PlanRoute& route : node(t).routes) {
        if (route.given) known_[t].given.push_back(route.to);
      }
      std::ranges::sort(known_[t].given);
    }
  }

  // False when that would be too many.
  bool add(Family family) {
    for (u32 t = 0; t < known_.size(); ++t) {
      const PlanRoute* usual = find_route(node(t), Prefix::any(family));
      known_[t].usual = usual && !node(t).forwarding ? std::optional(*usual) : std::nullopt;
      known_[t].finds_way = family == Family::ipv4 && finds_router(node(t));
    }
    for (const auto& [gates, targets] : paths_.targets(family)) {
      paths_.compute(gates, family);
      const std::vector<User> users = find_users();
      for (const SegmentIndex target : targets) {
        add_to(target, family, users);
        if (count_ > most_routes) return false;
      }
    }
    return true;
  }

 private:
  // What a traveller has before shortest paths are filled in.
  struct Known {
    std::vector<Prefix> given;       // sorted
    std::optional<PlanRoute> usual;  // a host's default route
    bool finds_way = false;          // it will have a default route that nobody knows yet
  };
  struct User {
    u32 traveller = 0;
    Hop hop;
  };

  PlanNode& node(u32 traveller) { return plan_.nodes[paths_.node(traveller)]; }

  // Who needs routes to the segments that the paths now lead to: a host does not where its default
  // route goes the same way.
  std::vector<User> find_users() const {
    std::vector<User> users;
    for (u32 t = 0; t < known_.size(); ++t) {
      const std::optional<Hop> hop = paths_.hop(t);
      if (!hop || known_[t].finds_way) continue;
      const std::optional<PlanRoute>& usual = known_[t].usual;
      if (usual && usual->kind == RouteKind::unicast && usual->via == hop->via &&
          usual->interface == hop->interface)
        continue;
      users.push_back({t, *hop});
    }
    return users;
  }

  void add_to(SegmentIndex target, Family family, const std::vector<User>& users) {
    for (const Prefix& prefix : plan_.segments[target].prefixes) {
      if (prefix.family() != family) continue;
      for (const User& user : users) {
        if (paths_.attached(user.traveller, target)) continue;
        if (std::ranges::binary_search(known_[user.traveller].given, prefix)) continue;
        node(user.traveller).routes.push_back({prefix, user.hop.via, user.hop.interface, 0, false});
        ++count_;
      }
    }
  }

  Plan& plan_;
  ShortestPaths paths_;
  std::vector<Known> known_;  // by traveller
  u64 count_ = 0;
};

}  // namespace

void plan_given_routes(Draft& draft) {
  const Owners owners = owners_of(draft.plan);
  for (NodeIndex n = 0; n < draft.plan.nodes.size(); ++n) {
    if (draft.plan.nodes[n].has_stack()) GivenRoutes(draft, owners, n).run();
  }
}

void plan_routes(Draft& draft) {
  Plan& plan = draft.plan;
  if (draft.model.routing.value_or(Routing::static_) == Routing::static_) {
    const DefaultRoutes defaults(plan);
    for (PlanNode& node : plan.nodes) {
      if (!node.has_stack() || node.forwarding) continue;
      if (!finds_router(node)) defaults.add(node, Family::ipv4);
      if (!node.slaac) defaults.add(node, Family::ipv6);
    }
    PathRoutes paths(plan);
    if (!paths.add(Family::ipv4) || !paths.add(Family::ipv6)) {
      draft.report.error({0, 0, 0}, fmt::format("this lab needs more than {} routes", most_routes),
                         "say routing: none and give routes, or run a routing service");
      return;
    }
  }
  for (PlanNode& node : plan.nodes) {
    std::stable_sort(node.routes.begin(), node.routes.end(),
                     [](const PlanRoute& a, const PlanRoute& b) {
                       return a.to != b.to ? a.to < b.to : a.metric < b.metric;
                     });
  }
}

}  // namespace catenet::lab
