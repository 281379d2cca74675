#include "catenet/lab/wall_run.hpp"

#include <algorithm>
#include <iterator>

#include "catenet/lab/real_nodes.hpp"
#include "catenet/lab/report_printable.hpp"
#include "catenet/os/wall_clock.hpp"

namespace catenet::lab {

std::expected<RunResult, program::Problem> run_on_wall_clock(
    const Plan& plan, RunnerOptions options, const std::function<void(Runner&)>& prepared,
    LiveLab* live) {
  RealNodes nodes(plan, options.network.offload);
  if (const auto problem = nodes.create()) {
    // What the machine refused may be called anything.
    return std::unexpected(program::Problem{printable(problem->what), printable(problem->advice)});
  }
  options.outside = &nodes;
  options.network.shards = 1;
  Runner runner(plan, options);
  nodes.join(runner);
  if (prepared) prepared(runner);
  if (live) {
    if (const auto begun = live->begin(runner, nodes); !begun) {
      live->end();
      nodes.leave();
      return std::unexpected(program::problem_of("listen to others", begun.error()));
    }
  }
  os::WallClock clock(runner.network().shards(), nodes.poller());
  clock.run_until(live ? Instant::never() : runner.deadline(), [&runner, live] {
    runner.settle();
    if (!live) return runner.finished();
    live->settle();
    return live->is_over() || runner.broken_off();
  });
  RunResult result = runner.collect();
  if (live) std::ranges::move(live->take_notes(), std::back_inserter(result.notes));
  nodes.finish(result);
  if (live) live->end();
  nodes.leave();
  result.wall_clock = true;
  result.lag = clock.lag().to_string();
  return result;
}

}  // namespace catenet::lab
