// One-line topologies, as mininet's users know them: the text of a lab file that a command line
// stands for.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "catenet/lab/units.hpp"

namespace catenet::lab {

inline constexpr u64 most_generated_nodes = 100'000;

// linear,N: N switches in a row, a host on each. star,N: a switch and N hosts. tree,DEPTH,FANOUT:
// switches with FANOUT below each, hosts at the bottom. ring,N and torus,X,Y: routers joined round
// and round, a host on each. Switches are s1, s2 …, routers r1 … and hosts h1 …; a single number
// serves for both where two are wanted.
std::expected<std::string, UnitError> topology_text(std::string_view line);

}  // namespace catenet::lab
