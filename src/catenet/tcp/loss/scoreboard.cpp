#include "catenet/tcp/loss/scoreboard.hpp"

#include <algorithm>

namespace catenet::tcp {

// The first range that ends after `position`.
std::vector<Range>::const_iterator Scoreboard::after(Position position) const {
  return std::upper_bound(ranges_.begin(), ranges_.end(), position,
                          [](Position p, const Range& r) { return p < r.last; });
}

i64 Scoreboard::add(Range block) {
  if (block.empty()) return 0;
  auto from = std::lower_bound(ranges_.begin(), ranges_.end(), block.first,
                               [](const Range& r, Position p) { return r.last < p; });
  auto to = from;
  i64 known = 0;
  while (to != ranges_.end() && to->first <= block.last) {
    block.first = std::min(block.first, to->first);
    block.last = std::max(block.last, to->last);
    known += to->size();
    ++to;
  }
  if (from == to) {
    if (ranges_.size() >= max_ranges) return 0;
    ranges_.insert(from, block);
  } else {
    *from = block;
    ranges_.erase(from + 1, to);
  }
  const i64 added = block.size() - known;
  sacked_ += added;
  return added;
}

void Scoreboard::advance(Position una) {
  auto keep = ranges_.begin();
  while (keep != ranges_.end() && keep->last <= una) sacked_ -= (keep++)->size();
  ranges_.erase(ranges_.begin(), keep);
  if (ranges_.empty() || ranges_.front().first >= una) return;
  sacked_ -= una - ranges_.front().first;
  ranges_.front().first = una;
}

void Scoreboard::clear() {
  ranges_.clear();
  sacked_ = 0;
}

Position Scoreboard::lost_edge(u32 smss) const {
  u32 count = 0;
  i64 bytes = 0;
  for (auto range = ranges_.rbegin(); range != ranges_.rend(); ++range) {
    bytes += range->size();
    if (++count >= dup_thresh || bytes > i64{dup_thresh - 1} * smss) return range->first;
  }
  return 0;
}

bool Scoreboard::contains(Position position) const {
  const auto it = after(position);
  return it != ranges_.end() && it->first <= position;
}

i64 Scoreboard::sacked_below(Position position) const {
  if (position >= highest()) return sacked_;
  i64 bytes = 0;
  for (const Range& range : ranges_) {
    if (range.first >= position) break;
    bytes += std::min(range.last, position) - range.first;
  }
  return bytes;
}

Position Scoreboard::skip(Position from) const {
  const auto it = after(from);
  return it != ranges_.end() && it->first <= from ? it->last : from;
}

std::optional<Range> Scoreboard::hole(Position from) const {
  auto it = after(from);
  if (it == ranges_.end()) return std::nullopt;
  if (it->first > from) return Range{from, it->first};
  from = it->last;  // ranges never touch, so a hole follows unless this is the last
  if (++it == ranges_.end()) return std::nullopt;
  return Range{from, it->first};
}

}  // namespace catenet::tcp
