// Endless TCP streams for the benches: a source that writes as fast as it may, a sink that reads
// and counts.
#pragma once

#include <vector>

#include "catenet/coro/task_group.hpp"
#include "catenet/socket/async.hpp"

namespace bench {

using namespace catenet;

inline Task<void> source(System& system, Endpoint to, Instant start, u32 write_size) {
  const auto waited = co_await system.scheduler().sleep_until(start);
  if (!waited) co_return;
  auto socket = co_await connect_stream(system, to);
  if (!socket) co_return;
  const std::vector<u8> bytes(write_size, 0x5a);
  for (;;) {
    const auto sent = co_await send(**socket, bytes);
    if (!sent) co_return;
  }
}

inline Task<void> sink(System& system, u16 port, u64& received) {
  auto listener = listen_stream(system, port);
  if (!listener) co_return;
  auto socket = co_await accept(**listener);
  if (!socket) co_return;
  std::vector<u8> bytes(65'536);
  for (;;) {
    const auto n = co_await receive(**socket, bytes);
    if (!n || *n == 0) co_return;
    received += *n;
  }
}

}  // namespace bench
