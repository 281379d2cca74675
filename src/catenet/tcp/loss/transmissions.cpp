#include "catenet/tcp/loss/transmissions.hpp"

#include <algorithm>

namespace catenet::tcp {

void Transmissions::reset(Position at) {
  first_ = at;
  head_ = 0;
  sacked_ = lost_ = 0;
  runs_.clear();
  constexpr std::size_t kept = 64;  // a connection at rest is small
  if (runs_.capacity() > kept) {
    runs_.shrink_to_fit();
    runs_.reserve(kept);
  }
}

void Transmissions::append(const Run& run) {
  // Room in front first: in the steady state nothing is allocated.
  if (runs_.size() == runs_.capacity() && head_ > runs_.size() / 4) {
    runs_.erase(runs_.begin(), runs_.begin() + static_cast<i64>(head_));
    head_ = 0;
  }
  runs_.push_back(run);
}

void Transmissions::sent(Range range, const congestion::SentState& state, bool again) {
  if (empty() && range.first > first_) reset(range.first);
  if (range.first < last()) {
    const Position until = std::min(range.last, last());
    const std::size_t from = split(std::max(range.first, first_));
    const std::size_t to = split(until);
    for (std::size_t i = from; i < to; ++i) {
      Run& run = runs_[i];
      if (run.state == State::sacked) continue;
      leave(run, run.last - begin_of(i));
      run.state = State::in_flight;
      run.sent = state;
      run.again = true;
      run.told = false;
    }
    if (from < to) join(from, to);
    if (range.first <= lost_from_) lost_from_ = std::max(lost_from_, until);
    range.first = until;
  }
  if (range.empty()) return;
  const Run run{.last = range.last, .sent = state, .again = again};
  if (!empty() && (alike(runs_.back(), run) || size() >= max_runs)) {
    Run& back = runs_.back();
    if (back.state == State::in_flight) {
      back.last = range.last;
      back.sent = state;
      back.again |= again;
      return;
    }
  }
  append(run);
}

void Transmissions::leave(const Run& run, i64 bytes) {
  if (run.state == State::sacked) sacked_ -= bytes;
  if (run.state == State::lost) lost_ -= bytes;
}

std::size_t Transmissions::find(Position position) const {
  const auto it = std::upper_bound(runs_.begin() + static_cast<i64>(head_), runs_.end(), position,
                                   [](Position p, const Run& run) { return p < run.last; });
  return static_cast<std::size_t>(it - runs_.begin());
}

// Makes a run begin at `position`; returns its index.
std::size_t Transmissions::split(Position position) {
  const std::size_t index = find(position);
  if (index == runs_.size() || begin_of(index) == position) return index;
  Run front = runs_[index];
  front.last = position;
  runs_.insert(runs_.begin() + static_cast<i64>(index), front);
  return index + 1;
}

void Transmissions::join(std::size_t from, std::size_t to) {
  if (from > head_) --from;
  to = std::min(to + 1, runs_.size());
  std::size_t kept = from;
  for (std::size_t i = from + 1; i < to; ++i) {
    if (alike(runs_[kept], runs_[i])) {
      const auto before = runs_[kept].sent;
      runs_[kept] = runs_[i];
      if (before.sent > runs_[kept].sent.sent) runs_[kept].sent = before;
    } else {
      runs_[++kept] = runs_[i];
    }
  }
  runs_.erase(runs_.begin() + static_cast<i64>(kept) + 1, runs_.begin() + static_cast<i64>(to));
}

void Transmissions::renege() {
  for (std::size_t i = head_; i < runs_.size(); ++i) {
    if (runs_[i].state != State::sacked) continue;
    runs_[i].state = State::lost;
    runs_[i].again = true;
  }
  lost_ += sacked_;
  sacked_ = 0;
  lost_from_ = first_;
}

void Transmissions::lose_first(u32 length) {
  if (empty()) return;
  split(std::min(first_ + length, runs_[head_].last));
  Run& run = runs_[head_];
  if (run.state != State::in_flight) return;
  run.state = State::lost;
  lost_ += run.last - first_;
  lost_from_ = first_;
}

void Transmissions::lose_all() {
  judge([](const Run&, bool&) { return true; });
}

void Transmissions::unlose() {
  for (std::size_t i = head_; i < runs_.size(); ++i) {
    if (runs_[i].state != State::lost) continue;
    runs_[i].state = State::in_flight;
    runs_[i].told = false;
  }
  lost_ = 0;
}

Range Transmissions::first_lost(u32 length) const {
  if (lost_ == 0) return {};
  std::size_t index = find(std::max(lost_from_, first_));
  while (runs_[index].state != State::lost) ++index;
  Range range{std::max(begin_of(index), first_), runs_[index].last};
  for (++index; index < runs_.size() && runs_[index].state == State::lost; ++index) {
    range.last = runs_[index].last;
  }
  range.last = std::min(range.last, range.first + length);
  return range;
}

}  // namespace catenet::tcp
