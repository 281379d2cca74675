#include "catenet/lab/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/core.h>
#include <optional>
#include <span>

#include "catenet/lab/diagnostic.hpp"

namespace catenet::lab {

namespace {

__extension__ using u128 = unsigned __int128;

struct UnitName {
  std::string_view name;
  u64 scale;
};

// digits × 10^exponent
struct Decimal {
  u64 digits = 0;
  int exponent = 0;
};

struct Quantity {
  Decimal number;
  std::string_view unit;  // empty: none
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr int most_digits = 18;

// Takes a decimal number off the front: 12, 1.5, .5, 1e-9. Nothing when there is none or it has
// too many digits.
std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal number;
  std::size_t at = 0;
  int seen = 0;
  bool point = false;
  for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !point)); ++at) {
    if (text[at] == '.') {
      point = true;
      continue;
    }
    if (++seen > most_digits) return std::nullopt;
    number.digits = number.digits * 10 + static_cast<u64>(text[at] - '0');
    if (point) --number.exponent;
  }
  if (seen == 0) return std::nullopt;
  const bool exponent = at + 1 < text.size() && (text[at] == 'e' || text[at] == 'E') &&
                        (is_digit(text[at + 1]) || text[at + 1] == '-' || text[at + 1] == '+');
  if (exponent) {
    int power = 0;
    const char* first = text.data() + at + (text[at + 1] == '+' ? 2 : 1);
    const auto [end, failure] = std::from_chars(first, text.data() + text.size(), power);
    if (failure != std::errc() || power > 30 || power < -30) return std::nullopt;
    number.exponent += power;
    at = static_cast<std::size_t>(end - text.data());
  }
  text.remove_prefix(at);
  return number;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<Quantity> split(std::string_view text) {
  text = trim(text);
  std::optional<Decimal> number = take_decimal(text);
  if (!number) return std::nullopt;
  return Quantity{*number, trim(text)};
}

