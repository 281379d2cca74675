#include "catenet/tcp/loss/recovery.hpp"

#include <algorithm>

namespace catenet::tcp {

bool LossRecovery::on_duplicate(const Flight& flight, bool sack) {
  const u32 outstanding = static_cast<u32>(flight.max - flight.una);
  if (phase_ == Phase::timeout) return false;
  if (phase_ == Phase::recovery) {
    // No more than was in flight when it began, however many duplicates are forged (RFC 5681 §3.2).
    const u32 most = static_cast<u32>(recovery_point_ - flight.una);
    if (!sack) inflation_ = std::max(inflation_, std::min(inflation_ + flight.smss, most));
    return false;
  }
  if (++dup_acks_ == 1) max_before_ = flight.max;
  high_rxt_ = flight.una;  // RFC 6675 §5 (3.1)
  // Duplicates of what an earlier recovery sent again start no new one (RFC 6582 §3.2 step 2, RFC
  // 6675 §5.1).
  if (sack ? flight.una < recovery_point_ : flight.una <= recovery_point_) return false;
  if (dup_acks_ >= dup_thresh) return true;
  if (sack) return board_.is_lost(flight.una, flight.smss);
  inflation_ = std::min(dup_acks_ * flight.smss, outstanding);  // limited transmit, RFC 3042
  return false;
}

u32 LossRecovery::begin(const Flight& flight, bool sack) {
  phase_ = Phase::recovery;
  recovery_point_ = flight.max;
  high_rxt_ = rescue_rxt_ = flight.una;
  retransmit_first_ = true;
  inflation_ = sack ? 0 : dup_thresh * flight.smss;
  sack_ = sack;
  const Position end = by_time_ ? flight.max : std::max(max_before_, flight.una);
  return static_cast<u32>(end - flight.una);
}

void LossRecovery::on_rto(const Flight& flight, Instant now, Duration reo_wnd, bool all) {
  phase_ = Phase::timeout;
  recovery_point_ = flight.max;
  if (by_time_) {
    if (rack_.log().reneged()) board_.clear();
    all ? rack_.log().lose_all() : rack_.on_rto(now, reo_wnd, flight.smss);
    rack_.forget_probe();
  } else {
    board_.clear();
  }
  dup_acks_ = 0;
  inflation_ = 0;
  high_rxt_ = rescue_rxt_ = flight.una;
  retransmit_first_ = true;
}

void LossRecovery::undo() {
  phase_ = Phase::open;
  retransmit_first_ = false;
  inflation_ = 0;
  rack_.log().unlose();
}

LossRecovery::Progress LossRecovery::on_ack(const Flight& flight, u32 acked, bool sack) {
  board_.advance(flight.una);
  // An ACK that stands inside what was reported: the peer took it back (RFC 2018 §8).
  if (board_.contains(flight.una)) {
    board_.clear();
    rack_.log().renege();
  }
  dup_acks_ = 0;
  high_rxt_ = std::max(high_rxt_, flight.una);
  if (phase_ == Phase::open) {
    inflation_ = 0;
    return Progress::none;
  }
  const bool complete = flight.una >= recovery_point_;
  const bool recovering = phase_ == Phase::recovery;
  if (complete) {
    phase_ = Phase::open;
    inflation_ = 0;
    retransmit_first_ = false;
    rack_.on_recovery_end();
    return recovering ? Progress::complete : Progress::none;
  }
  if (!recovering) return Progress::none;
  if (!sack) {  // RFC 6582 §3.2 step 3: the next hole, and the window deflates by what was
                // acknowledged
    retransmit_first_ = true;
    inflation_ = inflation_ > acked ? inflation_ - acked : 0;
    if (acked >= flight.smss) inflation_ += flight.smss;
  }
  return Progress::partial;
}

i64 LossRecovery::pipe(const Flight& flight) const {
  if (by_time_) return rack_.log().in_flight();
  if (board_.empty()) {
    const u32 hole = retransmit_first_ && phase_ == Phase::recovery ? flight.smss : 0;
    return std::max<i64>(flight.nxt - flight.una - inflation_ - hole, 0);
  }
  if (phase_ == Phase::timeout) {
    return flight.nxt - flight.una - board_.sacked_below(flight.nxt);
  }
  const Position edge = std::max(board_.lost_edge(flight.smss), flight.una);
  const i64 in_network = flight.max - edge - (board_.sacked() - board_.sacked_below(edge));
  const i64 sent_again = high_rxt_ - flight.una - board_.sacked_below(high_rxt_);
  return in_network + std::max<i64>(sent_again, 0);
}

LossRecovery::Choice LossRecovery::first_hole(const Flight& flight) const {
  Range range{flight.una, std::min(flight.una + flight.smss, flight.max)};
  if (const auto hole = board_.hole(flight.una)) range.last = std::min(range.last, hole->last);
  return {range};
}

LossRecovery::Choice LossRecovery::next_retransmission(const Flight& flight, bool new_data) const {
  if (by_time_) return {rack_.log().first_lost(flight.smss)};
  if (retransmit_first_) return first_hole(flight);
  if (phase_ != Phase::recovery || !sack_) return {};
  const auto hole = board_.hole(std::max(high_rxt_, flight.una));
  if (hole) {
    const Range range{hole->first, std::min(hole->last, hole->first + flight.smss)};
    if (range.first < board_.lost_edge(flight.smss)) return {range};  // rule 1
    if (!new_data) return {range};                                    // rule 3
  }
  if (new_data) return {};  // rule 2
  const Position from = std::max({board_.highest(), flight.una, flight.max - flight.smss});
  if (flight.una > rescue_rxt_ && from < flight.max) return {{from, flight.max}, true};  // rule 4
  return {};
}

void LossRecovery::on_retransmitted(Range range, bool rescue) {
  if (rescue) {
    rescue_rxt_ = recovery_point_;
    return;
  }
  if (retransmit_first_) {
    retransmit_first_ = false;
    rescue_rxt_ = std::max(rescue_rxt_, range.last);
  }
  high_rxt_ = std::max(high_rxt_, range.last);
}

u64 LossRecovery::lost(const Flight& flight) const {
  if (by_time_) return static_cast<u64>(rack_.log().lost());
  if (phase_ == Phase::timeout) return static_cast<u64>(flight.max - flight.nxt);
  if (board_.empty()) return 0;
  const Position edge = board_.lost_edge(flight.smss);
  const Position from = std::max(flight.una, phase_ == Phase::recovery ? high_rxt_ : flight.una);
  if (edge <= from) return 0;
  return static_cast<u64>(edge - from - (board_.sacked_below(edge) - board_.sacked_below(from)));
}

}  // namespace catenet::tcp
