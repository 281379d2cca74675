// Headers on and off a packet that may carry a deferred checksum, whose start is counted from the
// packet's first byte.
#pragma once

#include <cstring>

#include "catenet/packet/packet.hpp"

namespace catenet {

// Takes `n` header bytes off the front.
inline void consume_header(Packet& packet, u32 n) {
  packet.consume(n);
  if (packet.meta().checksum == ChecksumState::deferred) {
    packet.meta().checksum_start = static_cast<u16>(packet.meta().checksum_start - n);
  }
}

// Makes room for `n` header bytes in front; the headroom must suffice.
inline u8* prepend_header(Packet& packet, u32 n) {
  if (packet.meta().checksum == ChecksumState::deferred) {
    packet.meta().checksum_start = static_cast<u16>(packet.meta().checksum_start + n);
  }
  return packet.prepend(n);
}

// Gives `packet` at least `room` bytes of headroom: where it has less, a linear copy takes its
// place.
inline void ensure_headroom(Packet& packet, u32 room) {
  if (packet.headroom() >= room) return;
  Packet roomy = packet.pool().allocate(packet.size(), room);
  packet.copy_out(0, {roomy.append(packet.size()), packet.size()});
  roomy.meta() = packet.meta();
  packet = std::move(roomy);
}

// The same bytes, all linear, headroom kept with what stands in it.
inline Packet linear_copy(const Packet& packet) {
  const u32 front = packet.headroom();
  Packet flat = packet.pool().allocate(front + packet.size(), 0);
  u8* at = flat.append(front + packet.size());
  std::memcpy(at, packet.data() - front, front);
  packet.copy_out(0, {at + front, packet.size()});
  flat.consume(front);
  flat.meta() = packet.meta();
  return flat;
}

}  // namespace catenet
