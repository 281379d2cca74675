#include "catenet/wire/icmpv6.hpp"

#include "catenet/base/assert.hpp"
#include "catenet/wire/ipv6.hpp"

namespace catenet::wire {

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |     Type      |     Code      |           Checksum            |
// |     As the type says: identifier and sequence, MTU, pointer   |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
Parsed<Icmpv6Header> Icmpv6Header::parse(ByteView message) {
  if (message.size() < size) return Unparsed(ParseError::truncated);
  const FixedView<size> in(message.data());
  const Icmpv6Header header{static_cast<Icmpv6Type>(in.load8<0>()), in.load8<1>(), in.load32<4>()};
  const u8 type = in.load8<0>();
  const bool quotes = type >= 1 && type <= 4;
  if (quotes && message.size() < size + ipv6::header_size) return Unparsed(ParseError::truncated);
  return header;
}

void Icmpv6Header::emit(MutableBytes bytes) const {
  CATENET_ASSERT(bytes.size() >= size);
  FixedWriter<size> out(bytes.data());
  out.store8<0>(static_cast<u8>(type));
  out.store8<1>(code);
  out.store16<2>(0);
  out.store32<4>(rest);
}

void store_icmpv6_checksum(MutableBytes message, const Ipv6Address& source,
                           const Ipv6Address& destination) {
  CATENET_ASSERT(message.size() >= Icmpv6Header::size);
  u8* field = message.data() + Icmpv6Header::checksum_offset;
  store16(field, 0);
  const auto length = static_cast<u32>(message.size());
  InternetChecksum sum = pseudo_header(source, destination, IpProtocol::icmpv6, length);
  store16(field, sum.add(message).finish());
}

}  // namespace catenet::wire
