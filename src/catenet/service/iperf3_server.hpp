// The iperf3 service: measures with whoever comes, one test at a time; iperf3_wire.hpp has what is
// said.
#pragma once

#include "catenet/socket/system.hpp"

namespace catenet {

struct Iperf3Options {
  u16 port = 5201;  // TCP, and UDP while a test of datagrams runs
};

// Serves until it is cancelled. The result says why it could not begin.
Task<Result<void>> serve_iperf3(System& system, Iperf3Options options);

}  // namespace catenet
