// Ethernet headers with and without a tag, and 802.2 behind a length.
#include <cstdint>

#include "catenet/wire/ethernet.hpp"

#include "wire_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace catenet;
  const wire::fuzz::Input input(data, size);
  const auto header = wire::EthernetHeader::parse(input.view());
  if (!header) return 0;
  wire::fuzz::check(header->size() <= size);
  const std::size_t payload = header->has_length() ? header->length() : 0;
  const auto again = wire::EthernetHeader::parse(wire::fuzz::emitted(*header, payload));
  wire::fuzz::check(again && *again == *header);
  if (header->has_length()) {
    wire::Llc::parse(input.view().subspan(header->size(), header->length()));
  }
  return 0;
}
