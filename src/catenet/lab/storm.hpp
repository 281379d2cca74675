// The storm: random networks, traffic and faults from a seed, held against oracles: the books
// balance, every stream is a prefix of what was sent and complete where the network heals, every
// machine is consistent, and one hash comes out however the run is watched or spread.
#pragma once

#include <string>
#include <vector>

#include "catenet/base/types.hpp"

namespace catenet::lab {

struct StormResult {
  u64 seed = 0;
  u64 hash = 0;
  u64 events = 0;
  u64 frames = 0;
  std::vector<std::string> faults;  // empty: every oracle held

  bool passed() const { return faults.empty(); }
};

// One seed, run plainly once.
StormResult run_storm_once(u64 seed);
// One seed: run plainly, then captured, then spread over three shards; all three must agree.
StormResult run_storm(u64 seed);

}  // namespace catenet::lab
