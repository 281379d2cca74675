// UDP headers and checksums.
#include "catenet/wire/udp.hpp"

#include "fuzz.hpp"

namespace catenet::wire_udp_fuzz {

int run(const u8* data, std::size_t size) {
  using namespace wire;
  const fuzz::Input input(data, size);
  const auto header = UdpHeader::parse(input.view());
  if (!header) return 0;
  auto bytes = fuzz::emitted(*header, header->payload_length());
  fuzz::check(UdpHeader::parse(bytes) == *header);
  const auto pseudo = pseudo_header(Ipv4Address(10, 0, 0, 1), Ipv4Address(10, 0, 0, 2),
                                    IpProtocol::udp, header->length);
  store_udp_checksum(bytes, pseudo);
  fuzz::check(udp_checksum_ok(bytes, pseudo, false));
  return 0;
}

}  // namespace catenet::wire_udp_fuzz

FUZZ_TARGET(wire_udp_fuzz)
