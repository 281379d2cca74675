// Rack: finds out by time what was lost. Read RFC 8985 §6 (RACK) and §7 (TLP). What was sent well
// before something that has arrived since is lost; how much "well before" is follows the reordering
// that is seen. Plain values in and out: it neither sends nor sets timers.
#pragma once

#include <optional>

#include "catenet/tcp/loss/transmissions.hpp"

namespace catenet::tcp {

class Rack {
 public:
  // An acknowledgement as far as all its bytes have it in common.
  struct Echo {
    Instant now;
    // RFC 7323's TSecr as a time of ours, in milliseconds modulo 2^32.
    std::optional<u32> sent_ms;
    // SND.MAX when the timer ran out or recovery began: what lies below and was sent once was sent
    // before that.
    Position recovery_point = -1;
    congestion::DeliveryRate* rate = nullptr;  // is told of all that is delivered
  };
  // What it delivered.
  struct Delivery {
    i64 bytes = 0;
    bool original = false;  // some were sent once, and before recovery_point
  };

  Transmissions& log() { return log_; }
  const Transmissions& log() const { return log_; }

  // §6.2 steps 1 to 3.
  void on_acked(const Echo& echo, Position una, Delivery& delivery);
  void on_sacked(const Echo& echo, Range block, Delivery& delivery);
  // A D-SACK came; `nxt` is SND.NXT (step 4). Returns nothing where this round had one.
  void on_dsack(Position una, Position nxt);
  // Recovery is over (step 4).
  void on_recovery_end();
  // RACK_update_reo_wnd. `recovering`: a recovery runs; `enough`: DupThresh segments are sacked.
  Duration reo_wnd(bool recovering, bool enough, Duration srtt) const;
  // RACK_detect_loss: marks what is lost; returns how long until more may be, zero: never.
  Duration detect_loss(Instant now, Duration reo_wnd);
  // RACK_mark_losses_on_RTO (§6.3).
  void on_rto(Instant now, Duration reo_wnd, u32 smss);

  Duration rtt() const { return rtt_; }
  Duration min_rtt() const { return min_rtt_; }
  bool reordering_seen() const { return reordering_seen_; }
  u32 reo_wnd_mult() const { return reo_wnd_mult_; }

  // --- Tail loss probe, §7 ---

  // Whether a probe may be sent: none is out, and a round trip was measured since the last.
  bool may_probe() const { return tlp_end_ == 0 && measured_; }
  bool probe_out() const { return tlp_end_ != 0; }
  // A probe went out: `end` is SND.NXT then.
  void on_probe(Position end, bool is_retrans) {
    tlp_end_ = end;
    tlp_is_retrans_ = is_retrans;
    measured_ = false;
  }
  void forget_probe() { tlp_end_ = 0; }
  // TLP_process_ack (§7.4.2): true where the probe repaired a loss. `pure`: a duplicate ACK without
  // SACK blocks; `dsack`: of the probe.
  bool on_probe_ack(Position ack, bool dsack, bool pure);

 private:
  void deliver(const Echo& echo, const Transmissions::Delivered& piece, Delivery& delivery);
  bool sent_after(Instant t1, Position end1, Instant t2, Position end2) const {
    return t1 > t2 || (t1 == t2 && end1 > end2);
  }
  Transmissions log_;
  Instant xmit_ts_ = Instant::long_ago();  // of the most recently sent byte that has arrived
  Position end_seq_ = 0;
  Position fack_ = 0;  // the highest that has arrived
  Duration rtt_;
  Duration min_rtt_;
  Instant min_rtt_at_;
  Position dsack_round_ = 0;  // 0: none
  Position tlp_end_ = 0;      // 0: none
  u32 reo_wnd_mult_ = 1;
  u8 reo_wnd_persist_ = 0;
  bool reordering_seen_ = false;
  bool tlp_is_retrans_ = false;
  bool measured_ = true;
};

}  // namespace catenet::tcp
