// Controller: how much a sender may have in flight. Plain values in and out, so that TCP and SCTP
// share the algorithms. Read RFC 5681 (slow start, congestion avoidance), RFC 6582 (NewReno), RFC
// 9438 (CUBIC), RFC 6928 (initial window). Integers only: the same windows on every machine.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "catenet/congestion/cubic.hpp"
#include "catenet/congestion/newreno.hpp"
#include "catenet/congestion/window.hpp"

namespace catenet {

// The algorithm, by the name that TCP_CONGESTION and lab files use: "reno", "cubic".
enum class CongestionKind : u8 { newreno, cubic };

std::string_view congestion_name(CongestionKind kind);
// "reno" and "newreno" are one.
std::optional<CongestionKind> congestion_by_name(std::string_view name);

namespace congestion {

class Controller {
 public:
  // `smss` in bytes; `initial_segments` as RFC 6928 counts them.
  Controller(CongestionKind kind, u32 smss, u32 initial_segments);

  // Nothing is in flight, and there is something to send. After an idle time longer than `rto` the
  // window restarts from the initial one (RFC 5681 §4.1).
  void on_idle(Instant now, Duration rto);
  void on_sent(Instant now) { last_sent_ = now; }
  // An acknowledgement of new data outside loss recovery.
  void on_ack(const Ack& ack);
  // Loss was found by duplicate or selective acknowledgements: once a round trip.
  void on_loss(Instant now, u32 flight_size);
  // The retransmission timer ran out. `again`: for data it ran out for before, when ssthresh stays
  // (RFC 5681 §3.1).
  void on_rto(Instant now, u32 flight_size, bool again);
  // ECE came: once a window of data (RFC 3168 §6.1.2).
  void on_ecn(Instant now, u32 flight_size) { on_loss(now, flight_size); }
  // Before on_loss or on_rto, where no recovery is under way: what restore() goes back to.
  void save() { saved_ = window_; }
  // The loss was none: back to what was saved, unless the window has outgrown that.
  void restore();
  // What may be in flight, in bytes.
  u32 window() const { return window_.cwnd; }

  u32 ssthresh() const { return window_.ssthresh; }
  u32 smss() const { return window_.smss; }
  bool in_slow_start() const { return window_.cwnd < window_.ssthresh; }
  CongestionKind kind() const;
  // Recovery is over: RFC 6582 §3.2 keeps a burst away with `cwnd` at most this.
  void limit_window(u32 cwnd);
  // The path's MSS changed; windows keep their count of bytes, never less than one segment.
  void set_smss(u32 smss);
  // The most bytes one acknowledgement may count for in slow start (RFC 3465's L); super-segments
  // are acknowledged in one, so their sender asks for more than the two segments of the RFC.
  void set_byte_limit(u32 bytes) { byte_limit_ = bytes; }
  // A SYN was lost: the first window is one segment (RFC 5681 §3.1).
  void on_syn_loss();
  void set_kind(CongestionKind kind);

 private:
  Window window_;
  Window saved_;
  u32 byte_limit_;
  u32 initial_window_;
  Instant last_sent_ = Instant::never();
  std::variant<NewReno, Cubic> algorithm_;
};

}  // namespace congestion
}  // namespace catenet
