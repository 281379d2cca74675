// Receiver: what a connection needs only once it receives more than a few messages, in order.
#pragma once

#include "catenet/tcp/reassembler.hpp"
#include "catenet/tcp/window_tuning.hpp"

namespace catenet::tcp {

struct Receiver {
  Reassembler later;
  WindowTuning tuning;
  u32 out_of_order = 0;  // segments that came ahead of a gap
};

}  // namespace catenet::tcp
