#include "catenet/service/http_range.hpp"

#include <algorithm>

#include "catenet/service/http_fields.hpp"

namespace catenet::http {
namespace {

constexpr std::size_t max_ranges = 16;

enum class Kind : u8 { good, beyond_the_end, malformed };

// One of "first-last", "first-", "-suffix".
Kind parse_range(std::string_view spec, u64 size, ByteRange& range) {
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return Kind::malformed;
  const std::string_view last_text = spec.substr(dash + 1);
  if (dash == 0) {
    const auto suffix = decimal(last_text);
    if (!suffix) return Kind::malformed;
    if (*suffix == 0 || size == 0) return Kind::beyond_the_end;
    range = {size - std::min(*suffix, size), size - 1};
    return Kind::good;
  }
  const auto first = decimal(spec.substr(0, dash));
  const auto last = last_text.empty() ? std::optional(UINT64_MAX) : decimal(last_text);
  if (!first || !last || *last < *first) return Kind::malformed;
  if (*first >= size) return Kind::beyond_the_end;
  range = {*first, std::min(*last, size - 1)};
  return Kind::good;
}

}  // namespace

std::optional<std::vector<ByteRange>> parse_ranges(std::string_view field, u64 size) {
  const std::size_t equals = field.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  if (!equal_without_case(trim(field.substr(0, equals)), "bytes")) return std::nullopt;
  const auto specs = list_members(field.substr(equals + 1));
  if (specs.empty() || specs.size() > max_ranges) return std::nullopt;
  std::vector<ByteRange> ranges;
  u64 total = 0;
  for (std::string_view spec : specs) {
    ByteRange range;
    const Kind kind = parse_range(spec, size, range);
    if (kind == Kind::malformed) return std::nullopt;
    if (kind == Kind::beyond_the_end) continue;
    ranges.push_back(range);
    if (range.size() > size - total) return std::nullopt;
    total += range.size();
  }
  return ranges;
}

}  // namespace catenet::http
