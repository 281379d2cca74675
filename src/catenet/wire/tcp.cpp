#include "catenet/wire/tcp.hpp"

#include <string_view>

#include "catenet/base/assert.hpp"

namespace catenet::wire {

std::string TcpFlags::to_string() const {
  constexpr std::string_view letters = "FSRP.UEW";
  std::string text;
  for (u32 i = 0; i < 8; ++i) {
    if ((bits_ >> i & 1) != 0) text += letters[i];
  }
  return text.empty() ? "none" : text;
}

Parsed<TcpView> TcpView::over(ByteView segment) {
  if (segment.size() < min_size) return Unparsed(ParseError::truncated);
  const TcpView view(segment.data());
  if (view.header_size() < min_size) return Unparsed(ParseError::bad_length);
  if (view.header_size() > segment.size()) return Unparsed(ParseError::truncated);
  return view;
}

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |          Source Port          |       Destination Port        |
// |                        Sequence Number                        |
// |                    Acknowledgment Number                      |
// |Offset | Rsrvd |C|E|U|A|P|R|S|F|            Window             |
// |           Checksum            |        Urgent Pointer         |
// |                   Options, padded to 4 bytes                  |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
Parsed<TcpHeader> TcpHeader::parse(ByteView segment) {
  const auto view = TcpView::over(segment);
  if (!view) return Unparsed(view.error());
  return TcpHeader{
      view->source_port(), view->destination_port(), view->seq(),      view->ack(),
      view->flags(),       view->window(),           view->checksum(), view->urgent_pointer(),
      view->options()};
}

void TcpHeader::emit(MutableBytes bytes) const {
  const u32 header_size = size();
  CATENET_ASSERT(header_size <= tcp::max_header_size && bytes.size() >= header_size);
  FixedWriter<tcp::min_header_size> out(bytes.data());
  out.store16<0>(source_port);
  out.store16<2>(destination_port);
  out.store32<4>(seq.value());
  out.store32<8>(ack.value());
  out.store8<12>(static_cast<u8>(header_size / 4 << 4));
  out.store8<13>(flags.bits());
  out.store16<14>(window);
  out.store16<16>(checksum);
  out.store16<18>(urgent_pointer);
  options.emit(bytes.subspan(tcp::min_header_size));
}

void store_tcp_checksum(MutableBytes header, InternetChecksum sum,
                        std::span<const ByteView> payload_runs) {
  CATENET_ASSERT(header.size() >= tcp::min_header_size);
  u8* field = header.data() + TcpHeader::checksum_offset;
  store16(field, 0);
  sum.add(header);
  for (ByteView run : payload_runs) sum.add(run);
  store16(field, sum.finish());
}

}  // namespace catenet::wire
