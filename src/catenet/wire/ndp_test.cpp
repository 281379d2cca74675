#include "catenet/wire/ndp.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/testing.hpp"

namespace catenet::wire {
namespace {

using testing::Bytes;
using testing::Draws;
using testing::emitted;
using testing::hex;
using testing::operator+;

const Ipv6Address router = *Ipv6Address::parse("fe80::1");
const Ipv6Address host = *Ipv6Address::parse("2001:db8::2");
constexpr MacAddress mac(2, 0, 0, 0, 0, 1);

NdpEnvelope from(const Ipv6Address& source, const Ipv6Address& destination = host) {
  return {source, destination, 255};
}

// A message and what `write` puts behind it.
template <typename Message, typename Write>
Bytes with_options(const Message& message, Write write) {
  Bytes bytes = emitted(message);
  bytes.resize(bytes.size() + 512);
  NdpOptionWriter writer(MutableBytes(bytes).subspan(Message::size));
  write(writer);
  bytes.resize(Message::size + writer.size());
  return bytes;
}

const auto source_mac = [](NdpOptionWriter& out) { out.source_link_address(mac); };

TEST(Rfc4861, s4_2_router_advertisement_survives_emit_and_parse) {
  RouterAdvertisement sent;
  sent.hop_limit = 64;
  sent.managed = true;
  sent.preference = RouterPreference::low;
  sent.router_lifetime = 1800;
  sent.reachable_time = 30'000;
  sent.retrans_timer = 1000;
  const PrefixInformation prefix{*Ipv6Address::parse("2001:db8::"), 64, true, false, 86400, 14400};
  const Bytes bytes = with_options(sent, [&](NdpOptionWriter& out) {
    out.source_link_address(mac);
    out.mtu(1480);
    out.prefix(prefix);
    const Ipv6Address servers[] = {host, router};
    out.recursive_dns(600, servers);
  });
  const auto got = RouterAdvertisement::parse(bytes, from(router));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->hop_limit, 64);
  EXPECT_TRUE(got->managed);
  EXPECT_FALSE(got->other);
  EXPECT_EQ(got->preference, RouterPreference::low);
  EXPECT_EQ(got->router_lifetime, 1800);
  EXPECT_EQ(got->reachable_time, 30'000u);
  EXPECT_EQ(got->retrans_timer, 1000u);
  EXPECT_EQ(got->options.source_link_address(), mac);
  EXPECT_EQ(got->options.target_link_address(), std::nullopt);
  EXPECT_EQ(got->options.mtu(), 1480u);
  u32 prefixes = 0, servers = 0;
  for (const NdpOption option : got->options) {
    if (const auto p = option.prefix()) {
      EXPECT_EQ(*p, prefix);
      ++prefixes;
    }
    if (const auto dns = option.recursive_dns()) {
      EXPECT_EQ(dns->lifetime(), 600u);
      ASSERT_EQ(dns->count(), 2u);
      EXPECT_EQ(dns->server(1), router);
      ++servers;
    }
  }
  EXPECT_EQ(prefixes, 1u);
  EXPECT_EQ(servers, 1u);
}

TEST(Rfc4191, s2_2_reserved_preference_counts_as_medium) {
  Bytes bytes = emitted(RouterAdvertisement());
  const auto preference = [&](u8 flags) {
    bytes[5] = flags;
    return RouterAdvertisement::parse(bytes, from(router))->preference;
  };
  EXPECT_EQ(preference(0x00), RouterPreference::medium);
  EXPECT_EQ(preference(0x08), RouterPreference::high);
  EXPECT_EQ(preference(0x10), RouterPreference::medium);
  EXPECT_EQ(preference(0x18), RouterPreference::low);
}

TEST(Rfc4861, s4_3_solicitation_survives_emit_and_parse) {
  const Bytes bytes = with_options(NeighbourSolicitation{host, {}}, source_mac);
  EXPECT_EQ(bytes, hex("8700 0000 00000000 20010db8000000000000000000000002 0101 020000000001"));
  const auto got = NeighbourSolicitation::parse(bytes, from(router));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->target, host);
  EXPECT_EQ(got->options.source_link_address(), mac);
}

TEST(Rfc4861, s4_4_advertisement_flags_survive_emit_and_parse) {
  for (u32 flags = 0; flags < 8; ++flags) {
    const NeighbourAdvertisement sent{
        (flags & 4) != 0, (flags & 2) != 0, (flags & 1) != 0, host, {}};
    const Bytes bytes =
        with_options(sent, [](NdpOptionWriter& out) { out.target_link_address(mac); });
    EXPECT_EQ(bytes[4], flags << 5);
    const auto got = NeighbourAdvertisement::parse(bytes, from(host, router));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->router, sent.router);
    EXPECT_EQ(got->solicited, sent.solicited);
    EXPECT_EQ(got->override_entry, sent.override_entry);
    EXPECT_EQ(got->target, host);
    EXPECT_EQ(got->options.target_link_address(), mac);
  }
}

