// WindowTuning: how wide a receive window must be for its reader not to be what limits the sender.
// Dynamic right-sizing, as Linux does it: what is read within a round trip, twice over.
#pragma once

#include <algorithm>

#include "catenet/tcp/position.hpp"
#include "catenet/time/time.hpp"

namespace catenet::tcp {

class WindowTuning {
 public:
  // Text arrived up to `nxt`, into a window of `window` bytes. `echoed`: how long ago what it
  // answers was sent (RFC 7323's TSecr); zero: not known, and a window's time is taken instead,
  // which is no less than a round trip.
  void on_text(Instant now, Position nxt, u32 window, Duration echoed) {
    if (echoed > Duration::zero()) return measure(echoed);
    if (window_end_ > 0 && nxt < window_end_) return;
    if (window_end_ > 0) measure(std::max(now - window_from_, Duration::nanoseconds(1)));
    window_end_ = nxt + window;
    window_from_ = now;
  }
  // The reader took what lies before `position`. Returns the window that would do, 0: as it is.
  u64 on_read(Instant now, Position position, u32 mss) {
    if (rtt_ == Duration::zero()) return 0;
    if (space_ == 0) {
      begin(now, position);
      space_ = first_segments * mss;
      return 0;
    }
    if (now - read_from_ < rtt_) return 0;
    const u64 copied = static_cast<u64>(position - read_position_);
    begin(now, position);
    if (copied <= space_) return 0;
    // Room for the sender's slow start: as much again as this round outgrew the last.
    u64 wanted = 2 * copied + 16 * u64{mss};
    wanted += 2 * wanted * (copied - space_) / space_;
    space_ = copied;
    return wanted;
  }
  Duration rtt() const { return rtt_; }  // tcpi_rcv_rtt
  u64 space() const { return space_; }   // bytes read in a round trip: tcpi_rcv_space

 private:
  static constexpr u64 first_segments = 10;

  void measure(Duration sample) {
    rtt_ = rtt_ == Duration::zero() ? sample : rtt_ + (sample - rtt_) / 8;
  }
  void begin(Instant now, Position position) {
    read_from_ = now;
    read_position_ = position;
  }

  Duration rtt_;
  Instant window_from_;
  Position window_end_ = 0;
  Instant read_from_;
  Position read_position_ = 0;
  u64 space_ = 0;
};

}  // namespace catenet::tcp
