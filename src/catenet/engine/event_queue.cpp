#include "catenet/engine/event_queue.hpp"

#include <algorithm>
#include <utility>

namespace catenet {

// --- The wheel ---

void EventQueue::put_away(QueuedEvent& event, u64 tick) {
  const u32 level = static_cast<u32>(std::bit_width(tick ^ reached_) - 1) / digit_bits;
  const u32 digit = static_cast<u32>(tick >> (level * digit_bits)) % digits;
  const u32 slot = level * digits + digit;
  QueuedEvent*& head = slots_[slot];
  event.place_ = in_wheel | slot;
  event.previous_ = nullptr;
  event.next_ = head;
  if (head) head->previous_ = &event;
  head = &event;
  occupied_[level] |= u64{1} << digit;
  levels_ |= 1u << level;
}

void EventQueue::unlink(QueuedEvent& event) {
  if (event.next_) event.next_->previous_ = event.previous_;
  if (event.previous_) {
    event.previous_->next_ = event.next_;
    return;
  }
  const u32 slot = event.place_ & ~in_wheel;
  slots_[slot] = event.next_;
  if (event.next_) return;
  const u32 level = slot / digits;
  occupied_[level] &= ~(u64{1} << slot % digits);
  if (occupied_[level] == 0) levels_ &= ~(1u << level);
}

// Goes on to the next tick that has any event, for the heap is empty; false when there is none.
bool EventQueue::refill() {
  while (heap_.empty()) {
    if (levels_ == 0) return false;
    const u32 level = static_cast<u32>(std::countr_zero(levels_));
    const u32 digit = static_cast<u32>(std::countr_zero(occupied_[level]));
    const u32 shift = level * digit_bits;
    reached_ = ((reached_ >> shift & ~u64{digits - 1}) | digit) << shift;
    occupied_[level] &= occupied_[level] - 1;
    if (occupied_[level] == 0) levels_ &= ~(1u << level);
    QueuedEvent* event = std::exchange(slots_[level * digits + digit], nullptr);
    while (event) insert(*std::exchange(event, event->next_));
  }
  return true;
}

// --- The heap ---

void EventQueue::push(QueuedEvent& event) {
  heap_.push_back({});
  sift_up(static_cast<u32>(heap_.size() - 1), {event.when, event.key, &event});
}

void EventQueue::remove_from_heap(u32 at) {
  const Entry last = heap_.back();
  heap_.pop_back();
  if (at == heap_.size()) return;
  if (last.before(heap_[at])) {
    sift_up(at, last);
  } else {
    sift_down(at, last);
  }
}

void EventQueue::sift_up(u32 at, const Entry& entry) {
  while (at > 0) {
    const u32 parent = (at - 1) / 4;
    if (!entry.before(heap_[parent])) break;
    place(at, heap_[parent]);
    at = parent;
  }
  place(at, entry);
}

void EventQueue::sift_down(u32 at, const Entry& entry) {
  const u32 size = static_cast<u32>(heap_.size());
  for (;;) {
    const u32 first = at * 4 + 1;
    if (first >= size) break;
    u32 best = first;
    const u32 last = std::min(first + 4, size);
    for (u32 child = first + 1; child < last; ++child) {
      if (heap_[child].before(heap_[best])) best = child;
    }
    if (!heap_[best].before(entry)) break;
    place(at, heap_[best]);
    at = best;
  }
  place(at, entry);
}

}  // namespace catenet
