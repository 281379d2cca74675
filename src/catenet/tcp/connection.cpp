#include "catenet/tcp/connection.hpp"

#include "catenet/tcp/connection_parts.hpp"
#include "catenet/tcp/isn.hpp"
#include "catenet/tcp/listener.hpp"

namespace catenet::tcp {

Connection::Connection(Environment& env, const Endpoint& local, const Endpoint& remote, u32 mtu)
    : congestion_(env.options.congestion),
      pmtu_(mtu),
      ts_offset_(timestamp_offset(env.secrets.isn, local, remote)),
      send_limit_(std::min(env.options.send_buffer, Options::first_send_buffer)),
      receive_limit_(env.options.receive_buffer),
      rtt_(env.options.rto),
      progress_at_(Instant::never()),
      env_(&env),
      local_(local),
      remote_(remote) {
  rcv_.mtu = mtu;
  flags_.nodelay = !env.options.nagle;
  flags_.keep_alive = env.options.keep_alive;
  update_mss();
  if (env.options.user_timeout > Duration::zero()) {
    extras().user_timeout = env.options.user_timeout;
  }
}

Connection::~Connection() {
  if (awaited_) awaited_->listener->forget(*this);
  if (state_ == State::established || state_ == State::close_wait) --env_->counters.curr_estab;
}

Connection::Extras& Connection::extras() {
  if (!extras_) {
    extras_ = std::make_unique<Extras>();
    extras_->keep_alive = env_->options.keep_alive_times;
  }
  return *extras_;
}

Receiver& Connection::receiver() {
  if (!receiver_) receiver_ = std::make_unique<Receiver>();
  return *receiver_;
}

void Connection::set_state(Instant now, State next, std::string_view reason) {
  const State before = std::exchange(state_, next);
  if (before == next) return;
  const auto counted = [](State s) { return s == State::established || s == State::close_wait; };
  if (counted(next) && !counted(before)) ++env_->counters.curr_estab;
  if (counted(before) && !counted(next)) --env_->counters.curr_estab;
  if (env_->observer) env_->observer->on_state(now, *this, before, next, reason);
}

void Connection::finish(Instant now, Errno error, u32 events, std::string_view reason) {
  set_state(now, State::closed, reason);
  timers_.stop_all();
  const bool reset = flags_.reset_owed;
  sender_.reset();
  receiver_.reset();
  if (flags_.released) queue_.reset();
  flags_.ack_now = flags_.syn_owed = flags_.probe_owed = false;
  if (error != Errno::ok) {
    error_ = error;
    events |= Event::error;
  }
  // An owed reset still has to be fetched: only then is the connection done.
  raise(events | (reset ? 0 : Event::closed));
  if (!awaited_) return;
  flags_.released = true;  // nobody has it and nobody will
  queue_.reset();
  awaited_->listener->forget(*this);
}

u32 Connection::take_events() { return std::exchange(events_, u16{0}); }

Errno Connection::take_error() {
  const Errno error = error_;
  error_ = Errno::ok;
  return error;
}

// What must hold between calls, whatever a peer sent.
bool Connection::consistent() const {
  const bool ordered = snd_.una <= snd_.nxt && snd_.nxt <= snd_.max;
  if (state_ == State::established) {
    return ordered && consistent_open() && !flags_.fin_queued && !flags_.fin_received;
  }
  switch (state_) {
    case State::closed: return timers_.next() == Instant::never();
    case State::listen: return false;
    case State::syn_sent:
    case State::syn_received:
      return ordered && (flags_.syn_owed || timers_.running(Timer::retransmission));
    case State::time_wait:
      return flags_.fin_received && timers_.running(Timer::time_wait) && !sender_;
    default: break;
  }
  const bool wants_fin = state_ != State::close_wait;
  const bool has_fin =
      state_ == State::close_wait || state_ == State::closing || state_ == State::last_ack;
  return ordered && consistent_open() && wants_fin == flags_.fin_queued &&
         has_fin == flags_.fin_received;
}

// From ESTABLISHED to LAST-ACK.
bool Connection::consistent_open() const {
  const bool timed = !outstanding() || timers_.running(Timer::retransmission);
  return timed && snd_.una >= 1 && rcv_.nxt >= 1 && rcv_.nxt <= rcv_.edge + (1 << rcv_scale_);
}

// CVE-2019-11479: a tiny MSS must not cost us a header a byte.
static constexpr u32 least_mss = 36;

bool Connection::outgrows_path() const {
  const u32 headers = (local_.address.is_v4() ? 20 : 40) + wire::tcp::min_header_size;
  constexpr u32 timestamps = 12;
  return pmtu_ < headers + (flags_.timestamps ? timestamps : 0) + least_mss;
}

void Connection::update_mss() {
  const u32 headers = (local_.address.is_v4() ? 20 : 40) + wire::tcp::min_header_size;
  u32 mss = pmtu_ > headers ? pmtu_ - headers : 0;
  if (peer_mss_ != 0) mss = std::min<u32>(mss, peer_mss_);
  if (user_mss_ != 0) mss = std::min<u32>(mss, user_mss_);
  if (flags_.timestamps) mss = mss > 12 ? mss - 12 : 0;
  mss_ = static_cast<u16>(std::clamp<u32>(mss, least_mss, 0xffff));
}

bool Connection::in_flight(wire::Seq seq) const {
  const Position position = snd_position(seq);
  return state_ != State::closed && snd_.una <= position && position < snd_.max;
}

u32 Connection::send_queue() const {
  if (!sender_) return 0;
  return sender_->buffer.size();
}

u64 Connection::footprint() const {
  u64 bytes = queued_footprint();
  if (sender_) {
    bytes += sizeof(Sender) + sender_->buffer.size() + sender_->recovery.rack().log().footprint();
  }
  if (receiver_) bytes += sizeof(Receiver) + receiver_->later.footprint();
  if (extras_) bytes += sizeof(Extras);
  return bytes;
}

}  // namespace catenet::tcp
