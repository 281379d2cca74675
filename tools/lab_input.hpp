// Lab files from the disk, with what is wrong printed.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "catenet/lab/lab_file.hpp"

namespace catenet::tools {

// A lab whose file is wrong.
struct WrongLab {
  std::string name;  // empty: it cannot be told
};

// Reads `path` ("-": standard input). Prints every finding to standard error. `may_idle`: others
// will see to it that something happens in the lab.
std::expected<lab::Plan, WrongLab> read_plan(const std::string& path, std::optional<u64> seed = {},
                                             bool may_idle = false);

}  // namespace catenet::tools
