// RealNodes: the nodes of a plan that the machine takes part in: namespaces and households, with
// the programs that run on them, and interfaces of the machine itself.
#pragma once

#include <map>

#include "catenet/lab/runner.hpp"
#include "catenet/os/kernel_port.hpp"
#include "catenet/program/netns.hpp"
#include "catenet/program/notify/household.hpp"

namespace catenet::lab {

class RealNodes final : public OutsideRunner {
 public:
  // `plan` outlives it.
  RealNodes(const Plan& plan, bool offload);
  ~RealNodes() override;

  // Makes all of them. An error: this machine cannot, and nothing is left behind.
  std::optional<program::Problem> create();
  // Joins them to the network that `runner` made.
  void join(Runner& runner);
  // Before the network goes, whose ports these are.
  void leave();
  // Ends what runs, and adds to `result` what that showed.
  void finish(RunResult& result);

  std::string start(StepIndex step, const PlanRun& run, Command::Done done) override;
  Command::Printed printed(StepIndex step) const override;
  void stop(StepIndex step, int signal) override;
  void await_port(NodeIndex node, u16 port, std::function<void()> listens) override;

  // Ends and takes away what a household's guard left that somebody killed.
  void end_strays();
  // Who runs programs on that node; nullptr: it is none whose programs are real.
  program::Programs* programs_of(NodeIndex index) const;
  os::Poller& poller() { return *poller_; }

 private:
  class RealCommand;

  std::optional<program::Problem> rehearse();
  std::optional<program::Problem> create_namespace(NodeIndex index);
  std::optional<program::Problem> create_household(NodeIndex index);
  std::optional<program::Problem> open_device(NodeIndex index);
  void move_in(NodeIndex index);
  os::KernelPort& join(PlanEnd port, os::KernelWire wire);
  void join_device(Runner& runner, NodeIndex index);
  void join_interface(NodeIndex index, u32 interface);
  void note(NodeIndex index, const std::string& text);

  const Plan& plan_;
  bool offload_;
  std::vector<std::string> notes_;
  Network* network_ = nullptr;
  OutputBudget* budget_ = nullptr;
  std::unique_ptr<os::Poller> poller_;
  std::map<StepIndex, std::unique_ptr<RealCommand>> commands_;
  std::vector<std::unique_ptr<program::Namespace>> namespaces_;          // by node
  std::vector<std::unique_ptr<program::notify::Household>> households_;  // by node
  std::vector<u8> cleared_;                             // by node: what a killed guard left is gone
  std::vector<std::optional<os::KernelWire>> devices_;  // by node, until they are joined
  std::vector<std::unique_ptr<os::KernelPort>> ports_;
};

}  // namespace catenet::lab
