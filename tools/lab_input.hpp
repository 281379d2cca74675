// Lab files from the disk, with what is wrong printed.
#pragma once

#include <optional>
#include <string>

#include "catenet/lab/lab_file.hpp"

namespace catenet::tools {

// Reads `path` ("-": standard input). Prints every finding to standard error; nothing when there
// was an error. `may_idle`: others will see to it that something happens in the lab.
std::optional<lab::Plan> read_plan(const std::string& path, std::optional<u64> seed = {},
                                   bool may_idle = false);

}  // namespace catenet::tools
