// Cutting a packet into fragments that fit an MTU. Read RFC 791 section 3.2 (and 3.1 for the
// options' copied flag) and RFC 8200 section 4.5.
#pragma once

#include "catenet/base/errno.hpp"
#include "catenet/packet/packet.hpp"

namespace catenet {

// Cuts `packet`, which begins at its IPv4 header and may be a fragment already, into fragments of
// at most `mtu` bytes, appended to `out` in order with headers and header checksums complete.
// Options without the copied flag stay with the first alone. Don't Fragment is the caller's affair.
// A packet that fits comes out as it is. message_size: not even 8 bytes of data fit. invalid: the
// header is no IPv4 header. On error `packet` and `out` are as they were. The packet's transport
// checksum must be present: complete a deferred one first.
Result<void> fragment_ipv4(Packet& packet, u32 mtu, PacketQueue& out);

// Cuts `packet`, which begins at its IPv6 header, as its source may. Hop-by-hop options,
// destination options in front of a routing header, and routing headers go into every fragment; all
// else is cut. Errors as above; invalid: the extension headers are malformed, or there is a
// Fragment header already.
Result<void> fragment_ipv6(Packet& packet, u32 mtu, u32 identification, PacketQueue& out);

// Bytes of an upper layer's header that the first fragment must hold (RFC 7112 section 4); 0 for
// layers unknown here.
u32 upper_header_size(u8 protocol);

}  // namespace catenet
