// What a connection sends, one segment a call: what is owed first, then what was lost, then new
// data, then FIN, then a bare ACK. Read RFC 9293 §3.8.6 (windows, silly windows, Nagle), RFC 5681
// §3, RFC 6675 §5 (C).
#include "catenet/tcp/connection_parts.hpp"
#include "catenet/tcp/isn.hpp"
#include "catenet/wire/checksum.hpp"

namespace catenet::tcp {

using wire::TcpFlag;

bool Connection::wants_transmit() const {
  if (flags_.reset_owed || flags_.stray_reset || flags_.syn_owed || flags_.probe_owed) return true;
  Plan next;
  if (flags_.ack_now || flags_.ack_before) return true;
  return may_send_data() && !flags_.held && plan(next);
}

Packet Connection::poll_transmit(Instant now) {
  flags_.ect = false;
  if (flags_.reset_owed || flags_.stray_reset || flags_.syn_owed || flags_.probe_owed) {
    return emit_owed(now);
  }
  if (flags_.ack_before) return emit_ack_before(now);
  Packet packet;
  if (may_send_data() && !flags_.held) {
    if (sender_ && flight_size() == 0 && snd_.nxt < data_end()) {
      sender_->congestion.on_idle(now, rtt_.rto());
    }
    Plan next;
    if (plan(next)) {
      if (sender_) plan_mtu_probe(now, next);
      packet = transmit(now, next);
    } else {
      arm_persist(now);
      if (sender_) note_limit(now);
    }
  }
  if (!packet && flags_.ack_now) packet = emit(now, ack_position(), 0, TcpFlag::ack);
  CATENET_ASSERT(consistent());
  return packet;
}

Packet Connection::emit_owed(Instant now) {
  Packet packet;
  if (flags_.stray_reset) {
    flags_.stray_reset = false;
    wire::TcpHeader header;
    header.seq = extras_->reset_seq;
    header.flags = TcpFlag::rst;
    ++env_->counters.out_rsts;
    return emit_header(header, 0, 0);
  }
  if (flags_.reset_owed) {
    packet = emit_reset();
  } else if (flags_.syn_owed) {
    packet = emit_syn(now);
  } else {
    packet = emit_probe(now);
  }
  CATENET_ASSERT(consistent());
  return packet;
}

// States in which text or FIN may go out.
bool Connection::may_send_data() const {
  if (state_ == State::syn_received) return flags_.fast_open && snd_.max > 0;
  return state_ >= State::established && state_ != State::fin_wait_2 && state_ != State::time_wait;
}

bool Connection::plan(Plan& next) const {
  if (sender_) {
    if (sender_->probe_owed && plan_probe(next)) return true;
    if (sender_->frto == Sender::Frto::new_data && plan_new_data(next)) return true;
    if (plan_retransmission(next) || plan_new_data(next)) return true;
  }
  return plan_fin(next);
}

// RFC 8985 §7.3: new data where there is some and the peer takes it, whatever cwnd says; else the
// last segment again.
bool Connection::plan_probe(Plan& next) const {
  const Position end = data_end();
  const u32 mss = send_mss();
  const Position window = snd_.una + snd_.wnd - snd_.nxt;
  next = Plan{.probe = true};
  if (snd_.nxt < end && window > 0) {
    next.seq = snd_.nxt;
    next.length = static_cast<u32>(std::min<Position>({mss, end - snd_.nxt, window}));
    next.fin = flags_.fin_queued && next.seq + next.length == end;
    return true;
  }
  // No more of it than the path takes now.
  const Position last = std::min(snd_.max, end);
  next.seq = std::max({snd_.una, sender_->last_from, last - mss});
  next.length = static_cast<u32>(std::max<Position>(last - next.seq, 0));
  next.fin = flags_.fin_sent && next.seq + next.length == end;
  next.retransmission = true;
  return next.length > 0 || next.fin;
}

bool Connection::plan_retransmission(Plan& next) const {
  const LossRecovery& recovery = sender_->recovery;
  const bool forced = recovery.retransmit_first();
  const bool by_time = recovery.by_time();
  const bool timeout = recovery.phase() == LossRecovery::Phase::timeout;
  if (by_time ? recovery.rack().log().lost() == 0 : !forced && !recovery.in_recovery()) {
    return false;
  }
  if (forced && timeout && !by_time) return false;  // walks from nxt
  const Flight f = flight();
  if (!forced && i64{cwnd()} - recovery.pipe(f) < f.smss) return false;
  const bool new_data = snd_.nxt < std::min(data_end(), snd_.una + snd_.wnd);
  const auto choice = recovery.next_retransmission(f, new_data);
  if (choice.range.empty()) return false;
  const Position end = data_end();
  next.seq = choice.range.first;
  next.length =
      static_cast<u32>(std::max<Position>(std::min(choice.range.last, end) - next.seq, 0));
  next.fin = flags_.fin_sent && next.seq + next.length == end;
  next.retransmission = true;
  next.rescue = choice.rescue;
  return true;
}

// After a timeout: how much at `from` was sent before and is not known to have arrived.
u32 Connection::resend_length(Position from) const {
  const auto hole = sender_->recovery.board().hole(from);
  const Position until = std::min(hole ? hole->last : snd_.max, data_end());
  return static_cast<u32>(std::max<Position>(until - from, 0));
}

bool Connection::plan_new_data(Plan& next) const {
  const LossRecovery& recovery = sender_->recovery;
  Position from = snd_.nxt;
  const bool by_time = recovery.by_time();
  const bool again =
      from < snd_.max && !by_time && recovery.phase() == LossRecovery::Phase::timeout;
  if (again) from = recovery.board().skip(from);
  const Position end = data_end();
  if (from >= end) return false;
  const u32 available =
      again && from < snd_.max ? resend_length(from) : static_cast<u32>(end - from);
  const u32 mss = send_mss();
  Position window = snd_.una + snd_.wnd - from;
  if (again && recovery.retransmit_first())
    window = std::max<Position>(window, mss);  // also probes
  if (window <= 0) return false;
  const i64 room = i64{cwnd()} - recovery.pipe(flight());
  if (room < std::min(mss, available)) return false;
  const u32 length = static_cast<u32>(std::min<i64>({available, window, room}));
  next.length = segment_length(from, length, available);
  if (next.length == 0 ||
      (next.length < mss && !again && !may_send_partial(next.length, available))) {
    return false;
  }
  next.seq = from;
  next.fin = flags_.fin_queued && from + next.length == end;
  return true;
}

// Whole segments of `length`, or all of it where that ends what is available.
u32 Connection::segment_length(Position from, u32 length, u32 available) const {
  const u32 mss = send_mss();
  if (length <= mss) return length;
  if (super_bytes_ <= mss || flags_.urgent_out || sender_->cwr_owed) return mss;
  length = std::min<u32>(length, super_bytes_);
  if (flags_.paced) length = std::min(length, sender_->congestion.send_quantum(rtt_.srtt()));
  length = sender_->buffer.fit(from, length);
  const bool tail = length == available && (flags_.nodelay || flags_.fin_queued) && !flags_.cork;
  if (tail || length % mss == 0) return length;
  return length < mss ? mss : length - length % mss;
}

// A segment of less than a full size: silly-window avoidance (RFC 9293 §3.8.6.2.1) and Nagle
// (§3.7.4).
bool Connection::may_send_partial(u32 length, u32 available) const {
  if (flags_.push_small) return true;
  const bool last = length == available;
  if (last && flags_.fin_queued) return true;
  if (flags_.cork) return false;
  const bool idle = std::max<Position>(snd_.una, 1) == snd_.nxt;  // a SYN of ours does not count
  if (!flags_.nodelay && !idle) return false;
  return last || length >= snd_.max_wnd / 2;
}

bool Connection::plan_fin(Plan& next) const {
  if (!flags_.fin_queued || snd_.nxt != data_end()) return false;
  next = Plan{.seq = snd_.nxt, .fin = true};
  return true;
}

Packet Connection::transmit(Instant now, const Plan& next) {
  wire::TcpFlags flags = TcpFlag::ack;
  if (next.fin) flags |= TcpFlag::fin;
  // RFC 9293 §3.9.1.2: pushed where it empties the buffer.
  if (next.length > 0 && next.seq + next.length == data_end()) flags |= TcpFlag::psh;
  // RFC 3168 §6.1.2, §6.1.5: new data alone is ECT and tells of the reduction.
  if (flags_.ecn && next.length > 0 && next.seq >= snd_.max) {
    flags_.ect = true;
    if (std::exchange(sender_->cwr_owed, false)) flags |= TcpFlag::cwr;
  }
  Packet packet = emit(now, next.seq, next.length, flags);
  if (next.mtu_probe != 0) {
    packet.meta().segment_size = 0;
    sender_->mtu.on_probe(next.mtu_probe, {next.seq, next.seq + next.length});
  }
  note_sent(now, next);
  return packet;
}

void Connection::note_sent(Instant now, const Plan& sent) {
  const Position end = sent.seq + sent.length + (sent.fin ? 1 : 0);
  const bool was_idle = snd_.una == snd_.nxt;
  const bool again = sent.seq < snd_.max;
  bool forced = false;
  if (sender_) {
    Sender& s = *sender_;
    forced = s.recovery.retransmit_first();
    if (sent.retransmission || forced) {
      s.recovery.on_retransmitted({sent.seq, end}, sent.rescue);
    }
    const u32 before = static_cast<u32>(s.recovery.pipe(flight()));
    const auto state = s.rate.on_sent(now, before, sent.length, again);
    s.recovery.rack().log().sent({sent.seq, end}, state, again);
    if (s.recovery.in_recovery()) s.prr.on_sent(sent.length);
    s.bytes_sent += sent.length;
    const u32 segments = wire_segments(sent.length, send_mss());
    s.data_segments += segments;
    if (!again) s.last_from = sent.seq + i64{segments - 1} * send_mss();
    if (again) {
      s.retransmissions += segments;
      env_->counters.retrans_segs += segments;
      s.bytes_retransmitted += sent.length;
      s.retransmitted_to = std::max(s.retransmitted_to, end);
      s.undo.on_retransmitted(static_cast<u32>(now.since_start().ms()), {sent.seq, end});
      if (s.timed_end > sent.seq) s.timed_at = Instant::never();  // Karn
      if (s.mtu.probing()) note_probe_again(now, {sent.seq, end});
    } else if (s.timed_at == Instant::never()) {
      s.timed_end = end;
      s.timed_at = now;
    }
  }
  if (!sent.retransmission) snd_.nxt = std::max(snd_.nxt, end);
  snd_.max = std::max(snd_.max, snd_.nxt);
  if (sent.fin) flags_.fin_sent = true;
  flags_.push_small = false;
  if (sender_) sender_->congestion.on_sent(now);
  if (was_idle && !again) progress_at_ = now;
  if (sent.probe) {
    sender_->probe_owed = false;
    sender_->recovery.rack().on_probe(snd_.max, again);
  }
  if (forced || !timers_.running(Timer::retransmission)) {  // RFC 6298 §5.1
    arm_retransmission(now);
  } else if (!again && sender_ && synchronised(state_) &&
             (sender_->last_sent != now || flight_size() <= 2 * send_mss())) {
    arm_probe(now);  // in a burst, what follows the second segment moves it nowhere
  }
  timers_.stop(Timer::persist);
  if (sender_) {  // none: the FIN of a connection at rest
    sender_->last_sent = now;
    if (flags_.paced) pace(now, sent.length);
  }
  if (extras_) arm_user_timeout(now);
}

// SEG.SEQ of a segment without text: what the peer expects if all arrived, but not beyond its
// window, which may have shrunk, or be closed and probed with a byte beyond it: it would not hear
// the acknowledgement. A scaled window may only seem to have shrunk, by less than its unit.
Position Connection::ack_position() const {
  const Position edge = snd_.una + snd_.wnd;
  if (snd_.max <= edge) return snd_.max;
  const bool rounded = snd_.wnd > 0 && snd_.max - edge < (Position{1} << snd_scale_);
  return rounded ? snd_.max : edge;
}

// Space for what may still arrive: a queue of half-empty packets counts by what it keeps allocated.
u32 Connection::receive_space() const {
  const u32 used = std::max(queued(), queued_footprint() / 4);
  return receive_limit_ > used ? receive_limit_ - used : 0;
}

// As much of it as a header can say.
u32 Connection::offerable() const { return std::min(receive_space(), u32{0xffff} << rcv_scale_); }

// A buffer that its user did not size, for a stream that is more than a few messages.
bool Connection::tunes_window() const {
  constexpr Position bulk = 32'768;
  return rcv_.nxt > bulk && !flags_.receive_buffer_set &&
         receive_limit_ < env_->options.receive_buffer_most;
}

// SEG.WND, and moves the right edge: never left, and right only by a step worth having
// (§3.8.6.2.2).
u16 Connection::offer_window() {
  const Position wanted = rcv_.nxt + offerable();
  const u32 step = std::min(receive_limit_ / 2, send_mss());
  if (wanted - rcv_.edge >= step) rcv_.edge = wanted;
  const Position open = rcv_.edge - rcv_.nxt;
  if (open <= 0) return 0;
  // Rounded up, for rounding down would take back what was offered (RFC 7323 §2.4).
  const Position units = (open + (1 << rcv_scale_) - 1) >> rcv_scale_;
  return static_cast<u16>(std::min<Position>(units, 0xffff));
}

// Whether a reader made enough room that the sender must hear of it.
bool Connection::window_update_due() const {
  if (!synchronised(state_) || flags_.fin_received) return false;
  const Position open = std::max<Position>(rcv_.edge - rcv_.nxt, 0);
  const Position gain = rcv_.nxt + offerable() - std::max(rcv_.edge, rcv_.nxt);
  const u32 step = std::min(receive_limit_ / 2, send_mss());
  return open * 2 <= std::min(receive_limit_, u32{0xffff} << rcv_scale_) &&
         gain >= std::max<Position>(open, step);
}

// Beside text only where there is room: a full segment must not outgrow the path for them.
void Connection::add_sack_blocks(wire::TcpOptions& options, u32 text) {
  u32 most = wire::TcpOptions::sack_room(flags_.timestamps);
  if (text > 0) {
    const u32 mss = send_mss();
    const u32 spare = text < mss ? mss - text : 0;
    most = std::min(most, spare < 12 ? 0 : (spare - 4) / 8);
  }
  if (most == 0) return;
  const auto blocks = receiver_->later.blocks(most);
  for (u32 i = 0; i < blocks.count; ++i) {
    options.add_sack({rcv_seq(blocks.ranges[i].first), rcv_seq(blocks.ranges[i].last)});
  }
}

void Connection::add_urgent(wire::TcpHeader& header, Position seq) {
  const Position ahead = extras_->snd_up - seq;
  if (snd_.una >= extras_->snd_up) flags_.urgent_out = false;
  if (ahead <= 0) return;
  header.flags |= TcpFlag::urg;
  header.urgent_pointer = static_cast<u16>(std::min<Position>(ahead, 0xffff));
}

// A segment of the synchronised states: acknowledges all that arrived, by whatever goes out.
Packet Connection::emit(Instant now, Position seq, u32 length, wire::TcpFlags flags) {
  wire::TcpHeader header;
  header.seq = snd_seq(seq);
  header.ack = rcv_seq(rcv_.nxt);
  header.flags = flags;
  header.window = offer_window();
  if (flags_.ecn_echo) header.flags |= TcpFlag::ece;
  if (flags_.timestamps) header.options.timestamps = {timestamp_at(now, ts_offset_), ts_recent_};
  if (flags_.sack && receiver_ && receiver_->later.has_report()) {
    add_sack_blocks(header.options, length);
  }
  if (flags_.urgent_out) add_urgent(header, seq);
  const bool copied = length > 0 && sender_->buffer.copies(seq, length);
  Packet packet = emit_header(header, length, copied ? length : 0);
  if (length > 0) sender_->buffer.attach(packet, seq, length, copied);
  const u32 mss = send_mss();
  if (length > mss) packet.meta().segment_size = static_cast<u16>(mss);
  flags_.ack_now = false;
  rcv_.acked = rcv_.nxt;
  timers_.stop(Timer::delayed_ack);
  return packet;
}

// The header alone, `room` bytes behind it; the checksum is left to be completed over `length`
// bytes of payload.
Packet Connection::emit_header(wire::TcpHeader& header, u32 length, u32 room) {
  header.source_port = local_.port;
  header.destination_port = remote_.port;
  const u32 size = header.size();
  header.checksum =
      wire::pseudo_header(local_.address, remote_.address, wire::IpProtocol::tcp, size + length)
          .folded();
  Packet packet = env_->pool.allocate(size + room);
  header.emit({packet.append(size), size});
  packet.meta().checksum = ChecksumState::deferred;
  packet.meta().checksum_start = 0;
  packet.meta().checksum_offset = wire::TcpHeader::checksum_offset;
  const u32 segments = wire_segments(length, send_mss());
  segments_out_ += segments;
  env_->counters.out_segs += segments;
  return packet;
}

Packet Connection::emit_syn(Instant now) {
  flags_.syn_owed = false;
  const bool answer = state_ == State::syn_received;
  if (snd_.max == 0 && (!answer || flags_.scaling)) rcv_scale_ = wanted_scale();
  wire::TcpHeader header;
  header.seq = iss_;
  header.flags = TcpFlag::syn;
  header.window = static_cast<u16>(std::min<u32>(receive_limit_, 0xffff));
  header.options = syn_options(now, answer);
  // RFC 3168 §6.1.1.1: a SYN that was lost may have been lost for its flags.
  const bool asks = !answer && ecn_wanted() == Ecn::on && !flags_.syn_repeated;
  if (asks) header.flags |= TcpFlag::ece | TcpFlag::cwr;
  if (answer && flags_.ecn) header.flags |= TcpFlag::ece;
  if (answer) {
    header.flags |= TcpFlag::ack;
    header.ack = rcv_seq(rcv_.nxt);
    rcv_.acked = rcv_.nxt;
    flags_.ack_now = false;
    timers_.stop(Timer::delayed_ack);
  }
  const u32 text = add_fast_open(header.options, answer);
  snd_.nxt = snd_.max = std::max<Position>(snd_.max, 1 + text);
  timers_.set(Timer::retransmission, now + rtt_.rto());
  const bool copied = text > 0 && sender_->buffer.copies(1, text);
  Packet packet = emit_header(header, text, copied ? text : 0);
  if (text > 0) sender_->buffer.attach(packet, 1, text, copied);
  return packet;
}

Packet Connection::emit_reset() {
  flags_.reset_owed = false;
  raise(Event::closed);
  wire::TcpHeader header;
  header.seq = snd_seq(ack_position());
  header.ack = rcv_seq(rcv_.nxt);
  header.flags = TcpFlag::rst | TcpFlag::ack;
  ++env_->counters.out_rsts;
  return emit_header(header, 0, 0);
}

// One byte beyond a closed window (§3.8.6.1); or, with nothing to send, an old sequence number that
// the peer must answer (§3.8.4).
Packet Connection::emit_probe(Instant now) {
  flags_.probe_owed = false;
  if (!sender_ || snd_.nxt >= data_end() || outstanding()) {
    return emit(now, snd_.una - 1, 0, TcpFlag::ack);
  }
  ++env_->counters.zero_window_probes;
  snd_.max = std::max(snd_.max, snd_.nxt + 1);
  sender_->timed_at = Instant::never();
  sender_->retransmitted_to = std::max(sender_->retransmitted_to, snd_.max);
  return emit(now, snd_.nxt, 1, TcpFlag::ack);
}

}  // namespace catenet::tcp
