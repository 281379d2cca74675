// What the verbs that use this machine's own network share.
#pragma once

#include <string>
#include <vector>

#include "catenet/coro/task_group.hpp"
#include "catenet/os/machine_system.hpp"

namespace catenet::tools {

// Prints "catenet: sentence" to standard error and gives `code`.
int complain_of(int code, std::string_view sentence);

// The machine as a system; nullptr: it cannot, which was told.
std::unique_ptr<os::MachineSystem> open_machine();

// Runs `tasks` until all have ended; SIGINT, SIGTERM and SIGHUP cancel them. The signal that came;
// 0: none.
int run_to_end(os::MachineSystem& system, TaskGroup& tasks);

// Runs a tool on this machine: words[0] is its name. The exit code.
int run_tool(const std::vector<std::string>& words);

}  // namespace catenet::tools
