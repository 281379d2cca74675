#include "catenet/congestion/hystart.hpp"

namespace catenet::congestion {

// True: that was the last round of Conservative Slow Start. One that began in the middle of a round
// counts that one.
bool HyStart::begin_round(u64 nxt) {
  window_end_ = nxt;
  last_min_us_ = current_min_us_;
  current_min_us_ = unknown;
  samples_ = 0;
  return conservative() && ++css_rounds_ >= css_rounds;
}

void HyStart::compare() {
  if (samples_ < n_rtt_sample || current_min_us_ == unknown) return;
  if (conservative()) {
    // The delay fell again: the growth was jitter, slow start resumes.
    if (current_min_us_ < baseline_us_) baseline_us_ = unknown;
    return;
  }
  if (last_min_us_ == unknown) return;
  const u32 thresh =
      std::clamp(last_min_us_ / min_rtt_divisor, min_rtt_thresh_us, max_rtt_thresh_us);
  if (current_min_us_ < last_min_us_ + thresh) return;
  baseline_us_ = current_min_us_;
  css_rounds_ = 0;
}

bool HyStart::on_ack(const Ack& ack) {
  if (window_end_ == 0) window_end_ = ack.nxt;
  if (ack.rtt > Duration::zero()) {
    constexpr i64 longest_us = 1'000'000'000;
    const u32 rtt_us = static_cast<u32>(std::min(ack.rtt.us(), longest_us));
    current_min_us_ = std::min(current_min_us_, rtt_us);
    if (samples_ < n_rtt_sample) ++samples_;
    compare();
  }
  return ack.una >= window_end_ && begin_round(ack.nxt);
}

}  // namespace catenet::congestion
