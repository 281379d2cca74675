// Scoreboard: which sent bytes the peer holds. Read RFC 6675 §3 and §4. Sorted ranges, bounded in
// number; every question is a binary search or a short walk from an end, whatever blocks the peer
// sends (CVE-2019-11478).
#pragma once

#include <optional>
#include <vector>

#include "catenet/tcp/position.hpp"

namespace catenet::tcp {

class Scoreboard {
 public:
  static constexpr u32 dup_thresh = 3;
  static constexpr std::size_t max_ranges = 512;

  bool empty() const { return ranges_.empty(); }
  // Bytes selectively acknowledged.
  i64 sacked() const { return sacked_; }
  // One past the highest byte selectively acknowledged; 0 where there is none.
  Position highest() const { return ranges_.empty() ? 0 : ranges_.back().last; }

  // Update() for one block: returns the bytes that are new. A block that would make one range too
  // many is ignored.
  i64 add(Range block);
  // Forgets what lies below `una`.
  void advance(Position una);
  void clear();

  // Every byte below this that is not sacked is lost (IsLost): dup_thresh ranges, or more than
  // (dup_thresh - 1) * smss bytes, are sacked above it. 0 where none is.
  Position lost_edge(u32 smss) const;
  bool is_lost(Position position, u32 smss) const {
    return position < lost_edge(smss) && !contains(position);
  }
  bool contains(Position position) const;
  // Bytes sacked in [0, position).
  i64 sacked_below(Position position) const;
  // The first run that is not sacked at or after `from`, up to the next sacked range; nothing at or
  // beyond highest().
  std::optional<Range> hole(Position from) const;
  // `from`, or the end of the sacked range it lies in.
  Position skip(Position from) const;

 private:
  std::vector<Range>::const_iterator after(Position position) const;
  std::vector<Range> ranges_;
  i64 sacked_ = 0;
};

}  // namespace catenet::tcp
