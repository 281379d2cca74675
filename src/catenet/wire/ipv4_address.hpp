// Ipv4Address: read RFC 791 3.2, RFC 1122 3.2.1.3 and RFC 6890 (what each special range is for).
#pragma once

#include <bit>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "catenet/base/endian.hpp"
#include "catenet/base/hash.hpp"
#include "catenet/base/types.hpp"

namespace catenet {

class Ipv4Address {
 public:
  static constexpr std::size_t byte_size = 4;
  static constexpr std::size_t max_text = 15;  // characters of "255.255.255.255"

  // 0.0.0.0
  constexpr Ipv4Address() = default;
  constexpr Ipv4Address(u8 a, u8 b, u8 c, u8 d)
      : value_(u32{a} << 24 | u32{b} << 16 | u32{c} << 8 | u32{d}) {}
  // The address as a number in host order: 0x0a000001 is 10.0.0.1.
  static constexpr Ipv4Address from_u32(u32 value) {
    Ipv4Address address;
    address.value_ = value;
    return address;
  }
  // The mask of a prefix of `length` bits (0 to 32; more counts as 32).
  static constexpr Ipv4Address mask(u32 length) {
    if (length == 0) return {};
    return from_u32(length >= 32 ? 0xffffffff : ~(0xffffffffu >> length));
  }
  static constexpr Ipv4Address any() { return {}; }
  static constexpr Ipv4Address loopback() { return {127, 0, 0, 1}; }
  static constexpr Ipv4Address limited_broadcast() { return {255, 255, 255, 255}; }
  static constexpr Ipv4Address all_hosts() { return {224, 0, 0, 1}; }    // RFC 1112
  static constexpr Ipv4Address all_routers() { return {224, 0, 0, 2}; }  // RFC 1256

  // Strict: four decimal numbers 0 to 255, no leading zeros, no spaces.
  static std::optional<Ipv4Address> parse(std::string_view text);

  // From and to four bytes in network order.
  static Ipv4Address load(const u8* at) { return from_u32(load32(at)); }
  void store(u8* at) const { store32(at, value_); }

  constexpr u32 value() const { return value_; }
  // Byte `i`, the leftmost is 0.
  constexpr u8 octet(u32 i) const { return static_cast<u8>(value_ >> (24 - 8 * i)); }

  constexpr bool is_unspecified() const { return value_ == 0; }
  // 0.0.0.0/8, "this network": a source only while a host learns its address (RFC 1122 3.2.1.3).
  constexpr bool is_this_network() const { return value_ >> 24 == 0; }
  constexpr bool is_loopback() const { return value_ >> 24 == 127; }
  constexpr bool is_private_use() const {  // RFC 1918
    return value_ >> 24 == 10 || value_ >> 20 == 0xac1 || value_ >> 16 == 0xc0a8;
  }
  constexpr bool is_link_local() const { return value_ >> 16 == 0xa9fe; }  // RFC 3927
  constexpr bool is_multicast() const { return value_ >> 28 == 0xe; }
  // 224.0.0.0/24: never forwarded (RFC 5771, 4).
  constexpr bool is_local_multicast() const { return value_ >> 8 == 0xe00000; }
  constexpr bool is_limited_broadcast() const { return value_ == 0xffffffff; }
  // 240.0.0.0/4 without the limited broadcast.
  constexpr bool is_reserved_class_e() const {
    return value_ >> 28 == 0xf && !is_limited_broadcast();
  }

  // 'A' to 'E' by the leading bits, as before CIDR.
  constexpr char address_class() const {
    if (value_ >> 31 == 0) return 'A';
    if (value_ >> 30 == 2) return 'B';
    if (value_ >> 29 == 6) return 'C';
    return value_ >> 28 == 14 ? 'D' : 'E';
  }
  // Network bits of the class: 8, 16 or 24; nothing for D and E.
  constexpr std::optional<u32> classful_length() const {
    switch (address_class()) {
      case 'A': return 8;
      case 'B': return 16;
      case 'C': return 24;
      default: return std::nullopt;
    }
  }
  constexpr std::optional<Ipv4Address> classful_mask() const {
    const auto length = classful_length();
    return length ? std::optional(mask(*length)) : std::nullopt;
  }
  // Bits of the prefix if this is a mask (ones, then zeros); nothing otherwise.
  constexpr std::optional<u32> mask_length() const {
    const u32 zeros = static_cast<u32>(std::countr_zero(value_));
    return from_u32(value_) == mask(32 - zeros) ? std::optional(32 - zeros) : std::nullopt;
  }

  constexpr u64 hash() const { return mix64(u64{4} << 32 | value_); }
  constexpr auto operator<=>(const Ipv4Address&) const = default;

  // Writes at most max_text characters, no terminator; returns the end.
  char* print(char* out) const;
  std::string to_string() const;

 private:
  u32 value_ = 0;
};

static_assert(sizeof(Ipv4Address) == 4);

// The forms inet_aton takes: one to four numbers, decimal, octal (0 first) or hex (0x first); the
// last fills the bytes that are left. "10.1" is 10.0.0.1.
std::optional<Ipv4Address> parse_ipv4_shorthand(std::string_view text);

}  // namespace catenet

template <>
struct std::hash<catenet::Ipv4Address> {
  std::size_t operator()(catenet::Ipv4Address address) const { return address.hash(); }
};
