#include "catenet/wire/ipv6_extension.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/ipv6.hpp"
#include "catenet/wire/testing.hpp"

namespace catenet::wire {
namespace {

using testing::Bytes;
using testing::Draws;
using testing::emitted;
using testing::hex;

// An IPv6 packet whose first header behind the fixed one is `first`, then the bytes of `rest`.
Bytes packet(IpProtocol first, std::string_view rest) {
  const Bytes payload = hex(rest);
  Ipv6Header header;
  header.next_header = first;
  header.payload_length = static_cast<u16>(payload.size());
  Bytes bytes = emitted(header);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

constexpr auto hop_by_hop = IpProtocol::hop_by_hop;

TEST(Rfc8200, s4_packet_without_extensions_ends_at_once) {
  const auto chain = walk_extension_headers(packet(IpProtocol::udp, "0102030405060708"));
  ASSERT_TRUE(chain);
  EXPECT_EQ(
      *chain,
      (Ipv6Chain{.upper = IpProtocol::udp, .upper_offset = 40, .upper_named_at = 6, .end = 48}));
}

TEST(Rfc8200, s4_1_headers_in_the_recommended_order_are_walked) {
  // hop-by-hop, destination options, routing, fragment (first), destination options, TCP
  const auto chain = walk_extension_headers(packet(hop_by_hop,
                                                   "3c00 0104 00000000"
                                                   "2b00 0104 00000000"
                                                   "2c01 0300 00000000 0000000000000000"
                                                   "3c00 0001 00000007"
                                                   "0600 0104 00000000"
                                                   "0102030405"));
  ASSERT_TRUE(chain);
  EXPECT_EQ(*chain, (Ipv6Chain{.upper = IpProtocol::tcp,
                               .upper_offset = 88,
                               .upper_named_at = 80,
                               .end = 93,
                               .hop_by_hop = 40,
                               .destination_options = 80,
                               .routing = 56,
                               .fragment = 72,
                               .unfragmentable_named_at = 56,
                               .count = 5}));
  EXPECT_EQ(chain->upper_length(), 5u);
}

TEST(Rfc8200, s4_5_later_fragment_ends_the_walk) {
  // The fragment's bytes look like a header that does not fit; nobody may look.
  const auto chain =
      walk_extension_headers(packet(IpProtocol::fragment, "3c00 0008 00000007 00ff"));
  ASSERT_TRUE(chain);
  EXPECT_TRUE(chain->is_fragment());
  EXPECT_EQ(chain->upper, IpProtocol::destination_options);
  EXPECT_EQ(chain->upper_offset, 48u);
  EXPECT_EQ(chain->unfragmentable_named_at, 6);
}

TEST(Rfc8200, s4_hop_by_hop_elsewhere_is_an_unrecognised_next_header) {
  const auto chain =
      walk_extension_headers(packet(IpProtocol::destination_options, "0000 0104 00000000 1100"));
  ASSERT_FALSE(chain);
  EXPECT_TRUE(chain.error().report);
  EXPECT_EQ(chain.error().code, ParameterProblemCode::unrecognised_next_header);
  EXPECT_EQ(chain.error().pointer, 40u);
}

TEST(Rfc8200, s4_7_no_next_header_ends_the_chain) {
  const auto chain = walk_extension_headers(packet(IpProtocol::no_next_header, "ff"));
  ASSERT_TRUE(chain);
  EXPECT_EQ(chain->upper, IpProtocol::no_next_header);
  EXPECT_EQ(chain->upper_offset, 40u);
}

TEST(Rfc8200, s4_headers_past_the_end_go_silently) {
  for (const char* rest :
       {"", "11", "1100 0104 000000", "1101 0104 00000000", "11ff 0104 00000000"}) {
    const auto chain = walk_extension_headers(packet(hop_by_hop, rest));
    ASSERT_FALSE(chain) << rest;
    EXPECT_EQ(chain.error(), Ipv6ChainError{}) << rest;
  }
}

TEST(Rfc8200, s4_chain_ends_at_the_payload_length_not_at_the_buffer) {
  Bytes bytes = packet(hop_by_hop, "1100 0104 00000000");
  store16(bytes.data() + 4, 4);
  EXPECT_FALSE(walk_extension_headers(bytes));
  store16(bytes.data() + 4, 8);
  bytes.resize(60);  // Ethernet's padding
  EXPECT_EQ(walk_extension_headers(bytes)->end, 48u);
}

TEST(Rfc7112, s5_first_fragment_without_the_whole_chain_is_reported) {
  const auto chain =
      walk_extension_headers(packet(IpProtocol::fragment, "3c00 0001 00000007 1101"));
  ASSERT_FALSE(chain);
  EXPECT_TRUE(chain.error().report);
  EXPECT_EQ(chain.error().code, ParameterProblemCode::incomplete_first_fragment);
}

TEST(Rfc8504, s5_3_long_chains_are_cut_off) {
  std::string rest;
  for (u32 i = 0; i < max_extension_headers; ++i) rest += "3c00 0104 00000000";
  rest.replace((max_extension_headers - 1) * 18, 2, "11");
  EXPECT_TRUE(walk_extension_headers(packet(IpProtocol::destination_options, rest)));
  rest = "3c00 0104 00000000" + rest;
  const auto chain = walk_extension_headers(packet(IpProtocol::destination_options, rest));
  ASSERT_FALSE(chain);
  EXPECT_FALSE(chain.error().report);
  EXPECT_EQ(chain.error().reason, ParseError::bad_length);
}

TEST(Ipv6Extension, fragment_in_a_fragment_is_left_alone) {
  const auto chain =
      walk_extension_headers(packet(IpProtocol::fragment, "2c00 0001 00000007 1100 0001 00000008"));
  ASSERT_TRUE(chain);
  EXPECT_EQ(chain->fragment, 40);
  EXPECT_EQ(chain->upper, IpProtocol::fragment);
  EXPECT_EQ(chain->upper_offset, 48u);
}

TEST(Ipv6Extension, any_bytes_give_offsets_inside_the_packet) {
  Draws draws(60);
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = draws.bytes(40 + draws.below(120));
    constexpr u8 kinds[] = {0, 43, 44, 60};
    for (u8& b : bytes) {
      if (draws.below(3) == 0) b = kinds[draws.below(4)];
      if (draws.below(3) == 0) b = static_cast<u8>(draws.below(3));
    }
    const auto chain = walk_extension_headers(bytes);
    if (!chain) continue;
    ASSERT_LE(chain->upper_offset, chain->end);
    ASSERT_LE(chain->end, bytes.size());
    ASSERT_LT(chain->upper_named_at, chain->upper_offset);
    ASSERT_EQ(bytes[chain->upper_named_at], static_cast<u8>(chain->upper));
    ASSERT_LE(chain->count, max_extension_headers);
  }
}

TEST(Rfc8200, s4_5_fragment_header_survives_emit_and_parse) {
  Draws draws(61);
  for (int i = 0; i < 500; ++i) {
    const Ipv6FragmentHeader header{static_cast<IpProtocol>(draws.byte()),
                                    static_cast<u16>(draws.below(8192) * 8), draws.coin(),
                                    draws.number()};
    EXPECT_EQ(Ipv6FragmentHeader::parse(emitted(header)), header);
    EXPECT_EQ(header.is_atomic(), header.fragment_offset == 0 && !header.more_fragments);
  }
  EXPECT_EQ(Ipv6FragmentHeader::parse(Bytes(7)).error(), ParseError::truncated);
}

const auto knows_nothing = [](Ipv6OptionType) { return false; };
constexpr auto bad_option = ParameterProblemCode::unrecognised_option;

TEST(Rfc8200, s4_2_unknown_option_does_what_its_high_bits_say) {
  using Action = UnknownOptionAction;
  struct Row {
    const char* header;
    Ipv6OptionVerdict verdict;
  };
  for (const Row& row : {
           Row{"1100 1e02 0000 0100", {}},
           Row{"1100 4002 0000 0100", {Action::discard, bad_option, 42}},
           Row{"1100 0000 8002 0000", {Action::discard_and_report, bad_option, 44}},
           Row{"1100 0100 c202 0000",
               {Action::discard_and_report_unless_multicast, bad_option, 44}},
           Row{"1100 0100 1e02 0000", {}},
       }) {
    EXPECT_EQ(judge_ipv6_options(hex(row.header), 40, knows_nothing), row.verdict) << row.header;
  }
}

TEST(Rfc8200, s4_2_known_option_is_never_reported) {
  const auto knows_jumbo = [](Ipv6OptionType t) { return t == Ipv6OptionType::jumbo_payload; };
  EXPECT_EQ(judge_ipv6_options(hex("1100 c204 00010000"), 40, knows_jumbo), Ipv6OptionVerdict{});
}

TEST(Ipv6Options, option_past_the_header_is_an_erroneous_field) {
  const Ipv6OptionVerdict verdict{UnknownOptionAction::discard_and_report,
                                  ParameterProblemCode::erroneous_field, 42};
  EXPECT_EQ(judge_ipv6_options(hex("1100 0505 0000 0000"), 40, knows_nothing), verdict);
  EXPECT_EQ(judge_ipv6_options(hex("1100 0105 0000 0000"), 40, knows_nothing), verdict);
  const Ipv6OptionVerdict last{UnknownOptionAction::discard_and_report,
                               ParameterProblemCode::erroneous_field, 47};
  EXPECT_EQ(judge_ipv6_options(hex("1100 0000 0000 0005"), 40, knows_nothing), last);
}

TEST(Ipv6Options, padding_of_every_size_is_passed_over) {
  for (const char* header : {"1100 0000 0000 0000", "1100 0104 0000 0000", "1100 0100 0102 0000",
                             "1100 0001 0300 0000", "1100 0001 0200 0000"}) {
    const Bytes bytes = hex(header);
    const Ipv6OptionList list(bytes);
    EXPECT_EQ(list.begin(), list.end()) << header;
    EXPECT_FALSE(list.begin().bad()) << header;
  }
  const Ipv6OptionList nothing{ByteView()};
  EXPECT_EQ(nothing.begin(), nothing.end());
}

TEST(Rfc2711, s2_1_router_alert_header_is_eight_bytes) {
  Bytes bytes(router_alert_header_size);
  emit_router_alert(bytes, IpProtocol::icmpv6);
  EXPECT_EQ(bytes, hex("3a00 0502 0000 0100"));
  const Ipv6OptionList list(bytes);
  ASSERT_NE(list.begin(), list.end());
  EXPECT_EQ(list.begin()->type, Ipv6OptionType::router_alert);
  EXPECT_EQ(list.begin()->data.size(), 2u);
  EXPECT_FALSE(list.begin()->may_change());
}

TEST(Rfc8200, s4_4_routing_view_shows_type_and_segments) {
  const Bytes header = hex("1102 0002 00000000");
  EXPECT_EQ(RoutingView(header.data()).routing_type(), 0);
  EXPECT_EQ(RoutingView(header.data()).segments_left(), 2);
}

}  // namespace
}  // namespace catenet::wire
