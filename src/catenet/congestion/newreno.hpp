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
  // Half the flight (RFC 5681 equation 4).
  u32 on_loss(const Window&, u32 flight_size) {
    acked_ = 0;
    return flight_size / 2;
  }
  u32 on_ecn(const Window& window, u32 flight_size) { return on_loss(window, flight_size); }
  u32 on_rto(const Window& window, u32 flight_size) { return on_loss(window, flight_size); }
  void on_ack(const Ack&) {}
  void on_app_limited(Instant) {}

 private:
  u32 acked_ = 0;  // bytes since the window last grew
};

}  // namespace catenet::congestion
