// Dissection: frames as text. One line a frame in tcpdump's format, a verbose form with a line a
// header, and a hex dump. Any bytes are good input; what is malformed is said so. Stateless:
// sequence numbers are absolute, as tcpdump -S has them.
#pragma once

#include <string>

#include "catenet/base/types.hpp"
#include "catenet/packet/packet.hpp"

namespace catenet {

struct DissectOptions {
  bool link_header = false;  // puts the Ethernet header in front, as tcpdump -e does
  u32 original_size = 0;  // bytes the frame had where `frame` is only its beginning; 0: this is all
};

// `frame` begins at its Ethernet header and has no FCS. As `tcpdump -nS`:
// "IP 10.0.0.1.5000 > 10.0.0.2.80: Flags [S], seq 1, win 64240, options [mss 1460], length 0".
// Upper layers are named, not decoded.
std::string dissect_line(ByteView frame, const DissectOptions& options = {});
// Of a packet as a stack holds it: a super-segment is one line.
std::string dissect_line(const Packet& frame, const DissectOptions& options = {});

// A line a header with all its fields, the outermost first, each ending in a newline. Checksums are
// checked.
std::string dissect_verbose(ByteView frame);
std::string dissect_verbose(const Packet& frame);

// 16 bytes a row: offset, hex in pairs, characters (a dot for what does not print), as `tcpdump
// -XX` lays it out. Each row ends in a newline.
std::string hex_dump(ByteView bytes);

}  // namespace catenet
