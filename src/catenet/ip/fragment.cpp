#include "catenet/ip/fragment.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6.hpp"
#include "catenet/wire/ipv6_extension.hpp"

namespace catenet {
namespace {

using wire::IpProtocol;

// A new frame with `size` bytes of `whole` from `from` on, behind room for a header of
// `header_size`. The link's headers still find room in front.
Packet make_fragment(const Packet& whole, u32 header_size, u32 from, u32 size) {
  Packet fragment = whole.pool().allocate(header_size + size);
  u8* to = fragment.append(header_size + size);
  whole.copy_out(from, {to + header_size, size});
  return fragment;
}

struct Ipv4HeaderBytes {
  std::array<u8, wire::ipv4::max_header_size> bytes;
  u32 size = wire::ipv4::min_header_size;

  MutableBytes view() { return {bytes.data(), size}; }
};

// The header of all fragments but the first: RFC 791 3.1, options with the copied flag only.
Ipv4HeaderBytes later_header(const u8* header, u32 header_size) {
  constexpr u8 end = 0;
  constexpr u8 no_operation = 1;
  constexpr u8 copied = 0x80;
  Ipv4HeaderBytes later;
  later.bytes.fill(end);
  std::memcpy(later.bytes.data(), header, later.size);
  for (u32 at = wire::ipv4::min_header_size; at < header_size && header[at] != end;) {
    const u32 left = header_size - at;
    const u32 length = header[at] == no_operation ? 1 : left < 2 ? 0 : header[at + 1];
    if (length == 0 || length > left || (length == 1 && header[at] != no_operation)) break;
    if (header[at] & copied) {
      std::memcpy(later.bytes.data() + later.size, header + at, length);
      later.size += length;
    }
    at += length;
  }
  later.size = (later.size + 3) & ~3u;
  later.bytes[0] = static_cast<u8>(0x40 | later.size / 4);
  return later;
}

// What all IPv6 fragments carry in front of their Fragment header.
struct Unfragmentable {
  u32 size = wire::ipv6::header_size;
  u32 next_header_field = 6;
  u32 chain_end = 0;  // of the headers RFC 7112 wants in the first fragment
};

// RFC 8200 4.5: up to the hop-by-hop and routing headers, whichever is last; destination options
// only in front of one.
std::optional<Unfragmentable> unfragmentable_part(const Packet& packet) {
  const ByteView bytes = packet.linear_bytes();
  Unfragmentable part;
  u32 field = part.next_header_field;
  u32 at = part.size;
  for (u32 headers = 0; headers <= wire::max_extension_headers; ++headers) {
    const auto next = static_cast<IpProtocol>(bytes[field]);
    if (next == IpProtocol::fragment) return std::nullopt;
    if (next != IpProtocol::hop_by_hop && next != IpProtocol::routing &&
        next != IpProtocol::destination_options) {
      part.chain_end = at + upper_header_size(bytes[field]);
      return part;
    }
    if (at + 8 > bytes.size()) return std::nullopt;
    const u32 end = at + (bytes[at + 1] + 1u) * 8;
    if (end > bytes.size()) return std::nullopt;
    field = at;
    at = end;
    if (next == IpProtocol::destination_options) continue;
    part.size = end;
    part.next_header_field = field;
  }
  return std::nullopt;
}

}  // namespace

u32 upper_header_size(u8 protocol) {
  switch (static_cast<IpProtocol>(protocol)) {
    case IpProtocol::tcp: return 20;
    case IpProtocol::udp: return 8;
    case IpProtocol::icmpv6: return 4;
    case IpProtocol::sctp: return 12;
    case IpProtocol::ipv6: return 40;
    case IpProtocol::ipip: return 20;
    default: return 0;
  }
}

Result<void> fragment_ipv4(Packet& packet, u32 mtu, PacketQueue& out) {
  CATENET_ASSERT(packet.meta().checksum != ChecksumState::deferred);
  if (packet.linear_size() < wire::ipv4::min_header_size) return Unexpected(Errno::invalid);
  const wire::Ipv4View header(packet.data());
  const u32 header_size = header.header_size();
  const u32 end = header.total_length();
  if (header.version() != 4 || header_size < wire::ipv4::min_header_size ||
      header_size > packet.linear_size() || end < header_size || end > packet.size()) {
    return Unexpected(Errno::invalid);
  }
  if (end <= mtu) {
    packet.truncate(end);
    out.push_back(std::move(packet));
    return {};
  }
  Ipv4HeaderBytes later = later_header(packet.data(), header_size);
  if (mtu < header_size + 8) return Unexpected(Errno::message_size);
  const u16 flags = load16(packet.data() + 6) &
                    0x4000;  // Don't Fragment, if a source set it and fragments all the same
  u32 offset = header.fragment_offset();
  Ipv4HeaderBytes first;
  first.size = header_size;
  std::memcpy(first.bytes.data(), packet.data(), header_size);
  MutableBytes current = first.view();
  for (u32 at = header_size; at < end; current = later.view()) {
    const u32 room = mtu - static_cast<u32>(current.size());
    const u32 size = end - at <= room ? end - at : room & ~7u;
    const bool more = at + size < end || header.more_fragments();
    store16(current.data() + 2, static_cast<u16>(current.size() + size));
    store16(current.data() + 6, static_cast<u16>(flags | (more ? 0x2000 : 0) | offset / 8));
    wire::ipv4_edit::store_checksum(current.data());
    Packet fragment = make_fragment(packet, static_cast<u32>(current.size()), at, size);
    std::memcpy(fragment.data(), current.data(), current.size());
    out.push_back(std::move(fragment));
    at += size;
    offset += size;
  }
  packet = Packet();
  return {};
}

Result<void> fragment_ipv6(Packet& packet, u32 mtu, u32 identification, PacketQueue& out) {
  CATENET_ASSERT(packet.meta().checksum != ChecksumState::deferred);
  constexpr u32 fragment_header_size = wire::Ipv6FragmentHeader::size;
  if (packet.linear_size() < wire::ipv6::header_size) return Unexpected(Errno::invalid);
  const u32 end = wire::Ipv6View(packet.data()).total_length();
  if (end > packet.size()) return Unexpected(Errno::invalid);
  if (end <= mtu) {
    packet.truncate(end);
    out.push_back(std::move(packet));
    return {};
  }
  const auto part = unfragmentable_part(packet);
  if (!part) return Unexpected(Errno::invalid);
  const u32 front = part->size + fragment_header_size;
  if (mtu < front + 8) return Unexpected(Errno::message_size);
  const u32 room = (mtu - front) & ~7u;
  if (part->chain_end > part->size + room) return Unexpected(Errno::message_size);

  for (u32 at = part->size; at < end;) {
    const u32 left = end - at;
    const u32 size = front + left <= mtu ? left : room;
    const u32 more = size < left ? 1 : 0;
    Packet fragment = make_fragment(packet, front, at, size);
    u8* header = fragment.data();
    u8* fragment_header = header + part->size;
    std::memcpy(header, packet.data(), part->size);
    wire::ipv6_edit::set_payload_length(header,
                                        static_cast<u16>(front - wire::ipv6::header_size + size));
    fragment_header[0] = header[part->next_header_field];
    fragment_header[1] = 0;
    store16(fragment_header + 2, static_cast<u16>((at - part->size) | more));
    store32(fragment_header + 4, identification);
    header[part->next_header_field] = static_cast<u8>(IpProtocol::fragment);
    out.push_back(std::move(fragment));
    at += size;
  }
  packet = Packet();
  return {};
}

}  // namespace catenet
