// TransmitQueue: the sending end of a link's direction: frames wait, and go out one after another
// at the link's rate. A departure is settled when the frame arrives here, so a queue costs no
// events: frames leave it lazily, by their times.
#pragma once

#include <concepts>
#include <optional>

#include "catenet/base/ring.hpp"
#include "catenet/link/impairment.hpp"
#include "catenet/time/time.hpp"
#include "catenet/trace/drop.hpp"

namespace catenet {

// What a frame finds: frames and bytes that wait before it, and how long it would wait itself.
struct Backlog {
  u32 frames = 0;
  u64 bytes = 0;
  Duration wait;
};

// Decides, as a frame of `bytes` arrives, whether it may enter: nullopt, or the reason why not.
// Asked for every frame, also those that need not wait. `backlog.wait` is the sojourn time, exact,
// because a queue is first in first out.
template <typename T>
concept QueueDiscipline = requires(T& discipline, Instant now, const Backlog& backlog, u32 bytes) {
  { discipline.on_arrival(now, backlog, bytes) } -> std::same_as<std::optional<Drop>>;
};

// Takes frames until the queue is full.
class DropTail {
 public:
  void set_limit(const QueueLimit& limit) { limit_ = limit; }

  std::optional<Drop> on_arrival(Instant, const Backlog& backlog, u32 bytes) const {
    if (backlog.wait == Duration::zero()) return std::nullopt;
    if (backlog.frames >= limit_.frames) return Drop::queue_full;
    if (limit_.bytes != 0 && backlog.bytes + bytes > limit_.bytes) return Drop::queue_full;
    return std::nullopt;
  }

 private:
  QueueLimit limit_;
};
static_assert(QueueDiscipline<DropTail>);

class TransmitQueue {
 public:
  // For frames from now on. What waits keeps its departure, though it may be more than a new limit
  // allows.
  void set(u64 rate_bps, const QueueLimit& limit);

  // Offers a frame of `bytes` (without preamble, FCS and gap). Fills `departure` with when its last
  // bit has left, to the nanosecond, rounded down: the remainder is carried to the next frame of a
  // busy period, so that rates are exact. Otherwise the reason why it may not enter.
  std::optional<Drop> offer(Instant now, u32 bytes, Instant& departure) {
    if (rate_bps_ == 0 && busy_until_ <= now) {
      departure = now;
      return std::nullopt;
    }
    return offer_at_rate(now, bytes, departure);
  }

  // Frames waiting, the one being sent not counted.
  u32 waiting(Instant now);
  Instant busy_until() const { return busy_until_; }
  // Forgets what waits and what is being sent.
  void clear(Instant now);

 private:
  struct Waiting {
    Instant start;  // when its first bit goes out
    u32 bytes = 0;
  };
  std::optional<Drop> offer_at_rate(Instant now, u32 bytes, Instant& departure);
  void serialise(Instant start, u32 bytes);
  void drain(Instant now);

  u64 rate_bps_ = 0;
  Instant busy_until_ = Instant::long_ago();
  u64 remainder_ = 0;  // of a nanosecond past busy_until_, in 1 / rate_bps_
  DropTail discipline_;
  Ring<Waiting> waiting_;
  u64 waiting_bytes_ = 0;
};

}  // namespace catenet
