// Text made with {fmt}, at the price of <fmt/core.h>: fmt::format_to would compile the whole of fmt
// into every file that calls it.
#pragma once

#include <fmt/core.h>
#include <string>

namespace catenet {

// Appends what fmt::vformat would give.
void append_vformat(std::string& out, fmt::string_view format, fmt::format_args arguments);

// Appends what fmt::format would give.
template <typename... Args>
void append_format(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  append_vformat(out, format, fmt::make_format_args(args...));
}

// For the formatter of a type that prints as text: `text` with the width and fill that were asked
// for.
fmt::format_context::iterator format_text(const fmt::formatter<fmt::string_view>& formatter,
                                          fmt::string_view text, fmt::format_context& context);

}  // namespace catenet
