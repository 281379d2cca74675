// ICMP for IPv4: read RFC 792, RFC 950 (address mask), RFC 1191 (next-hop MTU), RFC 1256 (router
// discovery), RFC 1122 3.2.2 and RFC 1812 4.3 (what hosts and routers must do), RFC 6633 (source
// quench is dead), RFC 6918 (masks are).
#pragma once

#include "catenet/base/endian.hpp"
#include "catenet/wire/checksum.hpp"
#include "catenet/wire/ipv4_address.hpp"
#include "catenet/wire/parse_error.hpp"

namespace catenet::wire {

enum class Icmpv4Type : u8 {
  echo_reply = 0,
  destination_unreachable = 3,
  source_quench = 4,
  redirect = 5,
  echo_request = 8,
  router_advertisement = 9,
  router_solicitation = 10,
  time_exceeded = 11,
  parameter_problem = 12,
  timestamp_request = 13,
  timestamp_reply = 14,
  address_mask_request = 17,
  address_mask_reply = 18,
};

// Codes of destination_unreachable (RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1).
enum class UnreachableCode : u8 {
  network = 0,
  host = 1,
  protocol = 2,
  port = 3,
  fragmentation_needed = 4,
  source_route_failed = 5,
  network_unknown = 6,
  host_unknown = 7,
  source_host_isolated = 8,
  network_prohibited = 9,
  host_prohibited = 10,
  network_tos = 11,
  host_tos = 12,
  administratively_prohibited = 13,
  precedence_violation = 14,
  precedence_cutoff = 15,
};
enum class RedirectCode : u8 { network = 0, host = 1, network_tos = 2, host_tos = 3 };
enum class TimeExceededCode : u8 { in_transit = 0, reassembly = 1 };
enum class ParameterCodeV4 : u8 { pointer = 0, missing_option = 1, bad_length = 2 };

// The first eight bytes of every ICMP message. The last four mean what the type says: use the named
// makers and accessors. What follows is the body: echo data, or the packet an error is about.
struct Icmpv4Header {
  static constexpr u32 size = 8;
  static constexpr u32 checksum_offset = 2;

  Icmpv4Type type = Icmpv4Type::echo_request;
  u8 code = 0;
  u32 rest = 0;

  static constexpr Icmpv4Header echo_request(u16 identifier, u16 sequence) {
    return {Icmpv4Type::echo_request, 0, u32{identifier} << 16 | sequence};
  }
  static constexpr Icmpv4Header echo_reply(u16 identifier, u16 sequence) {
    return {Icmpv4Type::echo_reply, 0, u32{identifier} << 16 | sequence};
  }
  // `next_hop_mtu` in bytes goes with fragmentation_needed only (RFC 1191 4).
  static constexpr Icmpv4Header unreachable(UnreachableCode code, u16 next_hop_mtu = 0) {
    return {Icmpv4Type::destination_unreachable, static_cast<u8>(code), next_hop_mtu};
  }
  static constexpr Icmpv4Header time_exceeded(TimeExceededCode code) {
    return {Icmpv4Type::time_exceeded, static_cast<u8>(code), 0};
  }
  // `pointer`: the byte of the IP header that is at fault.
  static constexpr Icmpv4Header parameter_problem(u8 pointer,
                                                  ParameterCodeV4 code = ParameterCodeV4::pointer) {
    return {Icmpv4Type::parameter_problem, static_cast<u8>(code), u32{pointer} << 24};
  }
  static constexpr Icmpv4Header redirect(RedirectCode code, Ipv4Address gateway) {
    return {Icmpv4Type::redirect, static_cast<u8>(code), gateway.value()};
  }

  constexpr u16 identifier() const { return static_cast<u16>(rest >> 16); }
  constexpr u16 sequence() const { return static_cast<u16>(rest); }
  constexpr u16 next_hop_mtu() const { return static_cast<u16>(rest); }
  constexpr Ipv4Address gateway() const { return Ipv4Address::from_u32(rest); }
  constexpr u8 pointer() const { return static_cast<u8>(rest >> 24); }

  // Types 3, 4, 5, 11, 12: never answered with an error (RFC 1122 3.2.2).
  constexpr bool is_error() const {
    return type == Icmpv4Type::destination_unreachable || type == Icmpv4Type::source_quench ||
           type == Icmpv4Type::redirect || type == Icmpv4Type::time_exceeded ||
           type == Icmpv4Type::parameter_problem;
  }

  // truncated where the type's own body is not whole: an IP header for errors, the fields of
  // timestamp, mask and router messages. Types not listed above come through as they are. Does not
  // look at the checksum.
  static Parsed<Icmpv4Header> parse(ByteView message);
  // Into `size` bytes, the checksum field 0.
  void emit(MutableBytes out) const;
  bool operator==(const Icmpv4Header&) const = default;
};

// Sums a whole ICMP message.
inline bool icmpv4_checksum_ok(ByteView message) {
  return InternetChecksum().add(message).verifies();
}
// Sums a whole message, all linear, and stores the checksum.
void store_icmpv4_checksum(MutableBytes message);

// The body of timestamp messages: milliseconds since midnight UT (RFC 792). Identifier and sequence
// are in the header.
struct Icmpv4Timestamps {
  static constexpr u32 size = 12;
  u32 originate = 0;
  u32 receive = 0;
  u32 transmit = 0;

  // `body` is what follows the header.
  static Parsed<Icmpv4Timestamps> parse(ByteView body);
  void emit(MutableBytes out) const;
  bool operator==(const Icmpv4Timestamps&) const = default;
};

// RFC 1256 3: the header's `rest` says how many addresses follow and for how long they hold.
class Icmpv4RouterAdvertisement {
 public:
  struct Entry {
    Ipv4Address router;
    i32 preference = 0;  // higher is better; the lowest is never a default router
    bool operator==(const Entry&) const = default;
  };

  // `message` is whole, header included. bad_length where it has no address, or too few bytes for
  // an entry or for all.
  static Parsed<Icmpv4RouterAdvertisement> parse(ByteView message);

  u8 count() const { return message_[4]; }
  // Seconds.
  u16 lifetime() const { return load16(message_ + 6); }
  // `i` below count().
  Entry entry(u32 i) const;

  // The header's `rest` for `count` entries of two words each.
  static constexpr u32 rest(u8 count, u16 lifetime_seconds) {
    return u32{count} << 24 | 2u << 16 | lifetime_seconds;
  }
  static constexpr u32 entry_size = 8;
  static void emit_entry(MutableBytes out, const Entry& entry);

 private:
  explicit Icmpv4RouterAdvertisement(const u8* message) : message_(message) {}
  const u8* message_;
};

}  // namespace catenet::wire
