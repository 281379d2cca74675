#include "catenet/lab/shortest_paths.hpp"

#include <algorithm>

namespace catenet::lab {

std::optional<IpAddress> address_seen_from(const PlanInterface& theirs, const PlanInterface& ours,
                                           Family family) {
  for (const InterfacePrefix& address : theirs.addresses) {
    if (address.address.family() != family) continue;
    for (const InterfacePrefix& own : ours.addresses) {
      if (own.prefix().contains(address.address)) return address.address;
    }
  }
  return std::nullopt;
}

ShortestPaths::ShortestPaths(const Plan& plan)
    : plan_(plan),
      rank_(plan.nodes.size()),
      ends_(plan.segments.size()),
      distance_(plan.nodes.size(), far),
      hops_(plan.nodes.size()) {
  for (NodeIndex n = 0; n < plan.nodes.size(); ++n) {
    const PlanNode& node = plan.nodes[n];
    if (node.forwarding || (node.has_stack() && node.interfaces.size() > 1))
      travellers_.push_back(n);
  }
  std::sort(travellers_.begin(), travellers_.end(),
            [&](NodeIndex a, NodeIndex b) { return plan.nodes[a].name < plan.nodes[b].name; });
  for (u32 rank = 0; rank < travellers_.size(); ++rank) rank_[travellers_[rank]] = rank;
  for (NodeIndex n : travellers_) {
    const PlanNode& node = plan.nodes[n];
    for (u32 i = 0; i < node.interfaces.size(); ++i)
      ends_[node.interfaces[i].segment].push_back({n, i});
  }
}

void ShortestPaths::compute(SegmentIndex target, Family family) {
  std::fill(distance_.begin(), distance_.end(), far);
  next_level_.clear();
  for (PlanEnd end : ends_[target]) {
    const auto& addresses = plan_.nodes[end.node].interfaces[end.interface].addresses;
    const bool speaks =
        std::any_of(addresses.begin(), addresses.end(),
                    [&](const InterfacePrefix& a) { return a.address.family() == family; });
    if (!speaks || distance_[end.node] == 0) continue;
    distance_[end.node] = 0;
    next_level_.push_back(end.node);
  }
  // Level by level, each in the order of names: who is reached first has the first name on its way.
  for (u32 distance = 1; !next_level_.empty(); ++distance) {
    std::swap(level_, next_level_);
    next_level_.clear();
    std::sort(level_.begin(), level_.end(),
              [&](NodeIndex a, NodeIndex b) { return rank_[a] < rank_[b]; });
    for (NodeIndex router : level_) {
      if (plan_.nodes[router].forwarding) spread_from(router, family, distance);
    }
  }
}

void ShortestPaths::spread_from(NodeIndex router, Family family, u32 distance) {
  for (const PlanInterface& theirs : plan_.nodes[router].interfaces) {
    for (PlanEnd end : ends_[theirs.segment]) {
      if (distance_[end.node] != far) continue;
      const PlanInterface& ours = plan_.nodes[end.node].interfaces[end.interface];
      const std::optional<IpAddress> via = address_seen_from(theirs, ours, family);
      if (!via) continue;
      distance_[end.node] = distance;
      hops_[end.node] = {end.interface, *via};
      next_level_.push_back(end.node);
    }
  }
}

std::optional<Hop> ShortestPaths::hop(NodeIndex node) const {
  if (distance_[node] == far || distance_[node] == 0) return std::nullopt;
  return hops_[node];
}

}  // namespace catenet::lab
