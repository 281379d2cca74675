#include "catenet/link/codel.hpp"

#include <bit>
#include <utility>

#include "catenet/link/congestion_mark.hpp"
#include "catenet/trace/offload.hpp"

namespace catenet {
namespace {

__extension__ using u128 = unsigned __int128;

// The whole part of the square root, by Newton's method from above.
u64 square_root(u64 n) {
  if (n == 0) return 0;
  u64 root = u64{1} << (std::bit_width(n) + 1) / 2;
  while (true) {
    const u64 better = (root + n / root) / 2;
    if (better >= root) return root;
    root = better;
  }
}

}  // namespace

Duration codel_spacing(Duration interval, u32 count) {
  const u64 inverse = square_root((u64{1} << 62) / count);  // in 2^-31
  const u128 spacing = u128(static_cast<u64>(interval.ns())) * inverse >> 31;
  return Duration::nanoseconds(static_cast<i64>(spacing));
}

u64 CodelQueue::wire_frames() const {
  u64 sum = 0;
  for (std::size_t i = 0; i < frames_.size(); ++i) sum += wire_size(frames_[i].frame).frames;
  return sum;
}

void CodelQueue::push(HeldFrame held) {
  bytes_ += held.frame.size();
  frames_.push_back(std::move(held));
}

HeldFrame CodelQueue::take() {
  if (frames_.empty()) return {};
  HeldFrame held = frames_.pop_front();
  bytes_ -= held.frame.size();
  return held;
}

void CodelQueue::clear() {
  frames_.clear();
  bytes_ = 0;
  dropping_ = above_ = false;
  drop_next_ = Instant::long_ago();
  count_ = lastcount_ = 0;
}

CodelQueue::Head CodelQueue::dodequeue(Instant now, u32 maxpacket) {
  Head head{take()};
  const bool short_wait = !head.held.frame || now - head.held.since < settings_.target;
  if (short_wait || bytes_ <= maxpacket) {
    above_ = false;
  } else if (!above_) {
    above_ = true;
    first_above_time_ = now + settings_.interval;
  } else {
    head.ok_to_drop = now >= first_above_time_;
  }
  return head;
}

HeldFrame CodelQueue::dequeue(Instant now, u32 maxpacket, PacketQueue& dropped, u64& marked) {
  Head head = dodequeue(now, maxpacket);
  if (!dropping_) {
    if (!head.ok_to_drop) return std::move(head.held);
    if (!mark(head, marked)) {
      dropped.push_back(std::move(head.held.frame));
      head = dodequeue(now, maxpacket);
    }
    enter_dropping(now);
    return std::move(head.held);
  }
  dropping_ = head.ok_to_drop;
  while (dropping_ && now >= drop_next_) {
    ++count_;
    if (mark(head, marked)) {
      drop_next_ = control_law(drop_next_);
      break;
    }
    dropped.push_back(std::move(head.held.frame));
    head = dodequeue(now, maxpacket);
    dropping_ = head.ok_to_drop;
    if (dropping_) drop_next_ = control_law(drop_next_);
  }
  return std::move(head.held);
}

// A rate of drops that was right a short while ago is a better beginning than the lowest.
void CodelQueue::enter_dropping(Instant now) {
  dropping_ = true;
  const u32 delta = count_ - lastcount_;
  const bool recently = now - drop_next_ < settings_.interval * 16;
  count_ = delta > 1 && recently ? delta : 1;
  drop_next_ = control_law(now);
  lastcount_ = count_;
}

bool CodelQueue::mark(Head& head, u64& marked) const {
  if (!ecn_ || !mark_congestion(head.held.frame)) return false;
  marked += wire_size(head.held.frame).frames;
  return true;
}

}  // namespace catenet
