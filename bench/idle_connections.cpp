// What many connections cost that say little: `idle_connections PAIRS` sets pairs up one after the
// other, and says what an end keeps when it is at rest, before and after one byte each way;
// `idle_connections --time-wait N`, what is kept of each that was closed; `--talk`, how many
// exchanges of one byte there are in a second, and how many connections that carry one.
#include <cstring>
#include <malloc.h>

#include "connections.hpp"

namespace {

using namespace catenet;

void idle(u32 pairs) {
  bench::Connections net(pairs);
  std::vector<bench::Connections::Pair> held(pairs);
  const long before = bench::resident_bytes();
  const double start = bench::wall_s();
  // A thousand in a second, so that those before are at rest: a burst would show what the event
  // queue and the pools have grown to as well.
  for (u32 i = 0; i < pairs; ++i) {
    held[i] = net.open();
    if (i % 64 == 0) net.settle(Duration::milliseconds(64));
  }
  const double opened = bench::wall_s();
  net.settle(Duration::seconds(10));
  ::malloc_trim(0);
  const long fresh = bench::resident_bytes();
  for (u32 i = 0; i < pairs; ++i) {
    net.speak(held[i]);
    if (i % 64 == 0) net.settle(Duration::milliseconds(64));
  }
  net.settle(Duration::seconds(10));
  ::malloc_trim(0);
  const long spoken = bench::resident_bytes();
  const double ends = 2.0 * pairs;
  fmt::print(
      "{{\"name\": \"idle_connections_{}\", \"setup_s\": {:.3f}, \"bytes_per_end\": {:.0f}, "
      "\"bytes_per_end_spoken\": {:.0f}, \"rss_mb\": {:.1f}}}\n",
      pairs, opened - start, static_cast<double>(fresh - before) / ends,
      static_cast<double>(spoken - before) / ends, static_cast<double>(spoken) / 1e6);
}

void time_wait(u32 count) {
  bench::Connections net(count);
  net.client().tcp().environment().options.time_waits = count;
  // Those before show what the connections themselves leave in the allocator.
  for (u32 i = 0; i < 1'000; ++i) {
    auto pair = net.open();
    net.close(pair);
  }
  const long before = bench::resident_bytes();
  net.client().tcp().environment().options.msl = Duration::seconds(3'600);
  const auto kept = net.client().tcp().time_wait_count();
  const double start = bench::wall_s();
  for (u32 i = 1'000; i < count; ++i) {
    auto pair = net.open();
    net.close(pair);
  }
  const double seconds = bench::wall_s() - start;
  const auto grown = net.client().tcp().time_wait_count() - kept;
  fmt::print(
      "{{\"name\": \"time_wait_{}\", \"entries\": {}, \"bytes_per_entry\": {:.1f}, "
      "\"closed_per_s\": {:.0f}}}\n",
      count, grown, static_cast<double>(bench::resident_bytes() - before) / double(grown),
      (count - 1'000) / seconds);
}

void talk() {
  constexpr u32 exchanges = 300'000;
  constexpr u32 connections = 20'000;
  bench::Connections net(connections + 1);
  auto pair = net.open();
  const double start = bench::wall_s();
  for (u32 i = 0; i < exchanges; ++i) net.speak(pair);
  const double spoken = bench::wall_s();
  for (u32 i = 0; i < connections; ++i) {
    auto one = net.open();
    net.speak(one);
    net.close(one);
  }
  const double closed = bench::wall_s();
  fmt::print("{{\"name\": \"talk\", \"exchanges_per_s\": {:.0f}, \"connections_per_s\": {:.0f}}}\n",
             exchanges / (spoken - start), connections / (closed - spoken));
}

}  // namespace

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "30000";
  if (!std::strcmp(what, "--talk")) {
    talk();
  } else if (!std::strcmp(what, "--time-wait") && argc > 2) {
    time_wait(static_cast<u32>(std::atol(argv[2])));
  } else {
    idle(static_cast<u32>(std::atol(what)));
  }
}
