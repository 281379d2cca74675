// ARP packets.
#include <cstdint>

#include "catenet/wire/arp.hpp"

#include "wire_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace catenet;
  const wire::fuzz::Input input(data, size);
  const auto packet = wire::ArpPacket::parse(input.view());
  if (!packet) return 0;
  const auto bytes = wire::fuzz::emitted(*packet);
  // Every byte of an ARP packet has a meaning, so the bytes are the same too.
  wire::fuzz::check(std::equal(bytes.begin(), bytes.end(), input.view().begin()));
  wire::fuzz::check(wire::ArpPacket::parse(bytes) == *packet);
  return 0;
}
