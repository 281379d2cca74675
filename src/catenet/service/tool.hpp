// Tools: programs written against a System, found by name: `ping` in a lab and `catenet ping` on
// the machine are one function. A tool prints what the classic one prints and returns its exit
// code.
#pragma once

#include <string_view>
#include <vector>

#include "catenet/socket/system.hpp"

namespace catenet {

// `invocation` outlives the task.
using Tool = Task<int> (*)(Invocation& invocation);

// nullptr when there is no tool of that name.
Tool find_tool(std::string_view name);
// Sorted.
std::vector<std::string_view> tool_names();

// A command line as words: separated by blanks, 'single' and "double" quotes and backslashes as in
// a shell, nothing else expanded. nothing: a quote is not closed.
std::optional<std::vector<std::string>> split_words(std::string_view line);

}  // namespace catenet
