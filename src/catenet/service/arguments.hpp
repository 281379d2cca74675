// The arguments of a tool, read as getopt_long(3) reads them: bundled letters, values joined or
// apart, options after operands, "--" before operands that begin with a dash.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catenet/time/time.hpp"

namespace catenet {

struct OptionSpec {
  int key = 0;                 // the option's letter, or a number from 256 up where it has none
  std::string_view long_name;  // without its dashes; empty: none
  bool takes_value = false;
};

struct GivenOption {
  int key = 0;
  std::string value;
  std::string name;  // as it was given: "-T" or "--timeout"
};

struct Arguments {
  std::vector<GivenOption> options;  // in their order
  std::vector<std::string> operands;
};

// `words` with the tool's name first. The error is what getopt prints, and of an unknown option
// those that there are: "ping: invalid option -- 'x'; it has -4 -6".
std::expected<Arguments, std::string> read_arguments(const std::vector<std::string>& words,
                                                     std::span<const OptionSpec> specs);

// A decimal number in [least, most].
std::optional<i64> read_number(std::string_view text, i64 least, i64 most);
// Seconds with up to nine decimals, "0.2"; not negative, at most 10^9.
std::optional<Duration> read_seconds(std::string_view text);

}  // namespace catenet
