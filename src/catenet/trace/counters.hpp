// DropCounters: how many frames ended for each reason, and how to print them.
#pragma once

#include <array>
#include <string>

#include "catenet/base/types.hpp"
#include "catenet/trace/drop.hpp"

namespace catenet {

using DropCounters = std::array<u64, static_cast<std::size_t>(Drop::count)>;

// The sum over all reasons.
u64 total_drops(const DropCounters& counters);
// Adds `more` to `sum`, reason by reason.
void add_drops(DropCounters& sum, const DropCounters& more);
// "queue_full 12, random_loss 3": the reasons that occurred, in the order of the enumeration;
// "none" when none did.
std::string drops_to_string(const DropCounters& counters);
// The reason whose name is `name`, or Drop::count.
Drop drop_by_name(std::string_view name);

}  // namespace catenet
