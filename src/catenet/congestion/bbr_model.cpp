// What is known of the path (draft-ietf-ccwg-bbr-06 §5.5, §5.3.1.2).
#include "catenet/congestion/bbr.hpp"

namespace catenet::congestion {
namespace {

constexpr u32 loss_thresh_percent = 2;
constexpr u32 beta_percent = 70;
constexpr u64 extra_acked_filter_len = 10;  // rounds

}  // namespace

// §5.5.1
void Bbr::update_round(const RateSample& rs) {
  round_start_ = rs.prior_delivered >= next_round_delivered_;
  if (!round_start_) return;
  start_round();
  ++round_count_;
  ++rounds_since_probe_up_;
  cwnd_limited_ = cwnd_limited_in_round_;
  cwnd_limited_in_round_ = false;
}

// While ProbeRTT held the window down, that and not the path was measured.
bool Bbr::sample_is_app_limited(const RateSample& rs) const {
  return rs.app_limited ||
         (rs.prior_delivered >= probe_rtt_first_ && rs.prior_delivered <= probe_rtt_last_);
}

void Bbr::update_max_bw(const RateSample& rs) {
  update_round(rs);
  if (rs.delivery_rate == 0) return;
  if (rs.delivery_rate < max_bw() && sample_is_app_limited(rs)) return;
  max_bw_[1] = std::max(max_bw_[1], rs.delivery_rate);
}

// §5.5.6: a cycle is over. One without samples leaves what is known.
void Bbr::advance_max_bw_filter() {
  if (max_bw_[1] == 0) return;
  max_bw_[0] = max_bw_[1];
  max_bw_[1] = 0;
}

// §5.3.1.2
void Bbr::check_full_bw_reached(const RateSample& rs) {
  if (full_bw_now_ || !round_start_ || sample_is_app_limited(rs)) return;
  if (rs.delivery_rate >= full_bw_ + full_bw_ / 4) {
    reset_full_bw();
    full_bw_ = rs.delivery_rate;
    return;
  }
  constexpr u8 rounds_without_growth = 3;
  full_bw_now_ = ++full_bw_count_ >= rounds_without_growth;
  if (full_bw_now_) full_bw_reached_ = true;
}

void Bbr::reset_full_bw() {
  full_bw_ = 0;
  full_bw_count_ = 0;
  full_bw_now_ = false;
}

// §5.5.9
void Bbr::update_ack_aggregation(const Window& window, const Ack& ack) {
  u64 expected = bytes_in(bw_, ack.now - extra_acked_interval_start_);
  if (extra_acked_delivered_ <= expected) {
    extra_acked_delivered_ = 0;
    extra_acked_interval_start_ = ack.now;
    expected = 0;
  }
  extra_acked_delivered_ += ack.rate->newly_acked;
  const u64 extra = std::min<u64>(extra_acked_delivered_ - expected, window.cwnd);
  extra_acked_.update(extra, round_count_, full_bw_reached_ ? extra_acked_filter_len : 1);
}

// --- Loss, §5.5.10 ---

bool Bbr::is_inflight_too_high(u64 lost, u64 tx_in_flight) const {
  return lost * 100 > tx_in_flight * loss_thresh_percent || (lost > 0 && !sack_);
}

void Bbr::update_latest_delivery_signals(const RateSample& rs) {
  loss_round_start_ = false;
  bw_latest_ = std::max(bw_latest_, rs.delivery_rate);
  inflight_latest_ = std::max(inflight_latest_, rs.delivered);
  if (rs.prior_delivered < loss_round_delivered_) return;
  loss_round_delivered_ = delivered_;
  loss_round_start_ = true;
}

void Bbr::advance_latest_delivery_signals(const RateSample& rs) {
  if (!loss_round_start_) return;
  bw_latest_ = rs.delivery_rate;
  inflight_latest_ = rs.delivered;
  loss_ranges_in_round_ = 0;
}

void Bbr::update_congestion_signals(const Window& window, const RateSample& rs) {
  update_max_bw(rs);
  if (!loss_round_start_) return;
  if (is_loss_in_round_ && !is_probing_bw()) adapt_lower_bounds(window);
  is_loss_in_round_ = false;
}

// InitLowerBounds and LossLowerBounds, §5.5.10.3: towards what was delivered in this round.
void Bbr::adapt_lower_bounds(const Window& window) {
  if (bw_shortterm_ == infinity) bw_shortterm_ = max_bw();
  if (inflight_shortterm_ == infinity) inflight_shortterm_ = window.cwnd;
  bw_shortterm_ = std::max(bw_latest_, percent_of(bw_shortterm_, beta_percent));
  inflight_shortterm_ = std::max(inflight_latest_, percent_of(inflight_shortterm_, beta_percent));
}

void Bbr::reset_congestion_signals() {
  is_loss_in_round_ = false;
  bw_latest_ = 0;
  inflight_latest_ = 0;
}

void Bbr::reset_short_term_model() { bw_shortterm_ = inflight_shortterm_ = infinity; }

void Bbr::note_loss(const Window& window) {
  if (!is_loss_in_round_) loss_round_delivered_ = delivered_;
  is_loss_in_round_ = true;
  save_state_upon_loss(window);
}

void Bbr::on_range_lost(const Window& window, Instant now, const LostRange& range,
                        const DeliveryRate& rate) {
  delivered_ = rate.delivered();
  note_loss(window);
  if (range.first != lost_range_end_ && loss_ranges_in_round_ < 255) ++loss_ranges_in_round_;
  lost_range_end_ = range.first + range.bytes;
  if (!is_bw_probe_sample_ || range.sent.sent == Instant::never()) return;
  const u64 lost = rate.lost_since(range.sent);
  const u64 tx_in_flight = range.sent.in_flight;
  if (!is_inflight_too_high(lost, tx_in_flight)) return;
  handle_inflight_too_high(window, now, inflight_at_loss(lost, tx_in_flight, range.bytes),
                           range.sent.app_limited);
}

// At what volume in flight within this range the losses crossed the threshold: it may be a whole
// super-segment.
u64 Bbr::inflight_at_loss(u64 lost, u64 tx_in_flight, u32 bytes) {
  const i64 inflight_prev = static_cast<i64>(tx_in_flight) - bytes;
  const i64 lost_prev = static_cast<i64>(lost) - bytes;
  const i64 lost_prefix =
      (inflight_prev * loss_thresh_percent - lost_prev * 100) / (100 - i64{loss_thresh_percent});
  return static_cast<u64>(std::max<i64>(inflight_prev + std::max<i64>(lost_prefix, 0), 0));
}

void Bbr::handle_inflight_too_high(const Window& window, Instant now, u64 tx_in_flight,
                                   bool app_limited) {
  prev_probe_too_high_ = true;
  is_bw_probe_sample_ = false;  // one answer a probe
  if (!app_limited) {
    inflight_longterm_ = std::max(tx_in_flight, percent_of(target_inflight(window), beta_percent));
  }
  if (state_ == State::probe_bw_up) {
    undo_ = Undo::probe_bw_up;
    start_probe_bw_down(now);
  }
}

void Bbr::on_ecn(const Window& window, Instant now) {
  note_loss(window);
  if (state_ == State::startup) {
    leave_startup_by_congestion();
  } else if (is_bw_probe_sample_) {
    handle_inflight_too_high(window, now, tx_in_flight_, false);
  }
}

// --- Recovery, §5.5.11 and §5.6.4.4 ---

// Once an episode: what a later round of it would save is its own doing.
void Bbr::save_state_upon_loss(const Window& window) {
  if (saved_) return;
  saved_ = true;
  save_cwnd(window);
  undo_ = Undo::none;
  undo_bw_shortterm_ = bw_shortterm_;
  undo_inflight_shortterm_ = inflight_shortterm_;
  undo_inflight_longterm_ = inflight_longterm_;
}

void Bbr::on_enter_recovery(const Window& window) {
  save_state_upon_loss(window);
  save_cwnd(window);
  if (!in_recovery_) recovery_start_round_ = round_count_;
  in_recovery_ = true;
}

void Bbr::on_recovery_end(Window& window) {
  if (!in_recovery_) return;
  in_recovery_ = saved_ = false;
  restore_cwnd(window);
}

void Bbr::on_rto(Window& window) {
  on_enter_recovery(window);
  window.cwnd = window.smss;
}

void Bbr::on_spurious_loss(Window& window) {
  in_recovery_ = saved_ = false;
  restore_cwnd(window);
  is_loss_in_round_ = false;
  reset_full_bw();
  bw_shortterm_ = std::max(bw_shortterm_, undo_bw_shortterm_);
  inflight_shortterm_ = std::max(inflight_shortterm_, undo_inflight_shortterm_);
  inflight_longterm_ = std::max(inflight_longterm_, undo_inflight_longterm_);
  if (undo_ == Undo::startup && state_ != State::startup) {
    full_bw_reached_ = false;
    if (state_ != State::probe_rtt) state_ = State::startup;
  } else if (undo_ == Undo::probe_bw_up && state_ != State::probe_bw_up) {
    if (state_ != State::probe_rtt) start_probe_bw_refill();
  }
  undo_ = Undo::none;
}

}  // namespace catenet::congestion
