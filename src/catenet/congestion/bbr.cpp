// The machine: which state, and what moves it to the next (draft-ietf-ccwg-bbr-06 §5.2 to §5.4).
#include "catenet/congestion/bbr.hpp"

namespace catenet::congestion {
namespace {

constexpr Duration probe_rtt_interval = Duration::seconds(5);
constexpr Duration probe_rtt_duration = Duration::milliseconds(200);
constexpr Duration min_rtt_filter_len = Duration::seconds(10);
constexpr u32 most_reno_rounds = 63;
constexpr u32 startup_full_loss_count = 6;

}  // namespace

Bbr::Bbr(u32 initial_window, u32 seed)
    : random_(seed * 2'654'435'761u + 0x9e3779b9u), initial_window_(initial_window) {
  if (random_ == 0) random_ = 1;
}

void Bbr::start(Instant now) {
  started_ = true;
  extra_acked_interval_start_ = min_rtt_stamp_ = probe_rtt_min_stamp_ = cycle_stamp_ = now;
}

// §5.2.3
void Bbr::on_ack(Window& window, const Ack& ack) {
  const RateSample& rs = *ack.rate;
  if (!started_) start(ack.now);
  delivered_ = rs.total_delivered;
  sack_ = ack.sack;
  if (!rs.has_data) {
    if (rs.newly_acked > 0) set_cwnd(window, rs);
    return;
  }
  if (!has_seen_rtt_ && rs.rtt > Duration::zero()) {
    has_seen_rtt_ = true;
    pacing_rate_ = initial_pacing_rate(rs.rtt);
  }
  tx_in_flight_ = rs.tx_in_flight;
  const u64 before = u64{ack.in_flight} + rs.newly_acked + rs.newly_lost;
  if (before + window.smss > window.cwnd) cwnd_limited_in_round_ = true;

  update_latest_delivery_signals(rs);
  update_congestion_signals(window, rs);
  update_ack_aggregation(window, ack);
  check_full_bw_reached(rs);
  check_startup_done(rs);
  check_drain_done(window, ack);
  update_probe_bw_cycle_phase(window, ack);
  update_min_rtt(ack);
  check_probe_rtt(window, ack);
  advance_latest_delivery_signals(rs);
  bw_ = std::min(max_bw(), bw_shortterm_);

  set_pacing_rate(window, pacing_gain());
  set_cwnd(window, rs);
}

u32 Bbr::random_below(u32 bound) {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  return static_cast<u32>((u64{random_} * bound) >> 32);
}

bool Bbr::is_in_a_probe_bw_state() const {
  return state_ >= State::probe_bw_down && state_ <= State::probe_bw_up;
}

bool Bbr::is_probing_bw() const {
  return state_ == State::startup || state_ == State::probe_bw_refill ||
         state_ == State::probe_bw_up;
}

// --- Startup and Drain, §5.3.1 and §5.3.2 ---

// §5.3.1.3: in recovery for a round, more than LossThresh lost in it, and not in one burst.
bool Bbr::startup_loss_is_high(const RateSample& rs) const {
  if (!loss_round_start_ || !in_recovery_) return false;
  if (!sack_) return loss_ranges_in_round_ > 0;
  return round_count_ > recovery_start_round_ && is_inflight_too_high(rs.lost, rs.tx_in_flight) &&
         loss_ranges_in_round_ >= startup_full_loss_count;
}

void Bbr::check_startup_done(const RateSample& rs) {
  if (state_ != State::startup) return;
  if (!full_bw_reached_ && startup_loss_is_high(rs)) {
    undo_ = Undo::startup;
    leave_startup_by_congestion();
  } else if (full_bw_reached_) {
    enter_drain();
  }
}

void Bbr::leave_startup_by_congestion() {
  full_bw_reached_ = true;
  inflight_longterm_ = std::max(bdp(), inflight_latest_);
  enter_drain();
}

void Bbr::enter_drain() {
  state_ = State::drain;
  drain_start_round_ = round_count_;
}

void Bbr::check_drain_done(const Window& window, const Ack& ack) {
  if (state_ != State::drain) return;
  constexpr u32 most_rounds = 3;
  if (ack.in_flight <= inflight(window, bw_, 100) ||
      round_count_ > drain_start_round_ + most_rounds) {
    start_probe_bw_down(ack.now);
  }
}

// --- ProbeBW, §5.3.3.9 ---

void Bbr::start_probe_bw_down(Instant now) {
  reset_congestion_signals();
  probe_up_acked_per_inc_ = infinity;
  rounds_since_probe_up_ = random_below(2);
  bw_probe_wait_ =
      Duration::seconds(2) + Duration::nanoseconds(i64{random_below(1'000'000)} * 1'000);
  cycle_stamp_ = now;
  ack_phase_ = AckPhase::probe_stopping;
  start_round();
  state_ = State::probe_bw_down;
}

void Bbr::start_probe_bw_refill() {
  reset_short_term_model();
  bw_probe_up_rounds_ = 0;
  bw_probe_up_acked_ = 0;
  prev_probe_precautionary_ = false;
  ack_phase_ = AckPhase::refilling;
  start_round();
  state_ = State::probe_bw_refill;
}

void Bbr::start_probe_bw_up(const Window& window, const RateSample& rs) {
  ack_phase_ = AckPhase::probe_starting;
  start_round();
  reset_full_bw();
  full_bw_ = rs.delivery_rate;
  state_ = State::probe_bw_up;
  raise_inflight_longterm_slope(window);
}

void Bbr::update_probe_bw_cycle_phase(const Window& window, const Ack& ack) {
  if (!full_bw_reached_) return;
  if (adapt_long_term_model(window, *ack.rate)) return;
  switch (state_) {
    case State::probe_bw_down:
      if (is_time_to_probe_bw(window, ack.now)) return start_probe_bw_refill();
      if (is_time_to_cruise(window, ack.in_flight)) state_ = State::probe_bw_cruise;
      return;
    case State::probe_bw_cruise:
      if (is_time_to_probe_bw(window, ack.now)) start_probe_bw_refill();
      return;
    case State::probe_bw_refill:
      if (!round_start_) return;
      is_bw_probe_sample_ = true;
      return start_probe_bw_up(window, *ack.rate);
    case State::probe_bw_up:
      if (!is_time_to_go_down(window, ack)) return;
      prev_probe_too_high_ = false;  // no high loss so far
      return start_probe_bw_down(ack.now);
    default: return;
  }
}

// §5.3.3.8.2: after 2 to 3 s, or after as many rounds as Reno would take.
bool Bbr::is_time_to_probe_bw(const Window& window, Instant now) const {
  if (now > cycle_stamp_ + bw_probe_wait_) return true;
  const u64 reno_rounds = target_inflight(window) / window.smss;
  return rounds_since_probe_up_ >= std::min<u64>(reno_rounds, most_reno_rounds);
}

bool Bbr::is_time_to_cruise(const Window& window, u32 in_flight) const {
  return in_flight <= inflight_with_headroom(window) &&
         in_flight <= inflight(window, max_bw(), 100);
}

bool Bbr::is_time_to_go_down(const Window& window, const Ack& ack) {
  // Precautionary probing: the last probe went too high here.
  if (prev_probe_too_high_ && ack.in_flight >= inflight_longterm_) {
    prev_probe_precautionary_ = true;
    return true;
  }
  if (is_cwnd_limited() && window.cwnd >= inflight_longterm_) {
    reset_full_bw();  // it is the limit that keeps the rate down
    full_bw_ = ack.rate->delivery_rate;
    return false;
  }
  return full_bw_now_;
}

void Bbr::raise_inflight_longterm_slope(const Window& window) {
  constexpr u8 most_rounds = 30;
  const u32 growth_this_round = 1u << bw_probe_up_rounds_;
  bw_probe_up_rounds_ = std::min<u8>(bw_probe_up_rounds_ + 1, most_rounds);
  probe_up_acked_per_inc_ = std::max(window.cwnd / growth_this_round, window.smss);
}

void Bbr::probe_inflight_longterm_upward(const Window& window, const RateSample& rs) {
  if (!is_cwnd_limited() || window.cwnd < inflight_longterm_) return;
  bw_probe_up_acked_ += rs.newly_acked;
  if (bw_probe_up_acked_ >= probe_up_acked_per_inc_) {
    const u64 delta = bw_probe_up_acked_ / probe_up_acked_per_inc_;
    bw_probe_up_acked_ -= delta * probe_up_acked_per_inc_;
    inflight_longterm_ += delta * window.smss;
  }
  if (round_start_) raise_inflight_longterm_slope(window);
}

// True: it decided what the next state is.
bool Bbr::adapt_long_term_model(const Window& window, const RateSample& rs) {
  if (ack_phase_ == AckPhase::probe_starting && round_start_) {
    ack_phase_ = AckPhase::probe_feedback;
  }
  if (ack_phase_ == AckPhase::probe_stopping && round_start_) {
    is_bw_probe_sample_ = false;
    ack_phase_ = AckPhase::init;
    if (is_in_a_probe_bw_state() && !sample_is_app_limited(rs)) advance_max_bw_filter();
    if (is_in_a_probe_bw_state() && prev_probe_precautionary_ && !prev_probe_too_high_) {
      start_probe_bw_refill();
      return true;
    }
  }
  if (is_inflight_too_high(rs.lost, rs.tx_in_flight) || inflight_longterm_ == infinity) {
    return false;
  }
  inflight_longterm_ = std::max<u64>(inflight_longterm_, rs.tx_in_flight);
  if (state_ == State::probe_bw_up) probe_inflight_longterm_upward(window, rs);
  return false;
}

// --- ProbeRTT, §5.3.4.3 ---

void Bbr::update_min_rtt(const Ack& ack) {
  const Duration rtt = ack.rate->rtt;
  probe_rtt_expired_ = ack.now > probe_rtt_min_stamp_ + probe_rtt_interval;
  if (rtt > Duration::zero() && (rtt < probe_rtt_min_delay_ || probe_rtt_expired_)) {
    probe_rtt_min_delay_ = rtt;
    probe_rtt_min_stamp_ = ack.now;
  }
  const bool min_rtt_expired = ack.now > min_rtt_stamp_ + min_rtt_filter_len;
  if (probe_rtt_min_delay_ < min_rtt_ || min_rtt_expired) {
    min_rtt_ = probe_rtt_min_delay_;
    min_rtt_stamp_ = probe_rtt_min_stamp_;
  }
}

void Bbr::check_probe_rtt(Window& window, const Ack& ack) {
  if (state_ != State::probe_rtt && probe_rtt_expired_ && !idle_restart_) {
    save_cwnd(window);
    state_ = State::probe_rtt;
    probe_rtt_done_stamp_ = Instant::never();
    ack_phase_ = AckPhase::probe_stopping;
    probe_rtt_first_ = delivered_;
    start_round();
  }
  if (state_ == State::probe_rtt) handle_probe_rtt(window, ack);
  if (ack.rate->delivered > 0) idle_restart_ = false;
}

void Bbr::handle_probe_rtt(Window& window, const Ack& ack) {
  // Its own doing is not what the path can deliver.
  probe_rtt_last_ = delivered_ + ack.in_flight;
  if (probe_rtt_done_stamp_ == Instant::never()) {
    if (ack.in_flight > probe_rtt_cwnd(window)) return;
    probe_rtt_done_stamp_ = ack.now + probe_rtt_duration;
    probe_rtt_round_done_ = false;
    start_round();
    return;
  }
  if (round_start_) probe_rtt_round_done_ = true;
  if (probe_rtt_round_done_) check_probe_rtt_done(window, ack.now);
}

void Bbr::check_probe_rtt_done(Window& window, Instant now) {
  if (probe_rtt_done_stamp_ == Instant::never() || now <= probe_rtt_done_stamp_) return;
  probe_rtt_min_stamp_ = now;  // the next ProbeRTT
  restore_cwnd(window);
  reset_short_term_model();
  if (!full_bw_reached_) {
    state_ = State::startup;
    return;
  }
  start_probe_bw_down(now);
  state_ = State::probe_bw_cruise;  // the queue is drained
}

// §5.4.1
void Bbr::on_idle(Window& window, Instant now) {
  idle_restart_ = true;
  extra_acked_interval_start_ = now;
  if (is_in_a_probe_bw_state()) {
    set_pacing_rate(window, 100);
  } else if (state_ == State::probe_rtt) {
    check_probe_rtt_done(window, now);
  }
}

}  // namespace catenet::congestion
