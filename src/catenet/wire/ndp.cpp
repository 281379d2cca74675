#include "catenet/wire/ndp.hpp"

#include <cstring>

#include "catenet/base/assert.hpp"

namespace catenet::wire {
namespace {

constexpr u8 managed_flag = 0x80;
constexpr u8 other_flag = 0x40;
constexpr u8 router_flag = 0x80;
constexpr u8 solicited_flag = 0x40;
constexpr u8 override_flag = 0x20;

// What 6.1.1, 6.1.2, 7.1.1, 7.1.2 and 8.1 have in common; the options behind `fixed_size` bytes
// when all is well.
Parsed<NdpOptionList> check(ByteView message, const NdpEnvelope& envelope, Icmpv6Type type,
                            u32 fixed_size) {
  if (envelope.hop_limit != 255) return Unparsed(ParseError::bad_hop_limit);
  if (message.size() < fixed_size) return Unparsed(ParseError::truncated);
  if (message[0] != static_cast<u8>(type) || message[1] != 0) {
    return Unparsed(ParseError::bad_type);
  }
  return NdpOptionList::parse(message.subspan(fixed_size));
}

// Who has no address yet has none to be remembered by (RFC 4861 6.1.1, 7.1.1).
bool names_nobody(const NdpOptionList& options) {
  for (const NdpOption option : options) {
    if (option.type == NdpOptionType::source_link_address) return false;
  }
  return true;
}

RouterPreference preference_of(u8 flags) {
  const auto bits = static_cast<u8>(flags >> 3 & 3);
  // RFC 4191 2.2: the reserved value counts as medium.
  return bits == 2 ? RouterPreference::medium : static_cast<RouterPreference>(bits);
}

// Type, code and checksum 0, and zeros for the rest of the fixed part.
void begin_message(MutableBytes out, Icmpv6Type type, u32 size) {
  CATENET_ASSERT(out.size() >= size);
  std::memset(out.data(), 0, size);
  out[0] = static_cast<u8>(type);
}

}  // namespace

// |   Type 133    |    Code 0     |           Checksum            |
// |                           Reserved                            |
Parsed<RouterSolicitation> RouterSolicitation::parse(ByteView message,
                                                     const NdpEnvelope& envelope) {
  const auto options = check(message, envelope, Icmpv6Type::router_solicitation, size);
  if (!options) return Unparsed(options.error());
  if (envelope.source.is_unspecified() && !names_nobody(*options)) {
    return Unparsed(ParseError::bad_option);
  }
  return RouterSolicitation{*options};
}

void RouterSolicitation::emit(MutableBytes out) const {
  begin_message(out, Icmpv6Type::router_solicitation, size);
}

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |   Type 134    |    Code 0     |           Checksum            |
// | Cur hop limit |M|O|H|Prf|Resvd|       Router lifetime         |
// |                        Reachable time                         |
// |                         Retrans timer                         |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
Parsed<RouterAdvertisement> RouterAdvertisement::parse(ByteView message,
                                                       const NdpEnvelope& envelope) {
  const auto options = check(message, envelope, Icmpv6Type::router_advertisement, size);
  if (!options) return Unparsed(options.error());
  if (!envelope.source.is_link_local()) return Unparsed(ParseError::bad_address);
  const FixedView<size> in(message.data());
  RouterAdvertisement advertisement;
  advertisement.hop_limit = in.load8<4>();
  advertisement.managed = (in.load8<5>() & managed_flag) != 0;
  advertisement.other = (in.load8<5>() & other_flag) != 0;
  advertisement.preference = preference_of(in.load8<5>());
  advertisement.router_lifetime = in.load16<6>();
  advertisement.reachable_time = in.load32<8>();
  advertisement.retrans_timer = in.load32<12>();
  advertisement.options = *options;
  return advertisement;
}

void RouterAdvertisement::emit(MutableBytes bytes) const {
  begin_message(bytes, Icmpv6Type::router_advertisement, size);
  FixedWriter<size> out(bytes.data());
  out.store8<4>(hop_limit);
  out.store8<5>(static_cast<u8>((managed ? managed_flag : 0) | (other ? other_flag : 0) |
                                static_cast<u8>(preference) << 3));
  out.store16<6>(router_lifetime);
  out.store32<8>(reachable_time);
  out.store32<12>(retrans_timer);
}

// |   Type 135    |    Code 0     |           Checksum            |
// |                           Reserved                            |
// |                       Target (16 bytes)                       |
Parsed<NeighbourSolicitation> NeighbourSolicitation::parse(ByteView message,
                                                           const NdpEnvelope& envelope) {
  const auto options = check(message, envelope, Icmpv6Type::neighbour_solicitation, size);
  if (!options) return Unparsed(options.error());
  const auto target = Ipv6Address::load(message.data() + 8);
  if (target.is_multicast()) return Unparsed(ParseError::bad_address);
  if (envelope.source.is_unspecified()) {
    if (!envelope.destination.is_solicited_node()) return Unparsed(ParseError::bad_address);
    if (!names_nobody(*options)) return Unparsed(ParseError::bad_option);
  }
  return NeighbourSolicitation{target, *options};
}

void NeighbourSolicitation::emit(MutableBytes out) const {
  begin_message(out, Icmpv6Type::neighbour_solicitation, size);
  target.store(out.data() + 8);
}

// |   Type 136    |    Code 0     |           Checksum            |
// |R|S|O|                     Reserved                            |
// |                       Target (16 bytes)                       |
Parsed<NeighbourAdvertisement> NeighbourAdvertisement::parse(ByteView message,
                                                             const NdpEnvelope& envelope) {
  const auto options = check(message, envelope, Icmpv6Type::neighbour_advertisement, size);
  if (!options) return Unparsed(options.error());
  const u8 flags = message[4];
  NeighbourAdvertisement advertisement;
  advertisement.router = (flags & router_flag) != 0;
  advertisement.solicited = (flags & solicited_flag) != 0;
  advertisement.override_entry = (flags & override_flag) != 0;
  advertisement.target = Ipv6Address::load(message.data() + 8);
  advertisement.options = *options;
  if (advertisement.target.is_multicast()) return Unparsed(ParseError::bad_address);
  // Nobody solicits an answer to all.
  if (envelope.destination.is_multicast() && advertisement.solicited) {
    return Unparsed(ParseError::bad_address);
  }
  return advertisement;
}

void NeighbourAdvertisement::emit(MutableBytes out) const {
  begin_message(out, Icmpv6Type::neighbour_advertisement, size);
  out[4] = static_cast<u8>((router ? router_flag : 0) | (solicited ? solicited_flag : 0) |
                           (override_entry ? override_flag : 0));
  target.store(out.data() + 8);
}

// |   Type 137    |    Code 0     |           Checksum            |
// |                           Reserved                            |
// |                       Target (16 bytes)                       |
// |                     Destination (16 bytes)                    |
Parsed<NdpRedirect> NdpRedirect::parse(ByteView message, const NdpEnvelope& envelope) {
  const auto options = check(message, envelope, Icmpv6Type::redirect, size);
  if (!options) return Unparsed(options.error());
  NdpRedirect redirect{Ipv6Address::load(message.data() + 8),
                       Ipv6Address::load(message.data() + 24), *options};
  const bool target_can_be =
      redirect.target.is_link_local() || redirect.target == redirect.destination;
  if (!envelope.source.is_link_local() || redirect.destination.is_multicast() || !target_can_be) {
    return Unparsed(ParseError::bad_address);
  }
  return redirect;
}

void NdpRedirect::emit(MutableBytes out) const {
  begin_message(out, Icmpv6Type::redirect, size);
  target.store(out.data() + 8);
  destination.store(out.data() + 24);
}

}  // namespace catenet::wire
