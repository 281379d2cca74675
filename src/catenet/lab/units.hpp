// Numbers with units, as lab files write them: "20 ms", "10 Mbit", "64 KiB", "1.5 %". Exact: a
// value finer than what it is kept in is an error, never rounded. The blank may be left out; a bare
// 0 needs no unit.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "catenet/base/types.hpp"
#include "catenet/time/time.hpp"

namespace catenet::lab {

struct UnitError {
  std::string message;  // "'20' has no unit"
  std::string hint;     // "say 20 ns, us, ms, s, min or h"
};

template <typename T>
using Unit = std::expected<T, UnitError>;

// ns us ms s min h d; not negative.
Unit<Duration> parse_duration(std::string_view text);
// Bits a second: bit kbit Mbit Gbit Tbit, "/s" or "ps" for "a second" may follow; capitals do not
// matter.
Unit<u64> parse_rate(std::string_view text);
// Bytes: B kB MB GB are powers of ten, KiB MiB GiB of two.
Unit<u64> parse_size(std::string_view text);
// Parts per billion: "1 %"; 0 % to 100 %.
Unit<u32> parse_percentage(std::string_view text);
// A bit error rate without unit, "1e-9" or "0.000001", 0 to 1, in parts per 10^15.
Unit<u64> parse_bit_error_rate(std::string_view text);
// A share from 1e-9 to 1 without unit, "0.002" or "2^-9", in parts per 10^15.
Unit<u64> parse_weight(std::string_view text);
// A whole number without unit, from `min` to `max`; 0x is hexadecimal.
Unit<u64> parse_count(std::string_view text, u64 min, u64 max);

}  // namespace catenet::lab
