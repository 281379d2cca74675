#include "catenet/wire/icmpv4.hpp"

#include "catenet/base/assert.hpp"
#include "catenet/wire/ipv4.hpp"

namespace catenet::wire {
namespace {

// Bytes a message of `type` has at least, header included.
u32 min_message_size(const Icmpv4Header& header) {
  if (header.is_error()) return Icmpv4Header::size + ipv4::min_header_size;
  switch (header.type) {
    case Icmpv4Type::timestamp_request:
    case Icmpv4Type::timestamp_reply: return Icmpv4Header::size + Icmpv4Timestamps::size;
    case Icmpv4Type::address_mask_request:
    case Icmpv4Type::address_mask_reply: return Icmpv4Header::size + Ipv4Address::byte_size;
    case Icmpv4Type::router_advertisement:
      return Icmpv4Header::size + Icmpv4RouterAdvertisement::entry_size;
    default: return Icmpv4Header::size;
  }
}

}  // namespace

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |     Type      |     Code      |           Checksum            |
// |     As the type says: identifier and sequence, MTU, pointer   |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
Parsed<Icmpv4Header> Icmpv4Header::parse(ByteView message) {
  if (message.size() < size) return Unparsed(ParseError::truncated);
  const FixedView<size> in(message.data());
  const Icmpv4Header header{static_cast<Icmpv4Type>(in.load8<0>()), in.load8<1>(), in.load32<4>()};
  if (message.size() < min_message_size(header)) return Unparsed(ParseError::truncated);
  return header;
}

void Icmpv4Header::emit(MutableBytes bytes) const {
  CATENET_ASSERT(bytes.size() >= size);
  FixedWriter<size> out(bytes.data());
  out.store8<0>(static_cast<u8>(type));
  out.store8<1>(code);
  out.store16<2>(0);
  out.store32<4>(rest);
}

void store_icmpv4_checksum(MutableBytes message) {
  CATENET_ASSERT(message.size() >= Icmpv4Header::size);
  u8* field = message.data() + Icmpv4Header::checksum_offset;
  store16(field, 0);
  store16(field, internet_checksum(message));
}

Parsed<Icmpv4Timestamps> Icmpv4Timestamps::parse(ByteView body) {
  if (body.size() < size) return Unparsed(ParseError::truncated);
  const FixedView<size> in(body.data());
  return Icmpv4Timestamps{in.load32<0>(), in.load32<4>(), in.load32<8>()};
}

void Icmpv4Timestamps::emit(MutableBytes bytes) const {
  CATENET_ASSERT(bytes.size() >= size);
  FixedWriter<size> out(bytes.data());
  out.store32<0>(originate);
  out.store32<4>(receive);
  out.store32<8>(transmit);
}

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |    Type 9     |     Code      |           Checksum            |
// |     Count     |  Entry words  |      Lifetime (seconds)       |
// |                   Router address, count times                 |
// |                   Preference level, signed                    |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
Parsed<Icmpv4RouterAdvertisement> Icmpv4RouterAdvertisement::parse(ByteView message) {
  if (message.size() < Icmpv4Header::size) return Unparsed(ParseError::truncated);
  if (message[0] != static_cast<u8>(Icmpv4Type::router_advertisement)) {
    return Unparsed(ParseError::bad_type);
  }
  const u32 count = message[4];
  const u32 entry_words = message[5];
  const bool fits = Icmpv4Header::size + count * entry_words * 4 <= message.size();
  if (count == 0 || entry_words < 2 || !fits) return Unparsed(ParseError::bad_length);
  return Icmpv4RouterAdvertisement(message.data());
}

Icmpv4RouterAdvertisement::Entry Icmpv4RouterAdvertisement::entry(u32 i) const {
  CATENET_ASSERT(i < count());
  const u8* at = message_ + Icmpv4Header::size + i * message_[5] * 4u;
  return {Ipv4Address::load(at), static_cast<i32>(load32(at + 4))};
}

void Icmpv4RouterAdvertisement::emit_entry(MutableBytes out, const Entry& entry) {
  CATENET_ASSERT(out.size() >= entry_size);
  entry.router.store(out.data());
  store32(out.data() + 4, static_cast<u32>(entry.preference));
}

}  // namespace catenet::wire
