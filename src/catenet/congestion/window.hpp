// The values every congestion controller works on, and what an acknowledgement tells it.
#pragma once

#include <algorithm>

#include "catenet/time/time.hpp"

namespace catenet::congestion {

struct RateSample;

struct Window {
  static constexpr u32 max_cwnd = 1u << 30;  // the largest window TCP can offer (RFC 7323 §2.3)

  u32 cwnd = 0;
  u32 ssthresh = max_cwnd;
  u32 smss = 0;

  void grow(u64 bytes) { cwnd = static_cast<u32>(std::min<u64>(cwnd + bytes, max_cwnd)); }
};

// One acknowledgement. The first four are all that NewReno's and CUBIC's avoidance needs; what else
// is told lets more of the room work: `rtt`, `una` and `nxt` HyStart++, these and `marked` DCTCP,
// `rate`, `in_flight` and `in_recovery` BBR.
struct Ack {
  Instant now;
  u32 acked = 0;        // bytes newly acknowledged
  u32 flight_size = 0;  // before this acknowledgement, in bytes
  Duration srtt{};      // zero before the first sample
  Duration rtt{};       // this acknowledgement's own sample; zero: none
  // SND.UNA after it, and SND.NXT, unwrapped: they end rounds. `nxt` 0: not told.
  u64 una = 0;
  u64 nxt = 0;
  u32 marked = 0;     // of `acked`, the bytes whose acknowledgement carried ECE
  u32 in_flight = 0;  // after it, without what was SACKed or is taken to be lost ("pipe")
  // Loss recovery is under way, or was until this acknowledgement: the window is not to grow.
  bool in_recovery = false;
  bool sack = true;                  // the peer tells of more than one loss a round trip
  const RateSample* rate = nullptr;  // see delivery_rate.hpp
};

// IW of RFC 6928 §2: min(segments * smss, max(2 * smss, segments * 1460)).
constexpr u32 initial_window(u32 smss, u32 segments) {
  return std::min(segments * smss, std::max(2 * smss, segments * 1460));
}

// In two steps: a rate times a gain must not run over.
constexpr u64 percent_of(u64 value, u32 percent) {
  return value / 100 * percent + value % 100 * percent / 100;
}

// What flows in `time` at `rate` bytes per second.
constexpr u64 bytes_in(u64 rate, Duration time) {
  if (time <= Duration::zero()) return 0;
  const u64 s = static_cast<u64>(time.s());
  const u64 ns = static_cast<u64>(time.ns()) % 1'000'000'000;
  // In two steps: a rate times nanoseconds would not fit.
  return rate * s + rate / 1'000 * ns / 1'000'000 + rate % 1'000 * ns / 1'000'000'000;
}

// Bytes per second; 0 where no time passed.
constexpr u64 rate_of(u64 bytes, Duration time) {
  if (time <= Duration::zero()) return 0;
  return std::min<u64>(bytes, 1ull << 34) * 1'000'000'000 / static_cast<u64>(time.ns());
}

// How long `bytes` take at `rate`, which is not 0; rounded up.
constexpr Duration time_for(u64 bytes, u64 rate) {
  const u64 ns = (std::min<u64>(bytes, 1ull << 33) * 1'000'000'000 + rate - 1) / rate;
  return Duration::nanoseconds(static_cast<i64>(ns));
}

}  // namespace catenet::congestion
