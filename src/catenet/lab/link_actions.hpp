// What a script step does to links: impairments, up and down, cuts and partitions.
#pragma once

#include "catenet/lab/network.hpp"

namespace catenet::lab {

// Carries out a step of kind impair, change or partition. Call it at a barrier. An impairment that
// the link refuses (its delay is what lets shards run apart) leaves it as it was and is told in the
// result.
std::expected<void, ImpairmentError> apply_to_links(Network& network, const PlanStep& step);

}  // namespace catenet::lab
