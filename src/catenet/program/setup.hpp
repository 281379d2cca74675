// What the first process of a new namespace does before anything runs in it: mounts, names,
// interfaces, addresses, routes.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/program/netns.hpp"

namespace catenet::program {

// Kinds of failure that differ in what can be done about them.
enum class SetupStep : u32 { process, mount, file, tap, veth, interface, address, route };

struct SetupFailure {
  SetupStep step = SetupStep::process;
  std::string what;  // "mount /proc"
  Errno error = Errno::ok;
};
using SetupDone = std::expected<void, SetupFailure>;

inline std::unexpected<SetupFailure> setup_failure(SetupStep step, std::string what, Errno error) {
  return std::unexpected(SetupFailure{step, std::move(what), error});
}

// Sets up the namespaces that the caller is in; gives the wires in the order of the interfaces.
std::expected<std::vector<os::KernelWire>, SetupFailure> set_up_namespace(
    const NamespaceSpec& spec);

}  // namespace catenet::program
