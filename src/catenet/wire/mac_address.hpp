// MacAddress: a 48-bit station address (IEEE 802, RFC 9542), and the group addresses IP multicast
// maps onto.
#pragma once

#include <array>
#include <compare>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "catenet/base/hash.hpp"
#include "catenet/base/types.hpp"

namespace catenet {

class Ipv4Address;
class Ipv6Address;

class MacAddress {
 public:
  static constexpr std::size_t byte_size = 6;
  static constexpr std::size_t max_text = 17;  // characters of "02:00:00:00:00:01"

  // 00:00:00:00:00:00
  constexpr MacAddress() = default;
  constexpr MacAddress(u8 a, u8 b, u8 c, u8 d, u8 e, u8 f) : bytes_{a, b, c, d, e, f} {}

  // The low 48 bits of `value`, the first byte on the wire highest.
  static constexpr MacAddress from_u64(u64 value) {
    MacAddress mac;
    for (std::size_t i = 0; i < byte_size; ++i) {
      mac.bytes_[i] = static_cast<u8>(value >> (40 - 8 * i));
    }
    return mac;
  }
  static constexpr MacAddress broadcast() { return {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}; }
  // 01:00:5e and the group's low 23 bits (RFC 1112, 6.4).
  static MacAddress for_ipv4_multicast(Ipv4Address group);
  // 33:33 and the group's last four bytes (RFC 2464, 7).
  static MacAddress for_ipv6_multicast(const Ipv6Address& group);

  // Six pairs of hex digits joined by colons or by dashes, not mixed; one digit of a pair may be
  // left out. Nothing else.
  static std::optional<MacAddress> parse(std::string_view text);

  // From and to six bytes as they stand in a frame.
  static MacAddress load(const u8* at) {
    MacAddress mac;
    std::memcpy(mac.bytes_.data(), at, byte_size);
    return mac;
  }
  void store(u8* at) const { std::memcpy(at, bytes_.data(), byte_size); }

  constexpr u64 to_u64() const {
    u64 value = 0;
    for (u8 byte : bytes_) value = value << 8 | byte;
    return value;
  }
  constexpr const std::array<u8, byte_size>& bytes() const { return bytes_; }

  constexpr bool is_zero() const { return *this == MacAddress(); }
  // The group bit: broadcast counts.
  constexpr bool is_multicast() const { return (bytes_[0] & 0x01) != 0; }
  constexpr bool is_broadcast() const { return *this == broadcast(); }
  constexpr bool is_locally_administered() const { return (bytes_[0] & 0x02) != 0; }

  constexpr u64 hash() const { return mix64(to_u64()); }
  constexpr auto operator<=>(const MacAddress&) const = default;

  // Writes at most max_text characters, no terminator; returns the end.
  char* print(char* out) const;
  // Lower case, with colons.
  std::string to_string() const;

 private:
  std::array<u8, byte_size> bytes_{};
};

static_assert(sizeof(MacAddress) == 6);

}  // namespace catenet

template <>
struct std::hash<catenet::MacAddress> {
  std::size_t operator()(const catenet::MacAddress& mac) const { return mac.hash(); }
};
