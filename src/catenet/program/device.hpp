// The machine's own interfaces as wires of a lab.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/os/kernel_wire.hpp"
#include "catenet/program/problem.hpp"
#include "catenet/wire/address.hpp"

namespace catenet::program {

// The TAP `name` of this machine, up and with `addresses`. One that was not there before goes with
// its wire.
std::expected<os::KernelWire, Problem> open_machine_tap(
    const std::string& name, const std::vector<InterfacePrefix>& addresses, bool offload);

// What to do where `user` cannot open the TAP `name`; empty: nothing is known.
std::string advice_for_machine_tap(const std::string& name, const std::string& user, Errno error);

// The interface `name`, which others go on using: the wire sees what it receives, and sends by it.
std::expected<os::KernelWire, Problem> open_interface(const std::string& name);

}  // namespace catenet::program
