// Reading and writing numbers in address texts: no locale, no allocation. Used by this room's .cpp
// files only.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

#include "catenet/base/types.hpp"

namespace catenet::detail {

// -1 unless `c` is a hex digit.
constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// All of `text` as a decimal number up to `max`: digits only, no sign, no leading zero.
inline std::optional<u32> parse_decimal(std::string_view text, u32 max) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  u32 value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

inline char* print_decimal(char* out, u32 value) { return std::to_chars(out, out + 10, value).ptr; }

}  // namespace catenet::detail
