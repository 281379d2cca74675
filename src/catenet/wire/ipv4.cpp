#include "catenet/wire/ipv4.hpp"

#include <cstring>

#include "catenet/base/assert.hpp"

namespace catenet::wire {
namespace {

constexpr u16 dont_fragment_bit = 0x4000;
constexpr u16 more_fragments_bit = 0x2000;
constexpr u32 checksum_offset = 10;

// Of `size` bytes, 20 at least and a multiple of 4: a header is too short for the general sum to
// pay, and nearly always has no options.
u16 sum_header(const u8* header, u32 size) {
  const auto word = [&](u32 at) {
    u32 loaded;
    std::memcpy(&loaded, header + at, sizeof loaded);
    return u64{loaded};
  };
  u64 sum = word(0) + word(4) + word(8) + word(12) + word(16);
  for (u32 at = ipv4::min_header_size; at < size; at += 4) [[unlikely]]
    sum += word(at);
  return network_order(detail::fold(sum));
}

// Stores `word` at an even `offset` and takes the change over into the checksum.
void replace16(u8* header, u32 offset, u16 word) {
  const u16 before = load16(header + offset);
  store16(header + offset, word);
  store16(header + checksum_offset,
          update_checksum(load16(header + checksum_offset), before, word));
}

void replace32(u8* header, u32 offset, u32 word) {
  const u32 before = load32(header + offset);
  store32(header + offset, word);
  store16(header + checksum_offset,
          update_checksum(load16(header + checksum_offset), before, word));
}

}  // namespace

Parsed<Ipv4View> Ipv4View::over(ByteView bytes) {
  if (bytes.size() < min_size) return Unparsed(ParseError::truncated);
  const Ipv4View view(bytes.data());
  if (view.version() != 4) return Unparsed(ParseError::bad_version);
  if (view.header_size() < min_size) return Unparsed(ParseError::bad_length);
  if (view.header_size() > bytes.size()) return Unparsed(ParseError::truncated);
  return view;
}

bool Ipv4View::checksum_ok() const { return sum_header(data(), header_size()) == 0xffff; }

namespace ipv4_edit {

void decrement_ttl(u8* header) {
  replace16(header, 8, static_cast<u16>(load16(header + 8) - 0x0100));
}

void set_ecn(u8* header, Ecn ecn) {
  replace16(header, 0, static_cast<u16>((load16(header) & ~3u) | static_cast<u8>(ecn)));
}

void set_dscp(u8* header, u8 dscp) {
  replace16(header, 0, static_cast<u16>((load16(header) & 0xff03u) | (dscp & 0x3fu) << 2));
}

void set_source(u8* header, Ipv4Address address) { replace32(header, 12, address.value()); }

void set_destination(u8* header, Ipv4Address address) { replace32(header, 16, address.value()); }

void store_checksum(u8* header) {
  store16(header + checksum_offset, 0);
  const u32 size = (header[0] & 0x0fu) * 4;
  store16(header + checksum_offset, static_cast<u16>(~sum_header(header, size)));
}

}  // namespace ipv4_edit

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |Version|  IHL  |   DSCP    |ECN|         Total Length          |
// |        Identification         |0|D|M|     Fragment Offset     |
// |      TTL      |   Protocol    |        Header Checksum        |
// |                        Source Address                         |
// |                     Destination Address                       |
// |                   Options, padded to 4 bytes                  |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
Parsed<Ipv4Header> Ipv4Header::parse_quoted(ByteView bytes) {
  const auto view = Ipv4View::over(bytes);
  if (!view) return Unparsed(view.error());
  Ipv4Header header;
  header.dscp = view->dscp();
  header.ecn = view->ecn();
  header.total_length = view->total_length();
  header.identification = view->identification();
  header.dont_fragment = view->dont_fragment();
  header.more_fragments = view->more_fragments();
  header.fragment_offset = static_cast<u16>(view->fragment_offset());
  header.ttl = view->ttl();
  header.protocol = view->protocol();
  header.source = view->source();
  header.destination = view->destination();
  if (view->has_options()) header.options = Ipv4Options(view->options().bytes());
  if (header.total_length < header.size()) return Unparsed(ParseError::bad_length);
  return header;
}

Parsed<Ipv4Header> Ipv4Header::parse(ByteView packet) {
  auto header = parse_quoted(packet);
  if (header && header->total_length > packet.size()) return Unparsed(ParseError::truncated);
  return header;
}

void Ipv4Header::emit(MutableBytes bytes) const {
  CATENET_ASSERT(bytes.size() >= size());
  FixedWriter<ipv4::min_header_size> out(bytes.data());
  out.store8<0>(static_cast<u8>(0x40 | size() / 4));
  out.store8<1>(static_cast<u8>(dscp << 2 | static_cast<u8>(ecn)));
  out.store16<2>(total_length);
  out.store16<4>(identification);
  out.store16<6>(static_cast<u16>((dont_fragment ? dont_fragment_bit : 0) |
                                  (more_fragments ? more_fragments_bit : 0) | fragment_offset / 8));
  out.store8<8>(ttl);
  out.store8<9>(static_cast<u8>(protocol));
  out.store32<12>(source.value());
  out.store32<16>(destination.value());
  const ByteView area = options.bytes();
  if (!area.empty()) std::memcpy(bytes.data() + ipv4::min_header_size, area.data(), area.size());
  ipv4_edit::store_checksum(bytes.data());
}

}  // namespace catenet::wire
