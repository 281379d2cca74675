#include "catenet/link/transmit_queue.hpp"

#include <algorithm>
#include <utility>

#include "catenet/link/congestion_mark.hpp"
#include "catenet/trace/offload.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet {

void TransmitQueue::set(u64 rate_bps, const QueueSettings& settings) {
  if (rate_bps != rate_bps_) remainder_ = 0;
  rate_bps_ = rate_bps;
  drop_tail_.set_limit(settings.frames, settings.bytes);
  ecn_ = settings.ecn;
  const bool anew = settings.discipline != discipline_;
  discipline_ = settings.discipline;
  if (discipline_ == Discipline::red) {
    if (!red_) red_ = std::make_unique<Red>(origin_.random("red"));
    if (anew) red_->clear();
    red_->set(settings.red, rate_bps);
  }
  if (discipline_ == Discipline::codel) {
    if (!codel_) codel_ = std::make_unique<CodelQueue>();
    if (anew) codel_->clear();
    codel_->set(settings.codel, settings.ecn);
  }
}

// Inline, because every frame on a link with a rate comes through here.
inline void TransmitQueue::drain(Instant now) {
  while (!waiting_.empty() && waiting_.front().start <= now) {
    waiting_bytes_ -= waiting_.pop_front().bytes;
  }
}

inline Backlog TransmitQueue::backlog(Instant now) {
  drain(now);
  Backlog found{static_cast<u32>(waiting_.size()), waiting_bytes_, {}, {}};
  if (busy_until_ > now) {
    found.wait = busy_until_ - now;
  } else {
    found.idle = now - busy_until_;
  }
  return found;
}

inline void TransmitQueue::serialise(Instant start, u32 bytes) {
  if (rate_bps_ == 0) {
    busy_until_ = start;
    return;
  }
  const u64 bits = u64{wire::ethernet::wire_bytes(bytes)} * 8;
  const u64 ticks = bits * 1'000'000'000 + remainder_;
  busy_until_ = start + Duration::nanoseconds(static_cast<i64>(ticks / rate_bps_));
  remainder_ = ticks % rate_bps_;
}

inline Instant TransmitQueue::settle(Instant now, u32 bytes) {
  const Instant start = std::max(now, busy_until_);
  if (start > now) {
    waiting_.push_back({start, bytes});
    waiting_bytes_ += bytes;
  } else if (busy_until_ < now) {
    remainder_ = 0;
  }
  serialise(start, bytes);
  return busy_until_;
}

std::optional<Drop> TransmitQueue::offer_at_rate(Instant now, Packet& frame, Instant& departure) {
  const Backlog found = backlog(now);
  const u32 bytes = frame.size();
  const auto full = drop_tail_.on_arrival(now, found, bytes);
  if (discipline_ == Discipline::red) [[unlikely]] {
    const auto early = red_->on_arrival(now, found, bytes);
    if (full) return full;
    if (early && !marks(*early, frame)) return early;
  } else if (full) {
    return full;
  }
  departure = settle(now, bytes);
  return std::nullopt;
}

// A queue that is far too long drops whatever the ends could be told (RFC 3168 section 7).
bool TransmitQueue::marks(Drop reason, Packet& frame) {
  if (!ecn_ || reason != Drop::red_early || !mark_congestion(frame)) return false;
  marked_ += wire_size(frame).frames;
  return true;
}

std::optional<Drop> TransmitQueue::hold(Instant now, Packet& frame, bool copy) {
  Backlog found = backlog(now);
  found.frames += codel_->frames();
  found.bytes += codel_->bytes();
  if (const auto full = drop_tail_.on_arrival(now, found, frame.size())) return full;
  codel_->push({std::move(frame), now, copy});
  return std::nullopt;
}

TransmitQueue::Leaving TransmitQueue::next(Instant now, u32 maxpacket, PacketQueue& dropped) {
  Leaving leaving{codel_->dequeue(now, maxpacket, dropped, marked_), {}};
  if (leaving.held.frame) leaving.departure = settle(now, leaving.held.frame.size());
  return leaving;
}

TransmitQueue::Leaving TransmitQueue::let_go(Instant now) {
  Leaving leaving;
  if (codel_) leaving.held = codel_->take();
  if (leaving.held.frame) leaving.departure = settle(now, leaving.held.frame.size());
  return leaving;
}

u32 TransmitQueue::waiting(Instant now) {
  drain(now);
  return static_cast<u32>(waiting_.size()) + (codel_ ? codel_->frames() : 0);
}

void TransmitQueue::clear(Instant now) {
  waiting_.clear();
  waiting_bytes_ = 0;
  remainder_ = 0;
  busy_until_ = now;
  if (red_) red_->clear();
  if (codel_) codel_->clear();
}

}  // namespace catenet
