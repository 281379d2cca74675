// Runner: a plan from its 0 s to its end: starts services, carries out the script, judges the
// expectations. In virtual time; a driver with outside links moves the same runner along the wall
// clock.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "catenet/coro/task_group.hpp"
#include "catenet/lab/command.hpp"
#include "catenet/lab/link_actions.hpp"
#include "catenet/lab/network.hpp"
#include "catenet/lab/packet_counter.hpp"
#include "catenet/lab/result.hpp"
#include "catenet/lab/service_files.hpp"
#include "catenet/trace/event_log.hpp"

namespace catenet::lab {

// Runs the commands of nodes that are no lab hosts: real programs in namespaces.
class OutsideRunner {
 public:
  virtual ~OutsideRunner() = default;
  // Starts `command` on `node`; `done` is called once, between events. An empty result: started;
  // else why not.
  virtual std::string start(NodeIndex node, const std::string& command,
                            std::optional<Duration> timeout, Command::Done done) = 0;
};

struct RunnerOptions {
  NetworkOptions network;
  OutsideRunner* outside = nullptr;
  // Compiles a pcap filter into a judge of frames; std::nullopt: its text is wrong.
  std::function<std::function<bool(ByteView)>(const std::string& filter)> compile_filter;
  Recorder* recorder = nullptr;  // sees everything
  // A folder's files for a service that serves one; the runner asks once a service.
  std::function<std::unique_ptr<Files>(const std::string& folder)> open_folder;
};

class Runner {
 public:
  // `plan` outlives the runner.
  Runner(const Plan& plan, const RunnerOptions& options);
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner();

  Network& network() { return network_; }

  // Runs to the lab's end in virtual time.
  void run();
  // For a driver with a clock of its own: call this between events, then ask whether the lab is at
  // its end.
  void begin_waiting_steps();
  bool finished() const;
  // The end at the latest.
  Instant deadline() const { return Instant::at(plan_.stop_time); }
  // Once, at the end: judges and collects.
  RunResult collect();

 private:
  void start_services();
  void start_service(TaskGroup& group, LabSystem& system, const Service& service);
  void schedule_script();
  void begin_step(StepIndex index);
  void begin_command(StepIndex index);
  void end_command(StepIndex index, Command::Outcome outcome);
  void end_step(StepIndex index);
  void collect_steps(RunResult& result);
  void collect_expectations(RunResult& result);
  void collect_network(RunResult& result);

  const Plan& plan_;
  RunnerOptions options_;
  Network network_;
  TeeRecorder tee_;
  std::vector<std::unique_ptr<PacketCounter>> packet_counters_;  // by expectation
  std::vector<std::unique_ptr<Files>> files_;                    // that services serve
  std::vector<std::unique_ptr<TaskGroup>> services_;             // by node
  std::vector<std::unique_ptr<Command>> commands_;               // by step
  std::vector<StepResult> steps_;
  std::vector<StepIndex> ended_;  // whose followers have not been told
  std::vector<std::string> notes_;
  u32 open_steps_ = 0;  // not ended and not in the background
};

}  // namespace catenet::lab
