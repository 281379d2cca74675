// What an acknowledgement, or time, says about losses, and what is done about it. Read RFC 8985
// (RACK-TLP), RFC 9937 (PRR), RFC 5682 (F-RTO), RFC 3522 and RFC 3708 (needless reactions).
#include "catenet/tcp/connection_parts.hpp"
#include "catenet/tcp/isn.hpp"

namespace catenet::tcp {

// RFC 8985 §3: only with SACK.
void Connection::use_loss_detection() {
  const bool wanted = env_->options.loss_detection == LossDetection::rack ||
                      sender_->congestion.uses_rate();  // which must hear of each loss
  sender_->recovery.use_rack(flags_.sack && wanted);
}

// What may be in flight. What knows the path's rate is not held to the one that acknowledgements
// come at.
u32 Connection::cwnd() const {
  const bool proportional = sender_->recovery.in_recovery() && !sender_->congestion.uses_rate();
  return proportional ? sender_->prr.window() : sender_->congestion.window();
}

Rack::Echo Connection::echo_of(Instant now, const Segment& seg) const {
  Rack::Echo echo{.now = now, .rate = &sender_->rate};
  const auto& stamps = seg.header.options.timestamps;
  if (flags_.timestamps && stamps && stamps->echo_reply != 0) {
    echo.sent_ms = stamps->echo_reply - ts_offset_;
  }
  const LossRecovery& recovery = sender_->recovery;
  if (recovery.phase() != LossRecovery::Phase::open) {
    echo.recovery_point = recovery.recovery_point();
  }
  return echo;
}

void Connection::judge_losses(Instant now, const Segment& seg, Heard& heard) {
  LossRecovery& recovery = sender_->recovery;
  const bool open =
      heard.was_phase == LossRecovery::Phase::open && recovery.phase() == LossRecovery::Phase::open;
  // What nearly every acknowledgement is.
  const bool plain = open && recovery.board().empty() && heard.dsack.empty() && !heard.duplicate;
  if (plain && heard.was_lost == 0 && !recovery.rack().probe_out()) return;
  if (needless(seg, heard)) undo_reaction(now);
  judge_timeout(now, heard);
  if (judge_probe(seg, heard) && recovery.phase() == LossRecovery::Phase::open) {
    sender_->congestion.on_loss(now, flight_size() + static_cast<u32>(heard.acked));
    note_reduction();
  }
  if (!outstanding()) return;
  if (recovery.by_time()) {
    const bool further = detect_losses(now);
    const bool lost = recovery.rack().log().lost() > 0 && !lost_probe_alone(now);
    if (recovery.phase() == LossRecovery::Phase::open && lost) enter_recovery(now, heard);
    return proportion_rate(heard, further);
  }
  const bool duplicate = flags_.sack ? heard.sacked > 0 : heard.duplicate;
  if (duplicate && (heard.acked == 0 || !recovery.in_recovery()) &&
      recovery.on_duplicate(flight(), flags_.sack)) {
    tell_first_loss(now);
    enter_recovery(now, heard);
  }
  proportion_rate(heard, recovery.lost(flight()) > heard.was_lost);
}

// RFC 8985 §7.4.
bool Connection::judge_probe(const Segment& seg, const Heard& heard) {
  Rack& rack = sender_->recovery.rack();
  const bool pure = heard.duplicate && seg.header.options.sack_count == 0;
  return rack.probe_out() && rack.on_probe_ack(seg.ack, !heard.dsack.empty(), pure);
}

// RFC 5682 §3.1, steps 2 and 3, as Linux does them: whatever arrives that was sent once before the
// timeout shows that not all was lost.
void Connection::judge_timeout(Instant now, const Heard& heard) {
  Sender& s = *sender_;
  using Frto = Sender::Frto;
  if (s.frto == Frto::off) return;
  if (s.recovery.phase() != LossRecovery::Phase::timeout) {
    s.frto = Frto::off;
  } else if (heard.delivery.original) {
    undo_reaction(now);
  } else if (s.frto == Frto::new_data) {
    if (heard.sacked > 0 || heard.duplicate) s.frto = Frto::off;
  } else if (heard.acked > 0) {
    const bool new_data = snd_.nxt < std::min(data_end(), snd_.una + snd_.wnd);
    s.frto = new_data ? Frto::new_data : Frto::off;
  }
}

// Whether this acknowledgement shows that what was taken to be lost was not: it answers a first
// transmission (RFC 3522 §3.2), or all that was sent again arrived twice (RFC 3708 §2).
bool Connection::needless(const Segment& seg, const Heard& heard) {
  Sender& s = *sender_;
  if (!s.undo.armed) return false;
  if (heard.was_phase != LossRecovery::Phase::open && heard.acked > 0 && flags_.timestamps) {
    const u32 echoed = seg.header.options.timestamps->echo_reply;
    if (echoed != 0 && s.undo.answers_original(echoed - ts_offset_)) return true;
  }
  if (s.recovery.phase() == LossRecovery::Phase::open) {
    if (s.undo.until < 0) s.undo.until = snd_.max;
    if (snd_.una > s.undo.until) s.undo.armed = false;
  }
  return !heard.dsack.empty() && s.undo.on_dsack(heard.dsack);
}

void Connection::undo_reaction(Instant now) {
  Sender& s = *sender_;
  ++env_->counters.undone;
  s.congestion.restore();
  s.recovery.undo();
  s.undo.armed = false;
  s.frto = Sender::Frto::off;
  if (s.recovery.by_time()) return;
  // Counting had gone back: all is in flight again, and timed.
  snd_.nxt = snd_.max;
  if (outstanding() && !timers_.running(Timer::retransmission)) arm_retransmission(now);
}

void Connection::enter_recovery(Instant now, const Heard& heard) {
  Sender& s = *sender_;
  ++env_->counters.fast_retransmits;
  s.congestion.save();
  s.undo.begin(snd_.una);
  const u32 flight_before = s.recovery.begin(flight(), flags_.sack);
  // RFC 3168 §6.1.2: marks and losses of one window are answered once.
  const bool answered = snd_.una < s.ecn_until && !s.congestion.uses_rate();
  if (!answered) s.congestion.on_loss(now, flight_before);
  s.dup_delivered = 0;
  s.retransmitted_before_recovery = s.bytes_retransmitted;
  note_reduction();
  // RFC 9937 §6: RecoverFS counts what this acknowledgement delivers, not what was sacked before.
  const i64 recover_fs =
      flight_size() + heard.acked - std::max<i64>(heard.was_sacked - heard.acked, 0);
  s.prr.begin(s.congestion.window(), recover_fs);
}

// RFC 9937 §6.2: DeliveredData is what SND.UNA moved by and what the scoreboard gained.
void Connection::proportion_rate(Heard& heard, bool further_loss) {
  Sender& s = *sender_;
  if (!s.recovery.in_recovery()) return;
  i64 delivered = heard.delivery.bytes;
  if (!flags_.sack) {
    delivered = delivered_without_sack(heard);
    if (heard.acked == 0 && delivered > 0) {
      s.rate.on_duplicate(static_cast<u32>(delivered));
      heard.delivery.bytes = delivered;
    }
  } else if (!s.recovery.by_time()) {
    delivered = heard.acked + s.recovery.board().sacked() - heard.was_sacked;
  }
  if (delivered <= 0 && s.prr.out() > 0) return;
  const bool safe = heard.acked > 0 && !further_loss;
  s.prr.on_ack(std::max<i64>(delivered, 0), s.recovery.pipe(flight()), safe, send_mss());
}

// RFC 9937 §6.2: each duplicate stands for a segment, which the ACK that covers it does not count
// again.
i64 Connection::delivered_without_sack(const Heard& heard) {
  i64& counted = sender_->dup_delivered;
  if (heard.acked == 0) {
    // No more than was in flight when recovery began (RFC 5681 §3.2): a forger could go on for
    // ever.
    const i64 most = sender_->recovery.recovery_point() - snd_.una;
    const i64 bytes = heard.duplicate ? std::clamp<i64>(most - counted, 0, send_mss()) : 0;
    counted += bytes;
    return bytes;
  }
  const i64 before = std::min(counted, heard.acked);
  counted -= before;
  return heard.acked - before;
}

Duration Connection::reo_wnd() const {
  const LossRecovery& recovery = sender_->recovery;
  return recovery.rack().reo_wnd(recovery.phase() != LossRecovery::Phase::open,
                                 recovery.enough_sacked(send_mss()), rtt_.srtt());
}

// RFC 8985 §6.2 step 5; true where more is lost than before. Sets the timer for what may be.
bool Connection::detect_losses(Instant now) {
  Rack& rack = sender_->recovery.rack();
  const i64 before = rack.log().lost();
  const Duration wait = rack.detect_loss(now, reo_wnd());
  if (wait > Duration::zero() && now + wait < sender_->rto_at) {
    sender_->awaits = Sender::Awaits::reorder;
    timers_.set(Timer::retransmission, now + wait);
  } else if (sender_->awaits != Sender::Awaits::rto) {
    sender_->awaits = Sender::Awaits::rto;
    timers_.set(Timer::retransmission, sender_->rto_at);
    arm_probe(now);
  }
  if (rack.log().lost() <= before) return false;
  tell_losses(now);
  return true;
}

// The retransmission timer starts anew, and what may come before it.
void Connection::arm_retransmission(Instant now) {
  const Instant at = now + rtt_.rto();
  timers_.set(Timer::retransmission, at);
  if (!sender_) return;
  sender_->awaits = Sender::Awaits::rto;
  sender_->rto_at = at;
  arm_probe(now);
}

// RFC 8985 §7.2: only while nothing is known to be missing.
void Connection::arm_probe(Instant now) {
  Sender& s = *sender_;
  const LossRecovery& recovery = s.recovery;
  if (!recovery.by_time() || recovery.phase() != LossRecovery::Phase::open) return;
  if (!env_->options.tail_loss_probe) return;
  if (!recovery.board().empty() || !recovery.rack().may_probe() || s.probe_owed) return;
  s.awaits = Sender::Awaits::probe;
  timers_.set(Timer::retransmission, std::min(now + probe_timeout(), s.rto_at));
}

// TLP_calc_PTO. Two ticks more, as in Linux: on a path of microseconds twice the round trip is
// nothing.
Duration Connection::probe_timeout() const {
  constexpr Duration max_ack_delay = Duration::milliseconds(200);
  if (!rtt_.has_sample()) return Duration::seconds(1);
  const Duration pto = rtt_.srtt() * 2 + env_->options.rto.granularity * 2;
  return flight_size() <= send_mss() ? pto + max_ack_delay : pto;
}

void Connection::on_probe_timeout(Instant now) {
  if (!outstanding()) return;
  ++env_->counters.loss_probes;
  sender_->probe_owed = true;
  arm_retransmission(now);
}

void Connection::on_reorder_timeout(Instant now) {
  LossRecovery& recovery = sender_->recovery;
  timers_.set(Timer::retransmission, sender_->rto_at);
  if (!outstanding()) return timers_.stop(Timer::retransmission);
  const bool further = detect_losses(now);
  const bool lost = recovery.rack().log().lost() > 0 && !lost_probe_alone(now);
  if (recovery.phase() == LossRecovery::Phase::open && lost) enter_recovery(now, {});
  if (further && recovery.in_recovery()) {
    sender_->prr.on_ack(0, recovery.pipe(flight()), false, send_mss());
  }
}

// RFC 6298 §5.4 to §5.6, RFC 8985 §6.3, RFC 5682 §3.1 step 1.
void Connection::react_to_timeout(Instant now) {
  Sender& s = *sender_;
  const bool anew = s.recovery.phase() == LossRecovery::Phase::open;
  if (anew || (retries_ == 1 && !s.recovery.in_recovery())) {
    s.congestion.save();
    s.undo.begin(snd_.una);
  }
  const u32 in_flight = static_cast<u32>(snd_.max - snd_.una);
  if (s.mtu.probing()) s.mtu.on_loss(now, pmtu_);
  const Duration reordering = s.recovery.by_time() ? reo_wnd() : Duration::zero();
  s.recovery.on_rto(flight(), now, reordering);
  // Without SACK all goes out again, as if none had arrived.
  if (!s.recovery.by_time() && s.congestion.uses_rate()) s.recovery.rack().log().lose_all();
  tell_losses(now);
  s.congestion.on_rto(now, in_flight, retries_ > 1);
  s.timed_at = Instant::never();
  s.probe_owed = false;
  note_reduction();
  const bool may_tell = s.recovery.by_time() && env_->options.frto && (anew || retries_ > 1);
  s.frto = may_tell ? Sender::Frto::armed : Sender::Frto::off;
}

}  // namespace catenet::tcp
