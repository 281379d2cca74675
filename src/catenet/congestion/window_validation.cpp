#include "catenet/congestion/window_validation.hpp"

namespace catenet::congestion {

// §4.5.1: bytes acknowledged from one acknowledgement on until all that was in flight then is. What
// nothing was in flight before begins with its first acknowledgement.
void WindowValidation::sample(const Ack& ack) {
  if (round_end_ == 0) round_end_ = ack.nxt;
  round_acked_ += ack.acked;
  if (ack.una < round_end_) return;
  most_.update(round_acked_, static_cast<u64>(ack.now.since_start().ns()), period_ns());
  defined_ = true;
  round_acked_ = 0;
  round_end_ = ack.una < ack.nxt ? ack.nxt : 0;
}

u32 WindowValidation::pipe_ack(Instant now) {
  const u64 most = most_.update(0, static_cast<u64>(now.since_start().ns()), period_ns());
  return static_cast<u32>(std::min<u64>(most, Window::max_cwnd));
}

void WindowValidation::on_ack(const Ack& ack, const Window& window) {
  if (ack.nxt == 0) return;
  srtt_ = ack.srtt;
  if (ack.in_recovery) {
    round_end_ = round_acked_ = 0;
    return;
  }
  sample(ack);
  // In slow start the window doubles before the round trip is over that would show it used.
  const bool doubling = window.cwnd < window.ssthresh && u64{ack.flight_size} * 2 >= window.cwnd;
  non_validated_ = defined_ && !doubling && u64{pipe_ack(ack.now)} * 2 < window.cwnd;
  if (!non_validated_) validated_at_ = ack.now;
}

void WindowValidation::on_idle(Instant now, const Window& window) {
  if (validated_at_ == Instant::never()) validated_at_ = now;
  round_end_ = round_acked_ = 0;
  non_validated_ = defined_ && u64{pipe_ack(now)} * 2 < window.cwnd;
}

void WindowValidation::expire(Instant now, Window& window, u32 initial_window) {
  if (validated_at_ == Instant::never()) return;
  while (now - validated_at_ >= non_validated_period) {
    if (window.cwnd <= initial_window) {
      validated_at_ = now;
      return;
    }
    validated_at_ += non_validated_period;
    window.ssthresh = std::max(window.ssthresh, window.cwnd / 4 * 3);
    window.cwnd = std::max(window.cwnd / 2, initial_window);
  }
}

u32 WindowValidation::on_congestion(Instant now, u32 flight_size, const Window& window) {
  used_ = 0;
  if (!non_validated_) return window.cwnd;
  used_ = std::min(std::max(pipe_ack(now), flight_size), window.cwnd);
  return used_;
}

// The path could not take what was sent again: at least so much less, and then half.
u32 WindowValidation::on_recovery_end(u32 retransmitted, u32 smss) {
  const u32 used = used_;
  forget();
  if (used == 0) return 0;
  return std::max(used > retransmitted ? (used - retransmitted) / 2 : 0, smss);
}

void WindowValidation::forget() {
  most_ = {};
  round_end_ = round_acked_ = 0;
  used_ = 0;
  defined_ = non_validated_ = false;
}

}  // namespace catenet::congestion
