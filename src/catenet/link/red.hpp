// Red: Random Early Detection. Read Floyd and Jacobson, "Random Early Detection Gateways for
// Congestion Avoidance" (1993), figure 2 and section 4; Floyd's note on `gentle` (2000); RFC 7567
// on when to use which. Integers only.
#pragma once

#include <optional>

#include "catenet/engine/random.hpp"
#include "catenet/link/backlog.hpp"
#include "catenet/link/queue_settings.hpp"
#include "catenet/trace/drop.hpp"

namespace catenet {

class Red {
 public:
  explicit Red(const RandomStream& random) : random_(random) {}

  // The average goes on unless frames and bytes change places.
  void set(const RedSettings& settings, u64 rate_bps);
  // Forgets the average; the stream goes on.
  void clear();

  // Decides at arrival: red_early by chance, which a mark may stand for, or red_forced.
  std::optional<Drop> on_arrival(Instant now, const Backlog& backlog, u32 bytes);

  // The average queue in frames or bytes, rounded down.
  u64 average() const { return average_ >> fraction_bits; }

 private:
  static constexpr u32 fraction_bits = 28;
  static constexpr i64 none = -1;

  static u64 fixed(u64 queue) { return queue << fraction_bits; }
  void update_average(const Backlog& backlog);
  u64 decay(Duration idle) const;
  u64 base_chance(u32 bytes) const;
  bool hits(u64 draw, u64 chance) const;

  RedSettings settings_;
  u64 rate_bps_ = 0;
  u64 weight_ = 0;  // in 2^-32
  u64 probability_ = 0;
  u64 average_ = 0;   // in 2^-28 frames or bytes
  i64 count_ = none;  // frames since the last drop; none: the average was below `min`
  RandomStream random_;
};

}  // namespace catenet
