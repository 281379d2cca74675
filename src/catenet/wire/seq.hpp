// Seq: a TCP sequence number. Read RFC 9293 3.4. It has no order: 2^32 of them make a circle, and
// only the named questions have answers, for numbers less than 2^31 apart.
#pragma once

#include <compare>
#include <concepts>

#include "catenet/base/types.hpp"

namespace catenet::wire {

class Seq {
 public:
  constexpr Seq() = default;
  constexpr explicit Seq(u32 value) : value_(value) {}
  constexpr u32 value() const { return value_; }

  constexpr bool before(Seq other) const { return *this - other < 0; }
  constexpr bool after(Seq other) const { return *this - other > 0; }
  constexpr bool at_or_before(Seq other) const { return *this - other <= 0; }
  constexpr bool at_or_after(Seq other) const { return *this - other >= 0; }
  // first =< this < first + size; never in an empty window.
  constexpr bool in_window(Seq first, u32 size) const { return value_ - first.value_ < size; }

  // How far it is from `b` to `a`: negative when `a` is before `b`.
  friend constexpr i32 operator-(Seq a, Seq b) { return static_cast<i32>(a.value_ - b.value_); }
  friend constexpr Seq operator+(Seq a, u32 distance) { return Seq(a.value_ + distance); }
  friend constexpr Seq operator-(Seq a, u32 distance) { return Seq(a.value_ - distance); }
  constexpr Seq& operator+=(u32 distance) {
    value_ += distance;
    return *this;
  }
  constexpr Seq& operator-=(u32 distance) {
    value_ -= distance;
    return *this;
  }
  constexpr Seq& operator++() { return *this += 1; }
  constexpr bool operator==(const Seq&) const = default;

 private:
  u32 value_ = 0;
};

constexpr Seq later(Seq a, Seq b) { return a.before(b) ? b : a; }
constexpr Seq earlier(Seq a, Seq b) { return a.after(b) ? b : a; }

// Nobody can write seq < other, sort them, or use them as a map's key.
template <typename T>
concept HasLess = requires(T a, T b) { a < b; };
static_assert(!HasLess<Seq> && !std::three_way_comparable<Seq> && std::equality_comparable<Seq>);

}  // namespace catenet::wire
