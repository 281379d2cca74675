// ICMP messages and the bodies of timestamp and router messages.
#include "catenet/wire/icmpv4.hpp"

#include "fuzz.hpp"

namespace catenet::wire_icmpv4_fuzz {

int run(const u8* data, std::size_t size) {
  using namespace wire;
  const fuzz::Input input(data, size);
  const auto header = Icmpv4Header::parse(input.view());
  if (!header) return 0;
  auto bytes = fuzz::emitted(*header, size - Icmpv4Header::size);
  fuzz::check(Icmpv4Header::parse(bytes) == *header);
  store_icmpv4_checksum(bytes);
  fuzz::check(icmpv4_checksum_ok(bytes));
  const auto times = Icmpv4Timestamps::parse(input.view().subspan(Icmpv4Header::size));
  if (times) fuzz::check(Icmpv4Timestamps::parse(fuzz::emitted(*times)) == *times);
  const auto routers = Icmpv4RouterAdvertisement::parse(input.view());
  for (u32 i = 0; routers && i < routers->count(); ++i) routers->entry(i);
  return 0;
}

}  // namespace catenet::wire_icmpv4_fuzz

FUZZ_TARGET(wire_icmpv4_fuzz)
