// Time passes: the second door. Read RFC 6298 §5 (retransmission), RFC 9293 §3.8.3 (R1, R2), §3.8.4
// (keep-alive), §3.8.6.1 (persist), RFC 5482 (user timeout).
#include "catenet/tcp/connection_parts.hpp"

namespace catenet::tcp {
namespace {

constexpr Duration cork_limit = Duration::milliseconds(200);

}  // namespace

void Connection::on_timeout(Instant now) {
  if (now < timers_.next()) return;
  const auto due = [&](Timer timer) {
    if (!timers_.expired(timer, now)) return false;
    timers_.stop(timer);
    return true;
  };
  if (sender_) note_app_limited();
  if (due(Timer::delayed_ack)) flags_.ack_now = true;
  if (due(Timer::retransmission)) on_retransmission_timer(now);
  if (due(Timer::persist)) {
    if (!flags_.held) on_persist_timeout(now);
    flags_.held = false;
  }
  if (due(Timer::keep_alive)) on_keep_alive_timeout(now);
  if (due(Timer::user_timeout)) on_user_timeout(now);
  if (due(Timer::time_wait)) {
    const bool waited = state_ == State::time_wait;
    finish(now, Errno::ok, 0, waited ? "2 MSL are over" : "no FIN from the peer");
  }
  CATENET_ASSERT(consistent());
}

// Whether what is unacknowledged has waited longer than its user allows (R2).
bool Connection::gave_up(Instant now) const {
  const Duration limit = user_timeout() > Duration::zero() ? user_timeout() : env_->options.r2;
  return progress_at_ != Instant::never() && now - progress_at_ >= limit;
}

void Connection::on_retransmission_timer(Instant now) {
  using Awaits = Sender::Awaits;
  const Awaits awaited = sender_ ? std::exchange(sender_->awaits, Awaits::rto) : Awaits::rto;
  if (awaited == Awaits::probe) return on_probe_timeout(now);
  if (awaited == Awaits::reorder) return on_reorder_timeout(now);
  on_retransmission_timeout(now);
}

void Connection::on_retransmission_timeout(Instant now) {
  if (state_ == State::syn_sent || state_ == State::syn_received) return on_syn_timeout(now);
  if (gave_up(now)) {
    ++env_->counters.timeouts;
    const Errno why = soft_error_ != Errno::ok ? soft_error_ : Errno::timed_out;
    return finish(now, why, 0, "R2 reached");
  }
  if (retries_ < 255) ++retries_;
  ++env_->counters.timeouts;
  if (retries_ == env_->options.r1_retransmissions) raise(Event::path_suspect);
  rtt_.back_off(env_->options.rto);
  if (sender_) react_to_timeout(now);
  suspect_black_hole(now);
  // Go back: what the peer holds it may have dropped since (RFC 2018 §8).
  if (!sender_ || !sender_->recovery.by_time()) snd_.nxt = snd_.una;
  arm_retransmission(now);
}

void Connection::on_syn_timeout(Instant now) {
  if (retries_ < 255) ++retries_;
  const Duration asked = user_timeout();
  const Duration limit = asked > Duration::zero() ? asked : env_->options.syn_limit;
  const bool over = flags_.passive
                        ? retries_ > env_->options.syn_ack_retries
                        : progress_at_ != Instant::never() && now - progress_at_ >= limit;
  if (over) {
    ++env_->counters.attempt_fails;
    const Errno why = soft_error_ != Errno::ok ? soft_error_ : Errno::timed_out;
    return finish(now, flags_.passive ? passive_error(why) : why, 0, "SYN not answered");
  }
  if (retries_ == env_->options.r1_retransmissions) raise(Event::path_suspect);
  flags_.syn_repeated = true;
  flags_.syn_owed = true;
  rtt_.back_off(env_->options.rto);
  timers_.set(Timer::retransmission, now + rtt_.rto());
}

// How long to wait for a window, or for enough of one: as the retransmission timer backs off.
Duration Connection::persist_delay() const {
  if (flags_.cork && snd_.wnd > 0) return cork_limit;
  const auto& limits = env_->options.rto;
  Duration delay = std::max(rtt_.rto(), limits.min);
  for (u32 i = 0; i < retries_ && delay < limits.max; ++i) delay = delay * 2;
  return std::min(delay, limits.max);
}

// Data waits, nothing is in flight that an ACK could come for: only a timer can go on (§3.8.6.1,
// §3.8.6.2.1).
void Connection::arm_persist(Instant now) {
  const bool waiting = sender_ && snd_.una == snd_.nxt && snd_.nxt < data_end();
  const bool corked = flags_.cork && sender_ && snd_.nxt < data_end();
  if ((!waiting && !corked) || timers_.running(Timer::persist)) return;
  timers_.set(Timer::persist, now + persist_delay());
}

void Connection::on_persist_timeout(Instant now) {
  if (!sender_ || snd_.nxt >= data_end()) return;
  const bool open = snd_.una + snd_.wnd > snd_.nxt;
  if (!outstanding() && gave_up(now)) {
    ++env_->counters.timeouts;
    flags_.reset_owed = flags_.released;
    return finish(now, Errno::timed_out, 0, open ? "R2 reached" : "window probes not answered");
  }
  if (open) {
    flags_.push_small = true;
    return;
  }
  if (outstanding()) return;
  if (retries_ == 0 && progress_at_ == Instant::never()) progress_at_ = now;
  if (retries_ < 255) ++retries_;
  flags_.probe_owed = true;
  timers_.set(Timer::persist, now + persist_delay());
}

void Connection::arm_keep_alive(Instant now) {
  const bool open = synchronised(state_) && state_ != State::time_wait;
  if (!flags_.keep_alive || !open) return timers_.stop(Timer::keep_alive);
  const Duration idle = keep_alive_times().idle;
  timers_.set(Timer::keep_alive, std::max(heard_at_ + idle, now));
}

void Connection::on_keep_alive_timeout(Instant now) {
  Extras& e = extras();
  const Instant due = heard_at_ + e.keep_alive.idle;
  // Data that is not acknowledged asks already, and its own limits hold.
  if (snd_.una < snd_.max || (sender_ && snd_.nxt < data_end())) {
    e.keep_alive_probes = 0;
    return timers_.set(Timer::keep_alive, now + e.keep_alive.idle);
  }
  if (e.keep_alive_probes == 0 && now < due) return timers_.set(Timer::keep_alive, due);
  // tcp(7): where there is a user timeout, it says when to give up, and not the number of probes.
  const bool timed = e.user_timeout > Duration::zero();
  const bool over = timed ? e.keep_alive_probes > 0 && now - heard_at_ >= e.user_timeout
                          : e.keep_alive_probes >= e.keep_alive.probes;
  if (over) {
    flags_.reset_owed = true;
    return finish(now, soft_error_ != Errno::ok ? soft_error_ : Errno::timed_out, 0,
                  "keep-alive probes not answered");
  }
  ++e.keep_alive_probes;
  ++env_->counters.keep_alive_probes;
  flags_.probe_owed = true;
  timers_.set(Timer::keep_alive, now + e.keep_alive.interval);
}

void Connection::arm_user_timeout(Instant) {
  const bool waiting = outstanding() || (sender_ && snd_.nxt < data_end());
  if (extras_->user_timeout == Duration::zero() || !waiting) {
    return timers_.stop(Timer::user_timeout);
  }
  if (progress_at_ == Instant::never()) return;
  timers_.set(Timer::user_timeout, progress_at_ + extras_->user_timeout);
}

void Connection::on_user_timeout(Instant now) {
  if (!gave_up(now)) return arm_user_timeout(now);
  ++env_->counters.timeouts;
  flags_.reset_owed = true;
  finish(now, Errno::timed_out, 0, "user timeout");
}

void Connection::enter_time_wait(Instant now, std::string_view reason) {
  timers_.stop_all();
  timers_.set(Timer::time_wait, now + env_->options.msl * 2);
  sender_.reset();
  receiver_.reset();
  raise(Event::time_wait);
  set_state(now, State::time_wait, reason);
}

}  // namespace catenet::tcp
