// What a socket may set on a connection, and what ICMP tells it. Read RFC 5482, RFC 5927.
#include "catenet/tcp/connection_parts.hpp"

namespace catenet::tcp {

void Connection::set_nodelay(Instant, bool on) { flags_.nodelay = on; }

void Connection::set_cork(Instant, bool on) {
  // Taking the cork out sends what it held back (as Nagle being switched off would).
  if (flags_.cork && !on && sender_ && snd_.nxt < data_end()) flags_.push_small = true;
  flags_.cork = on;
}

void Connection::set_keep_alive(Instant now, bool on) {
  flags_.keep_alive = on;
  if (extras_) extras_->keep_alive_probes = 0;
  arm_keep_alive(now);
}

void Connection::set_keep_alive_times(Instant now, const KeepAlive& times) {
  extras().keep_alive = times;
  arm_keep_alive(now);
}

KeepAlive Connection::keep_alive_times() const {
  return extras_ ? extras_->keep_alive : env_->options.keep_alive_times;
}

void Connection::set_user_timeout(Instant now, Duration timeout) {
  const bool given = timeout > Duration::zero();
  extras().user_timeout = given ? timeout : env_->options.user_timeout;
  if (synchronised(state_)) arm_user_timeout(now);
}

Duration Connection::user_timeout() const {
  return extras_ ? extras_->user_timeout : Duration::zero();
}

void Connection::set_send_buffer(u32 bytes) {
  send_limit_ = std::clamp<u32>(bytes, 2'048, env_->options.max_buffer);
  flags_.send_buffer_set = true;
  tell_writable();
}

void Connection::set_receive_buffer(Instant, u32 bytes) {
  receive_limit_ = std::clamp<u32>(bytes, 2'048, env_->options.max_buffer);
  flags_.receive_buffer_set = true;
  if (window_update_due()) flags_.ack_now = true;
}

void Connection::set_congestion(CongestionKind kind) {
  congestion_ = kind;
  if (!sender_) return;
  sender_->congestion.set_kind(kind, iss_.value());
  if (sender_->recovery.phase() == LossRecovery::Phase::open) use_loss_detection();
  use_pacing();
}

void Connection::set_oob_inline(bool on) { flags_.oob_inline = on; }

void Connection::set_max_segment(u16 bytes) {
  user_mss_ = bytes;
  update_mss();
  if (sender_) sender_->congestion.set_smss(send_mss());
}

void Connection::set_super_segments(u32 max_bytes) {
  constexpr u32 limit = 65'535 - 40 - 60;  // an IPv6 or IPv4 packet with the longest TCP header
  super_bytes_ = static_cast<u16>(std::min(max_bytes, limit));
  if (sender_) {
    sender_->congestion.set_byte_limit(std::max<u32>(2 * sender_->congestion.smss(), super_bytes_));
  }
}

void Connection::on_icmp_error(Instant now, Errno error, bool hard, wire::Seq embedded) {
  if (!in_flight(embedded)) return;  // RFC 5927 §4.1
  const bool opening = state_ == State::syn_sent || state_ == State::syn_received;
  const bool told_to_end = state_ == State::syn_sent && env_->options.unreachable_ends_opening;
  if ((hard && opening) || told_to_end) {
    ++env_->counters.attempt_fails;
    finish(now, flags_.passive ? passive_error(error) : error, 0, "ICMP error while opening");
  } else {
    soft_error_ = error;
  }
  CATENET_ASSERT(consistent());
}

}  // namespace catenet::tcp
