// Neighbour Discovery: who is asked, who answers, what is not believed; duplicate addresses;
// redirects.
#include "catenet/ip/ip_test_bench.hpp"

namespace catenet {
namespace {

using namespace ip_test;
using wire::Icmpv6Type;
using wire::IpProtocol;
using wire::Ipv6Header;

// An NDP message with at most one link-layer address option.
template <typename Message>
Bytes ndp(const Message& message, std::optional<MacAddress> source = {},
          std::optional<MacAddress> target = {}) {
  Bytes bytes(Message::size + (source || target ? 8 : 0));
  message.emit(bytes);
  wire::NdpOptionWriter options(MutableBytes(bytes).subspan(Message::size));
  if (source) options.source_link_address(*source);
  if (target) options.target_link_address(*target);
  return bytes;
}

struct AloneWithNdp {
  World world;
  Host alice;

  explicit AloneWithNdp(const IpOptions& options = {}) : alice(world, "alice", options) {
    alice.plug(1, {"2001:db8::1/64"});
    alice.layer.start();
  }
  void hears(Bytes message, std::string_view source = "2001:db8::2",
             std::string_view destination = "2001:db8::1", u8 hop_limit = 255) {
    const Ipv6Header header{.next_header = IpProtocol::icmpv6,
                            .hop_limit = hop_limit,
                            .source = v6(source),
                            .destination = v6(destination)};
    wire::store_icmpv6_checksum(message, header.source, header.destination);
    const MacAddress to = header.destination.is_multicast()
                              ? MacAddress::for_ipv6_multicast(header.destination)
                              : mac(1);
    alice.hears(ipv6_frame(world, header, message, {.to = to}));
  }
  const Neighbour* known(std::string_view address) {
    return alice.eth().neighbours6().find(v6(address));
  }
  AddressState state(std::string_view address) { return alice.eth().find(v6(address))->state; }
};

wire::NeighbourSolicitation solicitation(std::string_view target) { return {v6(target), {}}; }
wire::NeighbourAdvertisement advertisement(std::string_view target, bool solicited = true) {
  return {.solicited = solicited, .override_entry = true, .target = v6(target), .options = {}};
}
const std::string link_local1 = "fe80::ff:fe00:1";

TEST(Rfc4861, s7_2_3_solicitation_for_us_is_answered_and_its_sender_learned) {
  AloneWithNdp net;
  net.hears(ndp(solicitation("2001:db8::1"), mac(2)), "2001:db8::2", "ff02::1:ff00:1");
  Packet answer = net.alice.take_frame();
  EXPECT_EQ(dissect_line(answer),
            "IP6 2001:db8::1 > 2001:db8::2: ICMP6, neighbor advertisement, "
            "tgt is 2001:db8::1, length 32");
  EXPECT_EQ(wire::EthernetView(answer.data()).destination(), mac(2));
  EXPECT_EQ(answer.data()[14 + 7], 255);
  EXPECT_EQ(answer.data()[14 + 44] & 0xe0, 0x60);  // solicited, override, no router
  ASSERT_NE(net.known("2001:db8::2"), nullptr);
  EXPECT_EQ(net.known("2001:db8::2")->raw_state(), NeighbourState::delay);  // it was answered
}

TEST(Rfc4861, s7_2_4_router_says_that_it_is_one) {
  AloneWithNdp net({.forwarding = true});
  net.hears(ndp(solicitation("2001:db8::1"), mac(2)), "2001:db8::2", "ff02::1:ff00:1");
  EXPECT_EQ(net.alice.take_frame().data()[14 + 44] & 0xe0, 0xe0);
}

TEST(Rfc4861, s7_1_1_solicitations_that_are_not_valid_are_dropped) {
  AloneWithNdp net;
  const Bytes good = ndp(solicitation("2001:db8::1"), mac(2));
  net.hears(good, "2001:db8::2", "ff02::1:ff00:1", 254);  // from off the link
  Bytes zero_option = good;
  zero_option[25] = 0;
  net.hears(zero_option, "2001:db8::2", "ff02::1:ff00:1");
  Bytes code = good;
  code[1] = 1;
  net.hears(code, "2001:db8::2", "ff02::1:ff00:1");
  net.hears(ndp(solicitation("ff02::1")), "2001:db8::2", "ff02::1:ff00:1");
  net.hears(good, "::", "ff02::1:ff00:1");  // from nobody, and yet with an address
  EXPECT_EQ(net.alice.drops(Drop::bad_ndp), 5u);
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_EQ(net.known("2001:db8::2"), nullptr);
}

TEST(Rfc6980, s5_fragmented_discovery_is_not_believed) {
  AloneWithNdp net;
  Bytes message = ndp(solicitation("2001:db8::1"), mac(2));
  wire::store_icmpv6_checksum(message, v6("2001:db8::2"), v6("2001:db8::1"));
  const auto piece = [&](u16 offset, std::size_t size, bool more) {
    Bytes bytes(8);
    wire::Ipv6FragmentHeader{IpProtocol::icmpv6, offset, more, 5}.emit(bytes);
    const auto from = message.begin() + offset;
    bytes.insert(bytes.end(), from, from + static_cast<std::ptrdiff_t>(size));
    net.alice.hears(ipv6_frame(net.world,
                               {.next_header = IpProtocol::fragment,
                                .hop_limit = 255,
                                .source = v6("2001:db8::2"),
                                .destination = v6("2001:db8::1")},
                               bytes));
  };
  piece(0, 24, true);
  piece(24, 8, false);
  EXPECT_EQ(net.known("2001:db8::2"), nullptr);
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc4861, s7_2_3_solicitation_for_another_is_not_answered) {
  AloneWithNdp net;
  ASSERT_TRUE(net.alice.layer.join(net.alice.eth(), v6("ff02::1:ff00:7")));
  net.hears(ndp(solicitation("2001:db8::7"), mac(2)), "2001:db8::2", "ff02::1:ff00:7");
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_EQ(net.known("2001:db8::2"), nullptr);
}

TEST(Rfc4861, s7_2_5_advertisement_nobody_asked_for_makes_no_entry) {
  AloneWithNdp net;
  net.hears(ndp(advertisement("2001:db8::2"), {}, mac(2)));
  EXPECT_EQ(net.known("2001:db8::2"), nullptr);
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc4861, s7_2_2_packets_wait_for_the_advertisement) {
  AloneWithNdp net;
  ASSERT_TRUE(net.alice.ping6("2001:db8::2"));
  EXPECT_EQ(net.alice.said(), (Lines{"IP6 2001:db8::1 > ff02::1:ff00:2: ICMP6, neighbor "
                                     "solicitation, who has 2001:db8::2, length 32"}));
  net.hears(ndp(advertisement("2001:db8::2"), {}, mac(2)));
  EXPECT_EQ(net.alice.said(), (Lines{"IP6 2001:db8::1 > 2001:db8::2: ICMP6, echo request, id 7, "
                                     "seq 1, length 16"}));
  EXPECT_EQ(net.known("2001:db8::2")->raw_state(), NeighbourState::reachable);
}

TEST(Rfc4861, s7_3_3_unused_entry_is_probed_after_use_and_then_forgotten) {
  AloneWithNdp net;
  ASSERT_TRUE(net.alice.ping6("2001:db8::2"));
  net.hears(ndp(advertisement("2001:db8::2"), {}, mac(2)));
  net.world.pass(60_s);
  net.alice.said();
  ASSERT_TRUE(net.alice.ping6("2001:db8::2"));
  EXPECT_EQ(net.known("2001:db8::2")->raw_state(), NeighbourState::delay);
  EXPECT_EQ(net.alice.said().size(), 1u);
  net.world.pass(20_s);
  const std::string probe =
      "IP6 2001:db8::1 > 2001:db8::2: ICMP6, neighbor solicitation, who has 2001:db8::2, length 32";
  const Lines said = net.alice.said();
  ASSERT_GE(said.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NE(said[i].find("neighbor solicitation, who has 2001:db8::2"), std::string::npos);
  }
  EXPECT_FALSE(net.known("2001:db8::2")->usable());
}

// --- RFC 4862: duplicates ---

TEST(Rfc4862, s5_4_2_address_is_tested_before_it_is_used) {
  AloneWithNdp net;
  ASSERT_TRUE(
      net.alice.layer.add_address(net.alice.eth(), at("2001:db8::7/64"), AddressUse::probed));
  EXPECT_EQ(net.state("2001:db8::7"), AddressState::tentative);
  EXPECT_FALSE(net.alice.layer.is_local(v6("2001:db8::7")));
  net.world.pass(1_s);
  EXPECT_EQ(net.alice.said(), (Lines{"IP6 :: > ff02::1:ff00:7: ICMP6, neighbor solicitation, who "
                                     "has 2001:db8::7, length 24"}));
  net.world.pass(2_s);
  EXPECT_EQ(net.state("2001:db8::7"), AddressState::preferred);
  EXPECT_EQ(net.alice.said(), Lines{});
  EXPECT_TRUE(net.world.engine.idle());
}

TEST(Rfc4862, s5_4_3_another_who_tests_the_same_means_duplicate) {
  AloneWithNdp net;
  ASSERT_TRUE(
      net.alice.layer.add_address(net.alice.eth(), at("2001:db8::7/64"), AddressUse::probed));
  net.hears(ndp(solicitation("2001:db8::7")), "::", "ff02::1:ff00:7");
  EXPECT_EQ(net.state("2001:db8::7"), AddressState::duplicated);
  net.world.pass(10_s);
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc4862, s5_4_3_resolution_of_a_tentative_address_is_not_answered) {
  AloneWithNdp net;
  ASSERT_TRUE(
      net.alice.layer.add_address(net.alice.eth(), at("2001:db8::7/64"), AddressUse::probed));
  net.hears(ndp(solicitation("2001:db8::7"), mac(2)), "2001:db8::2", "ff02::1:ff00:7");
  EXPECT_EQ(net.state("2001:db8::7"), AddressState::tentative);
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc4862, s5_4_4_advertisement_of_a_tentative_address_means_duplicate) {
  AloneWithNdp net;
  ASSERT_TRUE(
      net.alice.layer.add_address(net.alice.eth(), at("2001:db8::7/64"), AddressUse::probed));
  net.world.pass(1_s);
  net.hears(ndp(advertisement("2001:db8::7", false), {}, mac(7)), "2001:db8::7", "ff02::1");
  EXPECT_EQ(net.state("2001:db8::7"), AddressState::duplicated);
}

TEST(Rfc4862, s5_4_owner_of_an_address_that_was_given_up_is_a_neighbour) {
  AloneWithNdp net;
  ASSERT_TRUE(
      net.alice.layer.add_address(net.alice.eth(), at("2001:db8::7/64"), AddressUse::probed));
  net.hears(ndp(advertisement("2001:db8::7", false), {}, mac(7)), "2001:db8::7", "ff02::1");
  ASSERT_EQ(net.state("2001:db8::7"), AddressState::duplicated);
  net.hears(ndp(solicitation("2001:db8::1"), mac(8)), "2001:db8::7", "ff02::1:ff00:1");
  net.hears(ndp(advertisement("2001:db8::7", false), {}, mac(7)), "2001:db8::7", "ff02::1");
  const Neighbour* owner = net.known("2001:db8::7");
  ASSERT_NE(owner, nullptr);
  EXPECT_EQ(owner->mac(), mac(7));
}

TEST(Rfc4862, s5_4_3_test_of_our_address_is_answered_to_all) {
  AloneWithNdp net;
  net.hears(ndp(solicitation("2001:db8::1")), "::", "ff02::1:ff00:1");
  Packet answer = net.alice.take_frame();
  EXPECT_EQ(dissect_line(answer),
            "IP6 2001:db8::1 > ff02::1: ICMP6, neighbor advertisement, tgt "
            "is 2001:db8::1, length 32");
  EXPECT_EQ(answer.data()[14 + 44] & 0xe0, 0x20);
}

TEST(Rfc4862, s5_4_two_hosts_with_one_address_after_power_on_are_both_told) {
  World world;
  Lan lan(world);
  Host alice(world, "alice", {.cold_boot = true}, 1);
  Host bob(world, "bob", {.cold_boot = true}, 2);
  lan.connect(alice.plug(1, {"2001:db8::7/64"}));
  lan.connect(bob.plug(2, {"2001:db8::7/64"}));
  alice.layer.start();
  bob.layer.start();
  world.pass(5_s);
  const auto state = [](Host& host) { return host.eth().find(v6("2001:db8::7"))->state; };
  // Who speaks first goes on if it is heard before the other has begun.
  EXPECT_TRUE(state(alice) == AddressState::duplicated || state(bob) == AddressState::duplicated);
  EXPECT_NE(alice.eth().link_local6(), nullptr);
}

TEST(Rfc4861, s7_2_6_address_added_while_running_is_advertised) {
  AloneWithNdp net;
  ASSERT_TRUE(
      net.alice.layer.add_address(net.alice.eth(), at("2001:db8::7/64"), AddressUse::announced));
  net.world.pass(1_s);
  EXPECT_EQ(net.alice.said(), (Lines{"IP6 2001:db8::7 > ff02::1: ICMP6, neighbor advertisement, "
                                     "tgt is 2001:db8::7, length 32"}));
}

// --- Redirects ---

struct Routed : AloneWithNdp {
  explicit Routed(const IpOptions& options = {}) : AloneWithNdp(options) {
    alice.knows("fe80::fe", 254);
    EXPECT_TRUE(alice.layer.add_route({.prefix = Prefix::any(Family::ipv6),
                                       .gateway = IpAddress(v6("fe80::fe")),
                                       .interface = alice.eth().index()}));
  }
  Bytes redirect(std::string_view target, std::string_view destination = "2001:db8:9::1") {
    return ndp(wire::NdpRedirect{v6(target), v6(destination), {}}, {}, mac(253));
  }
  // The same, quoting what made the router speak.
  Bytes redirect_about(std::string_view source, std::string_view destination) {
    const Bytes sent = ipv6_bytes(
        {.next_header = IpProtocol::udp, .source = v6(source), .destination = v6(destination)},
        udp(5'000, 53));
    Bytes bytes(wire::NdpRedirect::size + 8 + sent.size());
    wire::NdpRedirect{v6("fe80::fd"), v6("2001:db8:9::1"), {}}.emit(bytes);
    wire::NdpOptionWriter options(MutableBytes(bytes).subspan(wire::NdpRedirect::size));
    options.redirected(sent);
    return bytes;
  }
  IpAddress next_hop(std::string_view destination) {
    return alice.layer.route(v6(destination))->next_hop;
  }
};

TEST(Rfc4861, s8_3_redirect_from_the_router_in_use_is_followed) {
  Routed net;
  net.hears(net.redirect("fe80::fd"), "fe80::fe", link_local1);
  EXPECT_EQ(net.next_hop("2001:db8:9::1"), IpAddress(v6("fe80::fd")));
  EXPECT_EQ(net.next_hop("2001:db8:9::2"), IpAddress(v6("fe80::fe")));
  ASSERT_NE(net.known("fe80::fd"), nullptr);
  EXPECT_TRUE(net.known("fe80::fd")->router());
  net.hears(net.redirect("2001:db8:9::5", "2001:db8:9::5"), "fe80::fe", link_local1);
  EXPECT_EQ(net.next_hop("2001:db8:9::5"), IpAddress(v6("2001:db8:9::5")));
}

TEST(Rfc4861, s8_1_redirect_that_cannot_be_right_is_ignored) {
  Routed net;
  net.hears(net.redirect("fe80::fd"), "fe80::66", link_local1);     // not the first hop
  net.hears(net.redirect("2001:db8::9"), "fe80::fe", link_local1);  // a router has a link-local
  net.hears(net.redirect("fe80::fd"), "fe80::fe", link_local1.c_str(), 64);  // from afar
  EXPECT_EQ(net.next_hop("2001:db8:9::1"), IpAddress(v6("fe80::fe")));
  EXPECT_EQ(net.alice.drops(Drop::icmp_not_believed), 1u);
  EXPECT_EQ(net.alice.drops(Drop::bad_ndp), 2u);
  net.alice.layer.set_forwarding(true);
  net.hears(net.redirect("fe80::fd"), "fe80::fe", link_local1);
  EXPECT_EQ(net.next_hop("2001:db8:9::1"), IpAddress(v6("fe80::fe")));
}

TEST(Rfc4861, s8_1_redirect_is_from_the_first_hop_in_use_and_no_other) {
  Routed net;
  net.alice.plug(9, {"2001:db8:1::1/64"});
  net.alice.knows("fe80::ee", 254, 1);
  ASSERT_TRUE(net.alice.layer.add_route({.prefix = Prefix::any(Family::ipv6),
                                         .gateway = IpAddress(v6("fe80::ee")),
                                         .interface = net.alice.eth(1).index(),
                                         .metric = 100}));
  const Ipv6Header header{.next_header = IpProtocol::icmpv6,
                          .hop_limit = 255,
                          .source = v6("fe80::ee"),
                          .destination = v6("2001:db8:1::1")};
  Bytes message = net.redirect("fe80::ed");
  wire::store_icmpv6_checksum(message, header.source, header.destination);
  net.alice.hears(ipv6_frame(net.world, header, message, {.from = 254, .to = mac(9)}), 1);
  EXPECT_EQ(net.next_hop("2001:db8:9::1"), IpAddress(v6("fe80::fe")));
  EXPECT_EQ(net.alice.drops(Drop::icmp_not_believed, 1), 1u);
}

TEST(Rfc4861, s8_1_redirect_is_about_a_packet_of_ours) {
  Routed net;
  net.hears(net.redirect_about("2001:db8::77", "2001:db8:9::1"), "fe80::fe", link_local1);
  net.hears(net.redirect_about("2001:db8::1", "2001:db8:9::2"), "fe80::fe", link_local1);
  net.alice.believes = false;
  net.hears(net.redirect_about("2001:db8::1", "2001:db8:9::1"), "fe80::fe", link_local1);
  EXPECT_EQ(net.next_hop("2001:db8:9::1"), IpAddress(v6("fe80::fe")));
  EXPECT_EQ(net.alice.drops(Drop::icmp_not_believed), 3u);
  net.alice.believes = true;
  net.hears(net.redirect_about("2001:db8::1", "2001:db8:9::1"), "fe80::fe", link_local1);
  EXPECT_EQ(net.next_hop("2001:db8:9::1"), IpAddress(v6("fe80::fd")));
}

TEST(Rfc4861, s8_2_router_redirects_a_neighbour_and_serves_it) {
  AloneWithNdp net({.forwarding = true});
  net.alice.knows("2001:db8::2", 2);
  net.alice.knows("fe80::fd", 253);
  ASSERT_TRUE(net.alice.layer.add_route({.prefix = ip_test::net("2001:db8:9::/48"),
                                         .gateway = IpAddress(v6("fe80::fd")),
                                         .interface = net.alice.eth().index()}));
  const Ipv6Header header{.next_header = IpProtocol::udp,
                          .source = v6("2001:db8::2"),
                          .destination = v6("2001:db8:9::1")};
  net.alice.hears(ipv6_frame(net.world, header, udp(1, 9)));
  EXPECT_EQ(net.alice.said(),
            (Lines{"IP6 " + link_local1 + " > 2001:db8::2: ICMP6, redirect, 2001:db8:9::1 to " +
                       "fe80::fd, length 112",
                   "IP6 2001:db8::2.1 > 2001:db8:9::1.9: UDP, length 8"}));
}

}  // namespace
}  // namespace catenet
