// Times as the classic tools print them, in integers.
#pragma once

#include <string>

#include "catenet/time/time.hpp"

namespace catenet {

// Milliseconds with three decimals, cut off: "40.071".
std::string milliseconds_3(Duration time);
// Milliseconds with three significant digits or more, rounded, as iputils' ping: "0.042", "40.1",
// "1004".
std::string milliseconds_rounded(Duration time);

}  // namespace catenet
