// Runner: a plan from its 0 s to its end: starts services, carries out the script, judges the
// expectations. In virtual time; a driver with outside links moves the same runner along the wall
// clock.
#pragma once

#include <functional>
#include <map>
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
#include "catenet/lab/standstill.hpp"
#include "catenet/trace/event_log.hpp"

namespace catenet::lab {

// Runs the commands of nodes that are no lab hosts: real programs in namespaces.
class OutsideRunner {
 public:
  virtual ~OutsideRunner() = default;
  // Starts what a step says; `done` is called once, between events. An empty result: started; else
  // why not.
  virtual std::string start(StepIndex step, const PlanRun& run, Command::Done done) = 0;
  // What a started step that still runs has printed so far.
  virtual Command::Printed printed(StepIndex step) const = 0;
  // Sends `signal` to a started step that still runs; it is to end by it.
  virtual void stop(StepIndex step, int signal) = 0;
  // Calls `listens` once, between events, when something listens on that TCP port of the node.
  virtual void await_port(NodeIndex node, u16 port, std::function<void()> listens) = 0;
};

struct RunnerOptions {
  NetworkOptions network;
  OutsideRunner* outside = nullptr;
  // Compiles a pcap filter into a judge of frames; std::nullopt: its text is wrong.
  std::function<std::function<bool(ByteView)>(const std::string& filter)> compile_filter;
  Recorder* recorder = nullptr;  // sees everything
  bool watch_traffic = false;    // keeps what reports draw: RunResult::traffic
  StandstillLimits standstill;
  // Asked now and then, whether the run is to end because somebody wants it to.
  std::function<bool()> interrupted;
  // Bytes that the outputs of ended steps may occupy together; of what is printed beyond, each step
  // keeps the first and the last.
  std::size_t output_budget = 64 << 20;
  // Bytes that the outputs of running tools may occupy together; beyond, each keeps its beginning.
  std::size_t running_budget = OutputBudget{}.left;
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
  // What the outputs of everything that runs share.
  OutputBudget& running_output() { return running_output_; }

  // Runs to the lab's end in virtual time.
  void run();
  // For a driver with a clock of its own: call this between events, then ask whether the lab is at
  // its end. Engines stop now and then to have it called.
  void settle();
  bool finished() const;
  // It was broken off: nothing more will happen.
  bool broken_off() const { return !broken_off_.empty(); }
  // What came of the script so far, by step.
  const std::vector<StepResult>& steps() const { return steps_; }
  // Ends the run now, as one that this machine could not carry on.
  void break_off(std::string why);
  // The end at the latest.
  Instant deadline() const { return Instant::at(plan_.stop_time); }
  // Once, at the end: judges and collects. No recorder is told of anything that happens later.
  RunResult collect();

 private:
  void keep_log(NodeIndex index);
  void start_services();
  void start_service(TaskGroup& group, LabSystem& system, const Service& service);
  void start_web_server(TaskGroup& group, LabSystem& system, const HttpService& service);
  Files& open_pages(const HttpPages& pages, Files* folder);
  void schedule_script();
  // A step `start` that has begun while others are open does not hold the lab open, nor do those
  // `start` that wait for its end.
  void release(StepIndex index);
  void begin_step(StepIndex index);
  void begin_command(StepIndex index);
  void begin_stop(StepIndex index);
  void stop_command(StepIndex index, int signal);
  void begin_wait(StepIndex index);
  void begin_port_wait(StepIndex index);
  void look_for_listener(StepIndex index);
  void fail_at(StepIndex index, Duration patience, std::string fault);
  void fail(StepIndex index, std::string fault);
  void end_stop(StepIndex index, const StepResult& stopped);
  void judge(StepIndex index);
  void end_command(StepIndex index, Command::Outcome outcome);
  void end_step(StepIndex index);
  void keep_within_budget(std::string& output);
  Command::Printed printed(StepIndex index) const;
  void collect_steps(RunResult& result);
  void collect_running(StepIndex index, Instant end);
  void collect_expectations(RunResult& result);
  void collect_network(RunResult& result);
  void note_duplicates(RunResult& result);

  const Plan& plan_;
  RunnerOptions options_;
  OutputBudget running_output_;
  Network network_;
  Standstill standstill_;
  std::string broken_off_;  // why; empty: it was not
  TeeRecorder tee_;
  std::unique_ptr<TrafficWatch> traffic_;
  std::vector<std::unique_ptr<PacketCounter>> packet_counters_;  // by expectation
  std::vector<std::unique_ptr<Files>> files_;                    // that services serve
  std::vector<std::unique_ptr<TaskGroup>> services_;             // by node
  std::vector<std::unique_ptr<Command>> commands_;               // by step
  std::vector<StepResult> steps_;
  std::vector<std::vector<StepIndex>> followers_;  // by step: those that wait for it
  std::vector<StepIndex> ended_;                   // whose followers have not been told
  std::map<StepIndex, StepIndex> stoppers_;        // by step that is stopped: the step that does
  std::map<StepIndex, std::vector<StepIndex>> waiters_;  // by step: steps that wait for its end
  std::vector<std::string> notes_;
  std::size_t output_kept_ = 0;  // bytes, of ended steps
  bool interrupted_ = false;
  bool machine_failed_ = false;
  std::vector<u8> holds_open_;  // by step: the lab waits for its end
  u32 open_steps_ = 0;          // so many do
  u32 open_others_ = 0;         // not ended, of those that are no `start`
};

}  // namespace catenet::lab
