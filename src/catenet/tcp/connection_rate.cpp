// What congestion control learns of the path, and how fast a window leaves: delivery rates, marks
// and pacing. Read congestion/controller.hpp for the order of what it is told, RFC 8257 for DCTCP.
#include "catenet/tcp/connection_parts.hpp"

namespace catenet::tcp {

// In the order that congestion/controller.hpp asks for; losses were told as they were found.
void Connection::inform_controller(Instant now, const Segment& seg, const Heard& heard) {
  using Phase = LossRecovery::Phase;
  Sender& s = *sender_;
  const bool marked = flags_.ecn && seg.header.flags.ece();
  const Phase phase = s.recovery.phase();
  const bool rated = s.congestion.uses_rate();
  const auto closed = [&](Phase p) { return rated ? p != Phase::open : p == Phase::recovery; };
  if (heard.acked > 0 || (rated && heard.delivery.bytes > 0)) {
    const congestion::RateSample sample = s.rate.take(now);
    const u32 acked = static_cast<u32>(heard.acked);
    s.congestion.on_ack(
        {.now = now,
         .acked = acked,
         .flight_size = heard.prior_flight,
         .srtt = rtt_.srtt(),
         .rtt = sample.rtt,
         .una = static_cast<u64>(snd_.una),
         .nxt = static_cast<u64>(snd_.nxt),
         .marked = marked ? acked : 0,
         .in_flight = static_cast<u32>(s.recovery.pipe(flight())),
         .in_recovery = (marked && !rated) || closed(heard.was_phase) || closed(phase),
         .sack = flags_.sack,
         .rate = &sample});
  }
  if (marked) s.delivered_marked += static_cast<u64>(heard.acked);
  if (marked) answer_mark(now, static_cast<u32>(heard.acked));
  if (heard.was_phase == Phase::open || phase != Phase::open) return;
  s.rate.forget_duplicates();
  s.congestion.on_recovery_end(
      static_cast<u32>(s.bytes_retransmitted - s.retransmitted_before_recovery));
}

// What is newly taken to be lost.
void Connection::tell_losses(Instant now) {
  Sender& s = *sender_;
  s.recovery.rack().log().tell_lost([&](Range range, const congestion::SentState& sent) {
    const u32 bytes = static_cast<u32>(range.size());
    s.rate.on_lost(bytes);
    s.congestion.on_range_lost(now, {sent, static_cast<u64>(range.first), bytes}, s.rate);
  });
}

// Without SACK one loss is known at a time, at SND.UNA: by the third duplicate, then by each
// partial acknowledgement (RFC 6582 §3.2). By time they are told as they are found.
void Connection::tell_first_loss(Instant now) {
  Sender& s = *sender_;
  if (s.recovery.by_time() || !s.congestion.uses_rate()) return;
  s.recovery.rack().log().lose_first(send_mss());
  tell_losses(now);
}

// RFC 3168 §6.1.2: as to a loss, once a window of data, and not where a loss in it was answered.
void Connection::answer_mark(Instant now, u32 acked) {
  Sender& s = *sender_;
  if (s.recovery.phase() != LossRecovery::Phase::open || snd_.una <= s.ecn_until) return;
  ++env_->counters.ecn_reductions;
  if (s.congestion.window() <= send_mss()) {  // it can only wait longer
    flags_.held = true;
    timers_.set(Timer::persist, now + rtt_.rto());
  }
  s.congestion.on_ecn(now, flight_size() + acked);
  note_reduction();
}

// RFC 3168 §6.1.2: the peer is told once, and until here it was answered.
void Connection::note_reduction() {
  sender_->cwr_owed = true;
  sender_->ecn_until = snd_.max;
}

// The user, not the path, decides how much is in flight.
void Connection::note_app_limited() {
  Sender& s = *sender_;
  if (snd_.nxt < data_end()) return;
  const i64 pipe = s.recovery.pipe(flight());
  if (pipe < cwnd() && s.recovery.lost(flight()) == 0) {
    s.rate.on_app_limited(static_cast<u32>(pipe));
  }
}

void Connection::use_pacing() {
  const Options& options = env_->options;
  flags_.paced = options.pacing || options.window_validation || sender_->congestion.uses_rate();
  sender_->congestion.set_paced(flags_.paced);
}

// `bytes` left: the next segment waits until the rate allows it.
void Connection::pace(Instant now, u32 bytes) {
  congestion::Pacer& pacer = sender_->pacer;
  pacer.on_sent(now, bytes, sender_->congestion.pacing_rate(rtt_.srtt()));
  flags_.held = !pacer.may_send(now);
  if (flags_.held) timers_.set(Timer::persist, pacer.next());
}

// Nothing can be sent now: what for?
void Connection::note_limit(Instant now) {
  using Kind = LimitClock::Kind;
  const Position end = data_end();
  Kind kind = outstanding() || snd_.nxt < end ? Kind::busy : Kind::idle;
  if (snd_.nxt < end && snd_.una + snd_.wnd < snd_.nxt + send_mss()) kind = Kind::peer_window;
  if (snd_.nxt == end && flags_.blocked) kind = Kind::send_buffer;
  sender_->limited.set(now, kind);
}

// RFC 8257 §3.2: each mark is told as it came: an acknowledgement never speaks for both marked and
// unmarked text.
void Connection::note_marks(const Segment& seg) {
  if (!seg.text || seg.ce == flags_.ecn_echo) return;
  if (rcv_.acked < rcv_.nxt) {
    extras().ack_before = rcv_.nxt;
    flags_.ack_before = true;
  }
  flags_.ecn_echo = seg.ce;
}

// Of what came before the marks changed.
Packet Connection::emit_ack_before(Instant now) {
  flags_.ack_before = false;
  const bool ack_now = flags_.ack_now;
  const Position nxt = std::exchange(rcv_.nxt, extras_->ack_before);
  flags_.ecn_echo = !flags_.ecn_echo;
  Packet packet = emit(now, ack_position(), 0, wire::TcpFlag::ack);
  flags_.ecn_echo = !flags_.ecn_echo;
  rcv_.nxt = nxt;
  flags_.ack_now = ack_now;
  if (rcv_.nxt > rcv_.acked) timers_.set(Timer::delayed_ack, now + env_->options.delayed_ack);
  return packet;
}

}  // namespace catenet::tcp
