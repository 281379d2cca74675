// Neighbour Discovery: every message under several envelopes; options that can be read are written
// again and read alike.
#include "catenet/wire/ndp.hpp"

#include "fuzz.hpp"

namespace catenet::wire_ndp_fuzz {
namespace {

using namespace wire;
using fuzz::check;

void rewrite(const NdpOption& option, NdpOptionWriter& out) {
  if (const auto mac = option.link_address()) {
    const bool source = option.type == NdpOptionType::source_link_address;
    source ? out.source_link_address(*mac) : out.target_link_address(*mac);
  } else if (const auto prefix = option.prefix()) {
    out.prefix(*prefix);
  } else if (const auto mtu = option.mtu()) {
    out.mtu(*mtu);
  } else if (const auto dns = option.recursive_dns()) {
    std::vector<Ipv6Address> servers;
    for (u32 i = 0; i < dns->count(); ++i) servers.push_back(dns->server(i));
    out.recursive_dns(dns->lifetime(), servers);
  } else if (const auto packet = option.redirected()) {
    out.redirected(*packet);
  }
}

// The first option of each kind says the same after it was written again.
void check_options(const NdpOptionList& list) {
  std::size_t size = 0;
  for (const NdpOption option : list) size += option.bytes.size();
  std::vector<u8> area(size);
  NdpOptionWriter out(area);
  for (const NdpOption option : list) rewrite(option, out);
  check(out.size() <= size);
  area.resize(out.size());
  const auto again = NdpOptionList::parse(area);
  check(again.has_value());
  check(again->source_link_address() == list.source_link_address());
  check(again->target_link_address() == list.target_link_address());
  check(again->mtu() == list.mtu());
  check(again->redirected().has_value() == list.redirected().has_value());
}

template <typename Message>
void check_message(ByteView bytes, const NdpEnvelope& envelope) {
  const auto message = Message::parse(bytes, envelope);
  if (!message) return;
  check_options(message->options);
  const auto fixed = fuzz::emitted(*message);
  const auto again = Message::parse(fixed, envelope);
  check(again.has_value());
  check(fuzz::emitted(*again) == fixed);
}

}  // namespace

int run(const u8* data, std::size_t size) {
  fuzz::Input input(data, size);
  const u8 choice = input.take();
  const Ipv6Address sources[] = {Ipv6Address(),
                                 Ipv6Address::link_local(MacAddress(2, 0, 0, 0, 0, 1))};
  const Ipv6Address destinations[] = {Ipv6Address::all_nodes(), sources[1],
                                      sources[1].solicited_node()};
  const NdpEnvelope envelope{sources[choice & 1], destinations[(choice >> 1) % 3], 255};
  check_message<RouterSolicitation>(input.view(), envelope);
  check_message<RouterAdvertisement>(input.view(), envelope);
  check_message<NeighbourSolicitation>(input.view(), envelope);
  check_message<NeighbourAdvertisement>(input.view(), envelope);
  check_message<NdpRedirect>(input.view(), envelope);
  return 0;
}

}  // namespace catenet::wire_ndp_fuzz

FUZZ_TARGET(wire_ndp_fuzz)
