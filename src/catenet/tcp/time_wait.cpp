#include "catenet/tcp/time_wait.hpp"

#include "catenet/tcp/connection.hpp"
#include "catenet/tcp/isn.hpp"
#include "catenet/tcp/segment_writer.hpp"

namespace catenet::tcp {

namespace {

constexpr Duration answer_interval = Duration::milliseconds(500);
constexpr i64 answer_unit_ms = 8;
constexpr u16 answer_mask = (1 << 14) - 1;

// The first whole millisecond that is not before `at`.
Instant round_up(Instant at) {
  const i64 ns = at.since_start().ns();
  return at + Duration::nanoseconds((1'000'000 - ns % 1'000'000) % 1'000'000);
}

u16 answer_clock(Instant now) {
  return static_cast<u16>(now.since_start().ms() / answer_unit_ms) & answer_mask;
}

}  // namespace

TimeWait::TimeWait(const Connection& connection)
    : env_(connection.env_),
      local_(connection.local_),
      remote_(connection.remote_),
      expiry_(round_up(connection.timers_.deadline(Connection::Timer::time_wait))) {
  kept_.snd_nxt = connection.snd_seq(connection.snd_.max);
  kept_.rcv_nxt = connection.rcv_seq(connection.rcv_.nxt);
  kept_.ts_recent = connection.ts_recent_;
  kept_.window = static_cast<u16>(std::clamp<Position>(
      (connection.rcv_.edge - connection.rcv_.nxt) >> connection.rcv_scale_, 0, 0xffff));
  kept_.timestamps = connection.flags_.timestamps;
  CATENET_ASSERT(connection.state() == State::time_wait);
}

TimeWait::TimeWait(Environment& env, const Endpoint& local, const Endpoint& remote, Instant now,
                   const Kept& kept)
    : env_(&env), local_(local), remote_(remote), kept_(kept) {
  const i64 now_ms = now.since_start().ms();
  const i32 left_ms = static_cast<i32>(kept.expiry_ms - static_cast<u32>(now_ms));
  expiry_ = Instant::at(Duration::milliseconds(now_ms + left_ms));
}

TimeWait::Kept TimeWait::kept() const {
  Kept kept = kept_;
  kept.expiry_ms = static_cast<u32>(expiry_.since_start().ms());
  return kept;
}

Packet TimeWait::acknowledge(Instant now) const {
  wire::TcpHeader header;
  header.seq = kept_.snd_nxt;
  header.ack = kept_.rcv_nxt;
  header.flags = wire::TcpFlag::ack;
  header.window = kept_.window;
  if (kept_.timestamps) {
    const u32 offset = timestamp_offset(env_->secrets.isn, local_, remote_);
    header.options.timestamps = {timestamp_at(now, offset), kept_.ts_recent};
  }
  return write_segment(*env_, local_, remote_, header);
}

TimeWait::Verdict TimeWait::on_segment(Instant now, const wire::TcpHeader& seg, u32 payload_bytes,
                                       Packet& reply) {
  if (seg.flags.rst()) return Verdict::refused;  // RFC 1337 §3, fix F1
  const auto& stamps = seg.options.timestamps;
  // Where the old connection had none, any timestamp tells a new one.
  const bool newer_stamp =
      stamps && (kept_.timestamps ? static_cast<i32>(stamps->value - kept_.ts_recent) > 0
                                  : env_->options.timestamps);
  const bool told_apart = kept_.timestamps && stamps && stamps->value != kept_.ts_recent;
  const bool newer_seq = seg.seq.after(kept_.rcv_nxt) && !told_apart;
  // RFC 6191 §2: a SYN that cannot be of the old connection.
  if (seg.flags.syn() && !seg.flags.ack() && (newer_stamp || newer_seq)) return Verdict::reuse;
  const bool again_fin = seg.flags.fin() && seg.seq + payload_bytes + 1 == kept_.rcv_nxt;
  if (again_fin) expiry_ = round_up(now + env_->options.msl * 2);
  // An ACK that says nothing new gets no answer: two TIME-WAITs must not talk to each other.
  const bool expected =
      !seg.flags.syn() && !seg.flags.fin() && payload_bytes == 0 && seg.seq == kept_.rcv_nxt;
  if (expected) return Verdict::refused;
  const u16 since = (answer_clock(now) - kept_.answered_at) & answer_mask;
  const bool just_answered =
      kept_.answered && Duration::milliseconds(since * answer_unit_ms) < answer_interval;
  if (!again_fin && just_answered) return Verdict::refused;
  kept_.answered = true;
  kept_.answered_at = answer_clock(now) & answer_mask;
  reply = acknowledge(now);
  return Verdict::reply;
}

bool TimeWait::reusable(Instant now) const {
  // One tick of the timestamp clock since our last segment tells the two connections apart.
  return kept_.timestamps && now + env_->options.msl * 2 - expiry_ >= Duration::seconds(1);
}

}  // namespace catenet::tcp
