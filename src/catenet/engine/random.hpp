// Seeded random streams and the distributions the links draw from. Integers and tables only: the
// same bits on every machine, whatever its C library.
#pragma once

#include "catenet/base/types.hpp"
#include "catenet/time/time.hpp"

namespace catenet {

// xoshiro256** (Blackman and Vigna, 2018), seeded through SplitMix64.
class RandomStream {
 public:
  explicit RandomStream(u64 seed);

  u64 next();
  // Uniform in [0, bound); bound > 0. Lemire's multiply with rejection, so exact.
  u64 below(u64 bound);
  // Uniform in [first, last].
  i64 between(i64 first, i64 last);
  // True with the chance parts_per_billion / 1e9. Draws whatever the chance is, so that changing
  // one moves nothing else.
  bool chance(u32 parts_per_billion);
  // Standard normal times `scale`, from an inverse table, cut at ±3.7 scale.
  i64 normal(i64 scale);
  // Pareto with shape 3 shifted to mean 0, in units of its standard deviation, times `scale`: from
  // -0.58 scale up. Heavy: cut only where fewer than one in 2^30 fall.
  i64 pareto(i64 scale);
  // Exponential with mean `scale`; cut at 30 scale.
  i64 exponential(i64 scale);
  Duration uniform(Duration low, Duration high) {
    return Duration::nanoseconds(between(low.ns(), high.ns()));
  }

 private:
  u64 state_[4];
};

}  // namespace catenet
