// IpAddress: an address of either family as one value. Never mapped silently: 10.0.0.1 and
// ::ffff:10.0.0.1 differ.
#pragma once

#include <array>
#include <bit>

#include "catenet/base/assert.hpp"
#include "catenet/base/endian.hpp"
#include "catenet/wire/ipv4_address.hpp"
#include "catenet/wire/ipv6_address.hpp"

namespace catenet {

enum class Family : u8 { ipv4 = 4, ipv6 = 6 };

// "IPv4" or "IPv6".
std::string_view family_name(Family family);

class IpAddress {
 public:
  static constexpr std::size_t max_text = Ipv6Address::max_text;

  // 0.0.0.0
  constexpr IpAddress() = default;
  // Implicit: an address of one family is an address.
  // Written by words, as it is compared: what reads it soon finds it still on its way to memory.
  constexpr IpAddress(Ipv4Address address)  // NOLINT(google-explicit-constructor)
      : bytes_(std::bit_cast<decltype(bytes_)>(std::array{
            std::bit_cast<u64>(std::array<u32, 2>{network_order(address.value()), 0}), u64{0}})) {}
  constexpr IpAddress(const Ipv6Address& address)  // NOLINT(google-explicit-constructor)
      : family_(Family::ipv6), bytes_(address.bytes()) {}
  // 0.0.0.0 or ::
  static constexpr IpAddress any(Family family) {
    return family == Family::ipv4 ? IpAddress(Ipv4Address()) : IpAddress(Ipv6Address());
  }
  static constexpr IpAddress loopback(Family family) {
    return family == Family::ipv4 ? IpAddress(Ipv4Address::loopback())
                                  : IpAddress(Ipv6Address::loopback());
  }

  // Either family, as their own parse functions take it.
  static std::optional<IpAddress> parse(std::string_view text);

  constexpr Family family() const { return family_; }
  constexpr bool is_v4() const { return family_ == Family::ipv4; }
  constexpr bool is_v6() const { return family_ == Family::ipv6; }
  // The value as its own type; asking for the wrong family is a mistake of ours.
  constexpr Ipv4Address v4() const {
    CATENET_ASSERT(is_v4());
    return {bytes_[0], bytes_[1], bytes_[2], bytes_[3]};
  }
  constexpr Ipv6Address v6() const {
    CATENET_ASSERT(is_v6());
    return Ipv6Address(bytes_);
  }
  // Four or sixteen bytes in network order.
  ByteView bytes() const { return {bytes_.data(), byte_size()}; }
  constexpr std::size_t byte_size() const { return is_v4() ? 4 : 16; }
  // 32 or 128.
  constexpr u32 bits() const { return is_v4() ? 32 : 128; }

  constexpr bool is_unspecified() const {
    return is_v4() ? v4().is_unspecified() : v6().is_unspecified();
  }
  constexpr bool is_loopback() const { return is_v4() ? v4().is_loopback() : v6().is_loopback(); }
  constexpr bool is_link_local() const {
    return is_v4() ? v4().is_link_local() : v6().is_link_local();
  }
  constexpr bool is_multicast() const {
    return is_v4() ? v4().is_multicast() : v6().is_multicast();
  }
  // IPv4 255.255.255.255; IPv6 has none.
  constexpr bool is_limited_broadcast() const { return is_v4() && v4().is_limited_broadcast(); }
  // ::ffff:a.b.c.d as a.b.c.d, all else as it is.
  constexpr IpAddress unmapped() const {
    return is_v6() && v6().is_v4_mapped() ? IpAddress(v6().v4_tail()) : *this;
  }

  // Mixed, not keyed: where a peer chooses addresses to collide, hash bytes() with siphash instead.
  constexpr u64 hash() const { return is_v4() ? v4().hash() : v6().hash(); }
  // IPv4 before IPv6, then by value.
  constexpr auto operator<=>(const IpAddress&) const = default;
  constexpr bool operator==(const IpAddress& other) const {
    // By words: compared as 17 bytes it is a call.
    using Words = std::array<u64, 2>;
    const auto a = std::bit_cast<Words>(bytes_);
    const auto b = std::bit_cast<Words>(other.bytes_);
    return ((a[0] ^ b[0]) | (a[1] ^ b[1])) == 0 && family_ == other.family_;
  }

  // Writes at most max_text characters, no terminator; returns the end.
  char* print(char* out) const { return is_v4() ? v4().print(out) : v6().print(out); }
  std::string to_string() const { return is_v4() ? v4().to_string() : v6().to_string(); }

 private:
  Family family_ = Family::ipv4;
  std::array<u8, 16> bytes_{};  // an IPv4 address is the first four, the rest zero
};

static_assert(sizeof(IpAddress) == 17);

}  // namespace catenet

template <>
struct std::hash<catenet::IpAddress> {
  std::size_t operator()(const catenet::IpAddress& address) const { return address.hash(); }
};
