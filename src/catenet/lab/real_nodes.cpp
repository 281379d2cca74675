#include "catenet/lab/real_nodes.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/lab/service_files.hpp"
#include "catenet/program/device.hpp"
#include "catenet/program/survey.hpp"

namespace catenet::lab {
namespace {

program::NamespaceSpec namespace_spec(const Plan& plan, const PlanNode& node, bool offload) {
  program::NamespaceSpec spec;
  spec.offload = offload;
  spec.host_name = node.name;
  spec.forwarding = node.forwarding;
  spec.slaac = node.slaac;
  spec.detect_duplicates = node.cold_boot;
  for (const PlanInterface& interface : node.interfaces) {
    spec.interfaces.push_back({interface.name, interface.mac, interface.mtu, interface.addresses});
  }
  for (const PlanRoute& route : node.routes) {
    spec.routes.push_back({route.to, route.via, route.interface, route.metric});
  }
  for (const std::vector<HostsEntry>* entries : {&node.hosts, &plan.hosts}) {
    for (const HostsEntry& entry : *entries) spec.hosts.push_back({entry.name, entry.addresses});
  }
  spec.private_places = node.private_places;
  for (const InlineFile& file : node.files) {
    spec.files.push_back({file.path, text_of_file(file, plan.seed)});
  }
  return spec;
}

std::string hosts_text(const Plan& plan, const PlanNode& node) {
  std::string text = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n";
  for (const std::vector<HostsEntry>* entries : {&node.hosts, &plan.hosts}) {
    for (const HostsEntry& entry : *entries) {
      for (const IpAddress& address : entry.addresses) {
        text += fmt::format("{} {}\n", address.to_string(), entry.name);
      }
    }
  }
  return text;
}

program::notify::Surroundings surroundings(const Plan& plan, NodeIndex index) {
  const PlanNode& node = plan.nodes[index];
  program::notify::Surroundings made{.host_name = node.name, .files = {}};
  made.files["/etc/hosts"] = hosts_text(plan, node);
  made.files["/etc/resolv.conf"] = "";
  made.files["/etc/hostname"] = node.name + "\n";
  made.files["/proc/sys/kernel/hostname"] = node.name + "\n";
  // Names are those of the two files above, whatever the machine asks.
  made.files["/etc/nsswitch.conf"] = "hosts: files dns\n";
  for (const InlineFile& file : node.files) made.files[file.path] = text_of_file(file, plan.seed);
  return made;
}

}  // namespace

// One real program: its time limit, in the lab's time, and what becomes of it.
class RealNodes::RealCommand {
 public:
  RealCommand(program::Programs& where, Command::Done done)
      : where_(where), done_(std::move(done)) {}

  Result<void> start(const std::string& command, OutputBudget& budget) {
    program::ProcessSpec spec;
    spec.command = command;
    spec.budget = &budget;
    const auto started =
        where_.start(spec, [this](program::ProcessOutcome outcome) { finish(std::move(outcome)); });
    if (!started) return Unexpected(started.error());
    process_ = *started;
    return {};
  }
  Command::Printed printed() const {
    const program::Process* process = where_.running(process_);
    if (!process) return {};
    return {process->output.text(), process->error_output.text()};
  }
  void stop(int signal) { where_.kill(process_, signal); }
  // The lab is over: what comes of it is for `last` alone.
  void end_with_lab(Command::Done last) {
    timer_.cancel();
    done_ = std::move(last);
  }
  void limit(Engine& engine, Origin& node, Duration timeout) {
    timeout_ = timeout;
    engine.schedule_at(engine.now() + timeout, node.next_key(), timer_);
  }

 private:
  void on_timeout() {
    timed_out_ = true;
    where_.kill(process_, 9);  // SIGKILL
  }
  void finish(program::ProcessOutcome outcome) {
    timer_.cancel();
    Command::Outcome result;
    const bool timed_out = timed_out_ && outcome.fault.empty();
    result.exit = timed_out ? 124 : outcome.exit;  // as timeout(1) says it
    result.output = std::move(outcome.output);
    result.error_output = std::move(outcome.error_output);
    result.resources =
        ResourceUse{outcome.user_time, outcome.system_time, outcome.max_resident_bytes};
    result.fault = timed_out ? fmt::format("it was stopped after {}", to_string(timeout_))
                             : std::move(outcome.fault);
    done_(std::move(result));
  }

