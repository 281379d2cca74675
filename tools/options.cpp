#include "options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <fmt/core.h>
#include <limits>

namespace catenet::tools {

std::optional<u64> parse_decimal(std::string_view text) {
  if (text.size() > 1 && text.starts_with('0')) return std::nullopt;
  u64 value = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || stopped != text.data() + text.size())
    return std::nullopt;
  return value;
}

CLI::Option* add_number(CLI::App& app, const std::string& name, std::function<void(u64)> take,
                        const std::string& description, u64 least) {
  const auto read = [name, take = std::move(take), least](const std::string& text) {
    const auto number = parse_decimal(text);
    if (number && *number >= least) return take(*number);
    throw CLI::ValidationError(
        name, fmt::format("'{}' is not a number from {} to {}, written in decimal digits", text,
                          least, std::numeric_limits<u64>::max()));
  };
  return app.add_option_function<std::string>(name, read, description)->type_name("N");
}

}  // namespace catenet::tools
