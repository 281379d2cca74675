#include "catenet/engine/shards.hpp"

#include <algorithm>

namespace catenet {

void CrossShardInbox::mark_pending() {
  if (!linked()) shards_.shards_[from_]->outgoing.push_back(*this);
}

ShardSet::ShardSet(u32 shards, Instant start) : now_(start) {
  CATENET_ASSERT(shards > 0);
  for (u32 i = 0; i < shards; ++i) shards_.push_back(std::make_unique<Shard>(start));
}

void ShardSet::note_lookahead(Duration delay) {
  CATENET_ASSERT(!in_window_ && delay > Duration::zero());
  lookahead_ = std::min(lookahead_, delay);
}

void ShardSet::at_barrier(Instant when, Step step) {
  CATENET_ASSERT(!in_window_ && when >= now_ && when < Instant::never());
  // In front of (so to be run after) every step that is not later.
  const auto at = std::partition_point(
      steps_.begin(), steps_.end(), [&](const PlannedStep& other) { return other.when > when; });
  steps_.insert(at, {when, std::move(step)});
}

void ShardSet::run_until(Instant end) {
  stopped_ = false;
  while (!stopped_ && advance(end)) {
  }
  if (!stopped_ && end < Instant::never()) set_clocks(std::max(end, now_));
}

void ShardSet::run_until_idle() { run_until(Instant::never()); }

Instant ShardSet::next_time() {
  CATENET_ASSERT(!in_window_);
  drain();
  return std::min(next_event_time(), steps_.empty() ? Instant::never() : steps_.back().when);
}

u64 ShardSet::events_run() const {
  u64 sum = 0;
  for (const auto& shard : shards_) sum += shard->engine.events_run();
  return sum;
}

bool ShardSet::advance(Instant end) {
  const Instant next = next_time();
  if (next > end || next == Instant::never()) return false;
  const Instant step_at = steps_.empty() ? Instant::never() : steps_.back().when;
  if (step_at == next) {
    run_steps(next);
    return true;
  }
  Instant window_end = step_at;
  if (next < Instant::never() - lookahead_) window_end = std::min(window_end, next + lookahead_);
  if (end < Instant::never()) {
    window_end = std::min(window_end, end + Duration::nanoseconds(1));
  }
  run_window(window_end);
  return true;
}

void ShardSet::run_window(Instant end) {
  in_window_ = true;
  for (auto& shard : shards_) {
    shard->engine.run_before(end);
    now_ = std::max(now_, shard->engine.now());
    stopped_ = stopped_ || shard->engine.stopped();
  }
  in_window_ = false;
  // Idle between windows: then every clock shows the last event's time.
  if (!stopped_ && next_event_time() >= end) set_clocks(now_);
}

void ShardSet::run_steps(Instant when) {
  set_clocks(when);
  while (!stopped_ && !steps_.empty() && steps_.back().when == when) {
    Step step = std::move(steps_.back().step);
    steps_.pop_back();
    step();
  }
}

void ShardSet::drain() {
  for (auto& shard : shards_) {
    while (!shard->outgoing.empty()) shard->outgoing.pop_front().drain();
  }
}

void ShardSet::set_clocks(Instant when) {
  now_ = when;
  for (auto& shard : shards_) {
    if (shard->engine.now() < when) shard->engine.advance_to(when);
  }
}

Instant ShardSet::next_event_time() const {
  Instant next = Instant::never();
  for (const auto& shard : shards_) next = std::min(next, shard->engine.next_time());
  return next;
}

}  // namespace catenet
