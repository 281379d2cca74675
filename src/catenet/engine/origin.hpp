// Origin: who an event comes from. A node, or one direction of a link. Its rank breaks ties between
// events at one instant, its counter orders its own; both come from its name alone, so adding a
// host changes nobody else's luck.
#pragma once

#include <string>
#include <utility>

#include "catenet/base/assert.hpp"
#include "catenet/base/hash.hpp"
#include "catenet/base/types.hpp"
#include "catenet/engine/random.hpp"

namespace catenet {

class Origin {
 public:
  static constexpr u32 max_rank = (1u << 24) - 1;

  // `rank` is the place of `name` among all of a run's names in byte order.
  Origin(std::string name, u32 rank, u64 seed) : name_(std::move(name)), rank_(rank), seed_(seed) {
    CATENET_ASSERT(rank <= max_rank);
  }
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  const std::string& name() const { return name_; }
  u32 rank() const { return rank_; }
  // The next key: rank above, count below. Never repeats in a run.
  u64 next_key() { return u64{rank_} << 40 | counter_++; }
  // The next frame made here.
  u64 next_frame() { return frames_++; }
  // A stream of its own for each `purpose`, from (seed, name, purpose).
  RandomStream random(std::string_view purpose) const {
    return RandomStream(mix64(seed_ ^ hash_name(name_)) ^ hash_name(purpose));
  }
  // What happened here, in order; the run's hash combines all origins' in rank order.
  RunningHash& history() { return history_; }
  const RunningHash& history() const { return history_; }

 private:
  std::string name_;
  u32 rank_;
  u64 seed_;
  u64 counter_ = 0;
  u64 frames_ = 0;
  RunningHash history_;
};

}  // namespace catenet
