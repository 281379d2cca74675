// EventQueue: what is scheduled, in the order (when, key). The next tick's events stand in a heap;
// later ones lie unordered in the slots of a wheel, so that most are put away, moved and cancelled
// without a comparison. Read Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987).
#pragma once

#include <array>
#include <bit>
#include <vector>

#include "catenet/base/types.hpp"
#include "catenet/time/time.hpp"

namespace catenet {

// What an event must have to be queued.
struct QueuedEvent {
  Instant when{};
  u64 key = 0;

 private:
  friend class EventQueue;
  QueuedEvent* next_ = nullptr;  // in its slot
  QueuedEvent* previous_ = nullptr;
  u32 place_ = 0;  // in the heap; or in_wheel and its slot
};

class EventQueue {
 public:
  // Nothing will be due before `start`.
  explicit EventQueue(Instant start) : reached_(tick_of(start)) { heap_.reserve(64); }

  bool empty() const { return heap_.empty() && levels_ == 0; }
  // The first event; nullptr when there is none.
  QueuedEvent* first() {
    if (heap_.empty() && !refill()) [[unlikely]]
      return nullptr;
    return heap_[0].event;
  }
  // When it is due; never() when there is none.
  Instant first_time() {
    if (heap_.empty() && !refill()) [[unlikely]]
      return Instant::never();
    return heap_[0].when;
  }
  void insert(QueuedEvent& event) {
    const u64 tick = tick_of(event.when);
    if (tick <= reached_) {
      push(event);
    } else {
      put_away(event, tick);
    }
  }
  // `event` is queued.
  void remove(QueuedEvent& event) {
    if (event.place_ & in_wheel) {
      unlink(event);
    } else {
      remove_from_heap(event.place_);
    }
  }

 private:
  struct Entry {
    Instant when;
    u64 key;
    QueuedEvent* event;

    bool before(const Entry& other) const {
      return when != other.when ? when < other.when : key < other.key;
    }
  };

  // A tick is 65.5 us: a few events of a busy network. Each level counts one digit of the tick.
  static constexpr u32 tick_bits = 16;
  static constexpr u32 digit_bits = 6;
  static constexpr u32 digits = 1u << digit_bits;
  static constexpr u32 level_count = (64 - tick_bits) / digit_bits;
  static constexpr u32 in_wheel = 1u << 31;

  static u64 tick_of(Instant when) {
    return (static_cast<u64>(when.ns()) ^ u64{1} << 63) >> tick_bits;
  }

  bool refill();
  void put_away(QueuedEvent& event, u64 tick);
  void unlink(QueuedEvent& event);
  void push(QueuedEvent& event);
  void remove_from_heap(u32 at);
  void sift_up(u32 at, const Entry& entry);
  void sift_down(u32 at, const Entry& entry);
  void place(u32 at, const Entry& entry) {
    heap_[at] = entry;
    entry.event->place_ = at;
  }

  std::vector<Entry> heap_;  // all up to the tick reached; four children a node
  u64 reached_;
  // A later event lies at the level of the highest digit in which its tick differs from the one
  // reached, in the slot of that digit: all at a level come before all at a higher one.
  u32 levels_ = 0;                           // a bit for each level that holds any
  std::array<u64, level_count> occupied_{};  // a bit for each slot that holds any
  std::array<QueuedEvent*, level_count * digits> slots_{};
};

}  // namespace catenet
