// The fifth step of RFC 9293 §3.10.7.4, the ACK: the handshake's end, the window, what is
// acknowledged, what is lost. Read RFC 5961 §5, RFC 5681 §3, RFC 6298 §5, RFC 6675 §5.
#include "catenet/tcp/connection_parts.hpp"
#include "catenet/tcp/isn.hpp"
#include "catenet/tcp/listener.hpp"

namespace catenet::tcp {

std::optional<Drop> Connection::check_ack(Instant now, Segment& seg) {
  if (!seg.header.flags.ack()) return Drop::tcp_bad_ack;
  if (state_ == State::syn_received) {
    if (auto refused = complete_handshake(now, seg)) return refused;
  }
  // RFC 5961 §5.2: neither too old nor of what was never sent.
  if (seg.ack > snd_.max || seg.ack < snd_.una - i64{snd_.max_wnd}) return challenge(now);
  acknowledge(now, seg);
  if (state_ == State::time_wait && seg.fin) {
    timers_.set(Timer::time_wait, now + env_->options.msl * 2);
    flags_.ack_now = true;
  }
  return std::nullopt;
}

std::optional<Drop> Connection::complete_handshake(Instant now, const Segment& seg) {
  // With Fast Open, text too may be acknowledged already.
  if (seg.ack < 1 || seg.ack > snd_.max) {
    owe_stray_reset(seg.header.ack);
    return Drop::tcp_bad_ack;
  }
  // No room in the accept queue: as if this ACK had been lost; the SYN,ACK is repeated.
  const bool queued = awaited_ && !flags_.completed;
  if (queued && listener()->full()) {
    ++env_->counters.listen_overflows;
    return Drop::listen_overflow;
  }
  if (flags_.passive) {
    snd_.una = 1;
  } else {
    settle_syn_text(seg.ack);
    learn_fast_open(now, seg.header);
  }
  flags_.syn_owed = false;
  snd_.wnd = window_of(seg.header);
  snd_.max_wnd = std::max(snd_.max_wnd, snd_.wnd);
  snd_.wl1 = seg.header.seq;
  snd_.wl2 = seg.header.ack;
  establish(now, "ACK of our SYN");
  if (queued) listener()->complete(*this);
  return std::nullopt;
}

void Connection::acknowledge(Instant now, const Segment& seg) {
  Heard heard;
  if (sender_) {
    note_app_limited();
    heard.prior_flight = flight_size();
    heard.was_phase = sender_->recovery.phase();
    heard.was_sacked = sender_->recovery.board().sacked();
    heard.was_lost = sender_->recovery.lost(flight());
    if (seg.header.options.sack_count > 0) note_sack(now, seg, heard);
  }
  if (seg.ack > snd_.una) {
    on_new_ack(now, seg, heard);
  } else if (sender_ && outstanding()) {
    on_duplicate_ack(seg, heard);
  }
  if (sender_) {
    judge_losses(now, seg, heard);
    inform_controller(now, seg, heard);
  }
  if (state_ != State::closed && state_ != State::time_wait) update_window(now, seg);
}

// RFC 2018 §4, RFC 2883 §5.
void Connection::note_sack(Instant now, const Segment& seg, Heard& heard) {
  if (!flags_.sack) return;
  const auto& options = seg.header.options;
  LossRecovery& recovery = sender_->recovery;
  const Rack::Echo echo = echo_of(now, seg);
  for (u32 i = 0; i < options.sack_count; ++i) {
    const Range block{snd_position(options.sack[i].left), snd_position(options.sack[i].right)};
    if (block.empty() || block.last > snd_.max) continue;
    const bool inside = i + 1 < options.sack_count &&
                        options.sack[1].left.at_or_before(options.sack[0].left) &&
                        options.sack[0].right.at_or_before(options.sack[1].right);
    // Below the cumulative ACK, or inside the block behind it: a D-SACK.
    if (block.last <= seg.ack || (i == 0 && inside)) {
      if (i == 0) heard.dsack = block;
      continue;
    }
    // Whoever holds the byte at the ACK would have acknowledged it.
    if (block.first <= std::max(seg.ack, snd_.una)) continue;
    const i64 newly = recovery.board().add(block);
    if (newly > 0) recovery.rack().on_sacked(echo, block, heard.delivery);
    heard.sacked += newly;
  }
  if (heard.dsack.empty()) return;
  ++sender_->duplicate_sacks;
  if (recovery.by_time()) recovery.rack().on_dsack(std::max(seg.ack, snd_.una), snd_.nxt);
}

void Connection::on_new_ack(Instant now, const Segment& seg, Heard& heard) {
  const u32 acked = static_cast<u32>(seg.ack - snd_.una);
  heard.acked = acked;
  snd_.una = seg.ack;
  snd_.nxt = std::max(snd_.nxt, snd_.una);
  retries_ = 0;
  progress_at_ = now;
  soft_error_ = Errno::ok;
  if (sender_) {
    measure_rtt(now, seg);
    sender_->recovery.rack().on_acked(echo_of(now, seg), snd_.una, heard.delivery);
    recover(now, acked);
    sender_->buffer.release(std::min(snd_.una, sender_->buffer.last()));
    grow_send_buffer();
    tell_writable();
    judge_mtu_probe(now);
  }
  // RFC 6298 §5.2 and §5.3.
  if (outstanding()) {
    arm_retransmission(now);
  } else {
    timers_.stop(Timer::retransmission);
  }
  if (extras_) arm_user_timeout(now);
  if (fin_acked()) on_fin_acked(now);
}

// Loss recovery learns of `acked` bytes.
void Connection::recover(Instant now, u32 acked) {
  Sender& s = *sender_;
  const auto progress = s.recovery.on_ack(flight(), acked, flags_.sack);
  if (progress == LossRecovery::Progress::partial && !flags_.sack) tell_first_loss(now);
  if (progress == LossRecovery::Progress::complete && !flags_.sack) {
    const u32 smss = s.congestion.smss();
    s.congestion.limit_window(
        std::min(s.congestion.ssthresh(), std::max(flight_size(), smss) + smss));
  }
}

// Karn: only what was sent once is timed by the clock; what was sent again needs the timestamp's
// echo (RFC 7323 §4).
void Connection::measure_rtt(Instant now, const Segment& seg) {
  Sender& s = *sender_;
  if (s.timed_at != Instant::never()) {
    if (snd_.una < s.timed_end) return;
    rtt_.on_sample(now - s.timed_at, env_->options.rto);
    s.timed_at = Instant::never();
    return;
  }
  if (!flags_.timestamps || s.retransmitted_to == 0) return;
  const u32 echoed = seg.header.options.timestamps->echo_reply;
  const u32 elapsed_ms = timestamp_at(now, ts_offset_) - echoed;
  if (echoed == 0 || elapsed_ms > 600'000) return;  // not an echo of ours
  rtt_.on_sample(Duration::milliseconds(std::max<u32>(elapsed_ms, 1)), env_->options.rto);
  if (snd_.una >= s.retransmitted_to) s.retransmitted_to = 0;
}

void Connection::on_duplicate_ack(const Segment& seg, Heard& heard) {
  const u32 wnd = window_of(seg.header);
  // As it came: a probe of our window has text, though none of it is taken.
  const bool bare = !seg.text && !seg.header.flags.fin();
  heard.duplicate = seg.ack == snd_.una && bare && wnd == snd_.wnd;
}

// Room for what may be in flight and for as much again, so that the user's next bytes are there
// when the window opens; more would only lie in memory, unsent.
void Connection::grow_send_buffer() {
  if (flags_.send_buffer_set) return;
  const u64 wanted = 2 * u64{sender_->congestion.window()};
  const u64 most = env_->options.send_buffer;
  send_limit_ = std::max(send_limit_, static_cast<u32>(std::min(wanted, most)));
}

// "tell when there is room": a third of the buffer, so that a writer is not woken for every
// segment.
void Connection::tell_writable() {
  if (!flags_.blocked || writable() < send_limit_ / 3) return;
  flags_.blocked = false;
  raise(Event::writable);
}

void Connection::update_window(Instant now, const Segment& seg) {
  if (seg.ack < snd_.una) return;
  const auto& h = seg.header;
  // Whatever acknowledges more is newer too, as Linux has it: text sent again carries today's
  // window from an old place, and what was forged ahead of the peer would outlive it.
  const bool newer =
      snd_.wl2.before(h.ack) || snd_.wl1.before(h.seq) || (snd_.wl1 == h.seq && snd_.wl2 == h.ack);
  if (!newer) return;
  const bool was_shut = snd_.wnd == 0;
  snd_.wnd = window_of(h);
  snd_.max_wnd = std::max(snd_.max_wnd, snd_.wnd);
  snd_.wl1 = h.seq;
  snd_.wl2 = h.ack;
  if (snd_.wnd > 0) {
    if (timers_.running(Timer::persist) && !flags_.held && (was_shut || !flags_.cork)) {
      timers_.stop(Timer::persist);
      retries_ = 0;
    }
  } else if (user_timeout() == Duration::zero() && !flags_.released) {
    // MUST-37: a peer that answers is kept, however long its window is shut. Not for ever for
    // nobody (RFC 6429 §3).
    progress_at_ = now;
  }
}

void Connection::on_fin_acked(Instant now) {
  switch (state_) {
    case State::fin_wait_1:
      set_state(now, State::fin_wait_2, "ACK of our FIN");
      if (flags_.released) timers_.set(Timer::time_wait, now + env_->options.fin_wait_2);
      return;
    case State::closing: return enter_time_wait(now, "ACK of our FIN");
    case State::last_ack: return finish(now, Errno::ok, 0, "ACK of our FIN");
    default: return;
  }
}

}  // namespace catenet::tcp
