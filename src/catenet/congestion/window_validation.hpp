// WindowValidation: whether a congestion window says something about the path, or was grown once
// and is hardly used. Such a window is kept, but does not grow, answers a loss by what was used
// of it, and shrinks after five minutes. Read RFC 7661 (newCWV). Plain values in and out.
#pragma once

#include <algorithm>

#include "catenet/congestion/window.hpp"
#include "catenet/congestion/windowed_max.hpp"

namespace catenet::congestion {

class WindowValidation {
 public:
  static constexpr Duration non_validated_period = Duration::seconds(300);

  // In the non-validated phase: less than half of the window was used (§4.3).
  bool non_validated() const { return non_validated_; }
  // An acknowledgement of new data that tells `una` and `nxt`. None counts in loss recovery (§4.2).
  void on_ack(const Ack& ack, const Window& window);
  // Something is to be sent, and nothing is in flight.
  void on_idle(Instant now, const Window& window);
  // The window shrinks as often as it stayed unused for five minutes (§4.4.3).
  void expire(Instant now, Window& window, u32 initial_window);
  // Congestion was met with `flight_size` in flight. Returns what was used of the window (§4.4.1),
  // or all of it where it is validated.
  u32 on_congestion(Instant now, u32 flight_size, const Window& window);
  // Recovery is over, in which `retransmitted` bytes went out again: what the window is to be;
  // 0: as it is.
  u32 on_recovery_end(u32 retransmitted, u32 smss);
  // pipeACK is undefined, and the window as good as validated, until something was measured.
  void forget();
  // pipeACK: the most that was acknowledged in a round trip, of those of the sampling period.
  u32 pipe_ack(Instant now);

 private:
  // §4.2's pipeACK sampling period.
  u64 period_ns() const { return static_cast<u64>(std::max(srtt_ * 3, Duration::seconds(1)).ns()); }
  void sample(const Ack& ack);

  WindowedMax most_;
  Duration srtt_;
  Instant validated_at_ = Instant::never();
  u64 round_end_ = 0;  // 0: none is being measured
  u64 round_acked_ = 0;
  u32 used_ = 0;          // Max(pipeACK, LossFlightSize); 0: no recovery from a loss in this phase
  bool defined_ = false;  // pipeACK
  bool non_validated_ = false;
};

}  // namespace catenet::congestion
