#include "catenet/program/ticks.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include "catenet/os/last_error.hpp"

namespace catenet::program {

Result<void> Ticks::begin() {
  timer_ = os::Descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer_) return os::last_error();
  const itimerspec second{.it_interval = {.tv_sec = 1, .tv_nsec = 0},
                          .it_value = {.tv_sec = 1, .tv_nsec = 0}};
  if (::timerfd_settime(timer_.get(), 0, &second, nullptr) != 0) return os::last_error();
  return poller_.watch(timer_.get(), os::Interest::readable, *this);
}

void Ticks::stop() {
  if (timer_) poller_.forget(timer_.get());
  timer_.reset();
}

void Ticks::on_ready(bool, bool) {
  u64 passed = 0;
  if (::read(timer_.get(), &passed, sizeof passed) == sizeof passed) on_tick_();
}

}  // namespace catenet::program
