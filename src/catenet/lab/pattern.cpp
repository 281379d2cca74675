#include "catenet/lab/pattern.hpp"

#include <re2/re2.h>

namespace catenet::lab {

std::expected<Pattern, std::string> Pattern::compile(std::string_view text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto compiled =
      std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!compiled->ok()) return std::unexpected(compiled->error());
  return Pattern(std::move(compiled));
}

bool Pattern::is_found_in(std::string_view line) const {
  return re2::RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), *compiled_);
}

}  // namespace catenet::lab
