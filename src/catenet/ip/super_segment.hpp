// Super-segments as IP sees them: only their wire packets count, against an MTU as in counters, and
// where those do not fit, each is cut on its own. trace/offload.hpp does the cutting.
#pragma once

#include <cstring>

#include "catenet/ip/packet_ops.hpp"
#include "catenet/trace/offload.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet {

// Bytes of the longest wire packet of a super-segment, which begins at its IP header.
u32 longest_wire_packet(const Packet& super_segment);

// Bytes of the longest wire packet that `packet`, which begins at its IP header, stands for.
inline u32 wire_packet_size(const Packet& packet) {
  if (packet.meta().segment_size == 0) [[likely]]
    return packet.size();
  return longest_wire_packet(packet);
}

// Of a super-segment of this host's or a neighbour's TCP, whose headers are sound.
u32 packets_of_super_segment(const Packet& super_segment);
u32 segments_of_super_segment(const Packet& super_segment, u8 protocol);

// How many wire packets `packet`, which begins at its IP header, stands for: what counters add.
inline u32 wire_packets(const Packet& packet) {
  if (packet.meta().segment_size == 0) [[likely]]
    return 1;
  return packets_of_super_segment(packet);
}
// The same of what begins at its transport header.
inline u32 wire_segments(const Packet& transport, u8 protocol) {
  if (transport.meta().segment_size == 0) [[likely]]
    return 1;
  return segments_of_super_segment(transport, protocol);
}

// The first bytes of the first wire packet of `packet`, which begins at its IP header, as a wire
// would have carried them: what an error quotes. At most wire_packet_size() of them.
void copy_wire_bytes(const Packet& packet, MutableBytes into);

// Calls emit(Packet) for each wire packet of `super_segment`, in order, each from its IP header.
// `super_segment` is afterwards as it was.
template <typename Emit>
void cut_super_segment(Packet& super_segment, Emit&& emit) {
  // The cutter reads frames: it gets the Ethernet header that the packet would have.
  constexpr u32 size = wire::ethernet::header_size;
  const bool v4 = super_segment.data()[0] >> 4 == 4;
  const bool named = super_segment.meta().id != FrameId{};
  ensure_headroom(super_segment, size);
  u8* header = prepend_header(super_segment, size);
  std::memset(header, 0, size);
  store16(header + 12, static_cast<u16>(v4 ? wire::EtherType::ipv4 : wire::EtherType::ipv6));
  segment_frame(super_segment, super_segment.pool(), [&](Packet packet) {
    consume_header(packet, size);
    if (!named) packet.meta().id = {};  // what has not left this host yet is named as it leaves
    emit(std::move(packet));
  });
  consume_header(super_segment, size);
}

}  // namespace catenet
