// Neighbour Discovery messages: read RFC 4861 4 (formats), 6.1, 7.1 and 8.1 (what a receiver must
// refuse), RFC 8106 (RDNSS), RFC 4191 2.2 (router preference), RFC 4862 (what prefixes mean). A
// Parsed message has passed every check of those clauses that needs no more than the packet itself,
// but for the ICMPv6 checksum.
#pragma once

#include <optional>
#include <span>

#include "catenet/wire/icmpv6.hpp"
#include "catenet/wire/mac_address.hpp"

namespace catenet::wire {

enum class NdpOptionType : u8 {
  source_link_address = 1,
  target_link_address = 2,
  prefix_information = 3,
  redirected_header = 4,
  mtu = 5,
  recursive_dns = 25,
};

// RFC 4861 4.6.2. Lifetimes in seconds, all ones is for ever.
struct PrefixInformation {
  static constexpr u32 option_size = 32;
  static constexpr u32 infinite = 0xffffffff;

  Ipv6Address prefix{};  // bits behind `length` are to be ignored
  u8 length = 64;        // 0 to 128
  bool on_link = true;
  bool autonomous = true;
  u32 valid_lifetime = 0;
  u32 preferred_lifetime = 0;
  bool operator==(const PrefixInformation&) const = default;
};

// RFC 8106 5.1, where it lies.
class RecursiveDns {
 public:
  explicit RecursiveDns(ByteView option) : option_(option) {}
  // Seconds.
  u32 lifetime() const { return load32(option_.data() + 4); }
  u32 count() const { return static_cast<u32>(option_.size() - 8) / 16; }
  Ipv6Address server(u32 i) const { return Ipv6Address::load(option_.data() + 8 + 16 * i); }

 private:
  ByteView option_;
};

// One option where it lies, whole. The readers give nothing where type or length is another's.
struct NdpOption {
  NdpOptionType type = NdpOptionType::mtu;
  ByteView bytes{};

  std::optional<MacAddress> link_address() const;  // source or target, of Ethernet's length
  std::optional<PrefixInformation> prefix() const;
  std::optional<u32> mtu() const;  // bytes
  std::optional<RecursiveDns> recursive_dns() const;
  // As much of the redirected packet as was sent, padding included.
  std::optional<ByteView> redirected() const;
};

// Options that have been checked: no length is 0 and none reaches past the end (RFC 4861 4.6).
class NdpOptionList {
 public:
  NdpOptionList() = default;
  // bad_option where one is malformed: the whole packet then goes silently.
  static Parsed<NdpOptionList> parse(ByteView area);

  class Iterator {
   public:
    explicit Iterator(const u8* at) : at_(at) {}
    NdpOption operator*() const {
      return {static_cast<NdpOptionType>(at_[0]), {at_, std::size_t{at_[1]} * 8}};
    }
    Iterator& operator++() {
      at_ += std::size_t{at_[1]} * 8;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const u8* at_;
  };
  Iterator begin() const { return Iterator(area_.data()); }
  Iterator end() const { return Iterator(area_.data() + area_.size()); }

  // Of the first such option that can be read.
  std::optional<MacAddress> source_link_address() const;
  std::optional<MacAddress> target_link_address() const;
  std::optional<u32> mtu() const;
  std::optional<ByteView> redirected() const;

 private:
  explicit NdpOptionList(ByteView area) : area_(area) {}
  ByteView area_;
};

// Writes options one behind the other. `out` must have room: link addresses and MTU take 8 bytes.
class NdpOptionWriter {
 public:
  explicit NdpOptionWriter(MutableBytes out) : out_(out) {}

  void source_link_address(MacAddress mac);
  void target_link_address(MacAddress mac);
  void mtu(u32 bytes);
  void prefix(const PrefixInformation& prefix);  // 32 bytes
  // 8 + 16 a server; at least one.
  void recursive_dns(u32 lifetime_seconds, std::span<const Ipv6Address> servers);
  // 8 and the packet rounded down to a multiple of 8, cut to what fits in `out`.
  void redirected(ByteView packet);
  // Bytes written.
  u32 size() const { return used_; }

 private:
  u8* grow(NdpOptionType type, u32 size);
  MutableBytes out_;
  u32 used_ = 0;
};

// What the IPv6 header said: part of what makes a message valid.
struct NdpEnvelope {
  Ipv6Address source{};
  Ipv6Address destination{};
  u8 hop_limit = 255;
};

// Every message: `size` is its fixed part, options follow. `parse` takes the whole ICMPv6 message;
// `emit` writes the fixed part with checksum 0. `options` is filled by parse and not emitted: write
// it with NdpOptionWriter.
struct RouterSolicitation {  // RFC 4861 4.1, 6.1.1
  static constexpr u32 size = 8;
  NdpOptionList options{};

  static Parsed<RouterSolicitation> parse(ByteView message, const NdpEnvelope& envelope);
  void emit(MutableBytes out) const;
};

// RFC 4191 2.1; the reserved value 2 is read as medium (2.2).
enum class RouterPreference : u8 { medium = 0, high = 1, low = 3 };

struct RouterAdvertisement {  // RFC 4861 4.2, 6.1.2
  static constexpr u32 size = 16;
  u8 hop_limit = 0;      // 0: unspecified
  bool managed = false;  // addresses by DHCPv6
  bool other = false;    // the rest by DHCPv6
  RouterPreference preference = RouterPreference::medium;
  u16 router_lifetime = 0;  // seconds; 0: not a default router
  u32 reachable_time = 0;   // milliseconds; 0: unspecified
  u32 retrans_timer = 0;    // milliseconds; 0: unspecified
  NdpOptionList options{};

  static Parsed<RouterAdvertisement> parse(ByteView message, const NdpEnvelope& envelope);
  void emit(MutableBytes out) const;
};

struct NeighbourSolicitation {  // RFC 4861 4.3, 7.1.1
  static constexpr u32 size = 24;
  Ipv6Address target{};
  NdpOptionList options{};

  static Parsed<NeighbourSolicitation> parse(ByteView message, const NdpEnvelope& envelope);
  void emit(MutableBytes out) const;
};

struct NeighbourAdvertisement {  // RFC 4861 4.4, 7.1.2
  static constexpr u32 size = 24;
  bool router = false;
  bool solicited = false;
  bool override_entry = false;  // the O flag
  Ipv6Address target{};
  NdpOptionList options{};

  static Parsed<NeighbourAdvertisement> parse(ByteView message, const NdpEnvelope& envelope);
  void emit(MutableBytes out) const;
};

struct NdpRedirect {  // RFC 4861 4.5, 8.1
  static constexpr u32 size = 40;
  Ipv6Address target{};  // the better first hop; equal to `destination` when that is a neighbour
  Ipv6Address destination{};
  NdpOptionList options{};

  static Parsed<NdpRedirect> parse(ByteView message, const NdpEnvelope& envelope);
  void emit(MutableBytes out) const;
};

}  // namespace catenet::wire
