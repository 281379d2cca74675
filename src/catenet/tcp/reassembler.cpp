#include "catenet/tcp/reassembler.hpp"

#include <algorithm>

namespace catenet::tcp {

// The first run that ends at or after `position`.
std::size_t Reassembler::run_after(Position position) const {
  const auto it = std::lower_bound(runs_.begin(), runs_.end(), position,
                                   [](const Run& r, Position p) { return r.range.last < p; });
  return static_cast<std::size_t>(it - runs_.begin());
}

bool Reassembler::extends_run(std::size_t index, Position first) const {
  return index < runs_.size() && runs_[index].range.first <= first;
}

bool Reassembler::has_place(Position first) const {
  return runs_.size() < max_runs || extends_run(run_after(first), first);
}

bool Reassembler::insert(Position first, Packet&& payload) {
  if (!has_place(first)) return false;
  const Range arrived{first, first + payload.size()};
  std::size_t index = run_after(first);
  const bool extends = extends_run(index, first);
  Packet bytes = std::move(payload);
  if (extends) {
    const Position have = runs_[index].range.last;
    if (have > first) note_duplicate({first, std::min(have, arrived.last)});
    if (have >= arrived.last) {
      touch(first);
      return true;
    }
    bytes.trim_front(static_cast<u32>(have - first));
    first = have;
    ++index;
  }
  // Runs this segment covers give way to it; one that reaches further keeps its bytes.
  std::size_t covered = index;
  while (covered < runs_.size() && runs_[covered].range.last <= arrived.last) {
    note_duplicate(runs_[covered].range);
    footprint_ -= runs_[covered].bytes.footprint();
    ++covered;
  }
  runs_.erase(runs_.begin() + static_cast<i64>(index), runs_.begin() + static_cast<i64>(covered));
  Position last = arrived.last;
  if (index < runs_.size() && runs_[index].range.first < last) {
    note_duplicate({runs_[index].range.first, last});
    last = runs_[index].range.first;
    bytes.truncate(static_cast<u32>(last - first));
  }
  if (extends) {
    --index;
  } else {
    runs_.insert(runs_.begin() + static_cast<i64>(index), Run{{first, first}, {}});
  }
  Run& run = runs_[index];
  const u32 before = run.bytes.footprint();
  run.bytes.push(std::move(bytes));
  run.range.last = last;
  footprint_ += run.bytes.footprint() - before;
  join(index);
  touch(first);
  return true;
}

// Joins run `index` with the one behind it where they meet.
void Reassembler::join(std::size_t index) {
  if (index + 1 >= runs_.size()) return;
  Run& run = runs_[index];
  Run& next = runs_[index + 1];
  if (run.range.last != next.range.first) return;
  run.range.last = next.range.last;
  run.bytes.splice(std::move(next.bytes));
  runs_.erase(runs_.begin() + static_cast<i64>(index) + 1);
}

Position Reassembler::take(Position next, PayloadQueue& queue) {
  std::size_t taken = 0;
  while (taken < runs_.size() && runs_[taken].range.first <= next) {
    Run& run = runs_[taken++];
    if (run.range.first < next) note_duplicate({run.range.first, std::min(run.range.last, next)});
    footprint_ -= run.bytes.footprint();
    if (run.range.last <= next) continue;
    run.bytes.skip(static_cast<u32>(next - run.range.first));
    next = run.range.last;
    queue.splice(std::move(run.bytes));
  }
  runs_.erase(runs_.begin(), runs_.begin() + static_cast<i64>(taken));
  return next;
}

bool Reassembler::drop_highest(Position position) {
  if (runs_.empty() || runs_.back().range.first <= position) return false;
  footprint_ -= runs_.back().bytes.footprint();
  runs_.pop_back();
  return true;
}

// The run that holds `position` becomes the most recent.
void Reassembler::touch(Position position) {
  const std::size_t index = run_after(position + 1);
  if (index >= runs_.size()) return;
  const Range run = runs_[index].range;
  std::array<Position, 4> kept{position};
  std::size_t n = 1;
  for (const Position other : recent_) {
    const bool same = run.first <= other && other < run.last;
    if (!same && n < kept.size()) kept[n++] = other;
  }
  recent_ = kept;
}

Reassembler::Blocks Reassembler::blocks(u32 room) {
  Blocks result;
  room = std::min<u32>(room, static_cast<u32>(result.ranges.size()));
  const auto add = [&](Range range) {
    if (result.count < room) result.ranges[result.count++] = range;
  };
  if (!duplicate_.empty()) add(std::exchange(duplicate_, {}));
  const u32 reported_duplicates = result.count;
  for (const Position position : recent_) {
    const std::size_t index = run_after(position + 1);
    if (index >= runs_.size() || runs_[index].range.first > position) continue;
    const auto begin = result.ranges.begin() + reported_duplicates;
    const auto end = result.ranges.begin() + result.count;
    if (std::find(begin, end, runs_[index].range) == end) add(runs_[index].range);
  }
  return result;
}

}  // namespace catenet::tcp
