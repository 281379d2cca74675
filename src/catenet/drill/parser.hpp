// A script's text as a Script. What is wrong is told, with what would be right, and reading goes on
// at the next event.
#pragma once

#include <string_view>

#include "catenet/drill/problem.hpp"
#include "catenet/drill/script.hpp"

namespace catenet::drill {

// Good only where `problems` is not fatal afterwards.
Script parse(std::string_view text, Problems& problems);

}  // namespace catenet::drill
