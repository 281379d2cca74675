// BBR version 3: a model of the path, from which the sending rate and the window follow. Read
// draft-ietf-ccwg-bbr-06 §3, then §5; its names are the names here, its functions the functions.
// Integers: gains are percent, rates bytes per second, volumes bytes.
//
// The draft leaves the answer to ECN open and only asks that marks count as congestion (§3.7): here
// a mark is answered as a round with loss in it, and ends a probe for bandwidth as too much loss
// does.
#pragma once

#include "catenet/congestion/delivery_rate.hpp"
#include "catenet/congestion/windowed_max.hpp"

namespace catenet::congestion {

// A transmitted range that is taken to be lost.
struct LostRange {
  SentState sent;
  u64 first = 0;  // its position in the stream; tells ranges that adjoin from those apart
  u32 bytes = 0;
};

class Bbr {
 public:
  enum class State : u8 {
    startup,
    drain,
    probe_bw_down,
    probe_bw_cruise,
    probe_bw_refill,
    probe_bw_up,
    probe_rtt,
  };

  // `seed`: of the waits between probes, so that flows do not probe in step.
  Bbr(u32 initial_window, u32 seed);

  void on_ack(Window& window, const Ack& ack);
  // §5.5.10.2, after DeliveryRate::on_lost.
  void on_range_lost(const Window& window, Instant now, const LostRange& range,
                     const DeliveryRate& rate);
  // Marks, once a round trip.
  void on_ecn(const Window& window, Instant now);
  // §5.6.4.4
  void on_enter_recovery(const Window& window);
  void on_recovery_end(Window& window);
  void on_rto(Window& window);
  // §5.5.11.2: the recovery was spurious.
  void on_spurious_loss(Window& window);
  // §5.4.1: nothing is in flight, and there is something to send.
  void on_idle(Window& window, Instant now);

  void set_initial_window(u32 bytes) { initial_window_ = bytes; }

  // Bytes per second. Before the first sample it follows from `srtt`, which the handshake measured.
  u64 pacing_rate(Duration srtt) const;

  State state() const { return state_; }
  u64 max_bw() const { return std::max(max_bw_[0], max_bw_[1]); }
  u64 bw() const { return bw_; }
  Duration min_rtt() const { return min_rtt_; }
  u64 inflight_longterm() const { return inflight_longterm_; }
  u64 inflight_shortterm() const { return inflight_shortterm_; }
  u64 bw_shortterm() const { return bw_shortterm_; }
  u64 extra_acked() const { return extra_acked_.get(); }
  u64 round_count() const { return round_count_; }
  bool full_bw_reached() const { return full_bw_reached_; }

  static constexpr u64 infinity = ~u64{0};

 private:
  enum class AckPhase : u8 { init, refilling, probe_starting, probe_feedback, probe_stopping };
  enum class Undo : u8 { none, startup, probe_bw_up };

  // bbr.cpp: the machine (§5.2 to §5.4)
  void start(Instant now);
  bool startup_loss_is_high(const RateSample& rs) const;
  void check_startup_done(const RateSample& rs);
  void leave_startup_by_congestion();
  void enter_drain();
  void check_drain_done(const Window& window, const Ack& ack);
  void start_probe_bw_down(Instant now);
  void start_probe_bw_refill();
  void start_probe_bw_up(const Window& window, const RateSample& rs);
  void update_probe_bw_cycle_phase(const Window& window, const Ack& ack);
  bool adapt_long_term_model(const Window& window, const RateSample& rs);
  bool is_time_to_probe_bw(const Window& window, Instant now) const;
  bool is_time_to_cruise(const Window& window, u32 in_flight) const;
  bool is_time_to_go_down(const Window& window, const Ack& ack);
  void raise_inflight_longterm_slope(const Window& window);
  void probe_inflight_longterm_upward(const Window& window, const RateSample& rs);
  void update_min_rtt(const Ack& ack);
  void check_probe_rtt(Window& window, const Ack& ack);
  void handle_probe_rtt(Window& window, const Ack& ack);
  void check_probe_rtt_done(Window& window, Instant now);
  bool is_in_a_probe_bw_state() const;
  bool is_probing_bw() const;
  bool is_cwnd_limited() const { return cwnd_limited_ || cwnd_limited_in_round_; }
  u32 random_below(u32 bound);

