#include "catenet/congestion/delivery_rate.hpp"

#include <utility>

namespace catenet::congestion {

SentState DeliveryRate::on_sent(Instant now, u32 in_flight, u32 bytes, bool again) {
  // From idle, the interval begins here: whatever is acknowledged later was delivered within it.
  if (in_flight == 0) first_sent_ = delivered_time_ = now;
  SentState range;
  range.sent = now;
  range.first_sent = first_sent_;
  range.delivered_time = delivered_time_;
  range.delivered = static_cast<u32>(delivered_);
  range.lost = static_cast<u32>(lost_);
  constexpr u64 most = (1u << 30) - 1;
  range.in_flight = static_cast<u32>(std::min(u64{in_flight} + bytes, most)) & most;
  range.app_limited = app_limited_ != 0;
  range.retransmitted = again;
  return range;
}

void DeliveryRate::on_duplicate(u32 bytes) {
  delivered_ += bytes;
  newly_acked_ += bytes;
  duplicates_ += bytes;
}

void DeliveryRate::on_delivered(const SentState& range, u32 bytes) {
  if (duplicates_ > 0) {
    const u32 known = std::min(duplicates_, bytes);
    duplicates_ -= known;
    bytes -= known;
  }
  delivered_ += bytes;
  newly_acked_ += bytes;
  if (range.sent == Instant::never()) return;
  // Of those sent at one instant the later call is the later packet.
  if (newest_.sent != Instant::never() && range.sent < first_sent_) return;
  newest_ = range;
  first_sent_ = range.sent;
}

void DeliveryRate::on_lost(u32 bytes) {
  lost_ += bytes;
  newly_lost_ += bytes;
}

void DeliveryRate::on_app_limited(u32 in_flight) {
  app_limited_ = std::max<u64>(delivered_ + in_flight, 1);
}

RateSample DeliveryRate::take(Instant now) {
  RateSample rs;
  rs.newly_acked = std::exchange(newly_acked_, 0);
  rs.newly_lost = std::exchange(newly_lost_, 0);
  rs.total_delivered = delivered_;
  rs.total_lost = lost_;
  if (rs.newly_acked > 0) delivered_time_ = now;
  if (app_limited_ != 0 && delivered_ > app_limited_) app_limited_ = 0;
  if (newest_.sent != Instant::never()) measure(rs, now);
  newest_ = SentState{};
  return rs;
}

void DeliveryRate::measure(RateSample& rs, Instant now) {
  const SentState& p = newest_;
  rs.has_data = true;
  rs.app_limited = p.app_limited;
  rs.tx_in_flight = p.in_flight;
  rs.delivered = static_cast<u32>(delivered_) - p.delivered;
  rs.prior_delivered = delivered_ - rs.delivered;
  rs.lost = lost_since(p);
  if (!p.retransmitted) {
    rs.rtt = std::max(now - p.sent, Duration::nanoseconds(1));
    min_rtt_ = std::min(min_rtt_, rs.rtt);
  }
  // The slower of how it was sent and how it was acknowledged: acknowledgements that were held back
  // and came at once tell nothing of the path.
  rs.interval = std::max(p.sent - p.first_sent, now - p.delivered_time);
  // Shorter than any round trip: an acknowledgement of the first transmission was taken for one of
  // the second.
  if (rs.interval < min_rtt_) return;
  rs.delivery_rate = rate_of(rs.delivered, rs.interval);
  rate_ = rs.delivery_rate;
}

}  // namespace catenet::congestion
