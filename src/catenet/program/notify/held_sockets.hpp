// Which sockets processes hold. Read proc(5), kcmp(2).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <sys/types.h>
#include <vector>

#include "catenet/base/types.hpp"

namespace catenet::program::notify {

// A thread and its descriptor that is a socket.
struct HeldAs {
  pid_t thread = 0;
  int fd = -1;
};

// Whether it is the socket of `inode`, still.
bool is_held_as(const HeldAs& socket, u64 inode);

// By inode, the sockets in the descriptor tables of `processes`: of all their threads, which may
// have tables of their own. Looks at each descriptor of theirs: some microseconds for each.
// Nothing: we have no descriptor left to look with.
std::optional<std::map<u64, HeldAs>> held_sockets(const std::vector<pid_t>& processes);

// Whether a descriptor is on its way through a Unix socket that one of `processes` holds, other
// than those of the inodes `except`: in no table, and yet not closed. True also where that cannot
// be told.
bool any_descriptor_in_flight(const std::vector<pid_t>& processes, const std::set<u64>& except);

}  // namespace catenet::program::notify
