#include "catenet/wire/arp.hpp"

#include "catenet/base/assert.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet::wire {
namespace {
constexpr u16 hardware_ethernet = 1;
constexpr u16 protocol_ipv4 = static_cast<u16>(EtherType::ipv4);
}  // namespace

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |   Hardware type (Ethernet 1)  |      Protocol type 0x0800     |
// | Hw length (6) | Pr length (4) |           Operation           |
// |                    Sender hardware address ...                |
// |         ... (6 bytes)         |  Sender protocol address ...  |
// |         ... (4 bytes)         |  Target hardware address ...  |
// |                          ... (6 bytes)                        |
// |                Target protocol address (4 bytes)              |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
Parsed<ArpPacket> ArpPacket::parse(ByteView bytes) {
  if (bytes.size() < size) return Unparsed(ParseError::truncated);
  const FixedView<size> in(bytes.data());
  if (in.load16<0>() != hardware_ethernet || in.load16<2>() != protocol_ipv4) {
    return Unparsed(ParseError::bad_type);
  }
  if (in.load8<4>() != MacAddress::byte_size || in.load8<5>() != Ipv4Address::byte_size) {
    return Unparsed(ParseError::bad_length);
  }
  const u16 operation = in.load16<6>();
  if (operation < 1 || operation > 4) return Unparsed(ParseError::bad_type);
  return ArpPacket{static_cast<ArpOperation>(operation), MacAddress::load(in.data() + 8),
                   Ipv4Address::load(in.data() + 14), MacAddress::load(in.data() + 18),
                   Ipv4Address::load(in.data() + 24)};
}

void ArpPacket::emit(MutableBytes bytes) const {
  CATENET_ASSERT(bytes.size() >= size);
  FixedWriter<size> out(bytes.data());
  out.store16<0>(hardware_ethernet);
  out.store16<2>(protocol_ipv4);
  out.store8<4>(MacAddress::byte_size);
  out.store8<5>(Ipv4Address::byte_size);
  out.store16<6>(static_cast<u16>(operation));
  sender_mac.store(out.data() + 8);
  sender_ip.store(out.data() + 14);
  target_mac.store(out.data() + 18);
  target_ip.store(out.data() + 24);
}

}  // namespace catenet::wire
