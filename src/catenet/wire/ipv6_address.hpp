// Ipv6Address: read RFC 4291 (architecture), RFC 5952 (text), RFC 4007 and 7346 (scopes).
#pragma once

#include <array>
#include <compare>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "catenet/base/endian.hpp"
#include "catenet/base/hash.hpp"
#include "catenet/base/types.hpp"
#include "catenet/wire/ipv4_address.hpp"
#include "catenet/wire/mac_address.hpp"

namespace catenet {

// Scopes, smaller first, with the numbers of RFC 7346 2; unicast mapped onto them by RFC 6724 3.1.
enum class Ipv6Scope : u8 {
  interface_local = 1,
  link_local = 2,
  realm_local = 3,
  admin_local = 4,
  site_local = 5,
  organisation_local = 8,
  global = 14,
};

class Ipv6Address {
 public:
  static constexpr std::size_t byte_size = 16;
  static constexpr std::size_t max_text = 45;  // eight groups, or six and a dotted quad

  // ::
  constexpr Ipv6Address() = default;
  explicit constexpr Ipv6Address(const std::array<u8, byte_size>& bytes) : bytes_(bytes) {}
  // Eight groups, as written: Ipv6Address(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).
  constexpr Ipv6Address(u16 a, u16 b, u16 c, u16 d, u16 e, u16 f, u16 g, u16 h)
      : Ipv6Address(from_halves(u64{a} << 48 | u64{b} << 32 | u64{c} << 16 | d,
                                u64{e} << 48 | u64{f} << 32 | u64{g} << 16 | h)) {}
  // The first and the last eight bytes as numbers in host order.
  static constexpr Ipv6Address from_halves(u64 high, u64 low) {
    Ipv6Address address;
    if consteval {
      for (std::size_t i = 0; i < 8; ++i) {
        address.bytes_[i] = static_cast<u8>(high >> (56 - 8 * i));
        address.bytes_[8 + i] = static_cast<u8>(low >> (56 - 8 * i));
      }
    } else {
      store64(address.bytes_.data(), high);
      store64(address.bytes_.data() + 8, low);
    }
    return address;
  }
  // The mask of a prefix of `length` bits (0 to 128; more counts as 128).
  static constexpr Ipv6Address mask(u32 length) {
    const u64 high = length == 0 ? 0 : length >= 64 ? ~u64{0} : ~(~u64{0} >> length);
    const u64 low = length <= 64 ? 0 : length >= 128 ? ~u64{0} : ~(~u64{0} >> (length - 64));
    return from_halves(high, low);
  }
  static constexpr Ipv6Address any() { return {}; }
  static constexpr Ipv6Address loopback() { return from_halves(0, 1); }
  static constexpr Ipv6Address all_nodes() { return from_halves(0xff02ull << 48, 1); }
  static constexpr Ipv6Address all_routers() { return from_halves(0xff02ull << 48, 2); }
  // ::ffff:a.b.c.d (RFC 4291 2.5.5.2)
  static constexpr Ipv6Address mapped(Ipv4Address address) {
    return from_halves(0, u64{0xffff} << 32 | address.value());
  }
  // The first 64 bits of `prefix` and the modified EUI-64 of `mac` (RFC 4291 appendix A, RFC 2464
  // 4).
  static constexpr Ipv6Address eui64(const Ipv6Address& prefix, MacAddress mac) {
    const u64 m = mac.to_u64() ^ u64 { 0x02 } << 40;
    return from_halves(prefix.high(), (m >> 24) << 40 | u64{0xfffe} << 24 | (m & 0xffffff));
  }
  // fe80::/64 and the modified EUI-64 of `mac`.
  static constexpr Ipv6Address link_local(MacAddress mac) {
    return eui64(from_halves(0xfe80ull << 48, 0), mac);
  }

  // The forms of RFC 4291 2.2. No zone ("%eth0"), no brackets, no prefix length.
  static std::optional<Ipv6Address> parse(std::string_view text);

  // From and to sixteen bytes in network order.
  static Ipv6Address load(const u8* at) {
    Ipv6Address address;
    std::memcpy(address.bytes_.data(), at, byte_size);
    return address;
  }
  void store(u8* at) const { std::memcpy(at, bytes_.data(), byte_size); }

  constexpr const std::array<u8, byte_size>& bytes() const { return bytes_; }
  constexpr u64 high() const { return half(0); }
  constexpr u64 low() const { return half(8); }
  constexpr u16 group(u32 i) const {
    return static_cast<u16>(bytes_[2 * i] << 8 | bytes_[2 * i + 1]);
  }

  constexpr bool is_unspecified() const { return (high() | low()) == 0; }
  constexpr bool is_loopback() const { return high() == 0 && low() == 1; }
  // fe80::/10
  constexpr bool is_link_local() const { return bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80; }
  // fec0::/10, deprecated by RFC 3879
  constexpr bool is_site_local() const { return bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0xc0; }
  // fc00::/7 (RFC 4193)
  constexpr bool is_unique_local() const { return (bytes_[0] & 0xfe) == 0xfc; }
  constexpr bool is_multicast() const { return bytes_[0] == 0xff; }
  constexpr bool is_v4_mapped() const { return high() == 0 && low() >> 32 == 0xffff; }
  // ff02::1:ff00:0/104 (RFC 4291 2.7.1)
  constexpr bool is_solicited_node() const {
    return high() == 0xff02ull << 48 && low() >> 24 == 0x1ff;
  }
  // The IPv4 address in the last four bytes, whatever the rest says.
  constexpr Ipv4Address v4_tail() const { return Ipv4Address::from_u32(static_cast<u32>(low())); }

  // Multicast: the scop field. Unicast: RFC 6724 3.1 and 3.2.
  constexpr Ipv6Scope scope() const {
    if (is_multicast()) return static_cast<Ipv6Scope>(bytes_[1] & 0x0f);
    if (is_loopback() || is_link_local()) return Ipv6Scope::link_local;
    if (is_site_local()) return Ipv6Scope::site_local;
    if (is_v4_mapped() && (v4_tail().is_loopback() || v4_tail().is_link_local())) {
      return Ipv6Scope::link_local;
    }
    return Ipv6Scope::global;
  }
  // In ff02::1:ff00:0/104, where this address is asked for (RFC 4291 2.7.1).
  constexpr Ipv6Address solicited_node() const {
    return from_halves(0xff02ull << 48, u64{0x1ff} << 24 | (low() & 0xffffff));
  }

  constexpr u64 hash() const { return mix64(high() ^ mix64(low() + 6)); }
  constexpr auto operator<=>(const Ipv6Address&) const = default;

  // Writes at most max_text characters, no terminator; returns the end. RFC 5952.
  char* print(char* out) const;
  std::string to_string() const;

 private:
  constexpr u64 half(std::size_t at) const {
    if consteval {
      u64 value = 0;
      for (std::size_t i = 0; i < 8; ++i) value = value << 8 | bytes_[at + i];
      return value;
    } else {
      return load64(bytes_.data() + at);
    }
  }
  std::array<u8, byte_size> bytes_{};
};

static_assert(sizeof(Ipv6Address) == 16);

}  // namespace catenet

template <>
struct std::hash<catenet::Ipv6Address> {
  std::size_t operator()(const catenet::Ipv6Address& address) const { return address.hash(); }
};
