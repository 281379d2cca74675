// A connection at rest: what is kept of the last words, and what not.
#include "catenet/tcp/connection_parts.hpp"

namespace catenet::tcp {

void Connection::rest(Instant now) {
  if (queued() == 0) queue_.reset();
  timers_.shrink();
  if (receiver_ && !receiver_->later.has_report() && !receiver_->later.fin()) receiver_.reset();
  if (sender_ && sender_rests(now)) sender_.reset();
  if (extras_ && extras_rest(now)) extras_.reset();
  CATENET_ASSERT(consistent());
}

// Whether a new sender would do as this one: after a time-out's idling the window begins anew (RFC
// 5681 §4.1), unless it is kept, and no loss has taught it a threshold.
bool Connection::sender_rests(Instant now) const {
  const Sender& s = *sender_;
  const bool plain = congestion_ == CongestionKind::newreno || congestion_ == CongestionKind::cubic;
  if (!plain || flags_.fin_queued || !synchronised(state_) || flags_.urgent_out) return false;
  if (outstanding() || s.buffer.size() > 0 || s.retransmissions > 0 || !s.mtu.rests(now))
    return false;
  if (s.last_sent == Instant::never() || now - s.last_sent < rtt_.rto()) return false;
  const u32 first = congestion::initial_window(send_mss(), env_->options.initial_window);
  const u32 cwnd = s.congestion.window();
  const bool as_first = env_->options.window_validation ? cwnd == first : cwnd >= first;
  return s.congestion.ssthresh() == congestion::Window::max_cwnd && as_first &&
         s.recovery.phase() == LossRecovery::Phase::open && !s.cwr_owed && s.duplicate_sacks == 0;
}

bool Connection::extras_rest(Instant now) const {
  const Extras& e = *extras_;
  const KeepAlive& usual = env_->options.keep_alive_times;
  const bool usual_times = e.keep_alive.idle == usual.idle &&
                           e.keep_alive.interval == usual.interval &&
                           e.keep_alive.probes == usual.probes && e.keep_alive_probes == 0;
  const bool urgent = e.oob != Extras::Oob::none || flags_.urgent_in || flags_.urgent_out;
  const bool challenged = e.challenges > 0 && now - e.challenge_from < challenge_window;
  return usual_times && !urgent && !challenged && !flags_.stray_reset && !e.fast_open &&
         e.user_timeout == Duration::zero();
}

}  // namespace catenet::tcp
