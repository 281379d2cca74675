// Pattern: a regular expression in RE2's syntax (https://github.com/google/re2/wiki/Syntax), which
// takes linear time and bounded memory whatever the expression and the text are.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace catenet::lab {

class Pattern {
 public:
  // The error says what is wrong with `text`.
  static std::expected<Pattern, std::string> compile(std::string_view text);

  // Whether some part of `line` matches; its bytes may be anything.
  bool is_found_in(std::string_view line) const;

 private:
  explicit Pattern(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace catenet::lab
