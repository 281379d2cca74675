// Whether this machine can do what real programs need.
#pragma once

#include <optional>
#include <string>

namespace catenet::program {

// Makes a namespace with one TAP and takes it down again. Nothing: it works; else why not, and what
// to do about that.
std::optional<std::string> why_not_netns();

}  // namespace catenet::program
