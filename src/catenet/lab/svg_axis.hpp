// Axis: from a number to a place in a picture, and the round numbers that are written beside it.
#pragma once

#include <string>
#include <vector>

#include "catenet/base/types.hpp"

namespace catenet::lab {

class Axis {
 public:
  // `low` lies at `from` and `high`, which is above it, at `to`.
  Axis(i64 low, i64 high, i32 from, i32 to)
      : low_(low), high_(high > low ? high : low + 1), from_(from), to_(to) {}

  // A number outside lies at the nearer end.
  i32 at(i64 value) const;
  // The multiples of `step()` that lie inside.
  std::vector<i64> ticks(i32 most) const;
  // 1, 2 or 5 times a power of ten, so that there are at most `most` ticks or so.
  i64 step(i32 most) const;

  i64 low() const { return low_; }
  i64 high() const { return high_; }
  i32 from() const { return from_; }
  i32 to() const { return to_; }

 private:
  i64 low_;
  i64 high_;
  i32 from_;
  i32 to_;
};

struct ShownUnit {
  std::string_view name;
  i64 size = 1;
};
// What numbers up to `most` are best told in: of nanoseconds "s", "ms" or "µs", of bytes "B", "kB",
// "MB" or "GB".
ShownUnit time_unit(i64 most_ns);
ShownUnit byte_unit(i64 most);

// `value` in `unit`, exactly, without zeros at its end: "1.25".
std::string in_unit(i64 value, const ShownUnit& unit);

// For reading, three digits or so: "12.5 ms", "1.2 MB", "9.8 Mbit/s", and "1 234 567".
std::string rough_duration(i64 ns);
std::string rough_bytes(u64 bytes);
std::string rough_rate(u64 bits_per_s);
std::string grouped(u64 number);

}  // namespace catenet::lab
