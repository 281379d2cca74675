#include "catenet/link/transmit_queue.hpp"

#include <algorithm>

#include "catenet/wire/ethernet.hpp"

namespace catenet {

void TransmitQueue::set(u64 rate_bps, const QueueLimit& limit) {
  if (rate_bps != rate_bps_) remainder_ = 0;
  rate_bps_ = rate_bps;
  discipline_.set_limit(limit);
}

std::optional<Drop> TransmitQueue::offer_at_rate(Instant now, u32 bytes, Instant& departure) {
  drain(now);
  const Instant start = std::max(now, busy_until_);
  const Backlog backlog{static_cast<u32>(waiting_.size()), waiting_bytes_, start - now};
  if (const auto refusal = discipline_.on_arrival(now, backlog, bytes)) return refusal;
  if (start > now) {
    waiting_.push_back({start, bytes});
    waiting_bytes_ += bytes;
  } else if (busy_until_ < now) {
    remainder_ = 0;
  }
  serialise(start, bytes);
  departure = busy_until_;
  return std::nullopt;
}

void TransmitQueue::serialise(Instant start, u32 bytes) {
  if (rate_bps_ == 0) {
    busy_until_ = start;
    return;
  }
  const u64 bits = u64{wire::ethernet::wire_bytes(bytes)} * 8;
  const u64 ticks = bits * 1'000'000'000 + remainder_;
  busy_until_ = start + Duration::nanoseconds(static_cast<i64>(ticks / rate_bps_));
  remainder_ = ticks % rate_bps_;
}

void TransmitQueue::drain(Instant now) {
  while (!waiting_.empty() && waiting_.front().start <= now) {
    waiting_bytes_ -= waiting_.pop_front().bytes;
  }
}

u32 TransmitQueue::waiting(Instant now) {
  drain(now);
  return static_cast<u32>(waiting_.size());
}

void TransmitQueue::clear(Instant now) {
  waiting_.clear();
  waiting_bytes_ = 0;
  remainder_ = 0;
  busy_until_ = now;
}

}  // namespace catenet
