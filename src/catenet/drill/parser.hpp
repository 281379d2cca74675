// A script's text as a Script. What is wrong is told, with what would be right, and reading goes on
// at the next event.
#pragma once

#include <string_view>

#include "catenet/drill/problem.hpp"
#include "catenet/drill/script.hpp"

namespace catenet::drill {

// Good only where `problems` is not fatal afterwards. `definitions`, "NAME=VALUE", are as if the
// script began with them.
Script parse(std::string_view text, Problems& problems,
             std::span<const std::string> definitions = {});

}  // namespace catenet::drill
