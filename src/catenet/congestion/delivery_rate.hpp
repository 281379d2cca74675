// DeliveryRate: how fast the path delivers, measured at every acknowledgement. Read
// draft-ietf-ccwg-bbr §4.1; its names are the names here.
//
// What a sender keeps and calls:
//
//   a range is transmitted, for the first time or again
//       range.sent = rate.on_sent(now, in_flight, bytes, again)
//     SentState, 40 bytes a range. A super-segment is one range; what is split copies its state.
//   an acknowledgement arrives
//       rate.on_delivered(range.sent, bytes)
//     for each range newly acknowledged or SACKed, in ascending order, once; of one that is
//     acknowledged in part, the part. One whose state nobody kept counts with SentState{}.
//       rate.on_lost(bytes)
//       controller.on_range_lost(now, lost, rate)
//     for each range newly taken to be lost, here or when a timer ran out.
//       const RateSample sample = rate.take(now)
//       controller.on_ack({..., .rate = &sample})
//     once, after all of these.
//   the application has nothing more to send, the window would let it, and nothing lost waits to be
//   sent again; asked at a write before it is queued, and as the processing of an acknowledgement
//   or a timer begins
//       rate.on_app_limited(in_flight)
//
// `in_flight` never counts what was SACKed or is taken to be lost.
#pragma once

#include "catenet/congestion/window.hpp"

namespace catenet::congestion {

// P: what is kept of a transmitted range until it is acknowledged.
struct SentState {
  Instant sent = Instant::never();  // P.send_time; never: sent before anybody measured
  Instant first_sent;               // P.first_send_time
  Instant delivered_time;
  u32 delivered = 0;          // the low bits of C.delivered then
  u32 lost = 0;               // and of C.lost
  u32 in_flight : 30 = 0;     // P.tx_in_flight, this range included
  u32 app_limited : 1 = 0;    // P.is_app_limited
  u32 retransmitted : 1 = 0;  // it had been sent before: its acknowledgement is ambiguous
};

static_assert(sizeof(SentState) <= 40);

// RS: what one acknowledgement tells. Bytes, and bytes per second.
struct RateSample {
  bool has_data = false;  // something measured was delivered; the fields below hold
  bool app_limited = false;
  u64 delivery_rate = 0;    // 0: the interval was too short to be believed
  u64 delivered = 0;        // between this packet's transmission and now
  u64 prior_delivered = 0;  // P.delivered
  u64 lost = 0;             // declared between transmission and now
  u32 tx_in_flight = 0;
  Duration interval{};
  Duration rtt{};  // of the range sent last; zero: ambiguous or none
  // Told whether or not something was measured:
  u32 newly_acked = 0;  // SACKed bytes are among them
  u32 newly_lost = 0;
  u64 total_delivered = 0;  // C.delivered
  u64 total_lost = 0;       // C.lost
};

class DeliveryRate {
 public:
  // `in_flight`: before this range, in bytes. `again`: its bytes had been sent before.
  SentState on_sent(Instant now, u32 in_flight, u32 bytes, bool again = false);
  void on_delivered(const SentState& range, u32 bytes);
  // A duplicate acknowledgement without SACK: `bytes` arrived, of which the acknowledgement that
  // covers them does not count again.
  void on_duplicate(u32 bytes);
  // Recovery is over: no duplicates are to be covered any more.
  void forget_duplicates() { duplicates_ = 0; }
  void on_lost(u32 bytes);
  void on_app_limited(u32 in_flight);
  RateSample take(Instant now);

  bool app_limited() const { return app_limited_ != 0; }
  u64 delivered() const { return delivered_; }
  u64 lost() const { return lost_; }
  // What was lost since a range was sent.
  u64 lost_since(const SentState& range) const { return static_cast<u32>(lost_) - range.lost; }
  Duration min_rtt() const { return min_rtt_; }  // over the connection's life
  // The last rate that was measured, bytes per second: TCP_INFO's tcpi_delivery_rate.
  u64 rate() const { return rate_; }

 private:
  void measure(RateSample& rs, Instant now);

  u64 delivered_ = 0;
  u64 lost_ = 0;
  u64 app_limited_ = 0;  // the count of C.delivered at which the bubble is gone; 0: none
  Instant delivered_time_;
  Instant first_sent_;
  Duration min_rtt_ = Duration::infinite();
  u64 rate_ = 0;
  // Of the acknowledgement being processed.
  SentState newest_;  // of what was delivered, the last sent
  u32 newly_acked_ = 0;
  u32 newly_lost_ = 0;
  u32 duplicates_ = 0;  // bytes that only duplicates told of yet
};

}  // namespace catenet::congestion
