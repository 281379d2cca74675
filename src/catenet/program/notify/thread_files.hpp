// ThreadFiles: which socket a descriptor of a thread is. Read pidfd_getfd(2), proc(5).
#pragma once

#include <map>
#include <optional>
#include <sys/types.h>

#include "catenet/base/errno.hpp"
#include "catenet/base/types.hpp"
#include "catenet/os/descriptor.hpp"

namespace catenet::program::notify {

class ThreadFiles {
 public:
  // The inode of the socket that `fd` of `thread` is. Errors: ENOENT (it is no socket, or not
  // open), EMFILE, ENFILE.
  Result<u64> socket_inode(pid_t thread, int fd);
  // Lets go of what it keeps of threads, which may be gone.
  void forget() { threads_.clear(); }

 private:
  // How a thread's descriptors are looked at: by a pidfd of its own, which takes two thirds of the
  // time, or by /proc/THREAD/fd.
  struct Way {
    os::Descriptor fd;
    bool is_folder = false;
  };
  Result<Way> find_way(pid_t thread);
  static Result<u64> look(const Way& way, int fd);

  static constexpr std::size_t most_threads = 256;
  std::map<pid_t, Way> threads_;
  bool by_folder_ = false;  // the kernel has no pidfds of threads, or lets us duplicate nothing
};

// "socket:[4711]", as a link of /proc has it.
std::optional<u64> socket_inode_in(const char* text, std::size_t size);

}  // namespace catenet::program::notify
