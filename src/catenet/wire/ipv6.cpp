#include "catenet/wire/ipv6.hpp"

#include "catenet/base/assert.hpp"

namespace catenet::wire {

Parsed<Ipv6View> Ipv6View::over(ByteView bytes) {
  if (bytes.size() < size) return Unparsed(ParseError::truncated);
  const Ipv6View view(bytes.data());
  if (view.version() != 6) return Unparsed(ParseError::bad_version);
  return view;
}

namespace ipv6_edit {

void set_ecn(u8* header, Ecn ecn) {
  header[1] = static_cast<u8>((header[1] & 0xcf) | static_cast<u8>(ecn) << 4);
}

void set_dscp(u8* header, u8 dscp) {
  header[0] = static_cast<u8>((header[0] & 0xf0) | (dscp >> 2 & 0x0f));
  header[1] = static_cast<u8>((header[1] & 0x3f) | (dscp & 3) << 6);
}

}  // namespace ipv6_edit

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |Version| Traffic Class |              Flow Label               |
// |        Payload Length         |  Next Header  |   Hop Limit   |
// |                    Source Address (16 bytes)                  |
// |                  Destination Address (16 bytes)               |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
Parsed<Ipv6Header> Ipv6Header::parse_quoted(ByteView bytes) {
  const auto view = Ipv6View::over(bytes);
  if (!view) return Unparsed(view.error());
  Ipv6Header header;
  header.dscp = view->dscp();
  header.ecn = view->ecn();
  header.flow_label = view->flow_label();
  header.payload_length = view->payload_length();
  header.next_header = view->next_header();
  header.hop_limit = view->hop_limit();
  header.source = view->source();
  header.destination = view->destination();
  return header;
}

Parsed<Ipv6Header> Ipv6Header::parse(ByteView packet) {
  const auto header = parse_quoted(packet);
  if (header && size + header->payload_length > packet.size()) {
    return Unparsed(ParseError::truncated);
  }
  return header;
}

void Ipv6Header::emit(MutableBytes bytes) const {
  CATENET_ASSERT(bytes.size() >= size);
  FixedWriter<size> out(bytes.data());
  const u32 traffic_class = (dscp & 0x3fu) << 2 | static_cast<u8>(ecn);
  out.store32<0>(6u << 28 | traffic_class << 20 | (flow_label & 0xfffff));
  out.store16<4>(payload_length);
  out.store8<6>(static_cast<u8>(next_header));
  out.store8<7>(hop_limit);
  source.store(out.data() + 8);
  destination.store(out.data() + 24);
}

}  // namespace catenet::wire
