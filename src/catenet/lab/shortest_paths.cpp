#include "catenet/lab/shortest_paths.hpp"

#include <algorithm>

#include "catenet/wire/ipv6.hpp"

namespace catenet::lab {

namespace {

bool travels(const PlanNode& node) {
  return node.forwarding || (node.has_stack() && node.interfaces.size() > 1);
}

bool speaks(const PlanInterface& interface, Family family) {
  return std::ranges::any_of(interface.addresses, [&](const InterfacePrefix& own) {
    return own.address.family() == family;
  });
}

}  // namespace

// The address of `theirs` that lies in a prefix of `ours`.
static std::optional<IpAddress> shared_address(const PlanInterface& theirs,
                                               const PlanInterface& ours, Family family) {
  for (const InterfacePrefix& address : theirs.addresses) {
    if (address.address.family() != family) continue;
    for (const InterfacePrefix& own : ours.addresses) {
      if (own.prefix().contains(address.address)) return address.address;
    }
  }
  return std::nullopt;
}

// The address that a host gives itself there, unless it was given another.
static std::optional<IpAddress> link_local(const PlanInterface& interface) {
  if (interface.mtu < wire::ipv6::min_mtu) return std::nullopt;
  for (const InterfacePrefix& own : interface.addresses) {
    if (own.address.is_v6() && own.address.is_link_local()) return own.address;
  }
  return Ipv6Address::link_local(interface.mac);
}

std::optional<IpAddress> next_hop_from(const PlanInterface& ours, const PlanInterface& theirs,
                                       Family family) {
  const auto shared = shared_address(theirs, ours, family);
  if (!shared || family == Family::ipv4 || ours.mtu < wire::ipv6::min_mtu) return shared;
  const auto on_link = link_local(theirs);
  return on_link ? on_link : shared;
}

ShortestPaths::ShortestPaths(const Plan& plan) : plan_(plan), on_(plan.segments.size()) {
  for (NodeIndex n = 0; n < plan.nodes.size(); ++n) {
    if (travels(plan.nodes[n])) travellers_.push_back(n);
  }
  std::sort(travellers_.begin(), travellers_.end(),
            [&](NodeIndex a, NodeIndex b) { return plan.nodes[a].name < plan.nodes[b].name; });
  ports_.resize(travellers_.size());
  distance_.resize(travellers_.size());
  hops_.resize(travellers_.size());
  attached_to_.resize(travellers_.size(), no_index);
  for (Traveller t = 0; t < travellers_.size(); ++t) {
    for (const PlanInterface& interface : plan_node(t).interfaces) {
      std::vector<Traveller>& on = on_[interface.segment];
      if (on.empty() || on.back() != t) on.push_back(t);
    }
  }
  std::vector<u32> meeting_at(plan.segments.size(), no_index);
  for (Traveller t = 0; t < travellers_.size(); ++t) {
    const std::vector<PlanInterface>& interfaces = plan_node(t).interfaces;
    for (u32 i = 0; i < interfaces.size(); ++i) {
      const SegmentIndex segment = interfaces[i].segment;
      if (on_[segment].size() < 2) continue;
      u32& meeting = meeting_at[segment];
      if (meeting == no_index) {
        meeting = static_cast<u32>(meetings_.size());
        meetings_.emplace_back();
      }
      meetings_[meeting].ends.push_back({t, i});
      ports_[t].push_back({i, meeting});
    }
  }
}

bool ShortestPaths::attached(Traveller traveller, SegmentIndex segment) {
  if (segment != asked_for_) {
    asked_for_ = segment;
    for (const Traveller t : on_[segment]) attached_to_[t] = segment;
  }
  return attached_to_[traveller] == segment;
}

std::map<ShortestPaths::Gates, std::vector<SegmentIndex>> ShortestPaths::targets(
    Family family) const {
  std::vector<Gates> gates(plan_.segments.size());
  for (Traveller t = 0; t < travellers_.size(); ++t) {
    if (!plan_node(t).forwarding) continue;
    for (const PlanInterface& interface : plan_node(t).interfaces) {
      Gates& here = gates[interface.segment];
      const bool known = !here.empty() && here.back() == t;
      if (!known && speaks(interface, family)) here.push_back(t);
    }
  }
  std::map<Gates, std::vector<SegmentIndex>> targets;
  for (SegmentIndex s = 0; s < gates.size(); ++s) {
    if (!gates[s].empty()) targets[std::move(gates[s])].push_back(s);
  }
  return targets;
}

void ShortestPaths::compute(const Gates& gates, Family family) {
  std::fill(distance_.begin(), distance_.end(), far);
  for (Meeting& meeting : meetings_) meeting.unreached = static_cast<u32>(meeting.ends.size());
  next_level_.clear();
  for (const Traveller gate : gates) reach(gate, 0);
  // Level by level, each in the order of names: who is reached first has the first name on its way.
  for (u32 distance = 1; !next_level_.empty(); ++distance) {
    std::swap(level_, next_level_);
    next_level_.clear();
    std::sort(level_.begin(), level_.end());
    for (const Traveller router : level_) {
      if (plan_node(router).forwarding) spread_from(router, family, distance);
    }
  }
}

void ShortestPaths::reach(Traveller traveller, u32 distance) {
  distance_[traveller] = distance;
  next_level_.push_back(traveller);
  for (const Port port : ports_[traveller]) --meetings_[port.meeting].unreached;
}

void ShortestPaths::spread_from(Traveller router, Family family, u32 distance) {
  for (const Port port : ports_[router]) {
    const Meeting& meeting = meetings_[port.meeting];
    if (meeting.unreached == 0) continue;
    const PlanInterface& theirs = interface({router, port.interface});
    for (const End end : meeting.ends) {
      if (distance_[end.traveller] != far) continue;
      const std::optional<IpAddress> via = next_hop_from(interface(end), theirs, family);
      if (!via) continue;
      hops_[end.traveller] = {end.interface, *via};
      reach(end.traveller, distance);
    }
  }
}

std::optional<Hop> ShortestPaths::hop(Traveller traveller) const {
  if (distance_[traveller] == far || distance_[traveller] == 0) return std::nullopt;
  return hops_[traveller];
}

}  // namespace catenet::lab
