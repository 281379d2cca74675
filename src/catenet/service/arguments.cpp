#include "catenet/service/arguments.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace catenet {
namespace {

class ArgumentReader {
 public:
  ArgumentReader(const std::vector<std::string>& words, std::span<const OptionSpec> specs)
      : words_(words), specs_(specs) {}

  std::expected<Arguments, std::string> read() {
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (word == "--") break;
      if (word.starts_with("--")) {
        if (!read_long(std::string_view(word).substr(2))) return std::unexpected(problem_);
      } else if (word.size() > 1 && word[0] == '-') {
        if (!read_letters(std::string_view(word).substr(1))) return std::unexpected(problem_);
      } else {
        result_.operands.push_back(word);
      }
    }
    for (; at_ < words_.size(); ++at_) result_.operands.push_back(words_[at_]);
    return std::move(result_);
  }

 private:
  template <typename... T>
  bool fail(fmt::format_string<T...> format, T&&... arguments) {
    problem_ = words_[0] + ": " + fmt::format(format, std::forward<T>(arguments)...);
    return false;
  }

  // " -4 -6 --range": each option by its letter, or by its long name where it has none.
  std::string known() const {
    std::string text;
    for (const OptionSpec& spec : specs_) {
      text += spec.key < 256 ? fmt::format(" -{}", static_cast<char>(spec.key))
                             : fmt::format(" --{}", spec.long_name);
    }
    return text;
  }

  bool read_long(std::string_view text) {
    const std::size_t equals = std::min(text.find('='), text.size());
    const std::string_view name = text.substr(0, equals);
    const auto spec = std::find_if(specs_.begin(), specs_.end(), [&](const OptionSpec& s) {
      return !s.long_name.empty() && s.long_name == name;
    });
    if (spec == specs_.end()) return fail("unrecognized option '--{}'; it has{}", name, known());
    const bool joined = equals < text.size();
    if (joined && !spec->takes_value) return fail("option '--{}' doesn't allow an argument", name);
    std::string value(joined ? text.substr(equals + 1) : "");
    if (spec->takes_value && !joined) {
      if (at_ == words_.size()) return fail("option '--{}' requires an argument", name);
      value = words_[at_++];
    }
    result_.options.push_back({spec->key, std::move(value), fmt::format("--{}", name)});
    return true;
  }

  bool read_letters(std::string_view letters) {
    for (std::size_t i = 0; i < letters.size(); ++i) {
      const char letter = letters[i];
      const auto spec = std::find_if(specs_.begin(), specs_.end(),
                                     [&](const OptionSpec& s) { return s.key == letter; });
      if (spec == specs_.end()) return fail("invalid option -- '{}'; it has{}", letter, known());
      if (!spec->takes_value) {
        result_.options.push_back({spec->key, {}, {'-', letter}});
        continue;
      }
      std::string value(letters.substr(i + 1));
      if (value.empty()) {
        if (at_ == words_.size()) return fail("option requires an argument -- '{}'", letter);
        value = words_[at_++];
      }
      result_.options.push_back({spec->key, std::move(value), {'-', letter}});
      return true;
    }
    return true;
  }

  const std::vector<std::string>& words_;
  std::span<const OptionSpec> specs_;
  std::size_t at_ = 1;
  Arguments result_;
  std::string problem_;
};

}  // namespace

std::expected<Arguments, std::string> read_arguments(const std::vector<std::string>& words,
                                                     std::span<const OptionSpec> specs) {
  return ArgumentReader(words, specs).read();
}

std::optional<i64> read_number(std::string_view text, i64 least, i64 most) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 18) return std::nullopt;
  i64 value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  if (negative) value = -value;
  return value < least || value > most ? std::nullopt : std::optional(value);
}

std::optional<Duration> read_seconds(std::string_view text) {
  const std::size_t dot = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, dot);
  std::string fraction(text.substr(std::min(dot + 1, text.size())));
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if (fraction.size() > 9) return std::nullopt;
  fraction.append(9 - fraction.size(), '0');
  const auto seconds = whole.empty() ? std::optional<i64>(0) : read_number(whole, 0, 1'000'000'000);
  const auto rest = read_number(fraction, 0, 999'999'999);
  if (!seconds || !rest || whole.starts_with('-')) return std::nullopt;
  return Duration::seconds(*seconds) + Duration::nanoseconds(*rest);
}

}  // namespace catenet
