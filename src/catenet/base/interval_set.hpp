// A set of integers kept as disjoint half-open intervals, adjacent ones merged.
#pragma once

#include <algorithm>
#include <vector>

#include "catenet/base/types.hpp"

namespace catenet {

struct Interval {
  u64 first = 0;
  u64 last = 0;  // one past the end

  u64 size() const { return last - first; }
  bool contains(u64 value) const { return first <= value && value < last; }
  bool operator==(const Interval&) const = default;
};

class IntervalSet {
 public:
  bool empty() const { return intervals_.empty(); }
  std::size_t size() const { return intervals_.size(); }
  const Interval& operator[](std::size_t i) const { return intervals_[i]; }
  auto begin() const { return intervals_.begin(); }
  auto end() const { return intervals_.end(); }

  // The first interval that ends after `value`; end() when there is none.
  auto after(u64 value) const {
    return std::upper_bound(begin(), end(), value,
                            [](u64 v, const Interval& i) { return v < i.last; });
  }
  bool contains(u64 value) const {
    auto it = after(value);
    return it != end() && it->first <= value;
  }
  // Whether all of [first, last) is in the set; the empty interval is.
  bool contains(Interval wanted) const {
    if (wanted.first >= wanted.last) return true;
    auto it = after(wanted.first);
    return it != end() && it->first <= wanted.first && wanted.last <= it->last;
  }
  u64 count() const {
    u64 n = 0;
    for (const auto& i : intervals_) n += i.size();
    return n;
  }

  // Adds [first, last); returns the merged interval it became part of.
  Interval insert(Interval added) {
    if (added.first >= added.last) return added;
    auto from = std::lower_bound(intervals_.begin(), intervals_.end(), added.first,
                                 [](const Interval& i, u64 v) { return i.last < v; });
    auto to = from;
    while (to != intervals_.end() && to->first <= added.last) {
      added.first = std::min(added.first, to->first);
      added.last = std::max(added.last, to->last);
      ++to;
    }
    if (from == to) {
      intervals_.insert(from, added);
    } else {
      *from = added;
      intervals_.erase(from + 1, to);
    }
    return added;
  }

  // Removes every value below `first`.
  void erase_below(u64 first) {
    auto keep = std::find_if(intervals_.begin(), intervals_.end(),
                             [&](const Interval& i) { return i.last > first; });
    intervals_.erase(intervals_.begin(), keep);
    if (!intervals_.empty()) intervals_[0].first = std::max(intervals_[0].first, first);
  }
  void clear() { intervals_.clear(); }

 private:
  std::vector<Interval> intervals_;
};

}  // namespace catenet
