#include "catenet/trace/tcp_trace.hpp"

#include <algorithm>

namespace catenet {

void TraceSeries::add(Instant at, i64 low, i64 high) {
  const bool joins = cell_ns_ > 0 && !spans_.empty() && cell_of(spans_.back().first) == cell_of(at);
  if (!joins) {
    spans_.push_back({at, at, low, high, 1});
    if (spans_.size() > most) thin();
    return;
  }
  TraceSpan& span = spans_.back();
  span.last = at;
  span.low = std::min(span.low, low);
  span.high = std::max(span.high, high);
  ++span.count;
}

// Half as many cells as there is room for, so that it is long until the next time.
void TraceSeries::thin() {
  const i64 length = (spans_.back().first - spans_.front().first).ns();
  cell_ns_ = std::max(cell_ns_ * 2, length / static_cast<i64>(most / 2) + 1);
  std::vector<TraceSpan> fewer;
  for (const TraceSpan& span : spans_) {
    if (fewer.empty() || cell_of(fewer.back().first) != cell_of(span.first)) {
      fewer.push_back(span);
      continue;
    }
    TraceSpan& joined = fewer.back();
    joined.last = span.last;
    joined.low = std::min(joined.low, span.low);
    joined.high = std::max(joined.high, span.high);
    joined.count += span.count;
  }
  spans_ = std::move(fewer);
}

std::string_view tcp_mark_name(TcpMarkKind kind) {
  switch (kind) {
    case TcpMarkKind::syn: return "SYN";
    case TcpMarkKind::fin: return "FIN";
    case TcpMarkKind::rst: return "RST";
    case TcpMarkKind::zero_window: return "zero window";
  }
  return "";
}

i64 TcpWay::acked_bytes() const {
  const bool fin_acked = fin_seen && acked == highest;
  return std::max(i64{0}, acked - 1 - (fin_acked ? 1 : 0));
}

u64 TcpWay::goodput_bps() const {
  if (!first_data || !last_ack || *last_ack <= *first_data) return 0;
  const auto ns = static_cast<u64>((*last_ack - *first_data).ns());
  const auto bits = static_cast<u64>(acked_bytes()) * 8;
  // Two steps, so that no transfer is too long for 64 bits.
  constexpr u64 second = 1'000'000'000;
  return bits < UINT64_MAX / second ? bits * second / ns : bits / (ns / second + 1);
}

void TcpWay::mark(Instant at, i64 seq, TcpMarkKind kind) {
  if (marks.size() < most_marks) marks.push_back({at, seq, kind});
}

}  // namespace catenet
