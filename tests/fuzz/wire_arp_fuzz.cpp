// ARP packets.
#include "catenet/wire/arp.hpp"

#include "fuzz.hpp"

namespace catenet::wire_arp_fuzz {

int run(const u8* data, std::size_t size) {
  const fuzz::Input input(data, size);
  const auto packet = wire::ArpPacket::parse(input.view());
  if (!packet) return 0;
  const auto bytes = fuzz::emitted(*packet);
  // Every byte of an ARP packet has a meaning, so the bytes are the same too.
  fuzz::check(std::equal(bytes.begin(), bytes.end(), input.view().begin()));
  fuzz::check(wire::ArpPacket::parse(bytes) == *packet);
  return 0;
}

}  // namespace catenet::wire_arp_fuzz

FUZZ_TARGET(wire_arp_fuzz)
