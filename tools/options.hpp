// Options of the command line that take a number, read strictly.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "catenet/base/types.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace catenet::tools {

// Decimal digits and nothing else, without zeros in front; nothing: it is none, or beyond 64 bits.
std::optional<u64> parse_decimal(std::string_view text);

// `least`: smaller numbers are refused.
CLI::Option* add_number(CLI::App& app, const std::string& name, std::function<void(u64)> take,
                        const std::string& description, u64 least = 0);

}  // namespace catenet::tools
