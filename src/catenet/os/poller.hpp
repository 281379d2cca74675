// Poller: waits until descriptors are ready or a time has passed. Read epoll(7).
#pragma once

#include <array>
#include <memory>
#include <sys/epoll.h>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/base/types.hpp"
#include "catenet/os/descriptor.hpp"
#include "catenet/time/time.hpp"

namespace catenet::os {

// changes: told once whenever something has come about (data, room, an end, an error), and not
// again for what was left. For whoever tries before waiting, and waits only after EAGAIN: then an
// edge follows, and nothing is lost.
enum class Interest : u8 { nothing = 0, readable = 1, writable = 2, both = 3, changes = 4 };

class FdHandler {
 public:
  // `readable` and `writable` are both true on hang-up and errors too: the next call tells which.
  // Level-triggered, what is left is told again, unless `changes` were asked for.
  virtual void on_ready(bool readable, bool writable) = 0;

 protected:
  ~FdHandler() = default;
};

class Poller {
 public:
  // Errors: EMFILE, ENOMEM.
  static Result<std::unique_ptr<Poller>> create();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // `handler` is told when `fd` is ready, until forget(fd); both outlive that. Errors: EPERM (a
  // plain file is always ready), EEXIST, ENOSPC.
  Result<void> watch(int fd, Interest interest, FdHandler& handler);
  void change(int fd, Interest interest);
  // Call before closing `fd`; within dispatch() too, then it is told nothing more. Not watched:
  // does nothing.
  void forget(int fd);

  // Waits until something is ready, but not longer than `timeout` (to the nanosecond; at least
  // zero) and not past a signal. True: dispatch() has something to do, and if it was not called
  // since, what it was.
  bool wait(Duration timeout);
  // Tells every handler that the last wait() found ready, once.
  void dispatch();

 private:
  explicit Poller(Descriptor epoll) : epoll_(std::move(epoll)) {}
  int control(int operation, int fd, Interest interest);

  // By descriptor. The generation tells a descriptor from an earlier one of the same number.
  struct Slot {
    FdHandler* handler = nullptr;
    u32 generation = 0;
  };
  Descriptor epoll_;
  std::vector<Slot> slots_;
  std::array<epoll_event, 64> ready_{};
  u32 ready_count_ = 0;
};

}  // namespace catenet::os
