// Undo: what a reaction to a loss took away, and how it is found that there was none. Read RFC 3522
// and RFC 4015 (timestamps), RFC 3708 (D-SACK), RFC 5682 (F-RTO). As Linux does, the window is
// given back at once and whole, which RFC 4015 §4 allows below its burst limits.
#pragma once

#include <algorithm>
#include <vector>

#include "catenet/tcp/position.hpp"

namespace catenet::tcp {

struct Undo {
  bool armed = false;
  bool stamped = false;      // sent_ms holds
  u32 sent_ms = 0;           // when the first retransmission went out
  Position from = 0;         // SND.UNA when it began
  Position until = -1;       // once this is acknowledged it is too late; -1: recovery still runs
  i64 needless = 0;          // bytes sent again that no D-SACK has reported
  std::vector<Range> again;  // what was sent again, as far as its number is bounded

  void begin(Position una) {
    forget();
    armed = true;
    from = una;
  }
  void forget() {
    auto kept = std::move(again);  // its memory is used again
    kept.clear();
    *this = Undo{.again = std::move(kept)};
  }
  // RFC 3522 §3.2 step 2: the first retransmission's timestamp.
  void on_retransmitted(u32 now_ms, Range range) {
    if (!armed) return;
    needless += range.size();
    if (!stamped) sent_ms = now_ms;
    stamped = true;
    constexpr std::size_t most = 256;
    if (!again.empty() && again.back().last == range.first) {
      again.back().last = range.last;
    } else if (again.size() < most) {
      again.push_back(range);
    }
  }
  // Whether an ACK that echoes `echoed_ms` answers what was sent before that (step 5).
  bool answers_original(u32 echoed_ms) const {
    return armed && stamped && static_cast<i32>(echoed_ms - sent_ms) < 0;
  }
  // A D-SACK for `range`: true where all that was sent again arrived twice. What was sent once is a
  // copy that the network made.
  bool on_dsack(Range range) {
    const bool ours = std::ranges::any_of(
        again, [&](Range r) { return r.first <= range.first && range.last <= r.last; });
    if (!armed || !stamped || range.first < from || !ours) return false;
    needless -= range.size();
    return needless <= 0;
  }
};

}  // namespace catenet::tcp
