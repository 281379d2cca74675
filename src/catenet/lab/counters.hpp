// The counters that expectations may name, and what they stand at.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "catenet/lab/network.hpp"

namespace catenet::lab {

// Of a port, a link (both directions together) or a node (its ports together, and its protocols).
// `name` is what stands behind the target: "dropped.queue_full", "tcp.retrans_segs". nothing: there
// is no such counter.
std::optional<u64> read_counter(Network& network, const PlanTarget& target, std::string_view name);

// Every name that such a target has, "dropped.<reason>" not listed.
std::vector<std::string_view> counter_names(const Plan& plan, const PlanTarget& target);

// Those of a node that are not 0, by name, its drops together.
std::vector<std::pair<std::string_view, u64>> moved_counters(Network& network, NodeIndex node);

}  // namespace catenet::lab
