#include "catenet/tcp/time_wait.hpp"

#include "catenet/tcp/connection.hpp"
#include "catenet/tcp/isn.hpp"
#include "catenet/tcp/segment_writer.hpp"

namespace catenet::tcp {

TimeWait::TimeWait(const Connection& connection)
    : env_(connection.env_),
      local_(connection.local_),
      remote_(connection.remote_),
      expiry_(connection.timers_.deadline(Connection::Timer::time_wait)),
      snd_nxt_(connection.snd_seq(connection.snd_.max)),
      rcv_nxt_(connection.rcv_seq(connection.rcv_.nxt)),
      ts_recent_(connection.ts_recent_),
      ts_offset_(connection.ts_offset_),
      window_(static_cast<u16>(std::clamp<Position>(
          (connection.rcv_.edge - connection.rcv_.nxt) >> connection.rcv_scale_, 0, 0xffff))),
      timestamps_(connection.flags_.timestamps) {
  CATENET_ASSERT(connection.state() == State::time_wait);
}

Packet TimeWait::acknowledge(Instant now) const {
  wire::TcpHeader header;
  header.seq = snd_nxt_;
  header.ack = rcv_nxt_;
  header.flags = wire::TcpFlag::ack;
  header.window = window_;
  if (timestamps_) header.options.timestamps = {timestamp_at(now, ts_offset_), ts_recent_};
  return write_segment(*env_, local_, remote_, header);
}

TimeWait::Verdict TimeWait::on_segment(Instant now, const wire::TcpHeader& seg, u32 payload_bytes,
                                       Packet& reply) {
  if (seg.flags.rst()) return Verdict::refused;  // RFC 1337 §3, fix F1
  const auto& stamps = seg.options.timestamps;
  const bool newer_stamp =
      timestamps_ && stamps && static_cast<i32>(stamps->value - ts_recent_) > 0;
  const bool told_apart = timestamps_ && stamps && stamps->value != ts_recent_;
  const bool newer_seq = seg.seq.after(rcv_nxt_) && !told_apart;
  // RFC 6191 §2: a SYN that cannot be of the old connection.
  if (seg.flags.syn() && !seg.flags.ack() && (newer_stamp || newer_seq)) return Verdict::reuse;
  const bool again_fin = seg.flags.fin() && seg.seq + payload_bytes + 1 == rcv_nxt_;
  if (again_fin) expiry_ = now + env_->options.msl * 2;
  // An ACK that says nothing new gets no answer: two TIME-WAITs must not talk to each other.
  const bool expected =
      !seg.flags.syn() && !seg.flags.fin() && payload_bytes == 0 && seg.seq == rcv_nxt_;
  if (expected) return Verdict::refused;
  if (!again_fin && now - last_ack_at_ < Duration::milliseconds(500)) return Verdict::refused;
  last_ack_at_ = now;
  reply = acknowledge(now);
  return Verdict::reply;
}

bool TimeWait::reusable(Instant now) const {
  // One tick of the timestamp clock since our last segment tells the two connections apart.
  return timestamps_ && now + env_->options.msl * 2 - expiry_ >= Duration::seconds(1);
}

}  // namespace catenet::tcp
