#include "catenet/lab/svg_axis.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <span>

namespace catenet::lab {
namespace {

constexpr ShownUnit shown_time_units[] = {
    {"s", 1'000'000'000}, {"ms", 1'000'000}, {"µs", 1'000}, {"ns", 1}};
constexpr ShownUnit shown_byte_units[] = {
    {"GB", 1'000'000'000}, {"MB", 1'000'000}, {"kB", 1'000}, {"B", 1}};
constexpr ShownUnit shown_rate_units[] = {
    {"Gbit/s", 1'000'000'000}, {"Mbit/s", 1'000'000}, {"kbit/s", 1'000}, {"bit/s", 1}};

// The first unit that `value` reaches.
ShownUnit unit_for(std::span<const ShownUnit> units, i64 value) {
  for (const ShownUnit& unit : units) {
    if (value >= unit.size) return unit;
  }
  return units.back();
}

std::string rough(i64 value, std::span<const ShownUnit> units) {
  if (value < 0) return fmt::format("-{}", rough(-value, units));
  const ShownUnit unit = unit_for(units, value);
  const double number = static_cast<double>(value) / static_cast<double>(unit.size);
  if (unit.size == 1 || value % unit.size == 0) return fmt::format("{:.0f} {}", number, unit.name);
  const int decimals = number < 10 ? 2 : number < 100 ? 1 : 0;
  return fmt::format("{:.{}f} {}", number, decimals, unit.name);
}

}  // namespace

i32 Axis::at(i64 value) const {
  const double share = static_cast<double>(std::clamp(value, low_, high_) - low_) /
                       static_cast<double>(high_ - low_);
  return from_ + static_cast<i32>(share * (to_ - from_));
}

i64 Axis::step(i32 most) const {
  i64 power = 1;
  for (;;) {
    for (const i64 factor : {1, 2, 5}) {
      if ((high_ - low_) / (factor * power) < most) return factor * power;
    }
    power *= 10;
  }
}

std::vector<i64> Axis::ticks(i32 most) const {
  const i64 by = step(most);
  std::vector<i64> ticks;
  // Division rounds towards 0, so the first may lie below.
  for (i64 tick = low_ / by * by; tick <= high_; tick += by) {
    if (tick >= low_) ticks.push_back(tick);
  }
  return ticks;
}

ShownUnit time_unit(i64 most_ns) { return unit_for(shown_time_units, most_ns); }

ShownUnit byte_unit(i64 most) { return unit_for(shown_byte_units, most); }

std::string in_unit(i64 value, const ShownUnit& unit) {
  std::string text = fmt::format("{}{}", value < 0 ? "-" : "", std::abs(value / unit.size));
  i64 rest = std::abs(value % unit.size);
  if (rest == 0) return text;
  text += '.';
  for (i64 digit = unit.size / 10; rest > 0; digit /= 10) {
    text += static_cast<char>('0' + rest / digit);
    rest %= digit;
  }
  return text;
}

std::string rough_duration(i64 ns) { return ns == 0 ? "0 s" : rough(ns, shown_time_units); }

std::string rough_bytes(u64 bytes) { return rough(static_cast<i64>(bytes), shown_byte_units); }

std::string rough_rate(u64 bits_per_s) {
  return rough(static_cast<i64>(bits_per_s), shown_rate_units);
}

std::string grouped(u64 number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, "\u202f");  // narrow, and no line breaks there
  }
  return digits;
}

}  // namespace catenet::lab
