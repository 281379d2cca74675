// The user's calls. Read RFC 9293 §3.10.1 to §3.10.6, and for what close and urgent data mean to a
// socket RFC 2525 §2.17 and RFC 6093.
#include "catenet/tcp/connection_parts.hpp"
#include "catenet/tcp/listener.hpp"

namespace catenet::tcp {

Result<u32> Connection::send(Instant now, ByteView bytes) {
  const auto sent = write(now, bytes);
  CATENET_ASSERT(consistent());
  return sent;
}

Result<u32> Connection::send_urgent(Instant now, ByteView bytes) {
  const auto sent = write(now, bytes);
  if (sent && *sent == bytes.size() && *sent > 0) {
    extras().snd_up = data_end();
    flags_.urgent_out = true;
  }
  CATENET_ASSERT(consistent());
  return sent;
}

Errno Connection::sending_error() const {
  if (state_ == State::closed && snd_.max == 0) return Errno::not_connected;
  return Errno::broken_pipe;
}

Result<u32> Connection::write(Instant now, ByteView bytes) {
  if (error_ != Errno::ok) return Unexpected(take_error());
  if (state_ == State::closed || flags_.fin_queued) return Unexpected(sending_error());
  if (bytes.empty()) return 0u;
  const u32 room = writable();
  if (room == 0) {
    flags_.blocked = true;
    return Unexpected(Errno::again);
  }
  if (!sender_) {
    sender_ = std::make_unique<Sender>(env_->chunks, congestion_, send_mss(),
                                       env_->options.initial_window, iss_.value(), data_end());
    set_super_segments(super_bytes_);
    use_loss_detection();
    use_pacing();
    if (env_->options.window_validation) sender_->congestion.validate_window();
    begin_mtu_search(now);
    if (flags_.syn_repeated) sender_->congestion.on_syn_loss();
  }
  if (sender_->buffer.size() == 0 && !outstanding() && synchronised(state_)) progress_at_ = now;
  note_app_limited();
  const u32 taken = static_cast<u32>(std::min<std::size_t>(bytes.size(), room));
  sender_->buffer.write(bytes.first(taken));
  if (taken < bytes.size()) flags_.blocked = true;
  if (extras_) arm_user_timeout(now);
  return taken;
}

u32 Connection::writable() const {
  if (state_ == State::closed || flags_.fin_queued) return 0;
  const u32 queued = send_queue();
  return queued < send_limit_ ? send_limit_ - queued : 0;
}

Position Connection::read_position() const {
  return rcv_.nxt - (flags_.fin_received ? 1 : 0) - queued();
}

bool Connection::at_mark() const {
  return flags_.urgent_in && read_position() == extras_->rcv_up - 1;
}

// Bytes that one receive may give: none beyond the urgent mark.
u32 Connection::read_limit(std::size_t wanted) const {
  u32 limit = static_cast<u32>(std::min<std::size_t>(wanted, queued()));
  if (!flags_.urgent_in) return limit;
  const Position ahead = extras_->rcv_up - 1 - read_position();
  if (ahead > 0) return static_cast<u32>(std::min<Position>(limit, ahead));
  const u32 behind_oob = queued() > 0 && !flags_.oob_inline ? queued() - 1 : limit;
  return std::min(limit, behind_oob);
}

// A reader that stands at the mark goes on behind it; the byte out of band is taken aside.
void Connection::pass_mark() {
  if (!at_mark() || queued() == 0) return;
  flags_.urgent_in = false;
  if (flags_.oob_inline) return;
  Extras& e = *extras_;
  queue_->read({&e.oob_byte, 1});
  if (e.oob == Extras::Oob::awaited) e.oob = Extras::Oob::here;
}

Result<u32> Connection::nothing_to_read() {
  if (flags_.fin_received) return 0u;  // the stream ended before whatever came after
  if (error_ != Errno::ok) return Unexpected(take_error());
  if (flags_.read_closed) return 0u;
  if (state_ != State::closed) return Unexpected(Errno::again);
  if (snd_.max == 0) return Unexpected(Errno::not_connected);
  return 0u;
}

void Connection::tune_window(Instant now) {
  const u64 wanted = receiver_->tuning.on_read(now, read_position(), std::max<u32>(rcv_.mss, 536));
  const u64 most = env_->options.receive_buffer_most;
  receive_limit_ = std::max(receive_limit_, static_cast<u32>(std::min(wanted, most)));
}

Result<u32> Connection::receive(Instant now, MutableBytes out, bool peek) {
  if (out.empty()) return 0u;
  pass_mark();
  const u32 limit = read_limit(out.size());
  if (limit == 0) return nothing_to_read();
  if (peek) return queue_->peek(out.first(limit));
  const u32 done = queue_->read(out.first(limit));
  note_read(now);
  return done;
}

void Connection::note_read(Instant now) {
  if (receiver_ && tunes_window()) tune_window(now);
  if (window_update_due()) flags_.ack_now = true;
  CATENET_ASSERT(consistent());
}

std::size_t Connection::look(std::span<ByteView> pieces) {
  pass_mark();
  const u32 limit = read_limit(queued());
  return limit == 0 ? 0 : queue_->look(pieces, limit);
}

void Connection::consume(Instant now, u32 bytes) {
  queue_->skip(bytes);
  note_read(now);
}

Result<u8> Connection::receive_urgent(bool peek) {
  using Oob = Extras::Oob;
  if (flags_.oob_inline || !extras_) return Unexpected(Errno::invalid);
  Extras& e = *extras_;
  if (e.oob == Oob::none || e.oob == Oob::taken) return Unexpected(Errno::invalid);
  if (e.oob == Oob::awaited) {
    const Position ahead = e.rcv_up - 1 - read_position();
    if (ahead < 0 || ahead >= queued()) return Unexpected(Errno::again);
    queue_->peek({&e.oob_byte, 1}, static_cast<u32>(ahead));
  }
  if (!peek) e.oob = Oob::taken;
  return e.oob_byte;
}

u32 Connection::readable() const { return read_limit(queued()); }

bool Connection::end_of_stream() const {
  return flags_.fin_received || flags_.read_closed || (state_ == State::closed && snd_.max > 0);
}

bool Connection::hung_up() const {
  if (state_ == State::closed) return true;
  return (flags_.fin_received || flags_.read_closed) && flags_.fin_queued;
}

Result<void> Connection::shutdown_write(Instant now) {
  if (state_ == State::closed || state_ == State::syn_sent) {
    return Unexpected(Errno::not_connected);
  }
  queue_fin(now, "shutdown");
  CATENET_ASSERT(consistent());
  return {};
}

void Connection::queue_fin(Instant now, std::string_view reason) {
  if (flags_.fin_queued) return;
  flags_.fin_queued = true;
  if (state_ == State::established) set_state(now, State::fin_wait_1, reason);
  if (state_ == State::close_wait) set_state(now, State::last_ack, reason);
}

void Connection::shutdown_read(Instant) {
  flags_.read_closed = true;
  raise(Event::readable);
}

void Connection::close(Instant now) {
  if (flags_.released) return;
  flags_.released = true;
  const bool unread = queued() > 0 && !flags_.read_closed;
  queue_.reset();
  flags_.urgent_in = false;
  switch (state_) {
    case State::closed:
      if (!flags_.reset_owed) raise(Event::closed);
      break;
    case State::syn_sent: finish(now, Errno::ok, 0, "closed while opening"); break;
    case State::closing:
    case State::last_ack:
    case State::time_wait: break;
    case State::fin_wait_2:
      if (unread) return abort(now);
      timers_.set(Timer::time_wait, now + env_->options.fin_wait_2);
      break;
    default:
      if (unread) return abort(now);
      queue_fin(now, "close");
  }
  CATENET_ASSERT(consistent());
}

void Connection::give_way(Instant now) {
  CATENET_ASSERT(state_ == State::time_wait);
  finish(now, Errno::ok, 0, "replaced by a new SYN");
  CATENET_ASSERT(consistent());
}

void Connection::abort(Instant now) {
  flags_.released = true;
  queue_.reset();
  flags_.urgent_in = false;
  // RFC 9293 §3.10.5: what both ends have closed, or one has not answered yet, ends without a
  // reset.
  const bool quiet = state_ == State::syn_sent || state_ == State::closing ||
                     state_ == State::last_ack || state_ == State::time_wait;
  if (state_ != State::closed) {
    flags_.reset_owed = !quiet;
    finish(now, Errno::ok, 0, "abort");
  }
  CATENET_ASSERT(consistent());
}

}  // namespace catenet::tcp
