// What a fragment says of itself: reading it, and refusing it before it costs anything.
#include <cstring>

#include "catenet/ip/fragment.hpp"
#include "catenet/ip/reassembly_state.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6.hpp"
#include "catenet/wire/ipv6_extension.hpp"

namespace catenet {
namespace {

using wire::IpProtocol;

constexpr u32 max_datagram = 65'535;
// RFC 1858 3.1.1: what of TCP a filter wants to see in one piece reaches up to the flags.
constexpr u32 tcp_filter_size = 16;
// RFC 1858 3.2: the second unit of 8 bytes, where the flags are.
constexpr u32 tcp_flags_offset = 8;

std::optional<ReassemblyResult> refused(Packet& packet, u8 code = 0xff, u32 pointer = 0) {
  ReassemblyResult result;
  result.outcome = ReassemblyResult::Outcome::dropped;
  result.reason = Drop::fragment_bad;
  result.problem_code = code;
  result.problem_pointer = static_cast<u16>(pointer);
  result.packet = std::move(packet);
  return result;
}

// RFC 7112 5: the first fragment reaches to the end of the upper layer's header.
bool header_chain_complete(const Packet& packet, const FragmentInfo& info) {
  const ByteView bytes = packet.linear_bytes();
  const u32 end = std::min<u32>(info.payload_start + info.payload_size, packet.linear_size());
  u8 next = info.protocol;
  u32 at = info.payload_start;
  for (u32 headers = 0; headers <= wire::max_extension_headers; ++headers) {
    switch (static_cast<IpProtocol>(next)) {
      case IpProtocol::hop_by_hop:
      case IpProtocol::routing:
      case IpProtocol::destination_options:
        if (at + 8 > end) return false;
        next = bytes[at];
        at += (bytes[at + 1] + 1u) * 8;
        continue;
      case IpProtocol::authentication:
        if (at + 8 > end) return false;
        next = bytes[at];
        at += (bytes[at + 1] + 2u) * 4;
        continue;
      default: return at + upper_header_size(next) <= end;
    }
  }
  return false;
}

std::optional<ReassemblyResult> check_ipv6(Packet& packet, const FragmentInfo& info) {
  // RFC 8200 4.5: both are reported, pointing at Payload Length and at Fragment Offset.
  if (info.more && info.payload_size % 8 != 0) return refused(packet, 0, 4);
  const u32 payload_length =
      info.header_size - wire::ipv6::header_size + info.offset + info.payload_size;
  if (payload_length > max_datagram) return refused(packet, 0, info.payload_start - 6u);
  if (info.offset == 0 && !header_chain_complete(packet, info)) return refused(packet, 3, 0);
  return std::nullopt;
}

}  // namespace

std::optional<FragmentInfo> ipv4_fragment_info(const Packet& packet, u32 interface) {
  const wire::Ipv4View header(packet.data());
  if (!header.is_fragment()) return std::nullopt;
  FragmentInfo info;
  info.source = header.source();
  info.destination = header.destination();
  info.identification = header.identification();
  info.interface = interface;
  info.header_size = static_cast<u16>(header.header_size());
  info.payload_start = info.header_size;
  info.payload_size = static_cast<u16>(header.total_length() - info.header_size);
  info.offset = static_cast<u16>(header.fragment_offset());
  info.protocol = static_cast<u8>(header.protocol());
  info.ecn = static_cast<u8>(header.ecn());
  info.more = header.more_fragments();
  return info;
}

std::optional<FragmentInfo> ipv6_fragment_info(const Packet& packet, u32 interface,
                                               u32 fragment_header, u32 next_header_field) {
  const wire::Ipv6View header(packet.data());
  const u32 start = fragment_header + wire::Ipv6FragmentHeader::size;
  if (start > header.total_length() || start > packet.linear_size()) return std::nullopt;
  const u8* at = packet.data() + fragment_header;
  FragmentInfo info;
  info.source = header.source();
  info.destination = header.destination();
  info.identification = load32(at + 4);
  info.interface = interface;
  info.header_size = static_cast<u16>(fragment_header);
  info.payload_start = static_cast<u16>(start);
  info.payload_size = static_cast<u16>(header.total_length() - start);
  info.offset = static_cast<u16>(load16(at + 2) & 0xfff8);
  info.next_header_field = static_cast<u16>(next_header_field);
  info.protocol = at[0];
  info.ecn = static_cast<u8>(header.ecn());
  info.more = (at[3] & 1) != 0;
  return info;
}

std::optional<ReassemblyResult> check_fragment(Packet& packet, const FragmentInfo& info,
                                               const ReassemblyLimits& limits) {
  if (info.payload_size == 0) return refused(packet);
  if (info.source.is_v6()) return check_ipv6(packet, info);
  if (info.more && info.payload_size % 8 != 0) return refused(packet);
  // The ping of death.
  if (u32{info.header_size} + info.offset + info.payload_size > max_datagram)
    return refused(packet);
  if (static_cast<IpProtocol>(info.protocol) == IpProtocol::tcp && !limits.tiny_fragments) {
    // RFC 1858 3.1.1 and 3.2.2, RFC 3128 2.
    if (info.offset == 0 && info.payload_size < tcp_filter_size) return refused(packet);
    if (info.offset == tcp_flags_offset) return refused(packet);
  }
  return std::nullopt;
}

void strip_fragment_header(Packet& packet, const FragmentInfo& info) {
  constexpr u32 size = wire::Ipv6FragmentHeader::size;
  // The link header goes along, so that who shows the frame later finds it where it belongs.
  const u32 link = std::min<u32>(packet.meta().network_offset, packet.headroom());
  u8* frame = packet.data() - link;
  std::memmove(frame + size, frame, link + info.header_size);
  packet.consume(size);
  u8* header = packet.data();
  header[info.next_header_field] = info.protocol;
  wire::ipv6_edit::set_payload_length(header, static_cast<u16>(load16(header + 4) - size));
  if (packet.meta().checksum == ChecksumState::deferred) {
    packet.meta().checksum_start = static_cast<u16>(packet.meta().checksum_start - size);
  }
}

}  // namespace catenet
