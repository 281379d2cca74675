// TrappedCall: a system call that a thread of a program waits in, until it is answered; and the
// memory and descriptors of that thread. Read seccomp_unotify(2), process_vm_readv(2).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <sys/types.h>

#include "catenet/base/errno.hpp"
#include "catenet/base/types.hpp"
#include "catenet/os/descriptor.hpp"

namespace catenet::program::notify {

class TrappedCall {
 public:
  TrappedCall() = default;
  TrappedCall(int listener, u64 id, pid_t thread, long number, const std::array<u64, 6>& arguments)
      : listener_(listener), id_(id), thread_(thread), number_(number), arguments_(arguments) {}

  long number() const { return number_; }
  pid_t thread() const { return thread_; }
  u64 argument(std::size_t index) const { return arguments_[index]; }
  // An argument that is an int of C: its low half.
  int int_argument(std::size_t index) const { return static_cast<int>(arguments_[index]); }

  // Whether the thread still waits in it: its end may have come between. To be asked before what
  // was read from its memory is believed.
  bool waits() const;

  // Each of these answers it; the thread may be gone, and then nothing happens: false.
  bool give(i64 value) const;
  bool give(Errno error) const;
  bool give(const Result<void>& result) const {
    return result ? give(i64{0}) : give(result.error());
  }
  // Whether the kernel has woken the thread, for a signal or to stop it, while it waits. It must
  // not have been given anything in this call yet.
  bool is_interrupted() const;
  // To such a thread, and to no other: the call ends with EINTR or is done again once the signal's
  // handler has returned, as that was set (SA_RESTART).
  bool restart() const;
  // The kernel does the call.
  bool let_run() const;
  // Gives the thread a duplicate of `fd`, whose number is the result of the call. Errors: EMFILE
  // (its own limit), ENOENT (the thread is gone).
  Result<int> give_descriptor(int fd, bool close_on_exec) const;

  // The status flags of its descriptor `number` and O_CLOEXEC, as open(2) has them. ENOENT.
  Result<int> descriptor_flags(int number) const;
  // Puts a duplicate of `fd` in the place of the thread's descriptor `number`, which answers
  // nothing yet. Its other descriptors of the same socket stay. EMFILE, ENOENT.
  Result<void> replace_descriptor(int number, int fd) const;

  // Memory of the thread's process. EFAULT.
  Result<void> read(u64 at, MutableBytes into) const;
  Result<void> write(u64 at, ByteView bytes) const;
  // Two pieces at once: what is told mostly has a size to be told with it.
  struct Piece {
    u64 at = 0;
    ByteView bytes;
  };
  Result<void> write(const Piece& first, const Piece& second) const;
  template <typename T>
  Result<T> read_object(u64 at) const {
    T object{};
    if (const auto done = read(at, {reinterpret_cast<u8*>(&object), sizeof object}); !done) {
      return Unexpected(done.error());
    }
    return object;
  }
  template <typename T>
  Result<void> write_object(u64 at, const T& object) const {
    return write(at, {reinterpret_cast<const u8*>(&object), sizeof object});
  }
  // A string of C, at most `most` bytes. ENAMETOOLONG.
  Result<std::string> read_text(u64 at, std::size_t most) const;

 private:
  int listener_ = -1;
  u64 id_ = 0;
  pid_t thread_ = 0;
  long number_ = 0;
  std::array<u64, 6> arguments_{};
};

// The process that a thread belongs to; the thread itself where that is not told.
pid_t process_of(pid_t thread);

// Of an open socket of ours.
u64 inode_of(int fd);

}  // namespace catenet::program::notify
