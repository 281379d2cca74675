// Text of programs and pages, made fit for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace catenet::lab {

// `text` with what a terminal would obey, and what is not UTF-8, written as "\x1b", and what turns
// the direction of writing or is not seen as "\u202e"; a tab stays.
std::string printable(std::string_view text);

// The same where there is room for one line: of several the first, with " …" behind it.
std::string printable_line(std::string_view text);

// The beginning of `text`, at most `most` bytes, that splits no character of UTF-8.
std::string_view utf8_prefix(std::string_view text, std::size_t most);

}  // namespace catenet::lab
