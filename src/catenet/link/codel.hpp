// CodelQueue: frames that wait, and Controlled Delay, which judges each as it leaves. Read RFC 8289
// section 5, whose names these are. Time is an argument; nothing here schedules or sends.
#pragma once

#include "catenet/base/ring.hpp"
#include "catenet/link/queue_settings.hpp"
#include "catenet/packet/packet.hpp"
#include "catenet/time/time.hpp"

namespace catenet {

struct HeldFrame {
  Packet frame{};
  Instant since{};
  bool copy = false;  // the link made it
};

// interval / sqrt(count), rounded down; count > 0.
Duration codel_spacing(Duration interval, u32 count);

class CodelQueue {
 public:
  // What waits and the state go on.
  void set(const CodelSettings& settings, bool ecn) {
    settings_ = settings;
    ecn_ = ecn;
  }

  bool empty() const { return frames_.empty(); }
  u32 frames() const { return static_cast<u32>(frames_.size()); }
  u64 bytes() const { return bytes_; }
  // In wire frames; looks at every one.
  u64 wire_frames() const;

  void push(HeldFrame held);
  // The frame to be sent at `now`, empty when none is left; those judged before it go to `dropped`.
  // A queue of no more than `maxpacket` bytes is never too long. Adds to `marked`.
  HeldFrame dequeue(Instant now, u32 maxpacket, PacketQueue& dropped, u64& marked);
  // The first frame, not judged; empty when there is none.
  HeldFrame take();
  // Begins anew, with an empty queue.
  void clear();

 private:
  struct Head {
    HeldFrame held{};
    bool ok_to_drop = false;
  };
  Head dodequeue(Instant now, u32 maxpacket);
  void enter_dropping(Instant now);
  Instant control_law(Instant t) const { return t + codel_spacing(settings_.interval, count_); }
  bool mark(Head& head, u64& marked) const;

  CodelSettings settings_;
  bool ecn_ = false;
  Ring<HeldFrame> frames_;
  u64 bytes_ = 0;
  bool dropping_ = false;
  bool above_ = false;  // whether the sojourn time is above target; then first_above_time_ says
                        // when that will have been for an interval
  Instant first_above_time_;
  Instant drop_next_ = Instant::long_ago();
  u32 count_ = 0;      // drops since dropping began
  u32 lastcount_ = 0;  // count_ then
};

}  // namespace catenet
