// WallClock: moves shards along the machine's monotonic clock, and hands what comes from
// descriptors to their handlers in between, so that a lab and the machine share one time.
#pragma once

#include <array>
#include <functional>
#include <string>

#include "catenet/engine/shards.hpp"
#include "catenet/os/poller.hpp"

namespace catenet::os {

// How late events were: a measurement for each batch of due events, of the oldest when its batch
// began.
class LagMeter {
 public:
  void add(Duration lag);

  u64 count() const { return count_; }
  Duration max() const { return max_; }
  // Zero while there is no measurement.
  Duration mean() const;
  // What `percent` of all measurements do not exceed, at most an eighth too large.
  Duration percentile(u32 percent) const;
  // "events were late by 63 us (mean), 210 us (99 %), 1.2 ms (most); 4711 wake-ups"
  std::string to_string() const;

 private:
  // Eight buckets for each power of two of nanoseconds.
  std::array<u64, 64 * 8> buckets_{};
  u64 count_ = 0;
  Duration sum_;
  Duration max_;
};

class WallClock {
 public:
  // The shards' clock begins to move now, from where it stands.
  WallClock(ShardSet& shards, Poller& poller);
  WallClock(const WallClock&) = delete;
  WallClock& operator=(const WallClock&) = delete;

  // The lab's time at this moment of the machine's.
  Instant now() const;
  // Runs events when they are due and dispatches the poller, with all clocks at the moment, until
  // the lab's time is `end` or `stop`, asked after every batch, says so.
  void run_until(Instant end, const std::function<bool()>& stop);

  const LagMeter& lag() const { return lag_; }

 private:
  void catch_up(Instant to);

  ShardSet& shards_;
  Poller& poller_;
  i64 zero_ns_;  // of the monotonic clock, at the lab's 0 s
  LagMeter lag_;
};

}  // namespace catenet::os
