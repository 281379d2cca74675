#include "catenet/lab/standstill.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <numeric>

#include "catenet/lab/sets.hpp"

namespace catenet::lab {

Standstill::Standstill(Network& network, const StandstillLimits& limits)
    : network_(network), limits_(limits) {
  const Plan& plan = network.plan();
  for (LinkIndex index = 0; index < plan.links.size(); ++index) {
    const PlanLink& link = plan.links[index];
    const bool switches = network.switch_at(link.a.node) && network.switch_at(link.b.node);
    if (switches) trunks_.push_back(index);
  }
  note_offered();
  arm();
}

void Standstill::arm() {
  ShardSet& shards = network_.shards();
  next_look_ = shards.events_run() + limits_.portion;
  for (u32 shard = 0; shard < shards.size(); ++shard)
    shards.engine(shard).stop_after(limits_.portion);
}

std::string Standstill::check() {
  const u64 events = network_.shards().events_run();
  if (events < next_look_) return {};
  arm();
  const Instant now = network_.shards().now();
  const bool stands = now == looked_at_;
  if (loop_is_up() && (stands || in_flight() > limits_.portion / 2)) {
    return say("frames circle for ever in a loop of switches", trunks_,
               "leave one of its links out, or say up: false");
  }
  if (stands && events - events_before_ > limits_.events) {
    std::vector<LinkIndex> all(network_.link_count());
    std::iota(all.begin(), all.end(), LinkIndex{0});
    return say(fmt::format("{} events ran and the lab's time stood still", events - events_before_),
               all, "give these links a delay or a rate");
  }
  if (stands) return {};
  looked_at_ = now;
  events_before_ = events;
  note_offered();
  return {};
}

bool Standstill::loop_is_up() const {
  Sets joined(network_.plan().nodes.size());
  return std::ranges::any_of(trunks_, [&](LinkIndex index) {
    const Link& link = network_.link(index);
    const bool cut =
        link.direction(Way::a_to_b).partitioned() && link.direction(Way::b_to_a).partitioned();
    const PlanLink& plan = network_.plan().links[index];
    return link.up() && !cut && !joined.join(plan.a.node, plan.b.node);
  });
}

u64 Standstill::in_flight() const {
  u64 sum = 0;
  for (const LinkIndex index : trunks_) {
    for (const Way way : {Way::a_to_b, Way::b_to_a})
      sum += network_.link(index).direction(way).counters().in_flight;
  }
  return sum;
}

void Standstill::note_offered() {
  offered_.clear();
  for (LinkIndex index = 0; index < network_.link_count(); ++index) {
    for (const Way way : {Way::a_to_b, Way::b_to_a})
      offered_.push_back(network_.link(index).direction(way).offered());
  }
}

// With the directions of `links` that carried most since the clock stands.
std::string Standstill::say(std::string_view what, const std::vector<LinkIndex>& links,
                            std::string_view advice) const {
  struct Carrier {
    u64 frames = 0;
    LinkIndex link = 0;
    Way way = Way::a_to_b;
  };
  std::vector<Carrier> carriers;
  for (const LinkIndex index : links) {
    for (const Way way : {Way::a_to_b, Way::b_to_a}) {
      const u64 before = offered_[2 * index + (way == Way::a_to_b ? 0 : 1)];
      carriers.push_back({network_.link(index).direction(way).offered() - before, index, way});
    }
  }
  std::ranges::stable_sort(carriers, std::greater(), &Carrier::frames);
  constexpr std::size_t most_named = 6;
  std::string text = fmt::format("at {} s {}: ", to_string(network_.shards().now()), what);
  for (std::size_t i = 0; i < std::min(carriers.size(), most_named); ++i) {
    const auto& [frames, index, way] = carriers[i];
    if (frames == 0) break;
    const PlanLink& link = network_.plan().links[index];
    const bool forward = way == Way::a_to_b;
    text += fmt::format("{}{} > {} ({} frames)", i == 0 ? "" : ", ",
                        network_.plan().port_name(forward ? link.a : link.b),
                        network_.plan().port_name(forward ? link.b : link.a), frames);
  }
  return text + "; " + std::string(advice);
}

}  // namespace catenet::lab
