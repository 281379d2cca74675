// ICMP messages and the bodies of timestamp and router messages.
#include <cstdint>

#include "catenet/wire/icmpv4.hpp"

#include "wire_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace catenet;
  using namespace catenet::wire;
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
