// HyStart++, RFC 9406: the first slow start ends when the round trip grows, not when the buffer is
// full. Plain values: positions end rounds, samples come with acknowledgements.
#pragma once

#include "catenet/congestion/window.hpp"

namespace catenet::congestion {

class HyStart {
 public:
  // §4.3
  static constexpr u32 min_rtt_thresh_us = 4'000;
  static constexpr u32 max_rtt_thresh_us = 16'000;
  static constexpr u32 min_rtt_divisor = 8;
  static constexpr u8 n_rtt_sample = 8;
  static constexpr u32 css_growth_divisor = 4;
  static constexpr u8 css_rounds = 5;
  static constexpr u32 unpaced_limit = 8;  // L

  // What the window grows by in slow start and Conservative Slow Start, for what §4.2 calls N;
  // `limit`: L * SMSS.
  u32 growth(u32 acked, u32 limit) const {
    return std::min(acked, limit) / (conservative() ? css_growth_divisor : 1);
  }
  // An acknowledgement in slow start. True: slow start is over, ssthresh is the window now.
  bool on_ack(const Ack& ack);
  bool conservative() const { return baseline_us_ != unknown; }

 private:
  static constexpr u32 unknown = ~u32{0};
  bool begin_round(u64 nxt);
  void compare();

  u64 window_end_ = 0;  // 0: no round has begun
  u32 last_min_us_ = unknown;
  u32 current_min_us_ = unknown;
  u32 baseline_us_ = unknown;  // cssBaselineMinRtt; known in Conservative Slow Start
  u8 samples_ = 0;
  u8 css_rounds_ = 0;
};

}  // namespace catenet::congestion
