// ThreadFiles: what the descriptors of other threads stand for. Read proc(5).
#pragma once

#include <map>
#include <optional>
#include <sys/types.h>

#include "catenet/base/types.hpp"
#include "catenet/os/descriptor.hpp"

namespace catenet::program::notify {

class ThreadFiles {
 public:
  // The inode of the socket that `fd` of `thread` is. Errors: ENOENT (it is no socket, or not
  // open), EMFILE, ENFILE.
  Result<u64> socket_inode(pid_t thread, int fd);
  // Lets go of what it keeps of threads, which may be gone.
  void forget() { folders_.clear(); }

 private:
  std::optional<u64> look(int folder, int fd) const;

  static constexpr std::size_t most_folders = 256;
  std::map<pid_t, os::Descriptor> folders_;  // /proc/THREAD/fd: each look is a short walk then
};

// "socket:[4711]", as a link of /proc has it.
std::optional<u64> socket_inode_in(const char* text, std::size_t size);

}  // namespace catenet::program::notify
