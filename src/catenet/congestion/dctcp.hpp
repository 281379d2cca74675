// DCTCP, RFC 8257: the window shrinks by as much as the path marked. All else is NewReno's. For
// networks whose switches mark early and by one operator's hand only (§1).
#pragma once

#include "catenet/congestion/newreno.hpp"

namespace catenet::congestion {

class Dctcp {
 public:
  void avoid(Window& window, const Ack& ack) { reno_.avoid(window, ack); }
  // §3.5: loss is answered as any TCP does.
  u32 on_loss(const Window& window, u32 flight_size) { return reno_.on_loss(window, flight_size); }
  u32 on_rto(const Window& window, u32 flight_size) { return reno_.on_rto(window, flight_size); }
  // §3.3, step 8: cwnd * (1 - alpha / 2).
  u32 on_ecn(const Window& window, u32) const {
    return window.cwnd - static_cast<u32>((u64{window.cwnd} * alpha_) >> (alpha_bits + 1));
  }
  // §3.3, steps 2 to 7, of every acknowledgement.
  void on_ack(const Ack& ack);
  void on_app_limited(Instant) {}

  static constexpr u32 alpha_bits = 20;  // fine enough for alpha to reach 0 (§4.2)
  static constexpr u32 one = 1u << alpha_bits;
  // The fraction of bytes that met congestion, of `one`.
  u32 alpha() const { return alpha_; }

 private:
  NewReno reno_;
  u32 alpha_ = one;  // the first marks are taken for the worst
  u64 acked_ = 0;    // DCTCP.BytesAcked
  u64 marked_ = 0;   // DCTCP.BytesMarked
  u64 window_end_ = 0;
};

inline void Dctcp::on_ack(const Ack& ack) {
  constexpr u32 g_divisor = 16;  // g = 1/16 (§3.3)
  acked_ += ack.acked;
  marked_ += ack.marked;
  if (ack.nxt == 0 || ack.una <= window_end_) return;
  if (acked_ > 0) {
    const u64 m = (marked_ << alpha_bits) / acked_;
    // The old share is rounded up in what it loses, so that it ends at 0.
    alpha_ = alpha_ - (alpha_ + g_divisor - 1) / g_divisor + static_cast<u32>(m / g_divisor);
  }
  window_end_ = ack.nxt;
  acked_ = marked_ = 0;
}

}  // namespace catenet::congestion
