// Rate and window, from the model (draft-ietf-ccwg-bbr-06 §5.6).
#include "catenet/congestion/bbr.hpp"
#include "catenet/congestion/pacing.hpp"

namespace catenet::congestion {
namespace {

constexpr u32 headroom_percent = 15;
constexpr u32 pacing_margin_percent = 1;
constexpr u32 startup_pacing_gain = 277;
constexpr u32 probe_rtt_cwnd_gain = 50;

u64 min_pipe_cwnd(const Window& window) { return 4 * u64{window.smss}; }

u32 clamp_cwnd(u64 volume) { return static_cast<u32>(std::min<u64>(volume, Window::max_cwnd)); }

}  // namespace

// The table of §5.6.1.
u32 Bbr::pacing_gain() const {
  switch (state_) {
    case State::startup: return startup_pacing_gain;
    case State::drain: return 50;
    case State::probe_bw_down: return 90;
    case State::probe_bw_up: return 125;
    default: return 100;
  }
}

u32 Bbr::cwnd_gain() const {
  switch (state_) {
    case State::probe_bw_up: return 225;
    case State::probe_rtt: return probe_rtt_cwnd_gain;
    default: return 200;
  }
}

// §5.6.2
u64 Bbr::initial_pacing_rate(Duration rtt) const {
  if (rtt <= Duration::zero()) rtt = Duration::milliseconds(1);
  return percent_of(rate_of(initial_window_, rtt), startup_pacing_gain);
}

u64 Bbr::pacing_rate(Duration srtt) const {
  return has_seen_rtt_ ? pacing_rate_ : initial_pacing_rate(srtt);
}

void Bbr::set_pacing_rate(const Window& window, u32 gain_percent) {
  if (bw_ == 0) return;  // nothing is known yet
  const u64 rate = percent_of(percent_of(bw_, gain_percent), 100 - pacing_margin_percent);
  if (full_bw_reached_ || rate > pacing_rate_) pacing_rate_ = rate;
  // Never so slow that a segment takes longer than anybody waits.
  pacing_rate_ = std::max<u64>(pacing_rate_, window.smss / 10);
  send_quantum_ = pacing_quantum(pacing_rate_, window.smss);
}

// --- Volumes, §5.6.4.2 ---

u64 Bbr::bdp() const {
  return min_rtt_ == Duration::infinite() ? initial_window_ : bytes_in(bw_, min_rtt_);
}

u64 Bbr::bdp_multiple(u64 bw, u32 gain_percent) const {
  if (min_rtt_ == Duration::infinite()) return initial_window_;
  return percent_of(bytes_in(bw, min_rtt_), gain_percent);
}

u64 Bbr::quantization_budget(const Window& window, u64 volume) const {
  const u64 offload_budget = 3 * u64{send_quantum_};  // §5.5.8.1
  volume = std::max({volume, offload_budget, min_pipe_cwnd(window)});
  return state_ == State::probe_bw_up ? volume + 2 * u64{window.smss} : volume;
}

u64 Bbr::inflight(const Window& window, u64 bw, u32 gain_percent) const {
  return quantization_budget(window, bdp_multiple(bw, gain_percent));
}

u64 Bbr::target_inflight(const Window& window) const { return std::min<u64>(bdp(), window.cwnd); }

u64 Bbr::inflight_with_headroom(const Window& window) const {
  if (inflight_longterm_ == infinity) return infinity;
  const u64 headroom = std::max<u64>(window.smss, percent_of(inflight_longterm_, headroom_percent));
  const u64 rest = inflight_longterm_ > headroom ? inflight_longterm_ - headroom : 0;
  return std::max(rest, min_pipe_cwnd(window));
}

u64 Bbr::probe_rtt_cwnd(const Window& window) const {
  return std::max(bdp_multiple(bw_, probe_rtt_cwnd_gain), min_pipe_cwnd(window));
}

// --- The window, §5.6.4.6 ---

void Bbr::set_cwnd(Window& window, const RateSample& rs) {
  const u64 max_inflight =
      quantization_budget(window, bdp_multiple(bw_, cwnd_gain()) + extra_acked_.get());
  const u64 grown = u64{window.cwnd} + rs.newly_acked;
  if (full_bw_reached_) {
    window.cwnd = clamp_cwnd(std::min(grown, max_inflight));
  } else if (window.cwnd < max_inflight || delivered_ < initial_window_) {
    window.cwnd = clamp_cwnd(grown);
  }
  window.cwnd = std::max(window.cwnd, clamp_cwnd(min_pipe_cwnd(window)));
  if (state_ == State::probe_rtt) {
    window.cwnd = std::min(window.cwnd, clamp_cwnd(probe_rtt_cwnd(window)));
  }
  bound_cwnd_for_model(window);
}

// §5.6.4.7
void Bbr::bound_cwnd_for_model(Window& window) {
  u64 cap = infinity;
  if (state_ == State::probe_rtt || state_ == State::probe_bw_cruise) {
    cap = inflight_with_headroom(window);
  } else if (is_in_a_probe_bw_state()) {
    cap = inflight_longterm_;
  }
  cap = std::max(std::min(cap, inflight_shortterm_), min_pipe_cwnd(window));
  window.cwnd = std::min(window.cwnd, clamp_cwnd(cap));
}

void Bbr::save_cwnd(const Window& window) {
  const bool lowered = in_recovery_ || state_ == State::probe_rtt;
  prior_cwnd_ = lowered ? std::max(prior_cwnd_, window.cwnd) : window.cwnd;
}

void Bbr::restore_cwnd(Window& window) { window.cwnd = std::max(window.cwnd, prior_cwnd_); }

}  // namespace catenet::congestion
