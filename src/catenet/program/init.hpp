// The first process of a namespace: sets it up, then starts, signals and reaps its programs until
// Catenet is gone. Read pid_namespaces(7).
#pragma once

#include "catenet/program/netns.hpp"

namespace catenet::program {

// In a new process, pid 1 of its namespace; `control` is its end of the socket pair.
[[noreturn]] void run_first_process(int control, const NamespaceSpec& spec);

}  // namespace catenet::program
