// Interrupts: SIGINT, SIGTERM and SIGHUP as something that the loop is told between two events.
// Read signalfd(2).
#pragma once

#include <csignal>
#include <functional>

#include "catenet/os/poller.hpp"

namespace catenet::os {

// While this lives, the first of them is told and does nothing else; another one does what it
// always does. Those that are ignored stay so. Make it before any thread.
class Interrupts final : private FdHandler {
 public:
  // Errors: EMFILE, ENOMEM.
  static Result<std::unique_ptr<Interrupts>> create(Poller& poller,
                                                    std::function<void(int signal)> told);
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  ~Interrupts();

  // The signal that came; 0: none.
  int came() const { return came_; }

 private:
  Interrupts(Poller& poller, std::function<void(int)> told)
      : poller_(poller), told_(std::move(told)) {}
  void on_ready(bool readable, bool writable) override;

  Poller& poller_;
  std::function<void(int)> told_;
  Descriptor signals_;
  sigset_t before_{};
  int came_ = 0;
};

}  // namespace catenet::os
