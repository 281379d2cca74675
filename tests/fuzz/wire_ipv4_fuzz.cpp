// IPv4 headers and options: lengths, the walk over options, what may be written into them, in-place
// edits.
#include "catenet/wire/ipv4.hpp"

#include "fuzz.hpp"

namespace catenet::wire_ipv4_fuzz {
namespace {

using namespace wire;
using fuzz::check;

// What a forwarder does to options that have no fault: it stays inside them.
void write_into_options(const Ipv4Options& options) {
  std::vector<u8> area(options.bytes().begin(), options.bytes().end());
  for (const Ipv4Option& option : options.list()) {
    u8* at = area.data() + option.offset;
    switch (option.type) {
      case Ipv4OptionType::record_route:
      case Ipv4OptionType::loose_source_route:
      case Ipv4OptionType::strict_source_route: {
        RouteOption route(at);
        for (u32 i = 0; i < route.slots(); ++i) route.slot(i);
        while (!route.exhausted() && route.pointer() + 3u <= route.length()) {
          route.next();
          route.record({10, 0, 0, 1});
        }
        break;
      }
      case Ipv4OptionType::timestamp: {
        TimestampOption stamp(at);
        stamp.stamp({10, 0, 0, 1}, 1, [](Ipv4Address a) { return (a.value() & 1) != 0; });
        break;
      }
      default: break;
    }
  }
}

void check_options(const Ipv4Options& options) {
  check(Ipv4Options(options.bytes()) == options);
  if (!options.list().bad_offset()) write_into_options(options);
  check(options.copied().size() <= options.size());
}

void check_edits(std::vector<u8> header) {
  check(Ipv4View(header.data()).checksum_ok());
  if (Ipv4View(header.data()).ttl() > 0) ipv4_edit::decrement_ttl(header.data());
  ipv4_edit::set_ecn(header.data(), Ecn::ce);
  ipv4_edit::set_destination(header.data(), {192, 0, 2, 1});
  check(Ipv4View(header.data()).checksum_ok());
}

}  // namespace

int run(const u8* data, std::size_t size) {
  const fuzz::Input input(data, size);
  const auto header = Ipv4Header::parse_quoted(input.view());
  const auto whole = Ipv4Header::parse(input.view());
  check(!whole || (header && *whole == *header && whole->total_length <= size));
  if (!header) return 0;
  const auto bytes = fuzz::emitted(*header);
  const auto again = Ipv4Header::parse_quoted(bytes);
  check(again && *again == *header);
  check_options(header->options);
  check_edits(bytes);
  return 0;
}

}  // namespace catenet::wire_ipv4_fuzz

FUZZ_TARGET(wire_ipv4_fuzz)
