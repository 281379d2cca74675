// run_on_wall_clock: a plan beside the machine's clock, so that real programs can take part: each
// node of kind namespace becomes a network namespace of the kernel, joined to its links by TAPs; a
// host with programs: real runs them on its own stack.
#pragma once

#include <expected>
#include <functional>

#include "catenet/lab/live_lab.hpp"
#include "catenet/lab/runner.hpp"
#include "catenet/program/problem.hpp"

namespace catenet::lab {

// Runs `plan` from its 0 s to its end in real time, on one shard. `prepared` is called once, when
// the network stands and nothing has run, with the runner that the options made (`outside` is set
// here). With `live` it is up beyond its script and its stop_time, until somebody wants its end. An
// error: this machine cannot, and nothing was left behind.
std::expected<RunResult, program::Problem> run_on_wall_clock(
    const Plan& plan, RunnerOptions options, const std::function<void(Runner&)>& prepared = {},
    LiveLab* live = nullptr);

}  // namespace catenet::lab
