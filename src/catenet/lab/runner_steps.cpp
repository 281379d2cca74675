// The script's steps that end or wait for others.
#include <algorithm>
#include <fmt/core.h>

#include "catenet/lab/judge.hpp"
#include "catenet/lab/runner.hpp"

namespace catenet::lab {
namespace {

bool listens(LabSystem& system, u16 port) {
  return std::ranges::any_of(system.host().tcp().ports().all(), [port](const PortBinding* claim) {
    return claim->exclusive_listener && claim->local.port == port;
  });
}

}  // namespace

void Runner::fail(StepIndex index, std::string fault) {
  steps_[index].faults.push_back(std::move(fault));
  end_step(index);
}

void Runner::fail_at(StepIndex index, Duration patience, std::string fault) {
  const Instant when = network_.shards().now() + patience;
  network_.shards().at_barrier(when, [this, index, fault = std::move(fault)] {
    if (!steps_[index].ended) fail(index, fault);
  });
}

// --- stop ---

void Runner::begin_stop(StepIndex index) {
  const PlanStop& stop = plan_.script[index].stop;
  const StepResult& target = steps_[stop.step];
  if (!target.started) return fail(index, fmt::format("{} has not begun", target.name));
  if (target.ended) return fail(index, fmt::format("{} had ended already", target.name));
  if (!stoppers_.emplace(stop.step, index).second) {
    return fail(index, fmt::format("another step stops {} already", target.name));
  }
  stop_command(stop.step, stop.signal);
  if (steps_[index].ended) return;
  network_.shards().at_barrier(network_.shards().now() + stop.grace, [this, index, &stop] {
    if (steps_[index].ended) return;
    steps_[index].faults.push_back(fmt::format("{} did not end within {} and was killed",
                                               steps_[stop.step].name, to_string(stop.grace)));
    constexpr int kill = 9;
    stop_command(stop.step, kill);
  });
}

void Runner::stop_command(StepIndex index, int signal) {
  if (commands_[index]) return commands_[index]->stop(signal);
  options_.outside->stop(index, signal);
}

// The step `index` has stopped what left `stopped`.
void Runner::end_stop(StepIndex index, const StepResult& stopped) {
  StepResult& result = steps_[index];
  result.exit = stopped.exit;
  result.ended = stopped.ended;
  StepResult judged = stopped;
  judged.faults.clear();
  judged.started = result.started;
  judged.ended = result.ended;
  const RunExpectation& expect = plan_.script[index].stop.expect;
  if (!expect.exit) judged.exit.reset();  // a signal may end it in any way
  judge_run(expect, judged);
  for (std::string& fault : judged.faults) result.faults.push_back(std::move(fault));
  end_step(index);
}

// --- wait ---

void Runner::begin_wait(StepIndex index) {
  const PlanWait& wait = plan_.script[index].wait;
  if (wait.step == no_index) return begin_port_wait(index);
  if (steps_[wait.step].ended) return end_step(index);
  waiters_[wait.step].push_back(index);
  fail_at(
      index, wait.timeout,
      fmt::format("{} had not ended within {}", steps_[wait.step].name, to_string(wait.timeout)));
}

void Runner::begin_port_wait(StepIndex index) {
  const PlanWait& wait = plan_.script[index].wait;
  const bool ours = network_.system(wait.node) != nullptr;
  if (!ours && !options_.outside) return fail(index, "nothing here runs programs in a namespace");
  fail_at(index, wait.timeout,
          fmt::format("nothing listened on port {} within {}", wait.port, to_string(wait.timeout)));
  if (ours) return look_for_listener(index);
  options_.outside->await_port(wait.node, wait.port, [this, index] {
    if (!steps_[index].ended) end_step(index);
  });
}

void Runner::look_for_listener(StepIndex index) {
  const PlanWait& wait = plan_.script[index].wait;
  if (steps_[index].ended) return;
  if (listens(*network_.system(wait.node), wait.port)) return end_step(index);
  network_.shards().at_barrier(network_.shards().now() + 10_ms,
                               [this, index] { look_for_listener(index); });
}

void Runner::judge(StepIndex index) {
  const PlanStep& step = plan_.script[index];
  StepResult& result = steps_[index];
  if (step.kind == ActionKind::run) return judge_run(step.run.expect, result);
  if (step.kind != ActionKind::start) return;
  if (!stoppers_.contains(index)) return judge_early_end(step.run.expect, result);
  judge_running(step.run.expect, *result.ended, result);
}

}  // namespace catenet::lab
