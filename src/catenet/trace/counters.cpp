#include "catenet/trace/counters.hpp"

#include <fmt/core.h>

#include "catenet/base/text.hpp"

namespace catenet {

u64 total_drops(const DropCounters& counters) {
  u64 total = 0;
  for (const u64 count : counters) total += count;
  return total;
}

DropCounters losses_among(DropCounters counters) {
  counters[static_cast<std::size_t>(Drop::other_group)] = 0;
  return counters;
}

void add_drops(DropCounters& sum, const DropCounters& more) {
  for (std::size_t i = 0; i < sum.size(); ++i) {
    if (more[i] > 0) sum[i] += more[i];
  }
}

std::string drops_to_string(const DropCounters& counters) {
  std::string out;
  for (std::size_t i = 0; i < counters.size(); ++i) {
    if (counters[i] == 0) continue;
    append_format(out, "{}{} {}", out.empty() ? "" : ", ", drop_name(static_cast<Drop>(i)),
                  counters[i]);
  }
  return out.empty() ? "none" : out;
}

Drop drop_by_name(std::string_view name) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Drop::count); ++i) {
    if (drop_name(static_cast<Drop>(i)) == name) return static_cast<Drop>(i);
  }
  return Drop::count;
}

}  // namespace catenet
