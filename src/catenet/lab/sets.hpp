// Sets: members 0 to n - 1, each in a set of its own until joined. The smallest member names a set.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "catenet/base/types.hpp"

namespace catenet::lab {

class Sets {
 public:
  explicit Sets(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), 0u);
  }
  u32 find(u32 member) {
    while (parent_[member] != member) member = parent_[member] = parent_[parent_[member]];
    return member;
  }
  // False when they were one set before.
  bool join(u32 a, u32 b) {
    a = find(a);
    b = find(b);
    if (a == b) return false;
    parent_[std::max(a, b)] = std::min(a, b);
    return true;
  }

 private:
  std::vector<u32> parent_;
};

}  // namespace catenet::lab