TEST(Rfc4861, s4_5_redirect_survives_emit_and_parse) {
  const Bytes packet(77, 0x60);
  const auto target = *Ipv6Address::parse("fe80::9");
  const Bytes bytes = with_options(NdpRedirect{target, host, {}}, [&](NdpOptionWriter& out) {
    out.target_link_address(mac);
    out.redirected(packet);
  });
  const auto got = NdpRedirect::parse(bytes, from(router));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->target, target);
  EXPECT_EQ(got->destination, host);
  EXPECT_EQ(got->options.target_link_address(), mac);
  ASSERT_TRUE(got->options.redirected());
  EXPECT_EQ(got->options.redirected()->size(), 72u);  // whole eights only
}

TEST(Rfc4861, s4_6_3_redirected_packet_is_cut_to_the_room) {
  Bytes bytes(40);
  NdpOptionWriter writer(bytes);
  writer.redirected(Bytes(1500, 7));
  EXPECT_EQ(writer.size(), 40u);
  EXPECT_EQ(bytes[1], 5);
  EXPECT_EQ(bytes[39], 7);
}

TEST(Rfc4861, s4_6_option_of_length_zero_drops_the_message) {
  for (const char* options : {"0100 020000000001", "0102 020000000001", "01", "0101 0200000000",
                              "0101 020000000001 0500 0000 00000000"}) {
    const Bytes bytes = emitted(NeighbourSolicitation{host, {}}) + hex(options);
    EXPECT_EQ(NeighbourSolicitation::parse(bytes, from(router)).error(), ParseError::bad_option)
        << options;
  }
}

TEST(Rfc4861, s4_6_unknown_options_are_passed_over) {
  const Bytes bytes = emitted(RouterSolicitation()) + hex("0e01 112233445566 0101 020000000001");
  const auto got = RouterSolicitation::parse(bytes, from(router));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->options.source_link_address(), mac);
}

TEST(Ndp, options_of_another_length_are_not_read) {
  const Bytes bytes =
      hex("0102 020000000001 0000000000000000"  // a 14-byte link address
          "0502 0000 000005dc 0000000000000000"
          "0301 40c0 00000000"
          "1902 0000 00000001 0000000000000000"
          "0304 81c0 00000000 00000000 00000000 20010db8000000000000000000000000");
  const auto options = NdpOptionList::parse(bytes);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->source_link_address(), std::nullopt);
  EXPECT_EQ(options->mtu(), std::nullopt);
  for (const NdpOption option : *options) {
    EXPECT_FALSE(option.prefix());  // the last says 129 bits
    EXPECT_FALSE(option.recursive_dns());
    EXPECT_FALSE(option.redirected());
  }
}

template <typename Message>
void expect_common_checks(const Bytes& good, const NdpEnvelope& envelope) {
  EXPECT_TRUE(Message::parse(good, envelope));
  NdpEnvelope far = envelope;
  far.hop_limit = 254;
  EXPECT_EQ(Message::parse(good, far).error(), ParseError::bad_hop_limit);
  Bytes bad = good;
  bad[1] = 1;
  EXPECT_EQ(Message::parse(bad, envelope).error(), ParseError::bad_type);
  bad = good;
  bad[0] = 128;
  EXPECT_EQ(Message::parse(bad, envelope).error(), ParseError::bad_type);
  for (std::size_t size = 0; size < Message::size; ++size) {
    EXPECT_EQ(Message::parse(ByteView(good).first(size), envelope).error(), ParseError::truncated);
  }
}