  // bbr_model.cpp: what is known of the path (§5.5)
  void start_round() { next_round_delivered_ = delivered_; }
  void update_round(const RateSample& rs);
  bool sample_is_app_limited(const RateSample& rs) const;
  void update_max_bw(const RateSample& rs);
  void advance_max_bw_filter();
  void check_full_bw_reached(const RateSample& rs);
  void reset_full_bw();
  void update_ack_aggregation(const Window& window, const Ack& ack);
  bool is_inflight_too_high(u64 lost, u64 tx_in_flight) const;
  void update_latest_delivery_signals(const RateSample& rs);
  void advance_latest_delivery_signals(const RateSample& rs);
  void update_congestion_signals(const Window& window, const RateSample& rs);
  void adapt_lower_bounds(const Window& window);
  void reset_congestion_signals();
  void reset_short_term_model();
  void note_loss(const Window& window);
  static u64 inflight_at_loss(u64 lost, u64 tx_in_flight, u32 bytes);
  void handle_inflight_too_high(const Window& window, Instant now, u64 tx_in_flight,
                                bool app_limited);
  void save_state_upon_loss(const Window& window);

  // bbr_control.cpp: rate and window (§5.6)
  u32 pacing_gain() const;
  u32 cwnd_gain() const;
  u64 initial_pacing_rate(Duration rtt) const;
  void set_pacing_rate(const Window& window, u32 gain_percent);
  u64 bdp() const;
  u64 bdp_multiple(u64 bw, u32 gain_percent) const;
  u64 quantization_budget(const Window& window, u64 volume) const;
  u64 inflight(const Window& window, u64 bw, u32 gain_percent) const;
  u64 target_inflight(const Window& window) const;
  u64 inflight_with_headroom(const Window& window) const;
  u64 probe_rtt_cwnd(const Window& window) const;
  void set_cwnd(Window& window, const RateSample& rs);
  void bound_cwnd_for_model(Window& window);
  void save_cwnd(const Window& window);
  void restore_cwnd(Window& window);

  State state_ = State::startup;
  AckPhase ack_phase_ = AckPhase::init;
  Undo undo_ = Undo::none;
  bool round_start_ = false;
  bool loss_round_start_ = false;
  bool idle_restart_ = false;
  bool full_bw_reached_ = false;
  bool full_bw_now_ = false;
  bool is_bw_probe_sample_ = false;
  bool is_loss_in_round_ = false;
  bool prev_probe_too_high_ = false;
  bool prev_probe_precautionary_ = false;
  bool probe_rtt_expired_ = false;
  bool probe_rtt_round_done_ = false;
  bool in_recovery_ = false;
  bool started_ = false;
  bool saved_ = false;  // what this episode of recovery began from
  bool has_seen_rtt_ = false;
  bool sack_ = true;
  bool cwnd_limited_in_round_ = false;  // C.is_cwnd_limited: in this round, and in the last
  bool cwnd_limited_ = false;
  u8 full_bw_count_ = 0;
  u8 bw_probe_up_rounds_ = 0;
  u8 loss_ranges_in_round_ = 0;
  u32 rounds_since_probe_up_ = 0;
  u32 random_;

  u32 initial_window_;
  u32 prior_cwnd_ = 0;
  u32 send_quantum_ = 0;
  u32 tx_in_flight_ = 0;  // of the last sample
  u64 pacing_rate_ = 0;

  u64 delivered_ = 0;  // C.delivered
  u64 round_count_ = 0;
  u64 next_round_delivered_ = 0;
  u64 loss_round_delivered_ = 0;
  u64 drain_start_round_ = 0;
  u64 recovery_start_round_ = 0;
  u64 lost_range_end_ = 0;  // of the last range lost in this round

  u64 max_bw_[2] = {0, 0};  // of the cycle before, and of this one
  u64 bw_ = 0;
  u64 full_bw_ = 0;
  u64 bw_latest_ = 0;
  u64 inflight_latest_ = 0;
  u64 bw_shortterm_ = infinity;
  u64 inflight_shortterm_ = infinity;
  u64 inflight_longterm_ = infinity;
  u64 undo_bw_shortterm_ = infinity;
  u64 undo_inflight_shortterm_ = infinity;
  u64 undo_inflight_longterm_ = infinity;
  u64 bw_probe_up_acked_ = 0;
  u64 probe_up_acked_per_inc_ = infinity;

  WindowedMax extra_acked_;
  u64 extra_acked_delivered_ = 0;
  Instant extra_acked_interval_start_;

  Duration min_rtt_ = Duration::infinite();
  Duration probe_rtt_min_delay_ = Duration::infinite();
  Duration bw_probe_wait_;
  Instant min_rtt_stamp_;
  Instant probe_rtt_min_stamp_;
  Instant probe_rtt_done_stamp_ = Instant::never();  // never: not set
  Instant cycle_stamp_;
  // Samples of what was sent while C.delivered was between these are of ProbeRTT's making.
  u64 probe_rtt_first_ = infinity;
  u64 probe_rtt_last_ = 0;
};

}  // namespace catenet::congestion
