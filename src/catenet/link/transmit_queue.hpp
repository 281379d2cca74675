// TransmitQueue: the sending end of a link's direction: frames wait, and go out one after another
// at the link's rate. Where the discipline decides at arrival, a departure is settled then, so a
// queue costs no events: frames leave it lazily, by their times. A discipline that decides as
// frames leave (CoDel) has them held here; its owner asks for the next one when the transmitter
// falls idle.
#pragma once

#include <memory>
#include <optional>

#include "catenet/base/ring.hpp"
#include "catenet/engine/origin.hpp"
#include "catenet/link/backlog.hpp"
#include "catenet/link/codel.hpp"
#include "catenet/link/queue_settings.hpp"
#include "catenet/link/red.hpp"

namespace catenet {

// Takes frames until the queue is full.
class DropTail {
 public:
  void set_limit(u32 frames, u32 bytes) {
    frames_ = frames;
    bytes_ = bytes;
  }

  std::optional<Drop> on_arrival(Instant, const Backlog& backlog, u32 bytes) const {
    if (backlog.wait == Duration::zero()) return std::nullopt;
    if (backlog.frames >= frames_) return Drop::queue_full;
    if (bytes_ != 0 && backlog.bytes + bytes > bytes_) return Drop::queue_full;
    return std::nullopt;
  }

 private:
  u32 frames_ = 0;
  u32 bytes_ = 0;
};
static_assert(QueueDiscipline<DropTail>);
static_assert(QueueDiscipline<Red>);

class TransmitQueue {
 public:
  // `origin`, whose luck RED's is, outlives the queue.
  explicit TransmitQueue(const Origin& origin) : origin_(origin) {}

  // For frames from now on, and those held. What is settled keeps its departure, though it may be
  // more than a new limit allows. Where frames are held and no longer are to be, let_go() them.
  void set(u64 rate_bps, const QueueSettings& settings);

  // Offers a frame (without preamble, FCS and gap). Fills `departure` with when its last
  // bit has left, to the nanosecond, rounded down: the remainder is carried to the next frame of a
  // busy period, so that rates are exact. Otherwise the reason why it may not enter. May mark it.
  // Not where frames are held.
  std::optional<Drop> offer(Instant now, Packet& frame, Instant& departure) {
    if (rate_bps_ == 0 && busy_until_ <= now) {
      departure = now;
      return std::nullopt;
    }
    return offer_at_rate(now, frame, departure);
  }

  // Whether frames are held until they are sent.
  bool holds() const { return discipline_ == Discipline::codel; }
  // Takes a frame to be held, or leaves it there and says why not.
  std::optional<Drop> hold(Instant now, Packet& frame, bool copy);
  bool held() const { return codel_ && !codel_->empty(); }
  u64 held_wire_frames() const { return codel_ ? codel_->wire_frames() : 0; }
  struct Leaving {
    HeldFrame held{};
    Instant departure{};
  };
  // While the transmitter is idle: the next frame, from now on being sent, empty when none is left.
  // Those that the discipline drops before it go to `dropped`. `maxpacket` is as CoDel wants it.
  Leaving next(Instant now, u32 maxpacket, PacketQueue& dropped);
  // The first frame held, settled to go out when its turn comes; empty when there is none.
  Leaving let_go(Instant now);
  // The first frame held, to be dropped; empty when there is none.
  Packet take_held() { return codel_ ? codel_->take().frame : Packet(); }

  // Frames waiting, the one being sent not counted.
  u32 waiting(Instant now);
  Instant busy_until() const { return busy_until_; }
  // Frames marked instead of dropped, ever.
  u64 marked() const { return marked_; }
  // Forgets what waits and what is being sent.
  void clear(Instant now);

 private:
  struct Waiting {
    Instant start;  // when its first bit goes out
    u32 bytes = 0;
  };
  std::optional<Drop> offer_at_rate(Instant now, Packet& frame, Instant& departure);
  bool marks(Drop reason, Packet& frame);
  Backlog backlog(Instant now);
  Instant settle(Instant now, u32 bytes);
  void serialise(Instant start, u32 bytes);
  void drain(Instant now);

  u64 rate_bps_ = 0;
  Instant busy_until_ = Instant::long_ago();
  u64 remainder_ = 0;  // of a nanosecond past busy_until_, in 1 / rate_bps_
  DropTail drop_tail_;
  Discipline discipline_ = Discipline::drop_tail;
  bool ecn_ = false;
  Ring<Waiting> waiting_;
  u64 waiting_bytes_ = 0;
  // Made when they are first needed, then kept.
  std::unique_ptr<Red> red_;
  std::unique_ptr<CodelQueue> codel_;
  u64 marked_ = 0;
  const Origin& origin_;
};

}  // namespace catenet
