// Byte ranges: read RFC 9110 section 14.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "catenet/base/types.hpp"

namespace catenet::http {

struct ByteRange {
  u64 first = 0;
  u64 last = 0;  // with it

  u64 size() const { return last - first + 1; }
  bool operator==(const ByteRange&) const = default;
};

// What a Range field asks of `size` bytes: nothing when it is to be ignored (malformed, another
// unit, or a waste: more than 16 ranges, or together more than the whole, RFC 9110 section 14.2);
// empty when none can be satisfied, for 416.
std::optional<std::vector<ByteRange>> parse_ranges(std::string_view field, u64 size);

}  // namespace catenet::http
