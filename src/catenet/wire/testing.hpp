// What the tests and fuzz targets of this room share: bytes from hex, and draws that are the same
// everywhere.
#pragma once

#include <string_view>
#include <vector>

#include "catenet/base/hash.hpp"
#include "catenet/base/types.hpp"
#include "catenet/wire/address.hpp"
#include "catenet/wire/text.hpp"

namespace catenet::wire::testing {

using Bytes = std::vector<u8>;

// "45 00 003c" as bytes; spaces mean nothing.
inline Bytes hex(std::string_view text) {
  Bytes bytes;
  int high = -1;
  for (char c : text) {
    const int digit = catenet::detail::hex_digit(c);
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<u8>(high << 4 | digit));
      high = -1;
    }
  }
  return bytes;
}

inline Bytes operator+(Bytes front, const Bytes& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

// A counter through mix64: good enough to choose cases, and needs no room above this one.
class Draws {
 public:
  explicit Draws(u64 seed) : counter_(mix64(seed + 1)) {}

  u64 next() { return mix64(counter_ += 0x9e3779b97f4a7c15ull); }
  u32 below(u32 n) { return static_cast<u32>(next() % n); }
  bool coin() { return (next() & 1) != 0; }
  u8 byte() { return static_cast<u8>(next()); }
  u16 word() { return static_cast<u16>(next()); }
  u32 number() { return static_cast<u32>(next()); }
  Bytes bytes(std::size_t size) {
    Bytes out(size);
    for (u8& b : out) b = byte();
    return out;
  }
  MacAddress mac() { return MacAddress::from_u64(next()); }
  Ipv4Address ipv4() { return Ipv4Address::from_u32(number()); }
  Ipv6Address ipv6() {
    const u64 high = next();
    return Ipv6Address::from_halves(high, next());
  }

 private:
  u64 counter_;
};

// What `emit` writes of `header`, into exactly its size.
template <typename Header>
Bytes emitted(const Header& header) {
  Bytes bytes;
  if constexpr (requires { header.size(); }) {
    bytes.resize(header.size());
  } else {
    bytes.resize(Header::size);
  }
  header.emit(bytes);
  return bytes;
}

}  // namespace catenet::wire::testing
