// A handful of named deadlines and the earliest of them: what a protocol machine shows the engine.
#pragma once

#include <algorithm>
#include <array>
#include <memory>

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

// The same where few ever need the later ones: the first `hot` lie inside, the others are made when
// one of them is set.
template <typename Timer, std::size_t hot>
class SplitTimerTable {
  static constexpr auto rare = static_cast<std::size_t>(Timer::count) - hot;

 public:
  SplitTimerTable() { hot_.fill(Instant::never()); }

  void set(Timer timer, Instant at) {
    const auto i = static_cast<std::size_t>(timer);
    if (i < hot) {
      hot_[i] = at;
    } else if (rare_ || at != Instant::never()) {
      rare_place(i - hot) = at;
    }
  }
  void stop(Timer timer) { set(timer, Instant::never()); }
  void stop_all() {
    hot_.fill(Instant::never());
    rare_.reset();
  }
  bool running(Timer timer) const { return deadline(timer) != Instant::never(); }
  Instant deadline(Timer timer) const {
    const auto i = static_cast<std::size_t>(timer);
    if (i < hot) return hot_[i];
    return rare_ ? (*rare_)[i - hot] : Instant::never();
  }
  bool expired(Timer timer, Instant now) const { return deadline(timer) <= now; }
  // The earliest deadline, or never.
  Instant next() const {
    Instant earliest = rare_ ? *std::ranges::min_element(*rare_) : Instant::never();
    for (Instant at : hot_) earliest = std::min(earliest, at);
    return earliest;
  }
  // Gives back what is not running.
  void shrink() {
    if (rare_ && *std::ranges::min_element(*rare_) == Instant::never()) rare_.reset();
  }

 private:
  using Rare = std::array<Instant, rare>;
  Instant& rare_place(std::size_t i) {
    if (!rare_) {
      rare_ = std::make_unique<Rare>();
      rare_->fill(Instant::never());
    }
    return (*rare_)[i];
  }
  std::array<Instant, hot> hot_;
  std::unique_ptr<Rare> rare_;
};

}  // namespace catenet
