// ICMPv6 messages.
#include "catenet/wire/icmpv6.hpp"

#include "fuzz.hpp"

namespace catenet::wire_icmpv6_fuzz {

int run(const u8* data, std::size_t size) {
  using namespace wire;
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

}  // namespace catenet::wire_icmpv6_fuzz

FUZZ_TARGET(wire_icmpv6_fuzz)
