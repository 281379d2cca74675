// What a process does to have its system calls answered by Catenet from then on.
#pragma once

#include "catenet/base/errno.hpp"
#include "catenet/os/descriptor.hpp"
#include "catenet/program/notify/policy.hpp"

namespace catenet::program::notify {

// A flag of seccomp(2), SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: a call that we have heard of is not
// given up for a signal, which would take its answer away. Since Linux 5.19; older kernels say
// EINVAL.
inline constexpr unsigned wait_for_answers = 1U << 5;

// Traps the calls of this process, of one thread, and of all that come from it, for good, and sends
// the descriptor where they are told over the Unix socket `to`. Errors: EBUSY (a supervisor
// listens already, that of another Catenet or of a container), EINVAL, ENOSYS (no such kernel),
// EPIPE.
Result<void> trap_calls(const std::vector<sock_filter>& filter, int to);

// Whether a process of this one could: tries it in a child. trap_calls()'s errors.
Result<void> try_to_trap_calls();

// The descriptor that trap_calls() sent. Errors: EAGAIN (not yet), EPIPE (the sender is gone).
Result<os::Descriptor> receive_listener(int from);

}  // namespace catenet::program::notify
