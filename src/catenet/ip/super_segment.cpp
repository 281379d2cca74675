#include "catenet/ip/super_segment.hpp"

#include <algorithm>
#include <utility>

#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6_extension.hpp"
#include "catenet/wire/udp.hpp"

namespace catenet {
namespace {

struct Transport {
  u32 at = 0;  // from the IP header
  wire::IpProtocol protocol = wire::IpProtocol::no_next_header;
};

Transport transport_of(const Packet& packet) {
  if (packet.data()[0] >> 4 == 4) {
    const wire::Ipv4View header(packet.data());
    return {header.header_size(), header.protocol()};
  }
  const auto chain = wire::walk_extension_headers(packet.linear_bytes());
  return chain ? Transport{chain->upper_offset, chain->upper} : Transport{};
}

// Where the payload begins.
u32 header_size(const Packet& packet, const Transport& transport) {
  const bool tcp = transport.protocol == wire::IpProtocol::tcp;
  return transport.at +
         (tcp ? (packet.data()[transport.at + 12] >> 4) * 4u : wire::UdpHeader::size);
}

u32 segments_behind(const Packet& packet, u32 header) {
  const u32 size = packet.meta().segment_size;
  const u32 payload = packet.size() - std::min(packet.size(), header);
  return std::max(1u, (payload + size - 1) / size);
}

}  // namespace

u32 longest_wire_packet(const Packet& super_segment) {
  const u32 header = header_size(super_segment, transport_of(super_segment));
  return std::min(super_segment.size(), header + super_segment.meta().segment_size);
}

u32 packets_of_super_segment(const Packet& super_segment) {
  return segments_behind(super_segment, header_size(super_segment, transport_of(super_segment)));
}

u32 segments_of_super_segment(const Packet& super_segment, u8 protocol) {
  const Transport transport{0, static_cast<wire::IpProtocol>(protocol)};
  return segments_behind(super_segment, header_size(super_segment, transport));
}

void copy_wire_bytes(const Packet& packet, MutableBytes into) {
  const bool deferred = packet.meta().checksum == ChecksumState::deferred;
  if (packet.meta().segment_size == 0 && !deferred) return packet.copy_out(0, into);
  Packet whole = linear_copy(packet);
  bool first = true;
  cut_super_segment(whole, [&](Packet wire) {
    if (std::exchange(first, false)) {
      complete_checksum(wire);
      wire.copy_out(0, into);
    }
  });
}

}  // namespace catenet
