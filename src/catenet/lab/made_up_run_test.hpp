// A made-up run for the tests of reports.
#pragma once

#include "catenet/lab/result.hpp"

namespace catenet::lab {

inline RunResult made_up_run() {
  RunResult result;
  result.lab = "pair";
  result.seed = 7;
  result.event_hash = 0x00ab'cdef;
  result.events = 42;
  result.end = Instant::at(1'500_ms);
  result.books = {
      .offered = 10, .delivered = 7, .in_flight = 1, .dropped = {{Drop::random_loss, 2}}};
  StepResult step;
  step.name = "step 1";
  step.text = "a: ping -c 1 b";
  step.status = StepStatus::passed;
  step.started = Instant::at(1_s);
  step.ended = Instant::at(1'020_ms);
  step.exit = 0;
  step.output = "PING b\n1 received\n";
  result.steps.push_back(step);
  result.expectations.push_back({"line lost little", true, 2, "at most 3"});
  DirectionResult way;
  way.name = "a:eth0 > b:eth0";
  way.counters.offered = 10;
  way.counters.delivered = 7;
  way.counters.delivered_bytes = 700;
  way.counters.dropped[static_cast<std::size_t>(Drop::random_loss)] = 2;
  way.counters.in_flight = 1;
  result.directions.push_back(way);
  PortResult port{"b:eth0", {}, {}};
  port.counters.drops[static_cast<std::size_t>(Drop::no_socket)] = 3;
  port.dropped = port.counters.drops;
  port.dropped[static_cast<std::size_t>(Drop::random_loss)] = 2;
  result.ports.push_back(port);
  result.nodes.push_back({"b", NodeKind::router, {{"tcp.in_segs", 12}}});
  return result;
}

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

// With names and outputs that a reader might take for markup or orders.
inline RunResult hostile_run() {
  const std::string nasty = "<script>alert(1)</script>\"'&\x1b[2J\xff\u202e]]>\r";
  RunResult result = made_up_run();
  result.lab += nasty;
  result.description = nasty;
  result.version = nasty;
  result.wall_clock = true;
  result.lag = nasty;
  result.broken_off = nasty;
  StepResult& step = result.steps[0];
  step.name = step.text = step.output = step.error_output = nasty;
  step.faults = {nasty};
  step.status = StepStatus::failed;
  result.expectations.push_back({nasty, false, 1, nasty});
  result.directions[0].name += nasty;
  result.ports[0].name += nasty;
  result.nodes[0].name += nasty;
  result.notes = {nasty};
  return result;
}

}  // namespace catenet::lab
