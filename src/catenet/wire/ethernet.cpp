#include "catenet/wire/ethernet.hpp"

#include "catenet/base/assert.hpp"

namespace catenet::wire {

//  0                   1
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |          Destination          |
// |           (6 bytes)           |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |            Source             |
// |           (6 bytes)           |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |   0x8100, only with a tag     |
// | PCP |D|        VLAN id        |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |        Type or length         |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
Parsed<EthernetHeader> EthernetHeader::parse(ByteView frame) {
  if (!EthernetView::fits(frame)) return Unparsed(ParseError::truncated);
  const EthernetView view(frame.data());
  EthernetHeader header{view.destination(), view.source(), view.type(), {}};
  if (header.type == EtherType::vlan) {
    if (frame.size() < ethernet::header_size + ethernet::vlan_tag_size) {
      return Unparsed(ParseError::truncated);
    }
    header.tag = VlanTag::from_u16(load16(frame.data() + 14));
    header.type = static_cast<EtherType>(load16(frame.data() + 16));
  }
  if (header.has_length()) {
    if (header.length() > frame.size() - header.size()) return Unparsed(ParseError::bad_length);
  } else if (static_cast<u16>(header.type) < 0x0600) {
    return Unparsed(ParseError::bad_type);
  }
  return header;
}

void EthernetHeader::emit(MutableBytes out) const {
  CATENET_ASSERT(out.size() >= size());
  u8* at = out.data();
  destination.store(at);
  source.store(at + 6);
  if (tag) {
    store16(at + 12, static_cast<u16>(EtherType::vlan));
    store16(at + 14, tag->to_u16());
    at += ethernet::vlan_tag_size;
  }
  store16(at + 12, static_cast<u16>(type));
}

// DSAP, SSAP, control; with SNAP then a 3-byte OUI and a 2-byte type.
std::optional<Llc> Llc::parse(ByteView payload) {
  if (payload.size() < 3) return std::nullopt;
  Llc llc{payload[0], payload[1], payload[2], {}};
  const bool snap = llc.dsap == 0xaa && llc.ssap == 0xaa && llc.control == 0x03;
  if (!snap) return llc;
  if (payload.size() < 8) return std::nullopt;
  if (payload[3] == 0 && payload[4] == 0 && payload[5] == 0) {
    llc.snap_type = static_cast<EtherType>(load16(payload.data() + 6));
  }
  return llc;
}

}  // namespace catenet::wire
