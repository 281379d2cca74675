#include "catenet/lab/link_actions.hpp"

#include <algorithm>

namespace catenet::lab {
namespace {

std::expected<void, ImpairmentError> impair(Network& network, const PlanImpair& what) {
  Link& link = network.link(what.link);
  Impairment forward = link.direction(Way::a_to_b).impairment();
  Impairment back = link.direction(Way::b_to_a).impairment();
  what.impair.forward.apply_to(forward);
  what.impair.back.apply_to(back);
  if (auto set = link.set(Way::a_to_b, forward); !set) return set;
  return link.set(Way::b_to_a, back);
}

void change(Network& network, const PlanChange& what) {
  for (const LinkIndex index : what.links) {
    Link& link = network.link(index);
    switch (what.change) {
      case LinkChange::down: link.set_up(false); break;
      case LinkChange::up: link.set_up(true); break;
      case LinkChange::cut: link.set_partitioned(true); break;
      case LinkChange::heal: link.set_partitioned(false); break;
    }
  }
}

void partition(Network& network, const PlanPartition& what) {
  // Nodes in no set are one more set together: number 0.
  std::vector<std::size_t> set_of(network.plan().nodes.size(), 0);
  for (std::size_t i = 0; i < what.sets.size(); ++i) {
    for (const NodeIndex node : what.sets[i]) set_of[node] = i + 1;
  }
  for (LinkIndex index = 0; index < network.link_count(); ++index) {
    const PlanLink& link = network.plan().links[index];
    if (set_of[link.a.node] != set_of[link.b.node]) network.link(index).set_partitioned(true);
  }
}

}  // namespace

std::expected<void, ImpairmentError> apply_to_links(Network& network, const PlanStep& step) {
  switch (step.kind) {
    case ActionKind::impair: return impair(network, step.impair);
    case ActionKind::change: change(network, step.change); return {};
    case ActionKind::partition: partition(network, step.partition); return {};
    case ActionKind::run:
    case ActionKind::start:
    case ActionKind::stop:
    case ActionKind::wait: break;
  }
  return {};
}

}  // namespace catenet::lab
