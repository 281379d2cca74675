// NewReno's congestion avoidance: one segment a round trip, counted in bytes (RFC 5681 §3.1, RFC
// 3465).
#pragma once

#include "catenet/congestion/window.hpp"

namespace catenet::congestion {

class NewReno {
 public:
  void avoid(Window& window, const Ack& ack) {
    acked_ += ack.acked;
    if (acked_ < window.cwnd) return;
    acked_ -= window.cwnd;
    acked_ = std::min(acked_, window.cwnd);
    window.grow(window.smss);
  }
  void on_loss(Window& window, Instant, u32 flight_size) {
    window.ssthresh = half_flight(flight_size, window.smss);
    acked_ = 0;
  }
  void on_rto(Window& window, Instant now, u32 flight_size) { on_loss(window, now, flight_size); }
  void on_app_limited(Instant) {}

 private:
  u32 acked_ = 0;  // bytes since the window last grew
};

}  // namespace catenet::congestion
