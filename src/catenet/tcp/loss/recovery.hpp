// LossRecovery: finds out what was lost and what to send again. Read RFC 8985 where the peer sends
// SACK, or RFC 6675 where options ask for that; RFC 6582 and RFC 3042 where it does not; RFC 5681
// §3.2 for all. Plain values in and out: it neither sends nor sets timers.
#pragma once

#include "catenet/tcp/loss/rack.hpp"
#include "catenet/tcp/loss/scoreboard.hpp"

namespace catenet::tcp {

// The sender's variables as a recovery needs them.
struct Flight {
  Position una = 0;
  Position nxt = 0;
  Position max = 0;
  u32 smss = 0;
};

class LossRecovery {
 public:
  enum class Phase : u8 {
    open,      // nothing is known to be lost
    recovery,  // fast recovery, until recovery_point is acknowledged
    timeout,   // after the retransmission timer: slow start over what was in flight
  };
  static constexpr u32 dup_thresh = Scoreboard::dup_thresh;

  Phase phase() const { return phase_; }
  bool in_recovery() const { return phase_ == Phase::recovery; }
  Scoreboard& board() { return board_; }
  const Scoreboard& board() const { return board_; }
  Position recovery_point() const { return recovery_point_; }
  // By time (RFC 8985) rather than by counting; before anything is sent.
  void use_rack(bool on) { by_time_ = on; }
  bool by_time() const { return by_time_; }
  Rack& rack() { return rack_; }
  const Rack& rack() const { return rack_; }
  // DupThresh segments are known to have arrived beyond a hole.
  bool enough_sacked(u32 smss) const { return board_.lost_edge(smss) > 0; }

  // A duplicate acknowledgement (without SACK: RFC 5681 §2; with: one that reports bytes not
  // reported before). True where loss recovery must begin now: call begin().
  bool on_duplicate(const Flight& flight, bool sack);
  // Fast retransmit: the first segment goes out whatever the window says. Returns FlightSize as
  // congestion control wants it: without what limited transmit added (RFC 5681 §3.2 step 2), except
  // by time, where nobody counts duplicates.
  u32 begin(const Flight& flight, bool sack);
  // The timer ran out: all SACK information is dropped, for the peer may have reneged (RFC 2018
  // §8). By time it is kept, as Linux does, unless the peer shows that it reneged: then
  // all is lost. Otherwise what was sent long enough ago is, or everything where `all` says so.
  void on_rto(const Flight& flight, Instant now = {}, Duration reo_wnd = {}, bool all = false);
  // The reaction was needless: nothing is taken to be lost.
  void undo();
  // `acked` bytes newly acknowledged up to flight.una, `flight` as it is afterwards.
  enum class Progress : u8 { none, partial, complete };
  Progress on_ack(const Flight& flight, u32 acked, bool sack);

  // SetPipe: what is still in the network, in bytes (RFC 6675 §4); without SACK, the flight less
  // what duplicate acknowledgements say has left it.
  i64 pipe(const Flight& flight) const;
  // Whether the segment at una is owed, regardless of the window.
  bool retransmit_first() const { return retransmit_first_; }

  // NextSeg: what to send again, or empty where new data is next (rule 2) or nothing is. `new_data`
  // says whether rule 2 could send; `rescue_` is rule 4. Not for the timeout phase, which walks up
  // from nxt.
  struct Choice {
    Range range;
    bool rescue = false;
  };
  Choice next_retransmission(const Flight& flight, bool new_data) const;
  // `range` was sent again.
  void on_retransmitted(Range range, bool rescue);

  u64 lost(const Flight& flight) const;

 private:
  Choice first_hole(const Flight& flight) const;
  Scoreboard board_;
  Rack rack_;
  Position recovery_point_ = -1;
  Position high_rxt_ = 0;
  Position rescue_rxt_ = 0;
  Position max_before_ = 0;  // SND.MAX at the first duplicate, before limited transmit
  u32 dup_acks_ = 0;
  // bytes that left the network, as duplicate acknowledgements without SACK tell
  u32 inflation_ = 0;
  Phase phase_ = Phase::open;
  bool retransmit_first_ = false;
  bool sack_ = false;
  bool by_time_ = false;
};

}  // namespace catenet::tcp
