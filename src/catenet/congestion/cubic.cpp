#include "catenet/congestion/cubic.hpp"

namespace catenet::congestion {
namespace {

constexpr u64 max_offset_ms = 100'000;  // keeps the cube of a time in 64 bits

// C * (d / 1000)^3 segments, in bytes.
u64 curve_bytes(u64 d_ms, u32 smss) {
  d_ms = std::min(d_ms, max_offset_ms);
  const u64 cubed = d_ms * d_ms * d_ms;
  // Divided in two steps so that neither a small nor a large value loses what matters.
  if (cubed < 1'000'000'000'000) return cubed * 4 / 10'000 * smss / 1'000'000;
  return cubed / 1'000'000 * 4 * smss / 10'000;
}

}  // namespace

u64 cube_root(u64 value) {
  u64 root = 0;
  for (int bit = 21; bit >= 0; --bit) {
    const u64 wider = root | u64{1} << bit;
    if (wider <= 2'642'245 && wider * wider * wider <= value) root = wider;
  }
  return root;
}

u64 Cubic::w_cubic(Duration t, u32 smss) const {
  const i64 d = t.ms() - i64{k_ms_};
  if (d >= 0) return w_max_ + curve_bytes(static_cast<u64>(d), smss);
  const u64 below = curve_bytes(static_cast<u64>(-d), smss);
  return below < w_max_ ? w_max_ - below : 0;
}

void Cubic::begin_epoch(const Window& window, Instant now) {
  epoch_ = true;
  epoch_start_ = now;
  limited_since_ = Instant::never();
  w_est_ = window.cwnd;
  w_est_credit_ = credit_ = 0;
  t_ms_ = nowhere;
  if (w_max_ == 0) cwnd_prior_ = window.cwnd;  // slow start ended without a loss (§4.10)
  if (after_rto_ || w_max_ <= window.cwnd) {
    w_max_ = window.cwnd;
    k_ms_ = 0;
    after_rto_ = false;
    return;
  }
  // K = cbrt((W_max - cwnd_epoch) / C), windows in segments (§4.2, figure 2).
  const u64 below = w_max_ - window.cwnd;
  k_ms_ = static_cast<u32>(cube_root(below * 2'500'000'000 / window.smss));
}

// §4.3, figure 4: alpha is 3 (1 - beta) / (1 + beta) = 9/17 until the estimate reaches the window
// before the loss, then 1.
void Cubic::update_w_est(const Window& window, u32 acked) {
  const u64 alpha_17ths = w_est_ >= cwnd_prior_ ? 17 : 9;
  w_est_credit_ += alpha_17ths * window.smss * acked;
  const u64 unit = u64{17} * window.cwnd;
  w_est_ = static_cast<u32>(std::min<u64>(w_est_ + w_est_credit_ / unit, Window::max_cwnd));
  w_est_credit_ %= unit;
}

void Cubic::look_up_curve(Duration t, Duration srtt, u32 smss) {
  const i64 t_ms = t.ms();
  const i32 ahead_ms = static_cast<i32>((t + srtt).ms() - t_ms);
  if (t_ms == t_ms_ && ahead_ms == ahead_ms_) return;
  t_ms_ = t_ms;
  ahead_ms_ = ahead_ms;
  constexpr u64 most = ~u32{0};  // beyond any window
  w_now_ = static_cast<u32>(std::min(w_cubic(t, smss), most));
  w_ahead_ = static_cast<u32>(std::min(w_cubic(t + srtt, smss), most));
}

void Cubic::avoid(Window& window, const Ack& ack) {
  if (!epoch_) begin_epoch(window, ack.now);
  if (limited_since_ != Instant::never()) {
    epoch_start_ += ack.now - limited_since_;
    limited_since_ = Instant::never();
  }
  update_w_est(window, ack.acked);
  look_up_curve(ack.now - epoch_start_, ack.srtt, window.smss);
  if (w_now_ < w_est_) {  // Reno-friendly region
    window.cwnd = std::max(window.cwnd, w_est_);
    return;
  }
  const u64 ceiling = u64{window.cwnd} + window.cwnd / 2;
  const u64 target = std::clamp<u64>(w_ahead_, window.cwnd, ceiling);
  credit_ += (target - window.cwnd) * ack.acked;
  const u64 growth = credit_ / window.cwnd;
  credit_ %= window.cwnd;
  window.grow(std::min<u64>(growth, target - window.cwnd));
}

u32 Cubic::on_loss(const Window& window, u32 flight_size) {
  epoch_ = false;
  cwnd_prior_ = window.cwnd;
  // Fast convergence: a window that shrinks twice makes room for others.
  w_max_ = window.cwnd < w_max_ ? static_cast<u32>(u64{window.cwnd} * 17 / 20) : window.cwnd;
  return static_cast<u32>(u64{flight_size} * 7 / 10);
}

u32 Cubic::on_rto(const Window& window, u32 flight_size) {
  after_rto_ = true;
  return on_loss(window, flight_size);
}

void Cubic::on_app_limited(Instant since) {
  if (epoch_ && limited_since_ == Instant::never()) limited_since_ = std::max(since, epoch_start_);
}

}  // namespace catenet::congestion
