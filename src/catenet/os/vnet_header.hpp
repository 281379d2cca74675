// The header that TAPs and packet sockets put before a frame, so that super-segments and deferred
// checksums pass between the kernel and us as they are. Read the virtio specification, 5.1.6, and
// the kernel's Documentation/networking/tuntap.rst.
#pragma once

#include "catenet/packet/packet.hpp"

namespace catenet::os {

// struct virtio_net_hdr, in the machine's byte order; <linux/virtio_net.h> is not C++.
struct VnetHeader {
  static constexpr u8 needs_checksum = 1;
  static constexpr u8 checksum_was_right = 2;
  enum class Cut : u8 { no = 0, tcp4 = 1, udp_fragments = 3, tcp6 = 4 };
  static constexpr u8 ecn = 0x80;  // beside a Cut: the first segment alone has CWR

  u8 flags = 0;
  u8 cut = 0;
  u16 header_size = 0;  // of a super-segment's headers, a hint
  u16 segment_size = 0;
  u16 checksum_start = 0;
  u16 checksum_offset = 0;
};
inline constexpr u32 vnet_header_size = sizeof(VnetHeader);
static_assert(vnet_header_size == 10);

// What `frame` asks of the kernel. A super-segment must be one of TCP whose checksum is deferred.
VnetHeader vnet_header_of(const Packet& frame);
// Whether the kernel takes the super-segment `frame` whole.
bool kernel_can_cut(const Packet& frame);
// Notes in `frame` what the kernel left to be done. False: it is something we never said we could,
// or does not lie within the frame.
bool apply_vnet_header(const VnetHeader& header, Packet& frame);

}  // namespace catenet::os
