// Transmissions: when each byte between SND.UNA and SND.MAX was last sent, and what became of it.
// RFC 8985 §5.2 keeps this per segment; here bytes that were sent at one instant, one behind the
// other, share a run, for nothing tells them apart but their order. Runs lie in one block, sorted
// by position: an append behind, a removal in front, and a short move only where something is lost.
#pragma once

#include <utility>
#include <vector>

#include "catenet/congestion/delivery_rate.hpp"
#include "catenet/tcp/position.hpp"

namespace catenet::tcp {

class Transmissions {
 public:
  enum class State : u8 { in_flight, sacked, lost };
  struct Run {
    Position last = 0;           // it begins where the one before ends
    congestion::SentState sent;  // the last time
    State state = State::in_flight;
    bool again = false;  // sent more than once
    bool told = false;   // of a loss: congestion control knows
  };
  // What an acknowledgement delivered.
  struct Delivered {
    Range range;
    const congestion::SentState& sent;
    bool again = false;
  };
  // Beyond so many, bytes sent join the run before them, which counts as sent as late: what small
  // segments cost in memory has a bound.
  static constexpr std::size_t max_runs = 16'384;

  bool empty() const { return head_ == runs_.size(); }
  std::size_t size() const { return runs_.size() - head_; }
  Position first() const { return first_; }
  Position last() const { return empty() ? first_ : runs_.back().last; }
  i64 sacked() const { return sacked_; }
  i64 lost() const { return lost_; }
  // Bytes that are neither known to have arrived nor to be lost: SetPipe without a walk.
  i64 in_flight() const { return last() - first_ - sacked_ - lost_; }
  u64 footprint() const { return runs_.capacity() * sizeof(Run); }

  // `range` was sent; it begins inside what is here, or at its end. `again`: it, or some of it, had
  // been sent before.
  void sent(Range range, const congestion::SentState& state, bool again);
  // SND.UNA moved to `una`: calls `visit(Delivered)` for what had not been sacked.
  template <typename Visit>
  void acked(Position una, Visit&& visit);
  // `block` was selectively acknowledged: the same.
  template <typename Visit>
  void sacked(Range block, Visit&& visit);
  // The peer took its SACKs back (RFC 2018 §8): what it had reported is lost.
  void renege();
  // Calls `judge(const Run&, bool& go_on)` for each run in flight, in order, until it says not to
  // go on: a run for which it returns true is lost.
  template <typename Judge>
  void judge(Judge&& judge);
  // The run of bytes at `una`, at most `length` of them, is lost.
  void lose_first(u32 length);
  void lose_all();
  // Nothing was lost after all.
  void unlose();
  // Calls `visit(Range, const SentState&)` for each run that is lost, once.
  template <typename Visit>
  void tell_lost(Visit&& visit);
  // The first run was reported and is not acknowledged: the peer took it back.
  bool reneged() const { return !empty() && runs_[head_].state == State::sacked; }
  // The first bytes that are lost, at most `length`; empty where none are.
  Range first_lost(u32 length) const;

 private:
  std::size_t find(Position position) const;  // the run that holds it
  Position begin_of(std::size_t index) const {
    return index == head_ ? first_ : runs_[index - 1].last;
  }
  std::size_t split(Position position);
  void append(const Run& run);
  void reset(Position at);
  // Makes one run of [from, to) and of neighbours that are like it.
  void join(std::size_t from, std::size_t to);
  static bool alike(const Run& a, const Run& b) {
    return a.state == b.state && a.again == b.again &&
           (a.state != State::in_flight || a.sent.sent == b.sent.sent);
  }
  void leave(const Run& run, i64 bytes);  // takes them out of the sums

  std::vector<Run> runs_;
  std::size_t head_ = 0;  // runs before it are over
  Position first_ = 1;
  i64 sacked_ = 0;
  i64 lost_ = 0;
  Position lost_from_ = 0;  // nothing below it is lost
};

template <typename Visit>
void Transmissions::acked(Position una, Visit&& visit) {
  if (una <= first_) return;
  while (head_ < runs_.size()) {
    const Run& run = runs_[head_];
    const Position until = una < run.last ? una : run.last;
    if (run.state != State::sacked) visit(Delivered{{first_, until}, run.sent, run.again});
    if (run.state != State::in_flight) leave(run, until - first_);
    first_ = until;
    if (until < run.last) return;
    ++head_;
    if (first_ == una) break;
  }
  if (head_ == runs_.size()) reset(una);
}

template <typename Visit>
void Transmissions::sacked(Range block, Visit&& visit) {
  block = {block.first > first_ ? block.first : first_, block.last < last() ? block.last : last()};
  if (block.empty()) return;
  const std::size_t from = split(block.first);
  const std::size_t to = split(block.last);
  congestion::SentState latest{.sent = Instant::long_ago()};
  for (std::size_t i = from; i < to; ++i) {
    Run& run = runs_[i];
    if (latest.sent < run.sent.sent) latest = run.sent;
    if (run.state == State::sacked) continue;
    const Range range{begin_of(i), run.last};
    visit(Delivered{range, run.sent, run.again});
    leave(run, range.size());
    sacked_ += range.size();
    run.state = State::sacked;
  }
  for (std::size_t i = from; i < to; ++i) {
    runs_[i].sent = latest;
    runs_[i].again = false;
  }
  join(from, to);
}

template <typename Judge>
void Transmissions::judge(Judge&& judge) {
  for (std::size_t i = head_; i < runs_.size(); ++i) {
    Run& run = runs_[i];
    if (run.state != State::in_flight) continue;
    bool go_on = true;
    const Position begin = begin_of(i);
    if (judge(run, go_on)) {
      run.state = State::lost;
      lost_from_ = lost_ == 0 || begin < lost_from_ ? begin : lost_from_;
      lost_ += run.last - begin;
    }
    if (!go_on) return;
  }
}

template <typename Visit>
void Transmissions::tell_lost(Visit&& visit) {
  if (lost_ == 0) return;
  for (std::size_t i = head_; i < runs_.size(); ++i) {
    Run& run = runs_[i];
    if (run.state != State::lost || std::exchange(run.told, true)) continue;
    visit(Range{begin_of(i), run.last}, run.sent);
  }
}

}  // namespace catenet::tcp
