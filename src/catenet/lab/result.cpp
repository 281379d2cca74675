#include "catenet/lab/result.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/lab/counters.hpp"
#include "catenet/lab/judge.hpp"
#include "catenet/lab/runner.hpp"

namespace catenet::lab {

std::string_view step_status_name(StepStatus status) {
  switch (status) {
    case StepStatus::passed: return "passed";
    case StepStatus::failed: return "failed";
    case StepStatus::not_run: return "not run";
    case StepStatus::running: return "running";
  }
  return "";
}

bool RunResult::passed() const {
  return broken_off.empty() && books.balance &&
         (!verification || verification->difference.empty()) &&
         std::ranges::all_of(steps,
                             [](const StepResult& step) {
                               return step.status == StepStatus::passed ||
                                      step.status == StepStatus::running;
                             }) &&
         std::ranges::all_of(expectations, &ExpectationResult::held);
}

RunResult Runner::collect() {
  RunResult result;
  result.lab = plan_.name;
  result.description = plan_.description;
  result.seed = plan_.seed;
  result.begin = plan_.starts_at();
  result.end = network_.shards().now();
  collect_steps(result);
  collect_expectations(result);
  collect_network(result);
  if (traffic_) result.traffic = traffic_->collect();
  result.notes = notes_;
  note_duplicates(result);
  result.broken_off = broken_off_;
  result.interrupted = interrupted_;
  result.machine_failed = machine_failed_;
  // What closes when the lab is taken down is no longer part of it.
  network_.set_recorder(nullptr);
  return result;
}

// Addresses that a host lost to another: RFC 4862 section 5.4.5 wants its owner told.
void Runner::note_duplicates(RunResult& result) {
  for (NodeIndex index = 0; index < plan_.nodes.size(); ++index) {
    Host* host = network_.host(index);
    if (!host) continue;
    for (const auto& interface : host->ip().interfaces()) {
      for (const auto addresses : {interface->addresses4(), interface->addresses6()}) {
        for (const InterfaceAddress& entry : addresses) {
          if (entry.state != AddressState::duplicated) continue;
          result.notes.push_back(fmt::format("{}: {} at {} is another's too, and was given up",
                                             plan_.nodes[index].name, entry.address.to_string(),
                                             interface->name()));
        }
      }
    }
  }
}

void Runner::collect_running(StepIndex index, Instant end) {
  StepResult& step = steps_[index];
  const PlanStep& plan = plan_.script[index];
  if (!plan.runs()) {
    step.faults.emplace_back("it had not ended when the lab did");
    step.status = StepStatus::failed;
    return;
  }
  Command::Printed so_far = printed(index);
  step.output = std::move(so_far.output);
  step.error_output = std::move(so_far.error_output);
  if (plan.kind == ActionKind::start) {
    judge_running(plan.run.expect, end, step);
  } else {
    step.faults.emplace_back("it had not ended when the lab did");
  }
  step.status = step.faults.empty() ? StepStatus::running : StepStatus::failed;
  keep_within_budget(step.output);
  keep_within_budget(step.error_output);
}

void Runner::collect_steps(RunResult& result) {
  for (StepIndex index = 0; index < steps_.size(); ++index) {
    StepResult& step = steps_[index];
    if (!step.started) step.faults.emplace_back("its time never came");
    if (step.started && !step.ended) collect_running(index, result.end);
  }
  result.steps = std::move(steps_);
}

void Runner::collect_expectations(RunResult& result) {
  for (std::size_t i = 0; i < plan_.expect.size(); ++i) {
    const PlanExpectation& expectation = plan_.expect[i];
    ExpectationResult judged;
    judged.name = expectation.name;
    judged.wanted = expectation.bounds.to_string();
    judged.measured =
        packet_counters_[i]
            ? packet_counters_[i]->count()
            : read_counter(network_, expectation.target, expectation.counter).value_or(0);
    judged.held = expectation.bounds.holds(judged.measured);
    result.expectations.push_back(std::move(judged));
  }
}

void Runner::collect_network(RunResult& result) {
  const std::vector<PortId> port_ids = ids_of_ports(network_);
  for (LinkIndex index = 0; index < network_.link_count(); ++index) {
    const PlanLink& plan = plan_.links[index];
    const Link& link = network_.link(index);
    const std::string a = plan_.port_name(plan.a);
    const std::string b = plan_.port_name(plan.b);
    result.directions.push_back({fmt::format("{} > {}", a, b),
                                 link.direction(Way::a_to_b).counters(), port_ids[2 * index]});
    result.directions.push_back({fmt::format("{} > {}", b, a),
                                 link.direction(Way::b_to_a).counters(), port_ids[2 * index + 1]});
  }
  for (PortId id = 0; id < network_.ports().size(); ++id) {
    const PlanEnd port = network_.ports()[id];
    const Nic& nic = network_.nic(port);
    result.ports.push_back({plan_.port_name(port), nic.counters(), nic.dropped()});
  }
  for (NodeIndex index = 0; index < plan_.nodes.size(); ++index) {
    const PlanNode& node = plan_.nodes[index];
    result.nodes.push_back({node.name, node.kind, moved_counters(network_, index)});
  }
  result.books = network_.books();
  result.event_hash = network_.event_hash();
  result.events = network_.shards().events_run();
}

}  // namespace catenet::lab
