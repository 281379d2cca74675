// What root of a namespace may do: everything to its own network and processes, nothing to the
// machine itself. Read capabilities(7).
#pragma once

#include "catenet/base/errno.hpp"

namespace catenet::program {

// The caller, and what it starts, have no other capabilities from now on.
Result<void> give_up_capabilities();

}  // namespace catenet::program
