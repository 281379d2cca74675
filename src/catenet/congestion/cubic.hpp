// CUBIC's window growth, RFC 9438, in integers: bytes and milliseconds, C = 0.4, beta = 0.7.
#pragma once

#include "catenet/congestion/window.hpp"

namespace catenet::congestion {

// The largest r with r * r * r <= value.
u64 cube_root(u64 value);

class Cubic {
 public:
  // Congestion avoidance: the larger of the cubic curve one round trip ahead and Reno's estimate
  // (§4.2 to §4.5).
  void avoid(Window& window, const Ack& ack);
  // §4.6, §4.7: multiplicative decrease and fast convergence. Each returns what the window is to
  // be, before its floor.
  u32 on_loss(const Window& window, u32 flight_size);
  u32 on_ecn(const Window& window, u32 flight_size) { return on_loss(window, flight_size); }
  // §4.8: the curve begins anew, flat, when congestion avoidance does.
  u32 on_rto(const Window& window, u32 flight_size);
  void on_ack(const Ack&) {}
  // Time during which the application, not the window, held the sender back does not count (§4.2).
  // `since`: when that began.
  void on_app_limited(Instant since);

  // W_cubic(t) in bytes, `t` after the epoch began (§4.2, figure 1).
  u64 w_cubic(Duration t, u32 smss) const;
  Duration k() const { return Duration::milliseconds(k_ms_); }
  u32 w_max() const { return w_max_; }
  u32 cwnd_prior() const { return cwnd_prior_; }

 private:
  static constexpr i64 nowhere = INT64_MIN;

  void begin_epoch(const Window& window, Instant now);
  void look_up_curve(Duration t, Duration srtt, u32 smss);
  void update_w_est(const Window& window, u32 acked);
  Instant epoch_start_;
  Instant limited_since_ = Instant::never();
  u64 w_est_credit_ = 0;  // fractions of a byte, in units of 1 / (17 * cwnd)
  u64 credit_ = 0;        // the same for the curve, in units of 1 / cwnd
  u32 k_ms_ = 0;
  u32 w_max_ = 0;
  u32 cwnd_prior_ = 0;
  u32 w_est_ = 0;
  // The curve where it was last looked up, and a round trip ahead: acknowledgements come closer
  // together than the millisecond in which it stands still.
  i64 t_ms_ = nowhere;
  i32 ahead_ms_ = 0;
  u32 w_now_ = 0;
  u32 w_ahead_ = 0;
  bool epoch_ = false;  // whether one runs
  bool after_rto_ = false;
};

}  // namespace catenet::congestion
