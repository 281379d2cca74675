#include "catenet/engine/engine.hpp"

namespace catenet {

Engine::~Engine() {
  while (QueuedEvent* event = queue_.first()) cancel(static_cast<Event&>(*event));
}

void Engine::schedule_at(Instant when, u64 key, Event& event) {
  CATENET_ASSERT(when >= now_);
  if (event.scheduled()) {
    CATENET_ASSERT(event.engine_ == this);
    queue_.remove(event);
  }
  event.engine_ = this;
  event.QueuedEvent::when = when;
  event.key = key;
  queue_.insert(event);
}

void Engine::cancel(Event& event) {
  if (!event.scheduled()) return;
  CATENET_ASSERT(event.engine_ == this);
  queue_.remove(event);
  event.engine_ = nullptr;
}

bool Engine::run_next() {
  QueuedEvent* first = queue_.first();
  if (!first) return false;
  Event& event = static_cast<Event&>(*first);
  now_ = event.when();
  queue_.remove(event);
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
