// Backlog: what a frame finds as it arrives at a queue. QueueDiscipline: who decides then.
#pragma once

#include <concepts>
#include <optional>

#include "catenet/base/types.hpp"
#include "catenet/time/time.hpp"
#include "catenet/trace/drop.hpp"

namespace catenet {

// Frames and bytes that wait before it, how long it would wait itself, and for how long nothing was
// sent.
struct Backlog {
  u32 frames = 0;
  u64 bytes = 0;
  Duration wait;
  Duration idle;
};

// Decides, as a frame of `bytes` arrives, whether it may enter: nullopt, or the reason why not.
// Asked for every frame, also those that need not wait. `backlog.wait` is the sojourn time, exact,
// because a queue is first in first out.
template <typename T>
concept QueueDiscipline = requires(T& discipline, Instant now, const Backlog& backlog, u32 bytes) {
  { discipline.on_arrival(now, backlog, bytes) } -> std::same_as<std::optional<Drop>>;
};

}  // namespace catenet
