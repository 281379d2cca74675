// Ticks: a call a second of the machine's clock, while the poller is asked. Read timerfd_create(2).
#pragma once

#include <functional>

#include "catenet/os/poller.hpp"

namespace catenet::program {

class Ticks final : public os::FdHandler {
 public:
  Ticks(os::Poller& poller, std::function<void()> on_tick)
      : poller_(poller), on_tick_(std::move(on_tick)) {}
  Ticks(const Ticks&) = delete;
  Ticks& operator=(const Ticks&) = delete;
  ~Ticks() { stop(); }

  // Errors: EMFILE.
  Result<void> begin();
  void stop();
  // However many seconds have passed, one call: who was stopped has not been waiting.
  void on_ready(bool readable, bool writable) override;

 private:
  os::Poller& poller_;
  std::function<void()> on_tick_;
  os::Descriptor timer_;
};

}  // namespace catenet::program
