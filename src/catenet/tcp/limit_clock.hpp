// LimitClock: how long a sender was busy, and how much of that its peer's window or its own buffer
// held it back (tcpi_busy_time and its kin).
#pragma once

#include "catenet/time/time.hpp"

namespace catenet::tcp {

class LimitClock {
 public:
  enum class Kind : u8 {
    idle,
    busy,         // held by nothing, or by the path
    peer_window,  // by the receive window
    send_buffer,  // by the room for what is to be sent
  };
  void set(Instant now, Kind kind) {
    if (kind == kind_) return;
    spent_[index(kind_)] += now - since_;
    since_ = now;
    kind_ = kind;
  }
  // Up to the last change.
  Duration spent(Kind kind) const { return spent_[index(kind)]; }
  Duration busy() const {
    return spent(Kind::busy) + spent(Kind::peer_window) + spent(Kind::send_buffer);
  }

 private:
  static constexpr std::size_t index(Kind kind) { return static_cast<std::size_t>(kind); }
  Duration spent_[4] = {};
  Instant since_;
  Kind kind_ = Kind::idle;
};

}  // namespace catenet::tcp
