// Dates of HTTP: read RFC 9110 section 5.6.7. All are UTC, as seconds since 1970.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catenet/base/types.hpp"

namespace catenet::http {

// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string format_date(i64 calendar_s);
// That form, and the two obsolete ones; a two-digit year that seems more than 50 years ahead of
// `now_s` is past.
std::optional<i64> parse_date(std::string_view text, i64 now_s);

}  // namespace catenet::http
