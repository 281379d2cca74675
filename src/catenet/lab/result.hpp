// What came of a run, as plain data: reports are made of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catenet/lab/network.hpp"
#include "catenet/lab/plan.hpp"
#include "catenet/lab/resource_use.hpp"
#include "catenet/lab/traffic_watch.hpp"

namespace catenet::lab {

enum class StepStatus : u8 {
  passed,
  failed,   // an expectation did not hold; `faults` say which
  not_run,  // its time never came, or what it waits for never ended
  running,  // still ran when the lab ended, as what was started may
};
std::string_view step_status_name(StepStatus status);

struct StepResult {
  std::string name;
  std::string text;
  ActionKind kind = ActionKind::run;
  StepStatus status = StepStatus::not_run;
  std::optional<Instant> started;
  std::optional<Instant> ended;
  std::optional<int> exit;  // of a command that ended
  std::string output;       // what it printed, at most 1 MiB
  std::string error_output;
  std::optional<ResourceUse> resources;  // of a real program
  std::vector<std::string> faults;
};

struct ExpectationResult {
  std::string name;
  bool held = false;
  u64 measured = 0;
  std::string wanted;
};

// One direction of a link.
struct DirectionResult {
  std::string name;  // "alice:eth0 > office:p1"
  DirectionCounters counters;
  PortId from = 0;  // the port that sends
};

// What went through a port, and what ended there.
struct PortResult {
  std::string name;
  NicCounters counters;
  DropCounters dropped;  // Nic::dropped: what the counters `dropped` say, by reason
};

// A node's kind, and those of its counters that moved: its ports' together and its protocols'.
struct NodeResult {
  std::string name;
  NodeKind kind = NodeKind::host;
  std::vector<std::pair<std::string_view, u64>> counters;
};

// What came of running it again, in virtual time.
struct Verification {
  std::string difference;  // the first; empty: there was none
};

struct RunResult {
  std::string lab;
  std::string description;
  std::string version;  // of the program that ran it; empty: it does not say
  u64 seed = 0;
  u64 event_hash = 0;
  u64 events = 0;
  Instant begin;  // before 0 s where hosts woke first
  Instant end;
  double wall_s = 0;
  bool wall_clock = false;  // ran against the machine's clock: no two runs are alike
  std::string lag;          // of a wall-clock run: how late events were
  Books books;
  std::vector<StepResult> steps;
  std::vector<ExpectationResult> expectations;
  std::vector<DirectionResult> directions;
  std::vector<PortResult> ports;
  std::vector<NodeResult> nodes;
  std::optional<Traffic> traffic;  // nothing: it was not asked for
  std::vector<std::string>
      notes;                 // what went on in services and stacks that a person may want to know
  std::string capture_path;  // empty: none was written
  std::string broken_off;    // why the run was ended before its time; empty: it was not
  bool interrupted = false;     // that was because somebody wanted it
  bool machine_failed = false;  // or because the machine could not carry it on
  std::optional<Verification> verification;  // nothing: it was not asked for

  bool passed() const;
};

}  // namespace catenet::lab
