// What the user of a running lab does to its links: a step as the script's, said meanwhile.
#pragma once

#include <expected>

#include "catenet/lab/live_request.hpp"
#include "catenet/lab/plan.hpp"

namespace catenet::lab {

// The step that a request `set`, `cut` or `heal` stands for.
std::expected<PlanStep, LiveError> plan_live_step(const Plan& plan, const LiveRequest& request);

// The ports that a request `capture` names: a link's two, a node's, or one.
std::expected<std::vector<PlanEnd>, LiveError> find_live_ports(const Plan& plan,
                                                               const std::string& target);

// The node where a request `exec` may run something.
std::expected<NodeIndex, LiveError> find_live_host(const Plan& plan, const std::string& name);

}  // namespace catenet::lab
