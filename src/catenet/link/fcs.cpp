#include "catenet/link/fcs.hpp"

#include <algorithm>
#include <cstring>

#include "catenet/wire/crc32.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet {
namespace {

// On the wire the FCS goes least significant byte first (IEEE 802.3 3.2.9).
void store_fcs(u8* at, u32 fcs) {
  for (u32 i = 0; i < wire::ethernet::fcs_size; ++i) at[i] = static_cast<u8>(fcs >> (8 * i));
}

u32 load_fcs(const u8* at) {
  u32 fcs = 0;
  for (u32 i = 0; i < wire::ethernet::fcs_size; ++i) fcs |= u32{at[i]} << (8 * i);
  return fcs;
}

}  // namespace

u32 exposed_bits(u32 bytes) {
  return (std::max(bytes, wire::ethernet::min_frame_size) + wire::ethernet::fcs_size) * 8;
}

Packet with_fcs(const Packet& frame, PacketPool& pool) {
  const u32 size = frame.size();
  const u32 padded = std::max(size, wire::ethernet::min_frame_size);
  Packet sent = pool.allocate(padded + wire::ethernet::fcs_size, frame.headroom());
  u8* bytes = sent.append(padded + wire::ethernet::fcs_size);
  frame.copy_out(0, {bytes, size});
  std::memset(bytes + size, 0, padded - size);
  store_fcs(bytes + padded, wire::crc32({bytes, padded}));
  sent.meta() = frame.meta();
  return sent;
}

void flip_bit(Packet& frame, u32 bit) {
  CATENET_ASSERT(bit / 8 < frame.linear_size());
  frame.data()[bit / 8] ^= static_cast<u8>(1u << (bit % 8));
}

bool take_fcs(Packet& frame) {
  const u32 size = frame.linear_size() - wire::ethernet::fcs_size;
  const bool right = load_fcs(frame.data() + size) == wire::crc32({frame.data(), size});
  frame.truncate(size);
  return right;
}

}  // namespace catenet
