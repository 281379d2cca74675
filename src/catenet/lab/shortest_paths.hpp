// ShortestPaths: from every router, and from every host on more than one segment, the first hop of
// a shortest way to a segment. Ways are counted in routers; of equal ones the first hop whose name
// comes first is taken.
//
// All ways to a segment end at its gates, the routers on it, so that segments with the same gates
// share one search. A search looks only at segments where travellers meet: to the ten thousand
// links between a router and a host each it does not come.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "catenet/lab/plan.hpp"

namespace catenet::lab {

struct Hop {
  u32 interface = 0;  // of the traveller
  IpAddress via;
};

// What a route over `theirs` names, seen from `ours`, if they share a prefix: its IPv4 address, or
// its link-local one, by which hosts know routers (RFC 4861 section 8: without it none redirects).
std::optional<IpAddress> next_hop_from(const PlanInterface& ours, const PlanInterface& theirs,
                                       Family family);

class ShortestPaths {
 public:
  // Travellers go by their place in the order of names.
  using Traveller = u32;
  using Gates = std::vector<Traveller>;

  explicit ShortestPaths(const Plan& plan);

  u32 traveller_count() const { return static_cast<u32>(travellers_.size()); }
  NodeIndex node(Traveller traveller) const { return travellers_[traveller]; }
  // Whether it is on `segment` itself; fast for one segment after the other.
  bool attached(Traveller traveller, SegmentIndex segment);

  // Segments by their gates over `family`; those without any are left out.
  std::map<Gates, std::vector<SegmentIndex>> targets(Family family) const;

  // Ways that end at `gates`, over addresses of `family`; what hop() then answers from.
  void compute(const Gates& gates, Family family);
  // Nothing when there is no way, or when the traveller is a gate.
  std::optional<Hop> hop(Traveller traveller) const;

 private:
  static constexpr u32 far = ~u32{0};
  struct End {
    Traveller traveller = 0;
    u32 interface = 0;
  };
  // A segment where travellers meet.
  struct Meeting {
    std::vector<End> ends;
    u32 unreached = 0;  // of them, in the search that runs
  };
  struct Port {
    u32 interface = 0;
    u32 meeting = 0;
  };
  const PlanNode& plan_node(Traveller traveller) const { return plan_.nodes[node(traveller)]; }
  const PlanInterface& interface(End end) const {
    return plan_node(end.traveller).interfaces[end.interface];
  }
  void reach(Traveller traveller, u32 distance);
  void spread_from(Traveller router, Family family, u32 distance);

  const Plan& plan_;
  std::vector<NodeIndex> travellers_;       // by name
  std::vector<std::vector<Traveller>> on_;  // by segment
  std::vector<Meeting> meetings_;
  std::vector<std::vector<Port>> ports_;  // by traveller: those at meetings, in order
  std::vector<u32> distance_;             // by traveller, and so on
  std::vector<Hop> hops_;
  std::vector<Traveller> level_;
  std::vector<Traveller> next_level_;
  std::vector<SegmentIndex> attached_to_;  // the segment asked for last, where it is on that
  SegmentIndex asked_for_ = no_index;
};

}  // namespace catenet::lab
