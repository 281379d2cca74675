// Instant and Duration: signed nanoseconds since a lab's 0 s. 292 years each way, so no sum of sane
// values overflows.
#pragma once

#include <compare>
#include <string>

#include "catenet/base/types.hpp"

namespace catenet {

class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration nanoseconds(i64 n) { return Duration(n); }
  static constexpr Duration microseconds(i64 n) { return Duration(n * 1'000); }
  static constexpr Duration milliseconds(i64 n) { return Duration(n * 1'000'000); }
  static constexpr Duration seconds(i64 n) { return Duration(n * 1'000'000'000); }
  static constexpr Duration zero() { return Duration(0); }
  // Longer than anything that happens.
  static constexpr Duration infinite() { return Duration(INT64_MAX / 2); }

  constexpr i64 ns() const { return ns_; }
  constexpr i64 us() const { return ns_ / 1'000; }
  constexpr i64 ms() const { return ns_ / 1'000'000; }
  constexpr i64 s() const { return ns_ / 1'000'000'000; }

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator-() const { return Duration(-ns_); }
  constexpr Duration& operator+=(Duration d) {
    ns_ += d.ns_;
    return *this;
  }
  constexpr Duration& operator-=(Duration d) {
    ns_ -= d.ns_;
    return *this;
  }
  friend constexpr Duration operator+(Duration a, Duration b) { return Duration(a.ns_ + b.ns_); }
  friend constexpr Duration operator-(Duration a, Duration b) { return Duration(a.ns_ - b.ns_); }
  friend constexpr Duration operator*(Duration a, i64 n) { return Duration(a.ns_ * n); }
  friend constexpr Duration operator*(i64 n, Duration a) { return a * n; }
  friend constexpr Duration operator/(Duration a, i64 n) { return Duration(a.ns_ / n); }
  friend constexpr i64 operator/(Duration a, Duration b) { return a.ns_ / b.ns_; }

 private:
  explicit constexpr Duration(i64 n) : ns_(n) {}
  i64 ns_ = 0;
};

class Instant {
 public:
  constexpr Instant() = default;
  static constexpr Instant at(Duration since_start) { return Instant(since_start.ns()); }
  // Later than every event; what a deadline that is not set holds.
  static constexpr Instant never() { return Instant(INT64_MAX); }
  // Earlier than every event, also before 0 s; how long ago it was can still be computed.
  static constexpr Instant long_ago() { return Instant(INT64_MIN / 4); }

  constexpr Duration since_start() const { return Duration::nanoseconds(ns_); }
  constexpr i64 ns() const { return ns_; }
  constexpr auto operator<=>(const Instant&) const = default;
  constexpr Instant& operator+=(Duration d) {
    ns_ += d.ns();
    return *this;
  }
  friend constexpr Instant operator+(Instant t, Duration d) { return Instant(t.ns_ + d.ns()); }
  friend constexpr Instant operator-(Instant t, Duration d) { return Instant(t.ns_ - d.ns()); }
  friend constexpr Duration operator-(Instant a, Instant b) {
    return Duration::nanoseconds(a.ns_ - b.ns_);
  }

 private:
  explicit constexpr Instant(i64 n) : ns_(n) {}
  i64 ns_ = 0;
};

inline namespace literals {
constexpr Duration operator""_ns(unsigned long long n) {
  return Duration::nanoseconds(static_cast<i64>(n));
}
constexpr Duration operator""_us(unsigned long long n) {
  return Duration::microseconds(static_cast<i64>(n));
}
constexpr Duration operator""_ms(unsigned long long n) {
  return Duration::milliseconds(static_cast<i64>(n));
}
constexpr Duration operator""_s(unsigned long long n) {
  return Duration::seconds(static_cast<i64>(n));
}
}  // namespace literals

// The shortest exact form with a unit: "20 ms", "1.5 s", "0 s", "12 us"; "never" for what has no
// end.
std::string to_string(Duration duration);
// Seconds with nine decimals, as captures print it: "1.020000000".
std::string to_string(Instant instant);

}  // namespace catenet
