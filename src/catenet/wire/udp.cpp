#include "catenet/wire/udp.hpp"

#include "catenet/base/assert.hpp"

namespace catenet::wire {

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |          Source Port          |       Destination Port        |
// |            Length             |           Checksum            |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
Parsed<UdpHeader> UdpHeader::parse(ByteView datagram) {
  if (!UdpView::fits(datagram)) return Unparsed(ParseError::truncated);
  const UdpView view(datagram.data());
  if (view.length() < size) return Unparsed(ParseError::bad_length);
  if (view.length() > datagram.size()) return Unparsed(ParseError::truncated);
  return UdpHeader{view.source_port(), view.destination_port(), view.length(), view.checksum()};
}

void UdpHeader::emit(MutableBytes bytes) const {
  CATENET_ASSERT(bytes.size() >= size);
  FixedWriter<size> out(bytes.data());
  out.store16<0>(source_port);
  out.store16<2>(destination_port);
  out.store16<4>(length);
  out.store16<6>(checksum);
}

void store_udp_checksum(MutableBytes header, InternetChecksum sum,
                        std::span<const ByteView> payload_runs) {
  CATENET_ASSERT(header.size() >= UdpHeader::size);
  u8* field = header.data() + UdpHeader::checksum_offset;
  store16(field, 0);
  sum.add(header);
  for (ByteView run : payload_runs) sum.add(run);
  store16(field, sum.finish_udp());
}

bool udp_checksum_ok(ByteView datagram, InternetChecksum sum, bool optional) {
  if (!UdpView::fits(datagram)) return false;
  if (UdpView(datagram.data()).checksum() == 0) return optional;
  return sum.add(datagram).verifies();
}

}  // namespace catenet::wire
