// WindowedMax: the largest of the values of the last `window` ticks, in constant space. It keeps
// the best of the window and the best of what came after it, twice: when the best grows too old the
// next takes its place. Read Kathleen Nichols' description, which draft-ietf-ccwg-bbr §5.5.5 names.
#pragma once

#include "catenet/base/types.hpp"

namespace catenet::congestion {

class WindowedMax {
 public:
  u64 get() const { return best_[0].value; }
  // `time` never decreases; ticks are the caller's, round trips for instance.
  u64 update(u64 value, u64 time, u64 window) {
    const Sample sample{value, time};
    if (value >= best_[0].value || time - best_[2].time > window) {
      best_[0] = best_[1] = best_[2] = sample;
      return value;
    }
    if (value >= best_[1].value) {
      best_[1] = best_[2] = sample;
    } else if (value >= best_[2].value) {
      best_[2] = sample;
    }
    return age(sample, window);
  }

 private:
  struct Sample {
    u64 value = 0;
    u64 time = 0;
  };

  u64 age(const Sample& sample, u64 window) {
    if (sample.time - best_[0].time > window) {
      shift(sample);
      if (sample.time - best_[0].time > window) shift(sample);
    } else if (best_[1].time == best_[0].time && sample.time - best_[1].time > window / 4) {
      // A quarter of the window without a second: take one from what is left of it.
      best_[1] = best_[2] = sample;
    } else if (best_[2].time == best_[1].time && sample.time - best_[2].time > window / 2) {
      best_[2] = sample;
    }
    return best_[0].value;
  }
  void shift(const Sample& sample) {
    best_[0] = best_[1];
    best_[1] = best_[2];
    best_[2] = sample;
  }

  Sample best_[3];
};

}  // namespace catenet::congestion