// number × scale when that is a whole number below `limit`.
enum class Fit : u8 { fits, too_fine, too_big };
Fit scale_up(Decimal number, u64 scale, u64 limit, u64& out) {
  u128 value = static_cast<u128>(number.digits) * scale;
  for (; number.exponent > 0 && value != 0; --number.exponent) {
    if (value > limit) return Fit::too_big;
    value *= 10;
  }
  for (; number.exponent < 0 && value != 0; ++number.exponent) {
    if (value % 10 != 0) return Fit::too_fine;
    value /= 10;
  }
  if (value > limit) return Fit::too_big;
  out = static_cast<u64>(value);
  return Fit::fits;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// What one kind of quantity takes.
struct Measure {
  std::string_view example;         // "a duration such as '20 ms'"
  std::span<const UnitName> units;  // canonical ones first
  std::size_t canonical;            // how many of them messages name
  std::string_view usual;           // that a number without one may have meant
  std::string_view finest;          // "1 ns"
  u64 limit;
  std::string_view limit_text;
};

std::vector<std::string_view> canonical_names(const Measure& measure) {
  std::vector<std::string_view> names;
  for (const UnitName& unit : measure.units.first(measure.canonical)) names.push_back(unit.name);
  return names;
}

UnitError no_unit(std::string_view text, const Measure& measure) {
  const std::vector<std::string_view> names = canonical_names(measure);
  return {fmt::format("'{}' has no unit", text),
          fmt::format("say '{} {}'; units are {}", trim(text), measure.usual,
                      list_words(names, "and"))};
}

UnitError unknown_unit(std::string_view unit, const Measure& measure) {
  const std::vector<std::string_view> names = canonical_names(measure);
  for (std::string_view name : names) {
    if (same_letters(unit, name)) {
      return {fmt::format("unknown unit '{}'", unit), fmt::format("did you mean '{}'?", name)};
    }
  }
  return {fmt::format("unknown unit '{}'", unit),
          fmt::format("units are {}", list_words(names, "and"))};
}

Unit<u64> measure_of(std::string_view text, const Measure& measure, bool any_case) {
  const std::optional<Quantity> quantity = split(text);
  if (!quantity) {
    if (std::ranges::count_if(text, is_digit) > most_digits) {
      return std::unexpected(UnitError{
          fmt::format("'{}' has too many digits", text),
          fmt::format("{} are kept, and {} is the most", most_digits, measure.limit_text)});
    }
    return std::unexpected(UnitError{fmt::format("'{}' is not {}", text, measure.example), {}});
  }
  if (quantity->unit.empty()) {
    if (quantity->number.digits == 0) return 0;
    return std::unexpected(no_unit(text, measure));
  }
  for (const UnitName& unit : measure.units) {
    const bool match =
        any_case ? same_letters(unit.name, quantity->unit) : unit.name == quantity->unit;
    if (!match) continue;
    u64 value = 0;
    switch (scale_up(quantity->number, unit.scale, measure.limit, value)) {
      case Fit::fits: return value;
      case Fit::too_fine:
        return std::unexpected(
            UnitError{fmt::format("'{}' is finer than {}", text, measure.finest), {}});
      case Fit::too_big:
        return std::unexpected(
            UnitError{fmt::format("'{}' is more than {}", text, measure.limit_text), {}});
    }
  }
  return std::unexpected(unknown_unit(quantity->unit, measure));
}

constexpr std::array<UnitName, 9> duration_units{{{"ns", 1},
                                                  {"us", 1'000},
                                                  {"ms", 1'000'000},
                                                  {"s", 1'000'000'000},
                                                  {"min", 60'000'000'000},
                                                  {"h", 3'600'000'000'000},
                                                  {"d", 86'400'000'000'000},
                                                  {"µs", 1'000},
                                                  {"sec", 1'000'000'000}}};

constexpr std::array<UnitName, 15> rate_units{{{"bit", 1},
                                               {"kbit", 1'000},
                                               {"Mbit", 1'000'000},
                                               {"Gbit", 1'000'000'000},
                                               {"Tbit", 1'000'000'000'000},
                                               {"bit/s", 1},
                                               {"kbit/s", 1'000},
                                               {"Mbit/s", 1'000'000},
                                               {"Gbit/s", 1'000'000'000},
                                               {"Tbit/s", 1'000'000'000'000},
                                               {"bps", 1},
                                               {"kbps", 1'000},
                                               {"Mbps", 1'000'000},
                                               {"Gbps", 1'000'000'000},
                                               {"Tbps", 1'000'000'000'000}}};

constexpr std::array<UnitName, 9> size_units{{{"B", 1},
                                              {"kB", 1'000},
                                              {"MB", 1'000'000},
                                              {"GB", 1'000'000'000},
                                              {"KiB", 1ull << 10},
                                              {"MiB", 1ull << 20},
                                              {"GiB", 1ull << 30},
                                              {"byte", 1},
                                              {"bytes", 1}}};

constexpr std::array<UnitName, 1> percent_unit{{{"%", 10'000'000}}};

}  // namespace

Unit<Duration> parse_duration(std::string_view text) {
  constexpr u64 hundred_years = 36'525ull * 86'400'000'000'000;
  const Measure measure{
      "a duration such as '20 ms'", duration_units, 7, "s", "1 ns", hundred_years, "100 years"};
  const Unit<u64> ns = measure_of(text, measure, false);
  if (!ns) return std::unexpected(ns.error());
  return Duration::nanoseconds(static_cast<i64>(*ns));
}

Unit<u64> parse_rate(std::string_view text) {
  const Measure measure{"a rate such as '10 Mbit'", rate_units,         5,        "Mbit",
                        "1 bit a second",           10'000'000'000'000, "10 Tbit"};
  return measure_of(text, measure, true);
}

Unit<u64> parse_size(std::string_view text) {
  const Measure measure{"a size such as '64 KiB'", size_units, 7, "B", "1 B", 1ull << 50, "1 PiB"};
  return measure_of(text, measure, false);
}

Unit<u32> parse_percentage(std::string_view text) {
  const Measure measure{
      "a percentage such as '1 %'", percent_unit, 1, "%", "0.0000001 %", 1'000'000'000, "100 %"};
  const Unit<u64> ppb = measure_of(text, measure, false);
  if (!ppb) return std::unexpected(ppb.error());
  return static_cast<u32>(*ppb);
}

Unit<u64> parse_bit_error_rate(std::string_view text) {
  const std::optional<Quantity> quantity = split(text);
  if (!quantity || !quantity->unit.empty()) {
    return std::unexpected(UnitError{fmt::format("'{}' is not a bit error rate", text),
                                     "say wrong bits a bit without unit, such as 1e-9"});
  }
  u64 value = 0;
  switch (scale_up(quantity->number, 1'000'000'000'000'000, 1'000'000'000'000'000, value)) {
    case Fit::fits: return value;
    case Fit::too_fine:
      return std::unexpected(UnitError{fmt::format("'{}' is finer than 1e-15", text), {}});
    case Fit::too_big: break;
  }
  return std::unexpected(UnitError{fmt::format("'{}' is more than 1", text), {}});
}

Unit<u64> parse_weight(std::string_view text) {
  constexpr u64 whole = 1'000'000'000'000'000;  // 2^-15 of it is a whole number
  const UnitError wrong{fmt::format("'{}' is not a weight", text),
                        "say a share from 1e-9 to 1 such as 0.002, or a power from 2^-15 to 2^-1"};
  constexpr std::string_view power = "2^-";
  if (trim(text).starts_with(power)) {
    const Unit<u64> exponent = parse_count(trim(text).substr(power.size()), 1, 15);
    if (!exponent) return std::unexpected(wrong);
    return whole >> *exponent;
  }
  const std::optional<Quantity> quantity = split(text);
  u64 value = 0;
  if (!quantity || !quantity->unit.empty() ||
      scale_up(quantity->number, whole, whole, value) != Fit::fits ||
      value < whole / 1'000'000'000) {
    return std::unexpected(wrong);
  }
  return value;
}

Unit<u64> parse_count(std::string_view text, u64 min, u64 max) {
  const std::string_view digits = trim(text);
  const bool hex = digits.starts_with("0x");
  u64 value = 0;
  const char* first = digits.data() + (hex ? 2 : 0);
  const char* last = digits.data() + digits.size();
  const auto [end, failure] = std::from_chars(first, last, value, hex ? 16 : 10);
  const bool whole = first != last && end == last && failure != std::errc::invalid_argument;
  if (!whole)
    return std::unexpected(UnitError{fmt::format("'{}' is not a whole number", text),
                                     fmt::format("from {} to {}", min, max)});
  if (failure == std::errc() && value >= min && value <= max) return value;
  return std::unexpected(
      UnitError{fmt::format("{} is out of range", digits), fmt::format("from {} to {}", min, max)});
}

}  // namespace catenet::lab
