// The values every congestion controller works on, and what an acknowledgement tells it.
#pragma once

#include <algorithm>

#include "catenet/time/time.hpp"

namespace catenet::congestion {

struct Window {
  static constexpr u32 max_cwnd = 1u << 30;  // the largest window TCP can offer (RFC 7323 §2.3)

  u32 cwnd = 0;
  u32 ssthresh = max_cwnd;
  u32 smss = 0;

  void grow(u64 bytes) { cwnd = static_cast<u32>(std::min<u64>(cwnd + bytes, max_cwnd)); }
};

struct Ack {
  Instant now;
  u32 acked = 0;        // bytes newly acknowledged
  u32 flight_size = 0;  // before this acknowledgement, in bytes
  Duration srtt;        // zero before the first sample
};

// IW of RFC 6928 §2: min(segments * smss, max(2 * smss, segments * 1460)).
constexpr u32 initial_window(u32 smss, u32 segments) {
  return std::min(segments * smss, std::max(2 * smss, segments * 1460));
}

// Half the flight, two segments at least (RFC 5681 equation 4).
constexpr u32 half_flight(u32 flight_size, u32 smss) { return std::max(flight_size / 2, 2 * smss); }

}  // namespace catenet::congestion