TEST(Rfc4861, s6_1_1_invalid_router_solicitations_are_refused) {
  const Bytes plain = emitted(RouterSolicitation());
  expect_common_checks<RouterSolicitation>(plain, from(router));
  const Bytes named = with_options(RouterSolicitation(), source_mac);
  EXPECT_TRUE(RouterSolicitation::parse(plain, from({})));
  EXPECT_EQ(RouterSolicitation::parse(named, from({})).error(), ParseError::bad_option);
}

TEST(Rfc4861, s6_1_2_invalid_router_advertisements_are_refused) {
  const Bytes good = emitted(RouterAdvertisement());
  expect_common_checks<RouterAdvertisement>(good, from(router));
  EXPECT_EQ(RouterAdvertisement::parse(good, from(host)).error(), ParseError::bad_address);
}

TEST(Rfc4861, s7_1_1_invalid_neighbour_solicitations_are_refused) {
  const Bytes plain = emitted(NeighbourSolicitation{host, {}});
  expect_common_checks<NeighbourSolicitation>(plain, from(router));
  const Bytes group = emitted(NeighbourSolicitation{Ipv6Address::all_nodes(), {}});
  EXPECT_EQ(NeighbourSolicitation::parse(group, from(router)).error(), ParseError::bad_address);
  // Duplicate address detection: from ::, to the solicited-node group, naming nobody.
  EXPECT_TRUE(NeighbourSolicitation::parse(plain, from({}, host.solicited_node())));
  EXPECT_EQ(NeighbourSolicitation::parse(plain, from({}, host)).error(), ParseError::bad_address);
  const Bytes named = with_options(NeighbourSolicitation{host, {}}, source_mac);
  EXPECT_EQ(NeighbourSolicitation::parse(named, from({}, host.solicited_node())).error(),
            ParseError::bad_option);
}

TEST(Rfc4861, s7_1_2_invalid_neighbour_advertisements_are_refused) {
  NeighbourAdvertisement advertisement;
  advertisement.target = host;
  advertisement.solicited = true;
  const Bytes solicited = emitted(advertisement);
  expect_common_checks<NeighbourAdvertisement>(solicited, from(host, router));
  const auto to_all = from(host, Ipv6Address::all_nodes());
  EXPECT_EQ(NeighbourAdvertisement::parse(solicited, to_all).error(), ParseError::bad_address);
  advertisement.solicited = false;
  EXPECT_TRUE(NeighbourAdvertisement::parse(emitted(advertisement), to_all));
  advertisement.target = Ipv6Address::all_nodes();
  EXPECT_FALSE(NeighbourAdvertisement::parse(emitted(advertisement), to_all));
}

TEST(Rfc4861, s8_1_invalid_redirects_are_refused) {
  const Bytes on_link = emitted(NdpRedirect{host, host, {}});
  expect_common_checks<NdpRedirect>(on_link, from(router));
  EXPECT_EQ(NdpRedirect::parse(on_link, from(host)).error(), ParseError::bad_address);
  const auto other = *Ipv6Address::parse("2001:db8::9");
  EXPECT_EQ(NdpRedirect::parse(emitted(NdpRedirect{other, host, {}}), from(router)).error(),
            ParseError::bad_address);
  const Bytes group = emitted(NdpRedirect{router, Ipv6Address::all_nodes(), {}});
  EXPECT_EQ(NdpRedirect::parse(group, from(router)).error(), ParseError::bad_address);
}

TEST(Ndp, any_bytes_are_read_in_bounds) {
  Draws draws(72);
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = draws.bytes(draws.below(80));
    for (u8& b : bytes) {
      if (draws.coin()) b = static_cast<u8>(draws.below(6));
    }
    const auto options = NdpOptionList::parse(bytes);
    if (!options) continue;
    std::size_t seen = 0;
    for (const NdpOption option : *options) seen += option.bytes.size();
    ASSERT_EQ(seen, bytes.size());
  }
}

}  // namespace
}  // namespace catenet::wire
