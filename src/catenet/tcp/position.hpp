// Position: a sequence number without its wrap. 0 is the SYN, 1 the first byte; one past the last
// byte is the FIN. All bookkeeping counts in positions; Seq stays at the edge, where segments are
// read and written.
#pragma once

#include "catenet/wire/tcp.hpp"

namespace catenet::tcp {

using Position = i64;

// [first, last)
struct Range {
  Position first = 0;
  Position last = 0;

  i64 size() const { return last - first; }
  bool empty() const { return last <= first; }
  bool operator==(const Range&) const = default;
};

}  // namespace catenet::tcp
