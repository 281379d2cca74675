// IPv6 headers, the walk over extension headers, and their options.
#include "catenet/wire/ipv6.hpp"
#include "catenet/wire/ipv6_extension.hpp"

#include "fuzz.hpp"

namespace catenet::wire_ipv6_fuzz {
namespace {

using namespace wire;
using fuzz::check;

void check_options(ByteView packet, u32 at) {
  if (at == 0) return;
  const ByteView header = packet.subspan(at, (packet[at + 1] + 1u) * 8);
  const auto verdict = judge_ipv6_options(
      header, at, [](Ipv6OptionType t) { return t == Ipv6OptionType::router_alert; });
  check(verdict.action == UnknownOptionAction::skip ||
        (verdict.pointer >= at + 2 && verdict.pointer < at + header.size()));
  std::size_t seen = 0;
  for (const Ipv6Option& option : Ipv6OptionList(header)) seen += 2 + option.data.size();
  check(seen <= header.size());
}

void check_chain(ByteView packet, const Ipv6Chain& chain) {
  check(chain.upper_offset <= chain.end && chain.end <= packet.size());
  check(packet[chain.upper_named_at] == static_cast<u8>(chain.upper));
  check_options(packet, chain.hop_by_hop);
  check_options(packet, chain.destination_options);
  if (!chain.is_fragment()) return;
  const auto fragment = Ipv6FragmentHeader::parse(packet.subspan(chain.fragment));
  check(fragment.has_value());
  check(Ipv6FragmentHeader::parse(fuzz::emitted(*fragment)) == *fragment);
}

}  // namespace

int run(const u8* data, std::size_t size) {
  const fuzz::Input input(data, size);
  const auto header = Ipv6Header::parse_quoted(input.view());
  if (!header) return 0;
  // Every byte of the fixed header has a meaning, so the bytes are the same too.
  const auto bytes = fuzz::emitted(*header);
  check(std::equal(bytes.begin(), bytes.end(), input.view().begin()));
  check(Ipv6Header::parse_quoted(bytes) == *header);
  const auto chain = walk_extension_headers(input.view());
  if (chain) {
    check_chain(input.view(), *chain);
  } else {
    check(chain.error().pointer < size);
  }
  return 0;
}

}  // namespace catenet::wire_ipv6_fuzz

FUZZ_TARGET(wire_ipv6_fuzz)
