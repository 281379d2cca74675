// Text of programs and pages, made fit for HTML and XML.
#pragma once

#include <string>
#include <string_view>

namespace catenet::lab {

// `text` as it stands between tags. Written visibly instead: markup ("&lt;"), what XML 1.0 forbids
// and what is not UTF-8 ("\x1b"), and what turns the direction of writing or breaks lines unseen
// ("\u202e"). Tabs and line feeds stay.
std::string escaped(std::string_view text);

// The same for an attribute in double quotes.
std::string escaped_attribute(std::string_view text);

// The beginning and the end of a long text: at most about `most` bytes, whole lines where it can
// be, with a line between that says how many are left out.
std::string trimmed(std::string_view text, std::size_t most);

}  // namespace catenet::lab
