// Pacing: how fast a window is sent, as Linux does it, and when the next segment may leave. Plain
// values; whoever sends asks and keeps the timer.
#pragma once

#include "catenet/congestion/window.hpp"

namespace catenet::congestion {

// Bytes per second at which a window is to be spread over its round trip: twice as fast as it is
// acknowledged while it doubles, 1.2 times afterwards, so that pacing never is what limits. 0
// before the first round trip is known: as fast as the window allows.
constexpr u64 window_pacing_rate(const Window& window, Duration srtt) {
  const u64 percent = window.cwnd < window.ssthresh / 2 ? 200 : 120;
  return rate_of(window.cwnd * percent / 100, srtt);
}

// What may leave at once at `rate`: a millisecond's worth, two segments at least, 64 KiB at most.
constexpr u32 pacing_quantum(u64 rate, u32 smss) {
  if (rate == 0) return 65'536;
  const u64 worth = std::min<u64>(bytes_in(rate, Duration::milliseconds(1)), 65'536);
  return std::max(static_cast<u32>(worth), 2 * smss);
}

class Pacer {
 public:
  // Nothing is to be sent before.
  Instant next() const { return next_; }
  bool may_send(Instant now) const { return now >= next_; }
  // `bytes` left now at `rate`; 0: unpaced. A sender that was late is not held to the gap it
  // missed, nor does it catch up.
  void on_sent(Instant now, u32 bytes, u64 rate) {
    next_ = std::max(now, next_);
    if (rate > 0) next_ += time_for(bytes, rate);
  }
  // From idle, or the rate was raised: what was planned at the old rate does not bind.
  void reset(Instant now) { next_ = std::min(next_, now); }

 private:
  Instant next_ = Instant::long_ago();
};

}  // namespace catenet::congestion
