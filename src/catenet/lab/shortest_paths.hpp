// ShortestPaths: from every router, and from every host on more than one segment, the first hop of
// a shortest way to a segment. Ways are counted in routers; of equal ones the first hop whose name
// comes first is taken.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "catenet/lab/plan.hpp"

namespace catenet::lab {

struct Hop {
  u32 interface = 0;  // of the traveller
  IpAddress via;
};

// The address of `theirs` that lies in a prefix of `ours`: what a route over it names.
std::optional<IpAddress> address_seen_from(const PlanInterface& theirs, const PlanInterface& ours,
                                           Family family);

class ShortestPaths {
 public:
  explicit ShortestPaths(const Plan& plan);

  // Ways to `target` over addresses of `family`; what hop() then answers from.
  void compute(SegmentIndex target, Family family);
  // Nothing when there is no way, or when the node is on the segment itself.
  std::optional<Hop> hop(NodeIndex node) const;
  // Whose ways are computed, by name.
  std::span<const NodeIndex> travellers() const { return travellers_; }

 private:
  static constexpr u32 far = ~u32{0};
  void spread_from(NodeIndex router, Family family, u32 distance);

  const Plan& plan_;
  std::vector<NodeIndex> travellers_;
  std::vector<u32> rank_;                   // by node: place in the order of names
  std::vector<std::vector<PlanEnd>> ends_;  // by segment: the travellers' interfaces on it
  std::vector<u32> distance_;               // by node
  std::vector<Hop> hops_;                   // by node
  std::vector<NodeIndex> level_;
  std::vector<NodeIndex> next_level_;
};

}  // namespace catenet::lab
