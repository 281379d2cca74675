// ICMPv6: read RFC 4443; RFC 4861 for types 133 to 137 (ndp.hpp), RFC 2710 and 3810 for 130 to 132
// and 143.
#pragma once

#include "catenet/base/endian.hpp"
#include "catenet/wire/checksum.hpp"
#include "catenet/wire/ipv6_address.hpp"
#include "catenet/wire/ipv6_extension.hpp"
#include "catenet/wire/parse_error.hpp"

namespace catenet::wire {

enum class Icmpv6Type : u8 {
  destination_unreachable = 1,
  packet_too_big = 2,
  time_exceeded = 3,
  parameter_problem = 4,
  echo_request = 128,
  echo_reply = 129,
  multicast_listener_query = 130,
  multicast_listener_report = 131,
  multicast_listener_done = 132,
  router_solicitation = 133,
  router_advertisement = 134,
  neighbour_solicitation = 135,
  neighbour_advertisement = 136,
  redirect = 137,
  multicast_listener_report_v2 = 143,
};

// RFC 4443 3.1.
enum class Unreachable6Code : u8 {
  no_route = 0,
  administratively_prohibited = 1,
  beyond_scope = 2,
  address = 3,
  port = 4,
  source_policy = 5,
  reject_route = 6,
};
enum class TimeExceeded6Code : u8 { in_transit = 0, reassembly = 1 };

// The first eight bytes of the messages of RFC 4443. Neighbour Discovery uses the last four its own
// way.
struct Icmpv6Header {
  static constexpr u32 size = 8;
  static constexpr u32 checksum_offset = 2;

  Icmpv6Type type = Icmpv6Type::echo_request;
  u8 code = 0;
  u32 rest = 0;

  static constexpr Icmpv6Header echo_request(u16 identifier, u16 sequence) {
    return {Icmpv6Type::echo_request, 0, u32{identifier} << 16 | sequence};
  }
  static constexpr Icmpv6Header echo_reply(u16 identifier, u16 sequence) {
    return {Icmpv6Type::echo_reply, 0, u32{identifier} << 16 | sequence};
  }
  static constexpr Icmpv6Header unreachable(Unreachable6Code code) {
    return {Icmpv6Type::destination_unreachable, static_cast<u8>(code), 0};
  }
  // `mtu` of the next hop's link, bytes.
  static constexpr Icmpv6Header packet_too_big(u32 mtu) {
    return {Icmpv6Type::packet_too_big, 0, mtu};
  }
  static constexpr Icmpv6Header time_exceeded(TimeExceeded6Code code) {
    return {Icmpv6Type::time_exceeded, static_cast<u8>(code), 0};
  }
  // `pointer`: the byte at fault, counted from the IPv6 header.
  static constexpr Icmpv6Header parameter_problem(ParameterProblemCode code, u32 pointer) {
    return {Icmpv6Type::parameter_problem, static_cast<u8>(code), pointer};
  }

  constexpr u16 identifier() const { return static_cast<u16>(rest >> 16); }
  constexpr u16 sequence() const { return static_cast<u16>(rest); }
  constexpr u32 mtu() const { return rest; }
  constexpr u32 pointer() const { return rest; }

  // Types 0 to 127 are errors (RFC 4443 2.1).
  constexpr bool is_error() const { return static_cast<u8>(type) < 128; }

  // truncated where an error does not quote an IPv6 header; messages of Neighbour Discovery and
  // unknown types come through. Does not look at the checksum.
  static Parsed<Icmpv6Header> parse(ByteView message);
  // Into `size` bytes, the checksum field 0.
  void emit(MutableBytes out) const;
  bool operator==(const Icmpv6Header&) const = default;
};

// Sums a whole message under its pseudo-header (RFC 4443 2.3).
inline bool icmpv6_checksum_ok(ByteView message, const Ipv6Address& source,
                               const Ipv6Address& destination) {
  const auto length = static_cast<u32>(message.size());
  return pseudo_header(source, destination, IpProtocol::icmpv6, length).add(message).verifies();
}
// Sums a whole message, all linear, and stores the checksum.
void store_icmpv6_checksum(MutableBytes message, const Ipv6Address& source,
                           const Ipv6Address& destination);

}  // namespace catenet::wire
