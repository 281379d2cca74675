#include "catenet/lab/runner.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <ranges>

#include "catenet/lab/command.hpp"
#include "catenet/lab/counters.hpp"
#include "catenet/lab/hosted_files.hpp"
#include "catenet/lab/judge.hpp"
#include "catenet/service/echo.hpp"
#include "catenet/service/http_server.hpp"
#include "catenet/service/iperf3_server.hpp"

namespace catenet::lab {
namespace {

// Runs a service and says so if it could not begin.
Task<void> keep_service(System& system, Task<Result<void>> service, std::string name) {
  const Result<void> ended = co_await std::move(service);
  if (!ended && ended.error() != Errno::canceled) {
    system.log("service", fmt::format("{}: {}", name, errno_text(ended.error())));
  }
}

// Bytes of the seed are made as they are read: a lab may have many files of many.
void put_file(MemoryFiles& files, const InlineFile& file, u64 seed) {
  if (!file.seeded_bytes) {
    static_cast<void>(files.put(file.path, file.text));
    return;
  }
  const auto make = [path = file.path, seed](u64 offset, MutableBytes into) {
    fill_with_seeded_bytes(seed, path, offset, into);
  };
  static_cast<void>(files.put_made(file.path, *file.seeded_bytes,
                                   version_of_seeded(seed, file.path, *file.seeded_bytes), make));
}

}  // namespace

Runner::Runner(const Plan& plan, const RunnerOptions& options)
    : plan_(plan),
      options_(options),
      running_output_{options.running_budget},
      network_(plan, options.network),
      standstill_(network_, options.standstill) {
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
  if (options_.watch_traffic) {
    traffic_ = std::make_unique<TrafficWatch>(network_);
    traffic_->join(tee_);
  }
  if (!tee_.empty()) network_.set_recorder(&tee_);
  commands_.resize(plan_.script.size());
  followers_.resize(plan_.script.size());
  for (const PlanStep& step : plan_.script) {
    steps_.push_back({.name = step.name, .text = step.text, .kind = step.kind});
  }
  holds_open_.assign(steps_.size(), 1);
  open_steps_ = static_cast<u32>(steps_.size());
  open_others_ = static_cast<u32>(std::ranges::count_if(
      plan_.script, [](const PlanStep& step) { return step.kind != ActionKind::start; }));
  services_.resize(plan_.nodes.size());
  for (NodeIndex index = 0; index < plan_.nodes.size(); ++index) keep_log(index);
  network_.shards().at_barrier(Instant(), [this] { start_services(); });
  schedule_script();
}

Runner::~Runner() = default;

void Runner::keep_log(NodeIndex index) {
  LabSystem* system = network_.system(index);
  if (!system) return;
  const std::string& node = plan_.nodes[index].name;
  system->set_log([this, system, &node](std::string_view topic, std::string_view text) {
    notes_.push_back(fmt::format("{} {}: {}: {}", to_string(system->now()), node, topic, text));
  });
}

void Runner::start_services() {
  for (NodeIndex index = 0; index < plan_.nodes.size(); ++index) {
    const PlanNode& node = plan_.nodes[index];
    LabSystem* system = network_.system(index);
    if (!system) continue;
    for (const InlineFile& file : node.files) {
      put_file(system->memory(), file, plan_.seed);
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
  if (service.kind == ServiceKind::iperf3) {
    const Iperf3Options iperf3{.port = service.iperf3.port};
    group.spawn(keep_service(system, serve_iperf3(system, iperf3), "iperf3"));
    return;
  }
  start_web_server(group, system, service.http);
}

void Runner::start_web_server(TaskGroup& group, LabSystem& system, const HttpService& service) {
  HttpServerOptions http;
  http.port = service.port;
  auto sites = std::make_unique<HostedFiles>();
  // Without a root: what the node has, and its tools write.
  http.root = sites->add(open_pages(service.pages, &system.files()));
  for (const auto& [name, pages] : service.hosts)
    http.virtual_hosts.push_back({name.value, sites->add(open_pages(pages, nullptr))});
  http.files = sites.get();
  files_.push_back(std::move(sites));
  group.spawn(keep_service(system, serve_http(system, std::move(http)), "http"));
}

// `folder`: what comes behind the pages where they name no root.
Files& Runner::open_pages(const HttpPages& pages, Files* folder) {
  if (pages.root) {
    files_.push_back(options_.open_folder(*pages.root));
    folder = files_.back().get();
  }
  files_.push_back(
      std::make_unique<ServiceFiles>(pages.files, plan_.seed, LabSystem::epoch_s, folder));
  return *files_.back();
}

// --- The script ---

void Runner::release(StepIndex index) {
  std::vector<StepIndex> left{index};
  while (!left.empty()) {
    const StepIndex step = left.back();
    left.pop_back();
    if (plan_.script[step].kind != ActionKind::start) continue;
    if (std::exchange(holds_open_[step], u8{0})) --open_steps_;
    left.insert(left.end(), followers_[step].begin(), followers_[step].end());
  }
}

void Runner::schedule_script() {
  std::map<Duration, std::vector<StepIndex>> by_time;
  for (StepIndex index = 0; index < plan_.script.size(); ++index) {
    const PlanStep& step = plan_.script[index];
    (step.after != no_index ? followers_[step.after] : by_time[step.at]).push_back(index);
  }
  // The last first: each then comes to stand where the shards expect the next step.
  for (auto& [at, steps] : std::views::reverse(by_time)) {
    network_.shards().at_barrier(Instant::at(at), [this, begin = std::move(steps)] {
      for (const StepIndex index : begin) begin_step(index);
    });
  }
}

void Runner::begin_step(StepIndex index) {
  steps_[index].started = network_.shards().now();
  if (open_others_ > 0) release(index);
  switch (plan_.script[index].kind) {
    case ActionKind::run:
    case ActionKind::start: return begin_command(index);
    case ActionKind::stop: return begin_stop(index);
    case ActionKind::wait: return begin_wait(index);
    case ActionKind::impair:
    case ActionKind::change:
    case ActionKind::partition: break;
  }
  if (const auto applied = apply_to_links(network_, plan_.script[index]); !applied) {
    steps_[index].faults.push_back(
        fmt::format("{}: {}", applied.error().field, applied.error().message));
  }
  end_step(index);
}

void Runner::begin_command(StepIndex index) {
  const PlanRun& run = plan_.script[index].run;
  StepResult& result = steps_[index];
  LabSystem* const system = network_.system(run.node);
  if (system && plan_.nodes[run.node].runs_tools()) {
    commands_[index] = std::make_unique<Command>(
        *system, run.command, run.timeout, running_output_,
        [this, index](Command::Outcome outcome) { end_command(index, std::move(outcome)); });
    return;
  }
  const std::string problem =
      options_.outside ? options_.outside->start(index, run,
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
  result.resources = outcome.resources;
  constexpr int out_of_time = 124;
  const bool expected = outcome.exit == out_of_time &&
                        plan_.script[index].run.expect.exit == std::optional(out_of_time);
  if (!outcome.fault.empty() && !expected) result.faults.push_back(std::move(outcome.fault));
  end_step(index);
  // What ended meanwhile is no longer there to be stopped.
  if (const auto stopper = stoppers_.extract(index)) end_stop(stopper.mapped(), result);
}

void Runner::end_step(StepIndex index) {
  const PlanStep& step = plan_.script[index];
  StepResult& result = steps_[index];
  const LabSystem* system = step.runs() ? network_.system(step.run.node) : nullptr;
  if (!result.ended) result.ended = system ? system->now() : network_.shards().now();
  judge(index);
  result.status = result.faults.empty() ? StepStatus::passed : StepStatus::failed;
  keep_within_budget(result.output);
  keep_within_budget(result.error_output);
  if (std::exchange(holds_open_[index], u8{0})) --open_steps_;
  if (step.kind != ActionKind::start) --open_others_;
  ended_.push_back(index);
  if (const auto waiting = waiters_.extract(index)) {
    for (const StepIndex waiter : waiting.mapped()) {
      if (steps_[waiter].ended) continue;
      steps_[waiter].ended = result.ended;
      end_step(waiter);
    }
  }
  // The loop outside sees to the steps that waited for this one, and whether the lab is at its end.
  network_.shards().stop();
  for (u32 shard = 0; shard < network_.shards().size(); ++shard)
    network_.shards().engine(shard).stop();
}

void Runner::keep_within_budget(std::string& output) {
  constexpr std::size_t part = 512;
  if (output.size() > 4 * part && output.size() > options_.output_budget - output_kept_) {
    output = fmt::format("{}\n[{} bytes cut out: the lab's steps printed too much]\n{}",
                         output.substr(0, part), output.size() - 2 * part,
                         output.substr(output.size() - part));
  }
  output.shrink_to_fit();
  output_kept_ = std::min(output_kept_ + output.size(), options_.output_budget);
}

Command::Printed Runner::printed(StepIndex index) const {
  if (commands_[index]) return commands_[index]->printed();
  return options_.outside ? options_.outside->printed(index) : Command::Printed{};
}

void Runner::settle() {
  if (broken_off_.empty()) broken_off_ = standstill_.check();
  if (broken_off_.empty() && options_.interrupted && options_.interrupted()) {
    interrupted_ = true;
    broken_off_ = "interrupted";
  }
  for (const StepIndex done : std::exchange(ended_, {})) {
    for (const StepIndex index : followers_[done]) {
      const Duration delay = plan_.script[index].delay;
      const Instant when = std::max(*steps_[done].ended + delay, network_.shards().now());
      network_.shards().at_barrier(when, [this, index] { begin_step(index); });
    }
  }
}

// --- The run ---

void Runner::break_off(std::string why) {
  if (!broken_off_.empty()) return;
  broken_off_ = std::move(why);
  machine_failed_ = true;
}

bool Runner::finished() const {
  if (!broken_off_.empty()) return true;
  if (network_.shards().now() < Instant()) return false;  // hosts are waking
  // A lab without a script is there for its services, and runs to its stop_time.
  if (plan_.script.empty() && plan_.stop_time < Duration::infinite()) return false;
  return open_steps_ == 0 && ended_.empty();
}

void Runner::run() {
  ShardSet& shards = network_.shards();
  for (;;) {
    settle();
    const Instant next = shards.next_time();
    if (finished() || next == Instant::never() || next > deadline()) break;
    // Hosts that wake end a lab with nothing else in it at 0 s sharp.
    const Instant far = shards.now() < Instant() ? Instant() : next + 1_s;
    shards.run_until(std::min(deadline(), far));
  }
  // A limit that was given is the lab's end, if the script did not end it before.
  if (!finished() && plan_.stop_time < Duration::infinite()) shards.run_until(deadline());
}

}  // namespace catenet::lab
