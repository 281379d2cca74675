// How a connection begins: the SYN exchange and what it agrees on. Read RFC 9293 §3.5, §3.7.1 and
// §3.10.7.3, RFC 7323 §1.3 and §2.2, RFC 2018 §2.
#include "catenet/tcp/connection_parts.hpp"
#include "catenet/tcp/isn.hpp"
#include "catenet/tcp/listener.hpp"

namespace catenet::tcp {

Result<void> Connection::open(Instant now) {
  if (state_ != State::closed || snd_.max > 0) return Unexpected(Errno::is_connected);
  const IpAddress& peer = remote_.address;
  // MUST-46: no connection to a group or to everybody.
  if (peer.is_multicast() || peer.is_limited_broadcast() || peer.is_unspecified()) {
    return Unexpected(Errno::network_unreachable);
  }
  iss_ = initial_sequence(env_->secrets.isn, local_, remote_, now);
  flags_.syn_owed = true;
  progress_at_ = heard_at_ = now;
  ++env_->counters.active_opens;
  set_state(now, State::syn_sent, "active open");
  CATENET_ASSERT(consistent());
  return {};
}

// The window scale, chosen once, before the first SYN goes out: the one that lets the whole receive
// buffer be offered, as large as it may grow (RFC 7323 §2.3).
u8 Connection::wanted_scale() const {
  const u32 most = flags_.receive_buffer_set ? 0 : env_->options.receive_buffer_most;
  const u32 limit = std::max(receive_limit_, most);
  u8 shift = 0;
  while (shift < wire::TcpOptions::max_window_scale && (limit >> shift) > 0xffff) ++shift;
  return shift;
}

// MSS without options subtracted (RFC 6691).
u16 Connection::offered_mss() const {
  const u32 headers = (local_.address.is_v4() ? 20 : 40) + wire::tcp::min_header_size;
  u32 mss = rcv_.mtu > headers ? rcv_.mtu - headers : 0;
  if (user_mss_ != 0) mss = std::min<u32>(mss, user_mss_);
  return static_cast<u16>(std::clamp<u32>(mss, 64, 0xffff));
}

// `answer`: of a SYN,ACK, which offers only what the SYN did.
wire::TcpOptions Connection::syn_options(Instant now, bool answer) const {
  const Options& host = env_->options;
  wire::TcpOptions options;
  options.mss = offered_mss();
  if (answer ? flags_.scaling : host.window_scaling) {
    options.window_scale = rcv_scale_;
  }
  options.sack_permitted = answer ? flags_.sack : host.sack;
  if (answer ? flags_.timestamps : host.timestamps) {
    options.timestamps = {timestamp_at(now, ts_offset_), answer ? ts_recent_ : 0};
  }
  return options;
}

// What the peer's SYN says, as far as we wanted it.
void Connection::negotiate(const wire::TcpOptions& options) {
  const Options& host = env_->options;
  const bool v4 = local_.address.is_v4();
  peer_mss_ = options.mss.value_or(0);
  if (peer_mss_ == 0) {  // none, or one that says nothing
    peer_mss_ = v4 ? wire::tcp::default_mss_v4 : wire::tcp::default_mss_v6;
  }
  flags_.scaling = host.window_scaling && options.window_scale.has_value();
  snd_scale_ = 0;
  if (flags_.scaling) {
    snd_scale_ = std::min<u8>(*options.window_scale, wire::TcpOptions::max_window_scale);
  } else {
    rcv_scale_ = 0;
  }
  flags_.sack = host.sack && options.sack_permitted;
  flags_.timestamps = host.timestamps && options.timestamps.has_value();
  if (flags_.timestamps) ts_recent_ = options.timestamps->value;
  update_mss();
}

// IRS and all that follows from a SYN.
void Connection::synchronise(const wire::TcpHeader& syn) {
  // RFC 3168 §6.1.1: ECE and CWR ask, ECE alone agrees. What was asked without, after a lost SYN,
  // is not agreed to.
  const Ecn wanted = ecn_wanted();
  const bool asks = syn.flags.ece() && syn.flags.cwr() && !syn.flags.ack();
  const bool agrees = syn.flags.ece() && !syn.flags.cwr() && syn.flags.ack();
  flags_.ecn = asks ? wanted != Ecn::off : agrees && wanted == Ecn::on && !flags_.syn_repeated;
  irs_ = syn.seq;
  rcv_.nxt = rcv_.acked = 1;
  rcv_.edge = rcv_.nxt + std::min<u32>(receive_limit_, 0xffff);  // as our SYN offers it, unscaled
  negotiate(syn.options);
  snd_.wnd = syn.window;  // never scaled in a SYN (RFC 7323 §2.2)
  snd_.max_wnd = std::max(snd_.max_wnd, snd_.wnd);
  snd_.wl1 = syn.seq;
  snd_.wl2 = syn.ack;
}

void Connection::accept_syn(Instant now, const wire::TcpHeader& syn, wire::Seq iss) {
  iss_ = iss;
  flags_.passive = true;
  flags_.syn_owed = true;
  progress_at_ = heard_at_ = now;
  synchronise(syn);
  set_state(now, State::syn_received, "SYN arrived");
}

void Connection::accept_cookie(Instant now, const wire::TcpHeader& ack,
                               const wire::TcpOptions& agreed) {
  wire::TcpHeader syn;
  syn.seq = ack.seq - 1;
  syn.options = agreed;
  iss_ = ack.ack - 1;
  flags_.passive = true;
  heard_at_ = now;
  rcv_scale_ = wanted_scale();
  synchronise(syn);
  snd_.nxt = snd_.max = 1;
  timers_.set(Timer::retransmission, now + rtt_.rto());
  set_state(now, State::syn_received, "SYN cookie");
}

void Connection::owe_stray_reset(wire::Seq seq) {
  extras().reset_seq = seq;
  flags_.stray_reset = true;
}

// RFC 9293 §3.10.7.3.
std::optional<Drop> Connection::on_syn_sent(Instant now, const wire::TcpHeader& seg,
                                            Packet&& payload) {
  const bool acks = seg.flags.ack();
  const Position acked = snd_position(seg.ack);  // with Fast Open, text too
  if (acks && (acked < 1 || acked > std::max<Position>(snd_.max, 1))) {
    if (!seg.flags.rst()) owe_stray_reset(seg.ack);
    return Drop::tcp_bad_ack;
  }
  if (acks && snd_.max == 0) return Drop::tcp_bad_ack;  // our SYN is not out yet
  if (seg.flags.rst()) {
    if (!acks) return Drop::tcp_unacceptable;
    ++env_->counters.attempt_fails;
    finish(now, Errno::connection_refused, Event::reset, "reset in answer to our SYN");
    return std::nullopt;
  }
  if (!seg.flags.syn()) return Drop::tcp_unacceptable;
  return syn_sent_synchronise(now, seg, std::move(payload));
}

std::optional<Drop> Connection::syn_sent_synchronise(Instant now, const wire::TcpHeader& seg,
                                                     Packet&& payload) {
  synchronise(seg);
  heard_at_ = now;
  if (!seg.flags.ack()) {
    flags_.syn_owed = true;  // now with an ACK
    set_state(now, State::syn_received, "SYN crossed ours");
    return std::nullopt;
  }
  settle_syn_text(snd_position(seg.ack));
  learn_fast_open(now, seg);
  flags_.ack_now = true;
  flags_.syn_owed = false;
  establish(now, "SYN,ACK acceptable");
  // Text and FIN that came along count from behind the SYN.
  Segment rest{.header = seg,
               .seq = 1,
               .ack = snd_.una,
               .length = payload ? payload.size() : 0,
               .syn = false,
               .fin = seg.flags.fin(),
               .partly = std::nullopt};
  trim(rest, rcv_.edge);
  check_urgent(rest);
  const auto refused = process_text(now, rest, payload);
  if (!refused && rest.fin && state_ != State::closed) check_fin(now, rest);
  return refused;
}

// ESTABLISHED; snd_.una is past our SYN.
void Connection::establish(Instant now, std::string_view reason) {
  timers_.stop(Timer::retransmission);
  retries_ = 0;
  const bool early = flags_.passive && flags_.fast_open;  // text may be under way already
  if (flags_.syn_repeated) {
    rtt_.restart(std::max(env_->options.rto.initial, Duration::seconds(3)));  // RFC 6298 §5.7
  } else if (progress_at_ != Instant::never()) {
    rtt_.on_sample(now - progress_at_, env_->options.rto);
  }
  if (early) {
    extras_->fast_open.reset();
    if (outstanding()) arm_retransmission(now);
  } else if (sender_) {  // written before the MSS was known
    sender_->congestion =
        congestion::Controller(congestion_, send_mss(), env_->options.initial_window);
    set_super_segments(super_bytes_);
    use_loss_detection();
    if (flags_.syn_repeated) sender_->congestion.on_syn_loss();
  }
  set_state(now, State::established, reason);
  raise(Event::connected | Event::writable);
  arm_keep_alive(now);
  if (flags_.fin_queued) set_state(now, State::fin_wait_1, "closed while opening");
}

}  // namespace catenet::tcp
