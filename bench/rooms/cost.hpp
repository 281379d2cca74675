// What one measurement of bench_rooms is, and how it is taken: warm, the least of several
// repetitions that last 50 ms each at least.
#pragma once

#include <algorithm>
#include <vector>

#include "catenet/base/types.hpp"

#include "../measure.hpp"

namespace bench {

using namespace catenet;

// What one packet costs in `room`, in nanoseconds, when `what` is done.
struct Cost {
  const char* room;
  const char* what;
  double ns;
};
using Costs = std::vector<Cost>;

// A file of measurements each, rooms in the order of ARCHITECTURE.md.
Costs ground();     // wire, packet, engine
Costs network();    // link, ip
Costs transport();  // tcp, coro, host and socket

// Makes the compiler believe that all memory may have been read and written here.
inline void touch_memory() { asm volatile("" : : : "memory"); }
// Makes it believe that `value` is used.
template <typename T>
void keep(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

// Seconds that run(count) takes.
template <typename Run>
double seconds_of(Run& run, u64 count) {
  const double start = wall_s();
  run(count);
  return wall_s() - start;
}

// Nanoseconds of one of the `count` things that run(count) does.
template <typename Run>
double least_ns(Run&& run) {
  constexpr double shortest_s = 0.05;
  constexpr int repetitions = 5;
  u64 count = 64;
  while (seconds_of(run, count) < shortest_s) count *= 2;
  count += count / 4;  // a quicker repetition is still long enough
  double least = seconds_of(run, count);
  for (int i = 1; i < repetitions; ++i) least = std::min(least, seconds_of(run, count));
  return least * 1e9 / static_cast<double>(count);
}

}  // namespace bench
