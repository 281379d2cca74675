// A line for a shell.
#pragma once

#include <string>
#include <string_view>

namespace catenet::program {

// `line`, so that the shell becomes the program where it starts one program and nothing else:
// signals then reach that, and the exit code and what was used are its own. `path` as in PATH.
std::string exec_if_simple(const std::string& line, std::string_view path);

}  // namespace catenet::program
