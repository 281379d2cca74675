// Controller: how much a sender may have in flight, and how fast it is sent. Plain values in and
// out, so that TCP and SCTP share the algorithms. Read RFC 5681 (slow start, congestion avoidance),
// RFC 6582 (NewReno), RFC 9438 (CUBIC), RFC 9406 (HyStart++), RFC 6928 (initial window), RFC 8257
// (DCTCP), RFC 7661 (windows that are not used), bbr.hpp. Integers only: the same windows on every
// machine.
//
// Order of calls on an acknowledgement: on_range_lost for what it shows to be lost; where that
// begins an episode of recovery save(), so that restore() can take it back, and on_loss; on_ack;
// on_ecn; on_recovery_end.
//
// For BBR (`uses_rate()`) a sender keeps a DeliveryRate, gives every acknowledgement, paces, and
// does not let loss recovery (PRR) lower the window: what window() says holds then too.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "catenet/congestion/bbr.hpp"
#include "catenet/congestion/cubic.hpp"
#include "catenet/congestion/dctcp.hpp"
#include "catenet/congestion/hystart.hpp"
#include "catenet/congestion/newreno.hpp"
#include "catenet/congestion/pacing.hpp"
#include "catenet/congestion/window.hpp"
#include "catenet/congestion/window_validation.hpp"

namespace catenet {

// The algorithm, by the name that TCP_CONGESTION and lab files use: "reno", "cubic", "dctcp",
// "bbr".
enum class CongestionKind : u8 { newreno, cubic, dctcp, bbr };

std::string_view congestion_name(CongestionKind kind);
// "reno" and "newreno" are one.
std::optional<CongestionKind> congestion_by_name(std::string_view name);
// What a message about an unknown name lists: "reno, cubic, dctcp, bbr".
std::string_view congestion_names();

namespace congestion {

class Controller {
 public:
  // `smss` in bytes; `initial_segments` as RFC 6928 counts them; `seed`: of BBR's waits.
  Controller(CongestionKind kind, u32 smss, u32 initial_segments, u32 seed = 0);

  // Nothing is in flight, and there is something to send. After an idle time longer than `rto` the
  // window restarts from the initial one (RFC 5681 §4.1), unless windows are validated.
  void on_idle(Instant now, Duration rto);
  void on_sent(Instant now) { last_sent_ = now; }
  // An acknowledgement of new data. What comes during loss recovery may be kept back, except from
  // DCTCP, which counts marks then too, and from BBR. With BBR `ack.rate` is needed.
  void on_ack(const Ack& ack);
  // Loss was found by duplicate or selective acknowledgements: once a round trip.
  void on_loss(Instant now, u32 flight_size);
  // A range is taken to be lost, after DeliveryRate::on_lost. Only BBR asks for it.
  void on_range_lost(Instant now, const LostRange& range, const DeliveryRate& rate);
  // Recovery, from loss or from a time-out, is over; in it `retransmitted` bytes went out again.
  void on_recovery_end(u32 retransmitted = 0);
  // ECE came: once a window of data at most, and not in one in which loss was answered (RFC 3168
  // §6.1.2).
  void on_ecn(Instant now, u32 flight_size);
  // The retransmission timer ran out. `again`: for data it ran out for before, when ssthresh stays
  // (RFC 5681 §3.1).
  void on_rto(Instant now, u32 flight_size, bool again);
  // Before on_loss or on_rto, where no recovery is under way: what restore() goes back to.
  void save();
  // The loss was none, as F-RTO, D-SACK or Eifel detection showed (RFC 9438 §4.9, RFC 4015): back
  // to what was saved, unless the window has outgrown that. Once for each save().
  void restore();
  // What may be in flight, in bytes.
  u32 window() const { return window_.cwnd; }
  // Bytes per second to send at; 0: as fast as the window allows.
  u64 pacing_rate(Duration srtt) const;
  // What may leave at once at that rate.
  u32 send_quantum(Duration srtt) const { return pacing_quantum(pacing_rate(srtt), smss()); }
  bool uses_rate() const { return bbr() != nullptr; }
  // Its model of the path; none with another algorithm.
  const Bbr* bbr() const;

  u32 ssthresh() const { return window_.ssthresh; }
  u32 smss() const { return window_.smss; }
  bool in_slow_start() const { return window_.cwnd < window_.ssthresh; }
  // In HyStart++'s Conservative Slow Start.
  bool in_conservative_start() const { return in_first_start() && hystart_.conservative(); }
  CongestionKind kind() const;
  // Recovery is over: RFC 6582 §3.2 keeps a burst away with `cwnd` at most this. Not
  // for BBR, which paces.
  void limit_window(u32 cwnd);
  // The path's MSS changed; windows keep their count of bytes, never less than one segment.
  void set_smss(u32 smss);
  // The most bytes one acknowledgement may count for in slow start (RFC 3465's L); super-segments
  // are acknowledged in one, so their sender asks for more than the two segments of the RFC.
  void set_byte_limit(u32 bytes) { byte_limit_ = bytes; }
  // The sender paces: HyStart++ then needs no L (RFC 9406 §4.3).
  void set_paced(bool on) { paced_ = on; }
  // On unless told otherwise; works where acknowledgements tell `nxt` and `rtt`.
  void set_hystart(bool on) { use_hystart_ = on; }
  // A window that is not used is kept and validated (RFC 7661) instead of being given up when idle.
  // Its sender paces (§4.4.2) and tells acknowledgements' `una` and `nxt`. Not for BBR.
  void validate_window() { validation_ = std::make_unique<WindowValidation>(); }
  // A SYN was lost: the first window is one segment (RFC 5681 §3.1).
  void on_syn_loss();
  void set_kind(CongestionKind kind, u32 seed = 0);

 private:
  struct Saved {
    Window window;
    Cubic cubic;
  };

  Bbr* model();
  bool in_first_start() const { return window_.ssthresh == Window::max_cwnd; }
  void slow_start(const Ack& ack);
  bool grows(const Ack& ack);
  // What a reduction works on: of a window that was not used, what was.
  Window reducible(Instant now, u32 flight_size);

  Window window_;
  u32 byte_limit_;
  u32 initial_window_;
  bool paced_ = false;
  bool use_hystart_ = true;
  bool after_rto_ = false;  // slow start over what may have arrived
  HyStart hystart_;
  Instant last_sent_ = Instant::never();
  std::variant<NewReno, Cubic, Dctcp, std::unique_ptr<Bbr>> algorithm_;
  std::unique_ptr<Saved> saved_;
  std::unique_ptr<WindowValidation> validation_;
};

}  // namespace congestion
}  // namespace catenet
