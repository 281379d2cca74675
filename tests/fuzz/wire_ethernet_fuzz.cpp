// Ethernet headers with and without a tag, and 802.2 behind a length.
#include "catenet/wire/ethernet.hpp"

#include "fuzz.hpp"

namespace catenet::wire_ethernet_fuzz {

int run(const u8* data, std::size_t size) {
  const fuzz::Input input(data, size);
  const auto header = wire::EthernetHeader::parse(input.view());
  if (!header) return 0;
  fuzz::check(header->size() <= size);
  const std::size_t payload = header->has_length() ? header->length() : 0;
  const auto again = wire::EthernetHeader::parse(fuzz::emitted(*header, payload));
  fuzz::check(again && *again == *header);
  if (header->has_length()) {
    wire::Llc::parse(input.view().subspan(header->size(), header->length()));
  }
  return 0;
}

}  // namespace catenet::wire_ethernet_fuzz

FUZZ_TARGET(wire_ethernet_fuzz)
