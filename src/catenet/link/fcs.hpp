// A frame check sequence on real bytes, for links with bit errors. Read IEEE 802.3 clause 3.2.9.
#pragma once

#include "catenet/packet/packet.hpp"

namespace catenet {

// Bits of a frame of `bytes` that bit errors may hit: padding and FCS included, preamble not.
u32 exposed_bits(u32 bytes);

// The frame as the wire carries it: its own linear copy from `pool`, padded to 60 bytes with zeros,
// its FCS behind. A deferred checksum must have been completed before.
Packet with_fcs(const Packet& frame, PacketPool& pool);

// Inverts bit `bit`, counted from the first byte's least significant, which is on the wire first.
void flip_bit(Packet& frame, u32 bit);

// Takes the FCS off; whether it was right.
bool take_fcs(Packet& frame);

}  // namespace catenet
