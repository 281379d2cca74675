#include "catenet/ip/super_segment.hpp"

#include <algorithm>

#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6_extension.hpp"

namespace catenet {

u32 longest_wire_packet(const Packet& super_segment) {
  const u8* ip = super_segment.data();
  u32 transport = 0;
  auto protocol = wire::IpProtocol::no_next_header;
  if (ip[0] >> 4 == 4) {
    const wire::Ipv4View header(ip);
    transport = header.header_size();
    protocol = header.protocol();
  } else if (const auto chain = wire::walk_extension_headers(super_segment.linear_bytes())) {
    transport = chain->upper_offset;
    protocol = chain->upper;
  }
  u32 header = 8;
  if (protocol == wire::IpProtocol::tcp) header = (ip[transport + 12] >> 4) * 4u;
  return std::min(super_segment.size(), transport + header + super_segment.meta().segment_size);
}

}  // namespace catenet
