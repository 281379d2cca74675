// ICMPv6 messages.
#include <cstdint>

#include "catenet/wire/icmpv6.hpp"

#include "wire_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace catenet;
  using namespace catenet::wire;
  const fuzz::Input input(data, size);
  const auto header = Icmpv6Header::parse(input.view());
  if (!header) return 0;
  auto bytes = fuzz::emitted(*header, size - Icmpv6Header::size);
  fuzz::check(Icmpv6Header::parse(bytes) == *header);
  const Ipv6Address all = Ipv6Address::all_nodes();
  store_icmpv6_checksum(bytes, Ipv6Address::loopback(), all);
  fuzz::check(icmpv6_checksum_ok(bytes, Ipv6Address::loopback(), all));
  return 0;
}
