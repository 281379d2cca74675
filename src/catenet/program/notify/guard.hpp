// The guard of a household: its programs' first process.
#pragma once

#include <string>

namespace catenet::program::notify {

// In a process just forked; `control` is its end of the socket pair, `home` the programs' folder,
// which goes with them.
[[noreturn]] void run_guard(int control, const std::string& home);

}  // namespace catenet::program::notify
