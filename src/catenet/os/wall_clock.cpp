#include "catenet/os/wall_clock.hpp"

#include <algorithm>
#include <bit>
#include <ctime>
#include <fmt/core.h>
#include <sys/prctl.h>

namespace catenet::os {
namespace {

i64 monotonic_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return i64{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// The kernel may wake a thread 50 us late on purpose, to save power. While this lives, it does not.
class PreciseTimers {
 public:
  PreciseTimers() : slack_(::prctl(PR_GET_TIMERSLACK)) { ::prctl(PR_SET_TIMERSLACK, 1UL); }
  PreciseTimers(const PreciseTimers&) = delete;
  PreciseTimers& operator=(const PreciseTimers&) = delete;
  ~PreciseTimers() {
    if (slack_ > 0) ::prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(slack_));
  }

 private:
  int slack_;
};

u32 bucket_of(u64 ns) {
  if (ns < 8) return static_cast<u32>(ns);
  const u32 power = static_cast<u32>(std::bit_width(ns)) - 1;
  return power * 8 + static_cast<u32>(ns >> (power - 3) & 7);
}

// The largest value that falls into `bucket`.
i64 bucket_end(u32 bucket) {
  if (bucket < 8) return bucket;
  const u32 power = bucket / 8;
  return static_cast<i64>(((u64{bucket} % 8 + 9) << (power - 3)) - 1);
}

// Three digits are enough to read.
std::string rounded(Duration duration) {
  i64 unit = 1;
  for (i64 ns = duration.ns(); ns >= 1'000; ns /= 10) unit *= 10;
  return catenet::to_string(Duration::nanoseconds(duration.ns() / unit * unit));
}

}  // namespace

void LagMeter::add(Duration lag) {
  lag = std::max(lag, Duration::zero());
  ++buckets_[bucket_of(static_cast<u64>(lag.ns()))];
  ++count_;
  sum_ += lag;
  max_ = std::max(max_, lag);
}

Duration LagMeter::mean() const {
  return count_ == 0 ? Duration::zero() : sum_ / static_cast<i64>(count_);
}

Duration LagMeter::percentile(u32 percent) const {
  u64 left = (count_ * percent + 99) / 100;
  for (u32 bucket = 0; bucket < buckets_.size() && count_ > 0; ++bucket) {
    if (buckets_[bucket] > 0 && buckets_[bucket] >= left) {
      return std::min(Duration::nanoseconds(bucket_end(bucket)), max_);
    }
    left -= buckets_[bucket];
  }
  return Duration::zero();
}

std::string LagMeter::to_string() const {
  return fmt::format("events were late by {} (mean), {} (99 %), {} (most); {} wake-ups",
                     rounded(mean()), rounded(percentile(99)), rounded(max()), count_);
}

WallClock::WallClock(ShardSet& shards, Poller& poller)
    : shards_(shards), poller_(poller), zero_ns_(monotonic_ns() - shards.now().ns()) {}

Instant WallClock::now() const {
  return Instant::at(Duration::nanoseconds(monotonic_ns() - zero_ns_));
}

void WallClock::catch_up(Instant to) {
  const Instant next = shards_.next_time();
  if (next <= to) lag_.add(to - next);
  shards_.run_until(to);
}

void WallClock::run_until(Instant end, const std::function<bool()>& stop) {
  const PreciseTimers precise;
  for (;;) {
    const Instant to = std::min(now(), end);
    catch_up(to);
    if (stop() || shards_.now() >= end) return;
    // Also when more is due already: descriptors must not starve.
    const Instant next = std::min(shards_.next_time(), end);
    if (!poller_.wait(next <= to ? Duration::zero() : next - now())) continue;
    const Instant ready_at = std::min(now(), end);
    catch_up(ready_at);
    // An event may have stopped the shards on the way: then `stop` is asked first. But where events
    // of one instant do not end, who could end them may be waiting behind a descriptor.
    if (shards_.now() < ready_at) {
      if (stop()) return;
      if (shards_.next_time() != next) continue;
    }
    poller_.dispatch();
  }
}

}  // namespace catenet::os
