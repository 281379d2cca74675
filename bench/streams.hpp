// Endless TCP streams for the benches: a source that writes as fast as it may, a sink that reads
// and counts.
#pragma once

#include <array>

#include "catenet/coro/task_group.hpp"
#include "catenet/socket/async.hpp"

namespace bench {

using namespace catenet;

// What every source writes from and every sink reads into: the programs' own memory is not what is
// measured, and peers' sources have none.
inline std::array<u8, 65'536> source_text = [] {
  std::array<u8, 65'536> bytes;
  bytes.fill(0x5a);
  return bytes;
}();
inline std::array<u8, 65'536> scratch;

inline Task<void> source(System& system, Endpoint to, Instant start, u32 write_size) {
  const auto waited = co_await system.scheduler().sleep_until(start);
  if (!waited) co_return;
  auto socket = co_await connect_stream(system, to);
  if (!socket) co_return;
  for (;;) {
    const auto sent = co_await send(**socket, ByteView(source_text).first(write_size));
    if (!sent) co_return;
  }
}

inline Task<void> sink(System& system, u16 port, u64& received) {
  auto listener = listen_stream(system, port);
  if (!listener) co_return;
  auto socket = co_await accept(**listener);
  if (!socket) co_return;
  for (;;) {
    const auto n = co_await receive(**socket, scratch);
    if (!n || *n == 0) co_return;
    received += *n;
  }
}

}  // namespace bench
