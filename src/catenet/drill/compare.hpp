// A packet that was wanted beside the one that came, both in the script's numbers.
#pragma once

#include <string>
#include <vector>

#include "catenet/drill/script.hpp"

namespace catenet::drill {

// A line a difference: "ack: 1001 was expected, 1 came". Empty: it is what was wanted. What the
// script leaves open (window, IP header, "<...>") is not compared.
std::vector<std::string> differences(const PacketEvent& wanted, const PacketEvent& came);

}  // namespace catenet::drill
