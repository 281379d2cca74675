// What the verbs that use this machine's own network share.
#pragma once

#include <string>
#include <vector>

#include "catenet/coro/task_group.hpp"
#include "catenet/os/interrupts.hpp"
#include "catenet/os/machine_system.hpp"

namespace catenet::tools {

// The machine as a system; nullptr: it cannot, which was told.
std::unique_ptr<os::MachineSystem> open_machine();

// From now on SIGINT, SIGTERM and SIGHUP cancel `tasks`; nullptr: they cannot be watched for, which
// was told. Before anything is begun that must not be left half done.
std::unique_ptr<os::Interrupts> watch_signals(os::MachineSystem& system, TaskGroup& tasks);

// Runs `tasks` until all have ended.
void run_to_end(os::MachineSystem& system, TaskGroup& tasks);

// Runs a tool on this machine: words[0] is its name. The exit code.
int run_tool(const std::vector<std::string>& words);

}  // namespace catenet::tools
