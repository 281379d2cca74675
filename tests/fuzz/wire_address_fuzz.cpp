// Addresses as text: what is accepted prints, and the print is accepted and means the same.
#include "catenet/wire/address.hpp"
#include "catenet/wire/ports.hpp"

#include "fuzz.hpp"

namespace catenet::wire_address_fuzz {
namespace {

using fuzz::check;

template <typename Address>
void check_text(std::string_view text) {
  const auto address = Address::parse(text);
  if (!address) return;
  const std::string printed = address->to_string();
  check(printed.size() <= Address::max_text);
  check(Address::parse(printed) == address);
  check(Address::parse(printed)->hash() == address->hash());
}

}  // namespace

int run(const u8* data, std::size_t size) {
  const fuzz::Input input(data, size);
  const std::string_view text = as_text(input.view());
  check_text<MacAddress>(text);
  check_text<Ipv4Address>(text);
  check_text<Ipv6Address>(text);
  check_text<IpAddress>(text);
  check_text<Prefix>(text);
  check_text<InterfacePrefix>(text);
  check_text<Endpoint>(text);
  // Whatever the strict parser takes, the shorthand takes alike.
  if (const auto strict = Ipv4Address::parse(text)) check(parse_ipv4_shorthand(text) == strict);
  parse_ipv4_shorthand(text);
  wire::parse_port(text, wire::IpProtocol::tcp);
  return 0;
}

}  // namespace catenet::wire_address_fuzz

FUZZ_TARGET(wire_address_fuzz)
