// A segment arrives: the steps of RFC 9293 §3.10.7.4 in its order, with RFC 7323 §5.3 (PAWS) and
// RFC 5961 where they amend it. The fifth step, the ACK, is connection_ack.cpp.
#include "catenet/tcp/connection_parts.hpp"
#include "catenet/tcp/isn.hpp"

namespace catenet::tcp {
namespace {

constexpr Duration paws_idle = Duration::seconds(24 * 24 * 3600);  // RFC 7323 §5.5

}  // namespace

std::optional<Drop> Connection::on_segment(Instant now, const wire::TcpHeader& header,
                                           Packet&& payload, bool ce) {
  const u32 bytes = payload ? payload.size() : 0;
  const u32 segments = bytes > 0 ? wire_segments(bytes, payload.meta().segment_size) : 1;
  segments_in_ += segments;
  if (bytes > 0) data_segments_in_ += segments;
  std::optional<Drop> refused;
  if (state_ == State::closed) {
    refused = Drop::no_socket;
  } else if (state_ == State::syn_sent) {
    refused = on_syn_sent(now, header, std::move(payload));
  } else {
    Segment seg{.header = header,
                .seq = rcv_position(header.seq),
                .ack = snd_position(header.ack),
                .length = bytes,
                .syn = header.flags.syn(),
                .fin = header.flags.fin(),
                .partly = std::nullopt,
                .ce = ce,
                .text = bytes > 0};
    refused = process(now, seg, payload);
  }
  CATENET_ASSERT(consistent());
  return refused;
}

std::optional<Drop> Connection::process(Instant now, Segment& seg, Packet& payload) {
  if (auto refused = check_timestamps(now, seg)) return refused;
  if (auto refused = check_sequence(now, seg, payload)) return refused;
  if (seg.header.flags.rst()) return check_reset(now, seg);
  if (seg.header.flags.syn()) {
    if (auto refused = check_syn(now, seg)) return refused;
  }
  if (auto refused = check_ack(now, seg)) return refused;
  if (state_ == State::closed) return std::nullopt;
  if (flags_.timestamps && rcv_position(seg.header.seq) <= rcv_.acked) {
    ts_recent_ = seg.header.options.timestamps->value;  // R3: covers Last.ACK.sent
  }
  heard_at_ = now;
  if (extras_) extras_->keep_alive_probes = 0;
  if (seg.header.flags.urg()) check_urgent(seg);
  if (flags_.ecn) note_ecn(seg);
  if (seg.length > 0) {
    if (auto refused = process_text(now, seg, payload)) return refused;
  }
  if (seg.fin && state_ != State::closed) check_fin(now, seg);
  return seg.partly;
}

// RFC 7323 §5.3 R1; the update of TS.Recent (R3) waits until the ACK is found good too, or a forged
// segment could make the peer's own look old.
std::optional<Drop> Connection::check_timestamps(Instant now, Segment& seg) {
  if (!flags_.timestamps || seg.header.flags.rst()) return std::nullopt;
  const auto& stamps = seg.header.options.timestamps;
  if (!stamps) return Drop::tcp_unacceptable;  // §3.2: silently
  const bool old = static_cast<i32>(stamps->value - ts_recent_) < 0;
  if (old && now - heard_at_ < paws_idle) return unacceptable(now, seg, Drop::tcp_unacceptable);
  return std::nullopt;
}

// First step. Trims the segment to what is new and inside the window.
std::optional<Drop> Connection::check_sequence(Instant now, Segment& seg, Packet& payload) {
  // The peer may have rounded our scaled window up to here.
  const Position edge = rcv_.edge > rcv_.nxt ? rcv_.edge + (1 << rcv_scale_) - 1 : rcv_.nxt;
  const bool handshake = state_ == State::syn_received && seg.syn && seg.seq == 0;
  if (handshake && seg.header.flags.ack()) {  // simultaneous open, figure 7: its SYN is known
    seg.seq = 1;
    seg.syn = false;
  } else if (handshake && !seg.header.flags.rst()) {  // our SYN,ACK was lost
    flags_.syn_owed = true;
    // Karn: the ACK may be of either.
    if (flags_.passive && snd_.max > 0) progress_at_ = Instant::never();
    return Drop::tcp_unacceptable;
  }
  const Position last = seg.end();
  if (seg.seq == rcv_.nxt && last <= edge) {
    // The expected segment: nothing to trim.
  } else if (seg.seq == rcv_.nxt && edge == rcv_.nxt) {
    // A probe of a closed window: its ACK counts, its text does not (§3.10.7.4).
    if (payload && seg.length > 0) seg.partly = Drop::socket_buffer_full;
    seg.length = 0;
    seg.fin = false;
    flags_.ack_now = true;
  } else {
    const bool acceptable =
        last > seg.seq ? seg.seq < edge && last > rcv_.nxt : rcv_.nxt <= seg.seq && seg.seq < edge;
    if (!acceptable && answers_probe(seg)) {
      flags_.ack_now = flags_.ack_now || may_challenge(now);
      return std::nullopt;
    }
    if (!acceptable) return unacceptable(now, seg, Drop::tcp_unacceptable);
    trim(seg, edge);
  }
  return std::nullopt;
}

// One byte behind what is expected, without any, and acknowledges more: the peer has probed our
// window and does not know that the byte was taken. Where both ends have probed, neither would hear
// the other again.
bool Connection::answers_probe(const Segment& seg) const {
  constexpr auto odd = wire::TcpFlag::syn | wire::TcpFlag::fin | wire::TcpFlag::rst;
  return synchronised(state_) && state_ != State::time_wait && !seg.text &&
         !seg.header.flags.any_of(odd) && seg.seq == rcv_.nxt - 1 && seg.ack > snd_.una &&
         seg.ack <= snd_.max;
}

// Leaves out what came before and what lies beyond the window. The payload is cut only once it is
// taken: whoever drops a refused segment has it whole.
void Connection::trim(Segment& seg, Position edge) {
  if (seg.seq < rcv_.nxt) {
    if (seg.length > 0 && flags_.sack && state_ != State::syn_received) {
      receiver().later.note_duplicate({seg.seq, std::min(rcv_.nxt, seg.seq + seg.length)});
      flags_.ack_now = true;
    }
    if (seg.syn) {
      ++seg.seq;
      seg.syn = false;
    }
    const u32 cut = static_cast<u32>(std::min<Position>(rcv_.nxt - seg.seq, seg.length));
    seg.cut = cut;
    seg.seq += cut;
    seg.length -= cut;
  }
  if (seg.end() <= edge) return;
  seg.fin = false;
  const u32 fits = static_cast<u32>(std::max<Position>(edge - seg.seq, 0));
  seg.length = std::min(seg.length, fits);
}

// Outside the window: acknowledged, unless it is a reset (first step). What a fault or an attacker
// can repeat without end is answered sparingly.
std::optional<Drop> Connection::unacceptable(Instant now, const Segment& seg, Drop reason) {
  if (seg.header.flags.rst()) return reason;
  if (seg.length > 0 && flags_.sack && seg.seq < rcv_.nxt && seg.seq > 0) {
    receiver().later.note_duplicate({seg.seq, std::min(rcv_.nxt, seg.seq + seg.length)});
  }
  if (state_ == State::time_wait && seg.fin) {
    timers_.set(Timer::time_wait, now + env_->options.msl * 2);
    flags_.ack_now = true;
  } else if (seg.length > 0 || seg.fin || may_challenge(now)) {
    flags_.ack_now = true;
  }
  return reason;
}

bool Connection::may_challenge(Instant now) {
  Extras& e = extras();
  if (e.challenges == 0 || now - e.challenge_from >= challenge_window) {
    e.challenge_from = now;
    e.challenges = 0;
  }
  return ++e.challenges <= env_->options.challenge_limit;
}

std::optional<Drop> Connection::challenge(Instant now) {
  if (may_challenge(now)) {
    flags_.ack_now = true;
    ++env_->counters.challenge_acks;
  }
  return Drop::tcp_challenge;
}

// Second step, as RFC 5961 §3.2 has it: only the exact sequence number resets.
std::optional<Drop> Connection::check_reset(Instant now, Segment& seg) {
  if (state_ == State::time_wait) return Drop::tcp_unacceptable;  // RFC 1337
  // As it came: trimming moves every segment that reaches the window to its edge.
  if (rcv_position(seg.header.seq) != rcv_.nxt) return challenge(now);
  switch (state_) {
    case State::syn_received:
      ++env_->counters.attempt_fails;
      if (flags_.passive) {
        if (extras_ && extras_->fast_open) extras_->fast_open->place.keep_after_reset(now);
        finish(now, passive_error(Errno::connection_reset), Event::reset, "reset: back to LISTEN");
      } else {
        finish(now, Errno::connection_refused, Event::reset, "reset while opening");
      }
      break;
    case State::closing:
    case State::last_ack:
      finish(now, snd_.una < data_end() ? Errno::connection_reset : Errno::ok, Event::reset,
             "reset while closing");
      break;
    default:
      ++env_->counters.estab_resets;
      // Bytes written before the peer's end are lost: a writer learns by EPIPE, a reader by
      // ECONNRESET.
      finish(now, state_ == State::close_wait ? Errno::broken_pipe : Errno::connection_reset,
             Event::reset, "reset by peer");
      break;
  }
  return std::nullopt;
}

// Fourth step, as RFC 5961 §4.2 has it.
std::optional<Drop> Connection::check_syn(Instant now, Segment& seg) {
  // Simultaneous open: the SYN we know, repeated with its ACK.
  const bool known = rcv_position(seg.header.seq) == 0 && seg.header.flags.ack();
  if (state_ == State::syn_received && known) return std::nullopt;
  if (state_ == State::syn_received && flags_.passive && seg.syn) {
    finish(now, passive_error(Errno::connection_reset), Event::reset,
           "SYN in the window: back to LISTEN");
    return Drop::tcp_unacceptable;
  }
  return challenge(now);
}

// RFC 3168 §6.1.3: ECE goes out from the mark on until the peer's CWR. What marks a pure ACK is no
// congestion of ours.
void Connection::note_ecn(const Segment& seg) {
  if (congestion_ == CongestionKind::dctcp) return note_marks(seg);
  if (seg.header.flags.cwr()) flags_.ecn_echo = false;
  if (!seg.ce || !seg.text || flags_.ecn_echo) return;
  flags_.ecn_echo = true;
  flags_.ack_now = true;  // at once, as Linux does
}

// Sixth step. The pointer is one past the urgent byte (RFC 6093 §4).
void Connection::check_urgent(const Segment& seg) {
  if (!seg.header.flags.urg() || flags_.fin_received || seg.header.urgent_pointer == 0) return;
  // Trimming may have moved seg.seq; the pointer counts from where the segment began.
  const Position up =
      rcv_position(seg.header.seq) + seg.header.urgent_pointer + (seg.header.flags.syn() ? 1 : 0);
  Extras& e = extras();
  if (up <= rcv_.nxt || (flags_.urgent_in && up <= e.rcv_up)) return;
  e.rcv_up = up;
  e.oob = Extras::Oob::awaited;
  flags_.urgent_in = true;
  raise(Event::urgent);
}

// Seventh step, with what trim() has left of the text.
std::optional<Drop> Connection::process_text(Instant now, Segment& seg, Packet& payload) {
  const bool receives =
      state_ == State::established || state_ == State::fin_wait_1 || state_ == State::fin_wait_2;
  if (!receives || seg.length == 0) return std::nullopt;
  if (flags_.released) {  // nobody will read it (RFC 1122 4.2.2.13)
    flags_.reset_owed = true;
    finish(now, Errno::ok, 0, "data after close");
    return Drop::tcp_closed;
  }
  text_at_ms_ = static_cast<u32>(now.since_start().ms()) + 1;
  const u16 cut_at = payload.meta().segment_size;
  note_size(seg, static_cast<u16>(cut_at != 0 ? std::min<u32>(cut_at, seg.length) : seg.length));
  return seg.seq == rcv_.nxt ? take_text(now, seg, payload) : keep_for_later(seg, payload);
}

// The peer's full size, as far as its segments show it: two alike in a row that are smaller mean
// that its path became narrower, unless they are small and pushed, as messages are.
void Connection::note_size(const Segment& seg, u16 size) {
  const bool full = size >= wire::tcp::default_mss_v4 || !seg.header.flags.psh();
  if (size > rcv_.mss || (full && size == rcv_.last_size)) rcv_.mss = size;
  rcv_.last_size = size;
}

std::optional<Drop> Connection::take_text(Instant now, const Segment& seg, Packet& payload) {
  const u32 bytes = seg.length;
  rcv_.nxt += bytes;
  if (tunes_window()) note_arrival(now, seg);
  if (flags_.read_closed) {
    payload = Packet();
  } else {
    if (seg.cut > 0) payload.trim_front(seg.cut);
    if (payload.size() > bytes) payload.truncate(bytes);
    queue().push(std::move(payload));
    raise(Event::readable);
  }
  if (receiver_ && !receiver_->later.empty()) {
    PayloadQueue unread;
    rcv_.nxt = receiver_->later.take(rcv_.nxt, flags_.read_closed ? unread : queue());
    flags_.ack_now = true;  // RFC 5681 §4.2: at once where a gap is filled
  }
  schedule_ack(now);
  if (receiver_ && receiver_->later.fin() == rcv_.nxt && !flags_.fin_received) on_peer_fin(now);
  return std::nullopt;
}

// Text that fills a segment answers what was sent a round trip ago, or not much more.
void Connection::note_arrival(Instant now, const Segment& seg) {
  Duration echoed = Duration::zero();
  const auto& stamps = seg.header.options.timestamps;
  if (flags_.timestamps && stamps->echo_reply != 0) {
    if (seg.length < rcv_.mss) return;
    const i64 ms = static_cast<i32>(timestamp_at(now, ts_offset_) - stamps->echo_reply);
    echoed = Duration::milliseconds(std::max<i64>(ms, 1));
  }
  receiver().tuning.on_text(now, rcv_.nxt, receive_limit_, echoed);
}

// What all queues keep allocated stays within twice the buffer: half-empty packets cannot blow it
// up. Only what lies above `position` is given up for it.
bool Connection::has_room(Position position, u32 footprint) {
  const u64 limit = u64{2} * receive_limit_ + 0x10000;
  while (u64{queued_footprint()} + receiver_->later.footprint() + footprint > limit) {
    if (!receiver_->later.drop_highest(position)) return false;
  }
  return true;
}

std::optional<Drop> Connection::keep_for_later(const Segment& seg, Packet& payload) {
  flags_.ack_now = true;  // RFC 5681 §4.2: a duplicate ACK, at once
  Reassembler& later = receiver().later;
  ++receiver_->out_of_order;
  if (seg.fin) later.note_fin(seg.seq + seg.length);
  if (!has_room(seg.seq, seg.length + Packet::overhead)) return Drop::memory_limit;
  if (!later.has_place(seg.seq)) return Drop::memory_limit;
  if (payload.size() > seg.length) payload.truncate(seg.length);
  const bool kept = later.insert(seg.seq, std::move(payload));
  CATENET_ASSERT(kept);
  return std::nullopt;
}

// RFC 5681 §4.2: every second full segment at once, anything else within the delay.
void Connection::schedule_ack(Instant now) {
  if (rcv_.nxt - rcv_.acked > rcv_.mss) {
    flags_.ack_now = true;
  } else if (!timers_.running(Timer::delayed_ack)) {
    timers_.set(Timer::delayed_ack, now + env_->options.delayed_ack);
  }
}

// Eighth step. A FIN ahead of a gap waits for it to close.
void Connection::check_fin(Instant now, const Segment& seg) {
  const Position position = seg.seq + seg.length;
  if (flags_.fin_received) return;
  if (position == rcv_.nxt) {
    on_peer_fin(now);
  } else if (position > rcv_.nxt) {
    receiver().later.note_fin(position);
    flags_.ack_now = true;
  }
}

void Connection::on_peer_fin(Instant now) {
  flags_.fin_received = true;
  flags_.ack_now = true;
  ++rcv_.nxt;
  rcv_.edge = std::max(rcv_.edge, rcv_.nxt);
  raise(Event::peer_closed | Event::readable);
  switch (state_) {
    case State::syn_received:
    case State::established: return set_state(now, State::close_wait, "FIN arrived");
    case State::fin_wait_1: return set_state(now, State::closing, "FIN crossed ours");
    case State::fin_wait_2: return enter_time_wait(now, "FIN arrived");
    default: return;
  }
}

}  // namespace catenet::tcp
