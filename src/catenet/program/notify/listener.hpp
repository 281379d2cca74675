// Listener: where the trapped calls of one tree of processes are told, until its last process is
// gone. Read seccomp_unotify(2).
#pragma once

#include <functional>
#include <optional>

#include "catenet/os/poller.hpp"
#include "catenet/program/notify/call.hpp"

namespace catenet::program::notify {

class Listener final : public os::FdHandler {
 public:
  using OnCall = std::function<void(TrappedCall)>;

  // `fd` came from seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER). `on_call` is told each call,
  // `on_end` once that there will be none: it may destroy the listener.
  Listener(os::Poller& poller, os::Descriptor fd, OnCall on_call, std::function<void()> on_end);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  // Errors: EMFILE.
  Result<void> begin();
  void on_ready(bool readable, bool writable) override;

 private:
  void answer_one();

  os::Poller& poller_;
  os::Descriptor fd_;
  OnCall on_call_;
  std::function<void()> on_end_;
};

}  // namespace catenet::program::notify
