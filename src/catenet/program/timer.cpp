#include "catenet/program/timer.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include "catenet/os/last_error.hpp"

namespace catenet::program {
namespace {

timespec timespec_of(Duration duration) {
  constexpr i64 second = 1'000'000'000;
  return {.tv_sec = duration.ns() / second, .tv_nsec = duration.ns() % second};
}

}  // namespace

Result<void> Timer::set(Duration first, Duration period) {
  if (!timer_) {
    timer_ = os::Descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!timer_) return os::last_error();
    const auto watched = poller_.watch(timer_.get(), os::Interest::readable, *this);
    if (!watched) {
      timer_.reset();
      return watched;
    }
  }
  const itimerspec when{.it_interval = timespec_of(period), .it_value = timespec_of(first)};
  if (::timerfd_settime(timer_.get(), 0, &when, nullptr) != 0) return os::last_error();
  return {};
}

void Timer::stop() {
  if (timer_) poller_.forget(timer_.get());
  timer_.reset();
}

void Timer::on_ready(bool, bool) {
  u64 passed = 0;
  if (::read(timer_.get(), &passed, sizeof passed) == sizeof passed) on_time_();
}

}  // namespace catenet::program