  program::Programs& where_;
  Command::Done done_;
  MemberEvent<RealCommand, &RealCommand::on_timeout> timer_{*this};
  Duration timeout_;
  bool timed_out_ = false;
  u32 process_ = 0;
};

RealNodes::~RealNodes() = default;

RealNodes::RealNodes(const Plan& plan, bool offload)
    : plan_(plan),
      offload_(offload),
      namespaces_(plan.nodes.size()),
      households_(plan.nodes.size()),
      cleared_(plan.nodes.size()),
      devices_(plan.nodes.size()) {}

std::optional<program::Problem> RealNodes::create() {
  auto poller = os::Poller::create();
  if (!poller) {
    return program::Problem{fmt::format("cannot make a poller: {}", errno_text(poller.error())),
                            {}};
  }
  poller_ = *std::move(poller);
  for (NodeIndex index = 0; index < plan_.nodes.size(); ++index) {
    const PlanNode& node = plan_.nodes[index];
    auto problem = node.kind == NodeKind::namespace_ ? create_namespace(index)
                   : node.kind == NodeKind::outside  ? open_device(index)
                   : node.real_programs              ? create_household(index)
                                                     : std::nullopt;
    if (!problem) continue;
    problem->what = fmt::format("{}: {}", node.name, problem->what);
    return problem;
  }
  return rehearse();
}

void RealNodes::join(Runner& runner) {
  Network& network = runner.network();
  network_ = &network;
  budget_ = &runner.running_output();
  for (NodeIndex index = 0; index < plan_.nodes.size(); ++index) {
    if (devices_[index]) join_device(runner, index);
    if (households_[index]) move_in(index);
    if (!namespaces_[index]) continue;
    for (u32 i = 0; i < plan_.nodes[index].interfaces.size(); ++i) join_interface(index, i);
  }
}

void RealNodes::end_strays() {
  const auto left = [this](NodeIndex index) {
    return households_[index] && !households_[index]->why_ended().empty() && !cleared_[index];
  };
  std::vector<NodeIndex> ended;
  for (NodeIndex index = 0; index < plan_.nodes.size(); ++index) {
    if (left(index)) ended.push_back(index);
  }
  if (ended.empty()) return;
  std::vector<pid_t> known;
  for (NodeIndex index = 0; index < plan_.nodes.size(); ++index) {
    if (const program::Programs* const programs = programs_of(index)) {
      if (programs->why_ended().empty()) known.push_back(programs->pid());
    }
  }
  program::end_children_but(known);
  for (const NodeIndex index : ended) {
    households_[index]->clear_away();
    cleared_[index] = 1;
  }
}

void RealNodes::leave() {
  end_strays();
  ports_.clear();
  households_.clear();
}

std::string RealNodes::start(StepIndex step, const PlanRun& run, Command::Done done) {
  auto& command = commands_[step];
  program::Programs& where = *programs_of(run.node);
  command = std::make_unique<RealCommand>(where, std::move(done));
  if (const auto started = command->start(run.command, *budget_); !started) {
    const std::string& ended = where.why_ended();
    return fmt::format("it could not be started: {}",
                       ended.empty() ? errno_text(started.error()) : std::string_view(ended));
  }
  if (run.timeout) {
    command->limit(network_->shards().engine(0), network_->origin(run.node), *run.timeout);
  }
  return {};
}

Command::Printed RealNodes::printed(StepIndex step) const {
  const auto found = commands_.find(step);
  return found == commands_.end() ? Command::Printed{} : found->second->printed();
}

void RealNodes::stop(StepIndex step, int signal) { commands_.at(step)->stop(signal); }
void RealNodes::await_port(NodeIndex node, u16 port, std::function<void()> listens) {
  namespaces_[node]->await_port(port, std::move(listens));
}

void RealNodes::finish(RunResult& result) {
  for (auto& [index, command] : commands_) {
    StepResult& step = result.steps[index];
    if (step.ended) continue;
    command->end_with_lab([&step](Command::Outcome outcome) {
      step.output = std::move(outcome.output);
      step.error_output = std::move(outcome.error_output);
      step.resources = outcome.resources;
    });
  }
  for (NodeIndex index = 0; index < plan_.nodes.size(); ++index) {
    const program::Programs* const programs = programs_of(index);
    if (programs && !programs->why_ended().empty()) note(index, programs->why_ended());
  }
  std::vector<program::Programs*> all;
  for (NodeIndex index = 0; index < plan_.nodes.size(); ++index) all.push_back(programs_of(index));
  program::Programs::finish(all, *poller_);
  result.notes.insert(result.notes.end(), notes_.begin(), notes_.end());
  for (NodeIndex index = 0; index < plan_.nodes.size(); ++index) {
    if (!programs_of(index)) continue;
    for (const std::string& left : programs_of(index)->left_over()) {
      result.notes.push_back(fmt::format("{} {}: at the end: {}", to_string(result.end),
                                         plan_.nodes[index].name, left));
    }
  }
}

std::optional<program::Problem> RealNodes::rehearse() {
  constexpr std::ptrdiff_t most = 16;  // of a long script few run at once
  const auto programs = std::ranges::count_if(plan_.script, [this](const PlanStep& step) {
    const bool runs = step.kind == ActionKind::run || step.kind == ActionKind::start;
    return runs && programs_of(step.run.node);
  });
  if (programs == 0) return std::nullopt;
  program::Programs* last = nullptr;
  for (NodeIndex index = 0; index < plan_.nodes.size(); ++index) {
    if (programs_of(index)) last = programs_of(index);
  }
  return last->rehearse(static_cast<u32>(std::min(programs, most)));
}

std::optional<program::Problem> RealNodes::create_namespace(NodeIndex index) {
  auto made =
      program::Namespace::create(namespace_spec(plan_, plan_.nodes[index], offload_), *poller_);
  if (!made) return made.error();
  namespaces_[index] = *std::move(made);
  return std::nullopt;
}

std::optional<program::Problem> RealNodes::create_household(NodeIndex index) {
  auto made = program::notify::Household::create(plan_.nodes[index].name, *poller_);
  if (!made) return made.error();
  households_[index] = *std::move(made);
  return std::nullopt;
}

void RealNodes::move_in(NodeIndex index) {
  households_[index]->move_to(*network_->system(index), surroundings(plan_, index));
}

program::Programs* RealNodes::programs_of(NodeIndex index) const {
  if (namespaces_[index]) return namespaces_[index].get();
  return households_[index].get();
}

std::optional<program::Problem> RealNodes::open_device(NodeIndex index) {
  const DeviceSetting& device = *plan_.nodes[index].device;
  auto wire = device.existing
                  ? program::open_interface(device.name.value)
                  : program::open_machine_tap(device.name.value,
                                              plan_.nodes[index].interfaces[0].addresses, offload_);
  if (!wire) return wire.error();
  devices_[index] = *std::move(wire);
  return std::nullopt;
}

os::KernelPort& RealNodes::join(PlanEnd port, os::KernelWire wire) {
  ports_.push_back(
      std::make_unique<os::KernelPort>(network_->nic(port), std::move(wire), *poller_, offload_));
  return *ports_.back();
}

// Without the machine's interface the lab is another one.
void RealNodes::join_device(Runner& runner, NodeIndex index) {
  const PlanNode& node = plan_.nodes[index];
  join({index, 0}, std::move(*devices_[index])).when_gone([&runner, &node] {
    runner.break_off(
        fmt::format("{}: the machine's interface {} is gone", node.name, node.device->name.value));
  });
}

// A program of the node may have deleted it on purpose.
void RealNodes::join_interface(NodeIndex index, u32 interface) {
  auto wire = namespaces_[index]->take_wire(interface);
  join({index, interface}, std::move(wire)).when_gone([this, index, interface] {
    if (!namespaces_[index]->why_ended().empty()) return;
    note(index, plan_.nodes[index].interfaces[interface].name + " is gone");
  });
}

void RealNodes::note(NodeIndex index, const std::string& text) {
  notes_.push_back(
      fmt::format("{} {}: {}", to_string(network_->shards().now()), plan_.nodes[index].name, text));
}

}  // namespace catenet::lab
