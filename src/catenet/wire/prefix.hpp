// Prefix, InterfacePrefix and Endpoint: an address with a length (RFC 4632) or with a port.
#pragma once

#include "catenet/wire/ip_address.hpp"

namespace catenet {

// A network: address and length, host bits always zero, so that equal networks are equal values.
class Prefix {
 public:
  static constexpr std::size_t max_text = IpAddress::max_text + 4;

  // 0.0.0.0/0
  constexpr Prefix() = default;
  // Host bits of `address` are dropped; a length over the family's bits counts as all of them.
  constexpr Prefix(const IpAddress& address, u32 length)
      : network_(masked(address, length)), length_(static_cast<u8>(clamp(address, length))) {}
  // The one address alone: /32 or /128.
  static constexpr Prefix host(const IpAddress& address) { return {address, address.bits()}; }
  static constexpr Prefix any(Family family) { return {IpAddress::any(family), 0}; }

  // "10.0.0.0/8", "2001:db8::/32"; without a length, the one address. Host bits may be set and are
  // dropped; InterfacePrefix::parse keeps them.
  static std::optional<Prefix> parse(std::string_view text);

  constexpr const IpAddress& network() const { return network_; }
  constexpr u32 length() const { return length_; }
  constexpr Family family() const { return network_.family(); }
  constexpr IpAddress mask() const {
    return network_.is_v4() ? IpAddress(Ipv4Address::mask(length_))
                            : IpAddress(Ipv6Address::mask(length_));
  }
  // The last address: in IPv4 the directed broadcast where length() <= 30 (RFC 919; RFC 3021).
  constexpr IpAddress last() const {
    if (network_.is_v4()) {
      return Ipv4Address::from_u32(network_.v4().value() | ~Ipv4Address::mask(length_).value());
    }
    const Ipv6Address m = Ipv6Address::mask(length_);
    const Ipv6Address n = network_.v6();
    return Ipv6Address::from_halves(n.high() | ~m.high(), n.low() | ~m.low());
  }
  // The directed broadcast address; nothing in IPv6, nor in an IPv4 /31 or /32.
  constexpr std::optional<Ipv4Address> broadcast() const {
    if (!network_.is_v4() || length_ > 30) return std::nullopt;
    return last().v4();
  }

  constexpr bool contains(const IpAddress& address) const {
    return address.family() == family() && masked(address, length_) == network_;
  }
  constexpr bool contains(const Prefix& other) const {
    return other.length_ >= length_ && contains(other.network_);
  }

  // Addresses in all; 2^64 - 1 where there are more.
  constexpr u64 address_count() const {
    const u32 free = network_.bits() - length_;
    return free >= 64 ? ~u64{0} : u64{1} << free;
  }
  // Addresses hosts can have: IPv4 without network and broadcast, but a /31 has two (RFC 3021).
  constexpr u64 host_count() const {
    return network_.is_v4() && length_ <= 30 ? address_count() - 2 : address_count();
  }
  // Address number `n`, the network address is 0; nothing when the prefix has no such address.
  constexpr std::optional<IpAddress> at(u64 n) const {
    const u32 free = network_.bits() - length_;
    if (free < 64 && n >= u64{1} << free) return std::nullopt;
    if (network_.is_v4()) {
      return Ipv4Address::from_u32(network_.v4().value() + static_cast<u32>(n));
    }
    const Ipv6Address base = network_.v6();
    return Ipv6Address::from_halves(base.high(), base.low() | n);
  }

  constexpr u64 hash() const { return mix64(network_.hash() + length_); }
  // By network, then the shorter first.
  constexpr auto operator<=>(const Prefix&) const = default;

  // Writes at most max_text characters, no terminator; returns the end.
  char* print(char* out) const;
  std::string to_string() const;

 private:
  static constexpr u32 clamp(const IpAddress& address, u32 length) {
    return length > address.bits() ? address.bits() : length;
  }
  static constexpr IpAddress masked(const IpAddress& address, u32 length) {
    if (address.is_v4()) {
      return Ipv4Address::from_u32(address.v4().value() & Ipv4Address::mask(length).value());
    }
    const Ipv6Address m = Ipv6Address::mask(length);
    const Ipv6Address a = address.v6();
    return Ipv6Address::from_halves(a.high() & m.high(), a.low() & m.low());
  }
  IpAddress network_;
  u8 length_ = 0;
};

// An interface's own address together with the length of its network: "192.168.1.7/24".
struct InterfacePrefix {
  static constexpr std::size_t max_text = Prefix::max_text;

  IpAddress address{};
  u8 length = 0;  // bits, at most address.bits()

  // Like Prefix::parse, host bits kept.
  static std::optional<InterfacePrefix> parse(std::string_view text);

  // `mask`: ones, then zeros, of the address's family; nothing otherwise.
  static constexpr std::optional<InterfacePrefix> with_mask(const IpAddress& address,
                                                            const IpAddress& mask) {
    for (u32 length = 0; length <= address.bits(); ++length) {
      if (Prefix(address, length).mask() == mask) {
        return InterfacePrefix{address, static_cast<u8>(length)};
      }
    }
    return std::nullopt;
  }

  constexpr Prefix prefix() const { return {address, length}; }
  // The address without its network: 10.0.1.7/24 is host 0.0.0.7.
  constexpr IpAddress host_part() const {
    const IpAddress mask = prefix().mask();
    if (address.is_v4()) return Ipv4Address::from_u32(address.v4().value() & ~mask.v4().value());
    return Ipv6Address::from_halves(address.v6().high() & ~mask.v6().high(),
                                    address.v6().low() & ~mask.v6().low());
  }
  constexpr u64 hash() const { return mix64(address.hash() + length); }
  constexpr auto operator<=>(const InterfacePrefix&) const = default;
  char* print(char* out) const;
  std::string to_string() const;
};

// An address and a port: "10.0.0.1:80", "[::1]:80".
struct Endpoint {
  static constexpr std::size_t max_text = IpAddress::max_text + 8;

  IpAddress address{};
  u16 port = 0;

  // As printed; the port is decimal and must be there.
  static std::optional<Endpoint> parse(std::string_view text);

  constexpr u64 hash() const { return mix64(address.hash() ^ u64{port} << 17); }
  constexpr auto operator<=>(const Endpoint&) const = default;
  char* print(char* out) const;
  std::string to_string() const;
};

static_assert(sizeof(Endpoint) == 20);

}  // namespace catenet

template <>
struct std::hash<catenet::Prefix> {
  std::size_t operator()(const catenet::Prefix& prefix) const { return prefix.hash(); }
};
template <>
struct std::hash<catenet::InterfacePrefix> {
  std::size_t operator()(const catenet::InterfacePrefix& prefix) const { return prefix.hash(); }
};
template <>
struct std::hash<catenet::Endpoint> {
  std::size_t operator()(const catenet::Endpoint& endpoint) const { return endpoint.hash(); }
};
