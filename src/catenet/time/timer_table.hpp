// A handful of named deadlines and the earliest of them: what a protocol machine shows the engine.
#pragma once

#include <array>

#include "catenet/time/time.hpp"

namespace catenet {

// `Timer` is an enum whose last member is `count`.
template <typename Timer>
class TimerTable {
  static constexpr auto n = static_cast<std::size_t>(Timer::count);

 public:
  TimerTable() { deadlines_.fill(Instant::never()); }

  void set(Timer timer, Instant at) { deadlines_[index(timer)] = at; }
  void stop(Timer timer) { set(timer, Instant::never()); }
  void stop_all() { deadlines_.fill(Instant::never()); }
  bool running(Timer timer) const { return deadlines_[index(timer)] != Instant::never(); }
  Instant deadline(Timer timer) const { return deadlines_[index(timer)]; }
  bool expired(Timer timer, Instant now) const { return deadlines_[index(timer)] <= now; }
  // The earliest deadline, or never.
  Instant next() const {
    Instant earliest = Instant::never();
    for (Instant at : deadlines_) {
      if (at < earliest) earliest = at;
    }
    return earliest;
  }

 private:
  static constexpr std::size_t index(Timer timer) { return static_cast<std::size_t>(timer); }
  std::array<Instant, n> deadlines_;
};

}  // namespace catenet
