// Routes: those the file gives, and shortest paths where it gives none. docs/lab-file.md, "Routes",
// is this file in words.
#include <algorithm>
#include <fmt/core.h>

#include "catenet/lab/draft.hpp"
#include "catenet/lab/shortest_paths.hpp"

namespace catenet::lab {

namespace {

constexpr u64 most_routes = 4'000'000;

// The interface whose segment `via` lies on.
std::optional<u32> interface_toward(const PlanNode& node, const IpAddress& via) {
  for (u32 i = 0; i < node.interfaces.size(); ++i) {
    for (const InterfacePrefix& address : node.interfaces[i].addresses) {
      if (address.prefix().contains(via) && address.address != via) return i;
    }
  }
  return std::nullopt;
}

std::string own_prefixes(const PlanNode& node, Family family) {
  std::vector<std::string> names;
  for (const PlanInterface& interface : node.interfaces) {
    for (const InterfacePrefix& address : interface.addresses) {
      if (address.address.family() == family) names.push_back(address.prefix().to_string());
    }
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return names.empty() ? "the node has no addresses of that family"
                       : fmt::format("the node is on {}", list_words(views, "and"));
}

const PlanRoute* find_route(const PlanNode& node, const Prefix& to) {
  const auto found = std::find_if(node.routes.begin(), node.routes.end(),
                                  [&](const PlanRoute& r) { return r.to == to; });
  return found == node.routes.end() ? nullptr : &*found;
}

class GivenRoutes {
 public:
  GivenRoutes(Draft& draft, NodeIndex n)
      : draft_(draft), node_(draft.plan.nodes[n]), said_(draft.settings[n]) {}

  void run() {
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
    PlanRoute route{said.to.value, std::nullopt, 0, said.metric, true};
    const std::optional<u32> interface = leaves_by(said, what);
    if (!interface) return;
    route.interface = *interface;
    if (said.via) route.via = said.via->value;
    for (std::size_t i = 0; i < node_.routes.size(); ++i) {
      if (node_.routes[i].to != route.to || node_.routes[i].metric != route.metric) continue;
      const bool is_default = route.to.length() == 0;
      draft_.report.error(
          said.at,
          is_default ? fmt::format("two {} default routes for '{}'", family_name(route.to.family()),
                                   node_.name)
                     : fmt::format("two routes to {} for '{}'", route.to.to_string(), node_.name),
          fmt::format("the other is on {}; give one a metric",
                      draft_.report.place(marks_[i], said.at)));
      return;
    }
    node_.routes.push_back(route);
    marks_.push_back(said.at);
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
    const std::optional<u32> toward = interface_toward(node_, via);
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
    }
    return toward;
  }

  std::optional<u32> find_interface(const Located<std::string>& name) {
    std::vector<std::string_view> known;
    for (u32 i = 0; i < node_.interfaces.size(); ++i) {
      if (node_.interfaces[i].name == name.value) return i;
      known.push_back(node_.interfaces[i].name);
    }
    draft_.report.error(name.at, fmt::format("'{}' has no interface '{}'", node_.name, name.value),
                        suggestion(name.value, known), static_cast<u32>(name.value.size()));
    return std::nullopt;
  }

  Draft& draft_;
  PlanNode& node_;
  const NodeSettings& said_;
  std::vector<Mark> marks_;  // beside node_.routes
};

// The first router on the segment, with its address there; nothing on a segment without.
std::optional<IpAddress> first_router(const Plan& plan, NodeIndex self,
                                      const PlanInterface& interface, Family family) {
  for (PlanEnd station : plan.segments[interface.segment].stations) {
    if (!plan.nodes[station.node].forwarding || station.node == self) continue;
    const PlanInterface& theirs = plan.nodes[station.node].interfaces[station.interface];
    if (const std::optional<IpAddress> address = address_seen_from(theirs, interface, family))
      return address;
  }
  return std::nullopt;
}

void default_route(Plan& plan, NodeIndex n, Family family) {
  PlanNode& node = plan.nodes[n];
  const Prefix everything = Prefix::any(family);
  if (find_route(node, everything)) return;
  for (u32 i = 0; i < node.interfaces.size(); ++i) {
    if (const auto router = first_router(plan, n, node.interfaces[i], family)) {
      node.routes.push_back({everything, router, i, 0, false});
      return;
    }
  }
}

bool attached(const PlanNode& node, SegmentIndex segment) {
  return std::any_of(node.interfaces.begin(), node.interfaces.end(),
                     [&](const PlanInterface& i) { return i.segment == segment; });
}

// Given routes stand first, and filled-in ones never repeat a prefix: no need to look at those.
bool has_given(const PlanNode& node, const Prefix& to) {
  for (const PlanRoute& route : node.routes) {
    if (!route.given) return false;
    if (route.to == to) return true;
  }
  return false;
}

// The way that the node's default route takes anyhow.
bool as_default(const PlanNode& node, const Hop& hop, Family family) {
  const PlanRoute* usual = find_route(node, Prefix::any(family));
  return usual && usual->via == hop.via && usual->interface == hop.interface;
}

void routes_toward(Draft& draft, ShortestPaths& paths, SegmentIndex target, Family family,
                   u64& count) {
  Plan& plan = draft.plan;
  paths.compute(target, family);
  for (NodeIndex n : paths.travellers()) {
    PlanNode& node = plan.nodes[n];
    const std::optional<Hop> hop = paths.hop(n);
    if (!hop || attached(node, target)) continue;
    if (!node.forwarding && as_default(node, *hop, family)) continue;
    for (const Prefix& prefix : plan.segments[target].prefixes) {
      if (prefix.family() != family || has_given(node, prefix)) continue;
      node.routes.push_back({prefix, hop->via, hop->interface, 0, false});
      ++count;
    }
  }
}

}  // namespace

void plan_given_routes(Draft& draft) {
  for (NodeIndex n = 0; n < draft.plan.nodes.size(); ++n) {
    if (draft.plan.nodes[n].has_stack()) GivenRoutes(draft, n).run();
  }
}

void plan_routes(Draft& draft) {
  Plan& plan = draft.plan;
  if (draft.model.routing.value_or(Routing::static_) == Routing::static_) {
    for (NodeIndex n = 0; n < plan.nodes.size(); ++n) {
      const PlanNode& node = plan.nodes[n];
      if (!node.has_stack() || node.forwarding) continue;
      default_route(plan, n, Family::ipv4);
      if (!node.slaac) default_route(plan, n, Family::ipv6);
    }
    ShortestPaths paths(plan);
    u64 count = 0;
    for (SegmentIndex target = 0; target < plan.segments.size() && count <= most_routes; ++target) {
      for (Family family : {Family::ipv4, Family::ipv6})
        routes_toward(draft, paths, target, family, count);
    }
    if (count > most_routes) {
      draft.report.error({0, 0, 0}, fmt::format("this lab needs more than {} routes", most_routes),
                         "say routing: none and give routes, or run a routing service");
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
