// What the thread's last system call failed with.
#pragma once

#include <cerrno>

#include "catenet/base/errno.hpp"

namespace catenet::os {

inline Errno last_errno() { return static_cast<Errno>(errno); }
// The same, for a function to return.
inline Unexpected last_error() { return Unexpected(last_errno()); }

}  // namespace catenet::os
