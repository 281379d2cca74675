// MtuSearch: the largest packet a path takes, found by sending some that are larger than those
// known to arrive. Read RFC 4821 §7 (Packetization Layer Path MTU Discovery). Plain values: whoever
// sends asks, and says what became of it. What ended below the largest that could ever pass begins
// again after a rest: paths change.
#pragma once

#include <algorithm>

#include "catenet/tcp/position.hpp"
#include "catenet/time/time.hpp"

namespace catenet::tcp {

class MtuSearch {
 public:
  // §7.3 asks for a wait of at least five minutes, RFC 1191 §6.3 for ten.
  static constexpr Duration rest = Duration::seconds(600);
  // A gain of less is not worth a probe.
  static constexpr u32 least_gain = 8;

  // Up to `most` from now on, or from `at` on.
  void begin(u32 most, Instant at) {
    high_ = most_ = most;
    at_ = at;
  }
  // Whether a probe may be sent, `low` being what is known to arrive.
  bool due(Instant now, u32 low) const { return end_ == 0 && now >= at_ && high_ > low; }
  // The size to try: half of what is left, or all of it where that is little.
  u32 candidate(u32 low) const {
    const u32 half = low + (high_ - low + 1) / 2;
    return high_ - half < least_gain ? high_ : half;
  }
  // A packet of `size` bytes went out, with text from `first` to `last`.
  void on_probe(u32 size, Range text) {
    size_ = size;
    first_ = text.first;
    end_ = text.last;
  }
  // Nothing is sought, now or later.
  bool idle() const { return end_ == 0 && at_ == Instant::never(); }
  bool probing() const { return end_ != 0; }
  // No probe is out, and none is due now.
  bool rests(Instant now) const { return end_ == 0 && now < at_; }
  Range text() const { return {first_, end_}; }
  // It arrived: returns its size.
  u32 on_arrival(Instant now) {
    end_ = 0;
    if (high_ <= size_) end(now, size_);
    return size_;
  }
  // It did not. `low` as in due().
  void on_loss(Instant now, u32 low) {
    end_ = 0;
    high_ = std::max(size_ - 1, low);
    if (high_ - low < least_gain) end(now, low);
  }
  // It was lost together with others (§7.6.3), which says nothing of its size.
  void on_inconclusive() { end_ = 0; }
  // What is known became `low`, by what a router said or nobody did: the search begins anew, after
  // a rest, and may go to `most`.
  void on_lowered(Instant now, u32 most) {
    end_ = 0;
    begin(most, now + rest);
  }

 private:
  void end(Instant now, u32 found) {
    at_ = Instant::never();
    if (most_ > found) begin(most_, now + rest);
  }

  u32 most_ = 0;  // what it began with
  u32 high_ = 0;
  u32 size_ = 0;
  Position first_ = 0;
  Position end_ = 0;  // 0: no probe is out
  Instant at_ = Instant::never();
};

}  // namespace catenet::tcp
