#include "catenet/engine/engine.hpp"

#include <algorithm>

namespace catenet {

Engine::~Engine() {
  for (Entry& entry : heap_) entry.event->engine_ = nullptr;
}

void Engine::schedule_at(Instant when, u64 key, Event& event) {
  CATENET_ASSERT(when >= now_);
  if (event.scheduled()) {
    CATENET_ASSERT(event.engine_ == this);
    const Entry moved{when, key, &event};
    if (moved.before(heap_[event.position_])) {
      sift_up(event.position_, moved);
    } else {
      sift_down(event.position_, moved);
    }
    return;
  }
  event.engine_ = this;
  heap_.push_back({});
  sift_up(static_cast<u32>(heap_.size() - 1), {when, key, &event});
}

void Engine::cancel(Event& event) {
  if (!event.scheduled()) return;
  CATENET_ASSERT(event.engine_ == this);
  remove(event.position_);
  event.engine_ = nullptr;
}

void Engine::remove(u32 at) {
  const Entry last = heap_.back();
  heap_.pop_back();
  if (at == heap_.size()) return;
  if (last.before(heap_[at])) {
    sift_up(at, last);
  } else {
    sift_down(at, last);
  }
}

void Engine::sift_up(u32 at, Entry entry) {
  while (at > 0) {
    const u32 parent = (at - 1) / 4;
    if (!entry.before(heap_[parent])) break;
    place(at, heap_[parent]);
    at = parent;
  }
  place(at, entry);
}

void Engine::sift_down(u32 at, Entry entry) {
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

bool Engine::run_next() {
  if (heap_.empty()) return false;
  Event& event = *heap_[0].event;
  now_ = heap_[0].when;
  remove(0);
  // The next event has most likely not been touched for a while.
  if (!heap_.empty()) __builtin_prefetch(heap_[0].event);
  event.engine_ = nullptr;
  if (++events_run_ == stop_at_) stopped_ = true;
  event.action_(event);
  return true;
}

void Engine::run_until(Instant end) {
  stopped_ = false;
  while (!stopped_ && next_time() <= end && run_next()) {
  }
  if (!stopped_ && now_ < end && end < Instant::never()) now_ = end;
}

void Engine::run_before(Instant end) {
  stopped_ = false;
  while (!stopped_ && next_time() < end && run_next()) {
  }
}

void Engine::run_until_idle() {
  stopped_ = false;
  while (!stopped_ && run_next()) {
  }
}

void Engine::advance_to(Instant to) {
  CATENET_ASSERT(to >= now_ && to <= next_time());
  now_ = to;
}

}  // namespace catenet
