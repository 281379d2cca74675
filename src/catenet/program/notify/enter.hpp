// What a process does to have its system calls answered by Catenet from then on.
#pragma once

#include "catenet/base/errno.hpp"
#include "catenet/program/notify/policy.hpp"

namespace catenet::program::notify {

// Traps the calls of this process, of one thread, and of all that come from it, for good, and sends
// the descriptor where they are told over the Unix socket `to`. Errors: EBUSY (a supervisor
// listens already, that of another Catenet or of a container), EINVAL, ENOSYS (no such kernel),
// EPIPE.
Result<void> trap_calls(const std::vector<sock_filter>& filter, int to);

// Whether a process of this one could: tries it in a child. trap_calls()'s errors.
Result<void> try_to_trap_calls();

// The descriptor that trap_calls() sent. Errors: EAGAIN (not yet), EPIPE (the sender is gone).
Result<int> receive_listener(int from);

}  // namespace catenet::program::notify
