#include "catenet/program/notify/waiting_calls.hpp"

#include <algorithm>

namespace catenet::program::notify {

void WaitingCall::give_up(Errno error) const {
  if (got > 0) {
    call.give(i64{got});
  } else {
    call.give(error);
  }
}

void WaitingCall::interrupt() const {
  if (got == 0 && !has_limit()) {
    call.restart();
  } else {
    give_up(Errno::interrupted);
  }
}

bool WaitingCalls::any() const {
  return std::ranges::any_of(calls_, [](const WaitingCall& each) { return each.call.waits(); });
}

bool WaitingCalls::give_all(i64 value) {
  bool heard = false;
  for (const WaitingCall& each : std::exchange(calls_, {})) heard |= each.call.give(value);
  return heard;
}

bool WaitingCalls::give_error(Errno error, Errno others) {
  bool heard = false;
  for (const WaitingCall& each : std::exchange(calls_, {})) {
    heard |= each.call.give(heard ? others : error);
  }
  return heard;
}

bool WaitingCalls::any_late(Instant now) const {
  return std::ranges::any_of(calls_, [&](const WaitingCall& each) { return now >= each.until; });
}

void WaitingCalls::lose_patience(Instant now) {
  std::erase_if(calls_, [&](const WaitingCall& each) {
    if (now < each.until) return false;
    each.give_up(each.late);
    return true;
  });
}

Instant WaitingCalls::next_late() const {
  Instant next = Instant::never();
  for (const WaitingCall& each : calls_) next = std::min(next, each.until);
  return next;
}

WaitingCalls::Look WaitingCalls::look_for_signals(u32& looks) {
  Look look;
  while (next_look_ < calls_.size() && looks > 0) {
    --looks;
    WaitingCall& each = calls_[next_look_];
    if (!each.call.waits()) {
      calls_.erase(calls_.begin() + static_cast<i64>(next_look_));
      continue;
    }
    each.interrupted = each.hears_signals && each.call.is_interrupted();
    look.any |= each.interrupted;
    ++next_look_;
  }
  look.complete = next_look_ >= calls_.size();
  if (look.complete) next_look_ = 0;
  return look;
}

void WaitingCalls::interrupt() {
  std::erase_if(calls_, [](const WaitingCall& each) {
    if (each.interrupted) each.interrupt();
    return each.interrupted;
  });
}

}  // namespace catenet::program::notify
