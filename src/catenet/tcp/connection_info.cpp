// TCP_INFO: what a connection tells of itself.
#include "catenet/tcp/connection_parts.hpp"

namespace catenet::tcp {

TcpInfo Connection::info() const {
  TcpInfo info;
  info.state = state_;
  info.congestion = congestion_;
  info.timestamps = flags_.timestamps;
  info.sack = flags_.sack;
  info.window_scaling = flags_.scaling;
  info.ecn = flags_.ecn;
  info.syn_text = flags_.fast_open;
  info.send_scale = snd_scale_;
  info.receive_scale = rcv_scale_;
  info.rtt = rtt_.srtt();
  info.rttvar = rtt_.rttvar();
  info.rto = rtt_.rto();
  info.backoff = rtt_.backoff();
  if (outstanding()) info.timeouts = retries_;
  info.send_mss = send_mss();
  info.receive_mss = rcv_.mss;
  info.pmtu = pmtu_;
  info.send_window = snd_.wnd;
  info.receive_window = static_cast<u32>(std::max<Position>(rcv_.edge - rcv_.nxt, 0));
  info.unacked = static_cast<u32>(snd_.max - snd_.una);
  info.send_queue = send_queue();
  info.receive_queue = queued();
  info.bytes_acked = static_cast<u64>(std::max<Position>(snd_.una - 1, 0));
  info.bytes_sent = info.bytes_acked;
  info.bytes_received = static_cast<u64>(std::max<Position>(rcv_.nxt - 1, 0));
  info.segments_out = segments_out_;
  info.segments_in = segments_in_;
  info.data_segments_in = data_segments_in_;
  info.cwnd = congestion::initial_window(send_mss(), env_->options.initial_window);
  info.ssthresh = congestion::Window::max_cwnd;
  info.send_space = send_limit_;
  info.last_heard = heard_at_;
  info.last_text_heard = last_text_heard();
  if (receiver_) {
    info.out_of_order = receiver_->out_of_order;
    info.receive_rtt = receiver_->tuning.rtt();
    info.receive_space = receiver_->tuning.space();
  }
  if (sender_) add_sender(info);
  return info;
}

// Never later than anything was heard.
Instant Connection::last_text_heard() const {
  if (text_at_ms_ == 0) return Instant::never();
  const i64 heard_ms = heard_at_.since_start().ms();
  const u32 before = static_cast<u32>(heard_ms) + 1 - text_at_ms_;
  return Instant::at(Duration::milliseconds(heard_ms - before));
}

void Connection::add_sender(TcpInfo& info) const {
  using Kind = LimitClock::Kind;
  const Sender& s = *sender_;
  const Rack& rack = s.recovery.rack();
  info.in_recovery = s.recovery.phase() != LossRecovery::Phase::open;
  info.in_timeout = s.recovery.phase() == LossRecovery::Phase::timeout;
  info.cwnd = cwnd();
  info.ssthresh = s.congestion.ssthresh();
  info.sacked = static_cast<u32>(s.recovery.board().sacked());
  info.lost = static_cast<u32>(s.recovery.lost(flight()));
  info.bytes_sent = s.bytes_sent;
  info.bytes_retransmitted = s.bytes_retransmitted;
  info.retransmissions = s.retransmissions;
  info.duplicate_sacks = s.duplicate_sacks;
  info.data_segments_out = s.data_segments;
  info.not_sent = static_cast<u32>(std::max<Position>(data_end() - snd_.nxt, 0));
  info.last_sent = s.last_sent;
  info.min_rtt = rack.min_rtt();
  info.reordering_seen = rack.reordering_seen();
  info.pacing_rate = s.congestion.pacing_rate(rtt_.srtt());
  info.paced = flags_.paced;
  info.delivery_rate = s.rate.rate();
  info.app_limited = s.rate.app_limited();
  info.delivered = s.rate.delivered();
  info.delivered_marked = s.delivered_marked;
  info.busy = s.limited.busy();
  info.window_limited = s.limited.spent(Kind::peer_window);
  info.buffer_limited = s.limited.spent(Kind::send_buffer);
}

}  // namespace catenet::tcp
