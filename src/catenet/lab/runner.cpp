#include "catenet/lab/runner.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/lab/command.hpp"
#include "catenet/lab/counters.hpp"
#include "catenet/lab/judge.hpp"
#include "catenet/service/echo.hpp"
#include "catenet/service/http_server.hpp"

namespace catenet::lab {
namespace {

// Runs a service and says so if it could not begin.
Task<void> keep_service(System& system, Task<Result<void>> service, std::string name) {
  const Result<void> ended = co_await std::move(service);
  if (!ended && ended.error() != Errno::canceled) {
    system.log("service", fmt::format("{}: {}", name, errno_text(ended.error())));
  }
}

}  // namespace

Runner::Runner(const Plan& plan, const RunnerOptions& options)
    : plan_(plan), options_(options), network_(plan, options.network) {
  for (const PlanExpectation& expectation : plan_.expect) {
    packet_counters_.push_back(nullptr);
    if (expectation.kind != PlanExpectation::Kind::packets) continue;
    PacketCounter::Filter filter;
    if (!expectation.filter.empty()) filter = options_.compile_filter(expectation.filter);
    packet_counters_.back() =
        std::make_unique<PacketCounter>(network_, expectation.target, std::move(filter));
    tee_.add(*packet_counters_.back());
  }
  if (options_.recorder) tee_.add(*options_.recorder);
  if (!tee_.empty()) network_.set_recorder(&tee_);
  commands_.resize(plan_.script.size());
  for (const PlanStep& step : plan_.script) {
    steps_.push_back({.name = step.name, .text = step.text});
    if (!step.run.background) ++open_steps_;
  }
  services_.resize(plan_.nodes.size());
  network_.shards().at_barrier(Instant(), [this] { start_services(); });
  schedule_script();
}

Runner::~Runner() = default;

void Runner::start_services() {
  for (NodeIndex index = 0; index < plan_.nodes.size(); ++index) {
    const PlanNode& node = plan_.nodes[index];
    LabSystem* system = network_.system(index);
    if (!system) continue;
    system->set_log([this, &node](std::string_view topic, std::string_view text) {
      notes_.push_back(
          fmt::format("{} {}: {}: {}", to_string(network_.shards().now()), node.name, topic, text));
    });
    for (const InlineFile& file : node.files) {
      static_cast<void>(system->memory().put(file.path, file.text));
    }
    services_[index] = std::make_unique<TaskGroup>(system->scheduler());
    for (const Service& service : node.services) start_service(*services_[index], *system, service);
  }
}

void Runner::start_service(TaskGroup& group, LabSystem& system, const Service& service) {
  if (service.kind == ServiceKind::echo) {
    const EchoOptions echo{.port = service.echo.port};
    group.spawn(keep_service(system, serve_echo_stream(system, echo), "echo/tcp"));
    group.spawn(keep_service(system, serve_echo_datagrams(system, echo), "echo/udp"));
    return;
  }
  Files* folder = nullptr;
  if (service.http.root) {
    files_.push_back(options_.open_folder(*service.http.root));
    folder = files_.back().get();
  }
  files_.push_back(
      std::make_unique<ServiceFiles>(service.http.files, plan_.seed, LabSystem::epoch_s, folder));
  HttpServerOptions http;
  http.port = service.http.port;
  http.files = files_.back().get();
  group.spawn(keep_service(system, serve_http(system, http), "http"));
}

// --- The script ---

void Runner::schedule_script() {
  for (StepIndex index = 0; index < plan_.script.size(); ++index) {
    const PlanStep& step = plan_.script[index];
    if (step.after != no_index) continue;
    network_.shards().at_barrier(Instant::at(step.at), [this, index] { begin_step(index); });
  }
}

void Runner::begin_step(StepIndex index) {
  steps_[index].started = network_.shards().now();
  if (plan_.script[index].kind == ActionKind::run) return begin_command(index);
  if (const auto applied = apply_to_links(network_, plan_.script[index]); !applied) {
    steps_[index].faults.push_back(
        fmt::format("{}: {}", applied.error().field, applied.error().message));
  }
  end_step(index);
}

void Runner::begin_command(StepIndex index) {
  const PlanRun& run = plan_.script[index].run;
  StepResult& result = steps_[index];
  if (LabSystem* system = network_.system(run.node)) {
    commands_[index] = std::make_unique<Command>(
        *system, run.command, run.timeout,
        [this, index](Command::Outcome outcome) { end_command(index, std::move(outcome)); });
    return;
  }
  const std::string problem =
      options_.outside ? options_.outside->start(run.node, run.command, run.timeout,
                                                 [this, index](Command::Outcome outcome) {
                                                   end_command(index, std::move(outcome));
                                                 })
                       : std::string("nothing here runs programs in a namespace");
  if (problem.empty()) return;
  result.faults.push_back(problem);
  end_step(index);
}

void Runner::end_command(StepIndex index, Command::Outcome outcome) {
  StepResult& result = steps_[index];
  result.exit = outcome.exit;
  result.output = std::move(outcome.output);
  result.error_output = std::move(outcome.error_output);
  if (!outcome.fault.empty()) result.faults.push_back(std::move(outcome.fault));
  end_step(index);
}

void Runner::end_step(StepIndex index) {
  const PlanStep& step = plan_.script[index];
  StepResult& result = steps_[index];
  const LabSystem* system = step.kind == ActionKind::run ? network_.system(step.run.node) : nullptr;
  result.ended = system ? system->now() : network_.shards().now();
  if (step.kind == ActionKind::run) judge_run(step.run.expect, result);
  result.status = result.faults.empty() ? StepStatus::passed : StepStatus::failed;
  if (!step.run.background) --open_steps_;
  ended_.push_back(index);
  // The loop outside sees to the steps that waited for this one, and whether the lab is at its end.
  for (u32 shard = 0; shard < network_.shards().size(); ++shard)
    network_.shards().engine(shard).stop();
}

void Runner::begin_waiting_steps() {
  for (const StepIndex done : std::exchange(ended_, {})) {
    for (StepIndex index = 0; index < plan_.script.size(); ++index) {
      const PlanStep& step = plan_.script[index];
      if (step.after != done) continue;
      const Instant when = std::max(*steps_[done].ended + step.delay, network_.shards().now());
      network_.shards().at_barrier(when, [this, index] { begin_step(index); });
    }
  }
}

// --- The run ---

bool Runner::finished() const {
  // A lab without a script is there for its services, and runs to its stop_time.
  if (plan_.script.empty() && plan_.stop_time < Duration::infinite()) return false;
  return open_steps_ == 0 && ended_.empty();
}

void Runner::run() {
  ShardSet& shards = network_.shards();
  for (;;) {
    begin_waiting_steps();
    const Instant next = shards.next_time();
    if (finished() || next == Instant::never() || next > deadline()) break;
    shards.run_until(std::min(deadline(), next + 1_s));
  }
  // A limit that was given is the lab's end, if the script did not end it before.
  if (!finished() && plan_.stop_time < Duration::infinite()) shards.run_until(deadline());
}

}  // namespace catenet::lab
