// Timer: calls by the machine's clock, while the poller is asked. Read timerfd_create(2).
#pragma once

#include <functional>

#include "catenet/os/poller.hpp"
#include "catenet/time/time.hpp"

namespace catenet::program {

class Timer final : public os::FdHandler {
 public:
  Timer(os::Poller& poller, std::function<void()> on_time)
      : poller_(poller), on_time_(std::move(on_time)) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { stop(); }

  // In `after`, which is more than zero, and not again. Errors: EMFILE.
  Result<void> once(Duration after) { return set(after, Duration()); }
  // However many periods have passed, one call: who was stopped has not been waiting. EMFILE.
  Result<void> every(Duration period) { return set(period, period); }
  void stop();
  void on_ready(bool readable, bool writable) override;

 private:
  Result<void> set(Duration first, Duration period);

  os::Poller& poller_;
  std::function<void()> on_time_;
  os::Descriptor timer_;
};

}  // namespace catenet::program
