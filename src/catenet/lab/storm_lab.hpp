// The storm's labs: a random topology with random impairments and faults, as the text of a lab
// file, all drawn from one seed. Every fault is over at `heal_at`; what loses frames is then
// switched off.
#pragma once

#include <string>

#include "catenet/time/time.hpp"

namespace catenet::lab {

inline constexpr Duration storm_heal_at = Duration::seconds(20);

std::string storm_lab(u64 seed);

}  // namespace catenet::lab
