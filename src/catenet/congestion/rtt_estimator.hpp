// RttEstimator: the smoothed round-trip time and the retransmission time-out. Read RFC 6298 first;
// shared by TCP and SCTP.
#pragma once

#include <algorithm>

#include "catenet/time/time.hpp"

namespace catenet::congestion {

// The bounds an estimator works within.
struct RtoLimits {
  Duration initial = Duration::seconds(1);  // before the first sample (RFC 6298 §2.1)
  Duration min = Duration::milliseconds(200);
  Duration max = Duration::seconds(60);              // §2.5: at least 60 s
  Duration granularity = Duration::milliseconds(1);  // G
};

class RttEstimator {
 public:
  explicit RttEstimator(const RtoLimits& limits) : rto_(limits.initial) {}

  bool has_sample() const { return srtt_ > Duration::zero(); }
  Duration srtt() const { return srtt_; }
  Duration rttvar() const { return rttvar_; }
  // What to arm the retransmission timer with, back-off included.
  Duration rto() const { return rto_; }
  u32 backoff() const { return backoff_; }

  // A round-trip time `r` of a segment that was sent once (§2.2, §2.3). `samples_per_rtt` > 1 where
  // every segment is timed: it slows both filters as RFC 7323 appendix G asks. Ends the back-off.
  void on_sample(Duration r, const RtoLimits& limits, i64 samples_per_rtt = 1) {
    r = std::max(r, Duration::nanoseconds(1));
    if (!has_sample()) {
      srtt_ = r;
      rttvar_ = r / 2;
    } else {
      const Duration error = r > srtt_ ? r - srtt_ : srtt_ - r;
      rttvar_ += (error - rttvar_) / (4 * samples_per_rtt);
      srtt_ = std::max(srtt_ + (r - srtt_) / (8 * samples_per_rtt), Duration::nanoseconds(1));
    }
    backoff_ = 0;
    const Duration wanted = srtt_ + std::max(limits.granularity, rttvar_ * 4);
    rto_ = std::clamp(wanted, limits.min, limits.max);
  }
  // The timer ran out: the time-out doubles, up to the maximum (§5.5).
  void back_off(const RtoLimits& limits) {
    rto_ = std::min(rto_ * 2, limits.max);
    ++backoff_;
  }
  // §5.7: a SYN was retransmitted with a time-out below 3 s; data begins with at least that.
  void restart(Duration rto) {
    backoff_ = 0;
    rto_ = rto;
  }

 private:
  Duration srtt_;
  Duration rttvar_;
  Duration rto_;
  u32 backoff_ = 0;
};

}  // namespace catenet::congestion
