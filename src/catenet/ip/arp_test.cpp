// ARP, and what it tells of addresses that two stations have.
#include "catenet/ip/ip_test_bench.hpp"

namespace catenet {
namespace {

using namespace ip_test;
using wire::ArpPacket;

struct AloneWithArp {
  World world;
  Host alice;

  explicit AloneWithArp(const IpOptions& options = {}) : alice(world, "alice", options) {
    alice.plug(1, {"10.0.0.1/24"});
  }
  void hears(const ArpPacket& arp, MacAddress to = MacAddress::broadcast()) {
    alice.hears(arp_frame(world, arp, to));
  }
  const Neighbour* known(std::string_view address) {
    return alice.eth().neighbours4().find(v4(address));
  }
};

TEST(Rfc826, request_for_us_is_answered_and_its_sender_learned) {
  AloneWithArp net;
  net.hears(ArpPacket::request(mac(2), v4("10.0.0.2"), v4("10.0.0.1")));
  Packet reply = net.alice.take_frame();
  EXPECT_EQ(dissect_line(reply), "ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28");
  EXPECT_EQ(wire::EthernetView(reply.data()).destination(), mac(2));
  ASSERT_NE(net.known("10.0.0.2"), nullptr);
  EXPECT_EQ(net.known("10.0.0.2")->mac(), mac(2));
  EXPECT_EQ(net.known("10.0.0.2")->raw_state(), NeighbourState::stale);
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc826, request_for_another_teaches_nothing_but_updates_what_is_known) {
  AloneWithArp net;
  net.hears(ArpPacket::request(mac(2), v4("10.0.0.2"), v4("10.0.0.3")));
  EXPECT_EQ(net.known("10.0.0.2"), nullptr);
  net.hears(ArpPacket::request(mac(2), v4("10.0.0.2"), v4("10.0.0.1")));
  net.alice.said();
  net.hears(ArpPacket::request(mac(22), v4("10.0.0.2"), v4("10.0.0.3")));
  EXPECT_EQ(net.known("10.0.0.2")->mac(), mac(22));
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc826, reply_nobody_asked_for_makes_no_entry) {
  AloneWithArp net;
  net.hears({wire::ArpOperation::reply, mac(2), v4("10.0.0.2"), mac(1), v4("10.0.0.1")}, mac(1));
  EXPECT_EQ(net.known("10.0.0.2"), nullptr);
}

TEST(Rfc5227, s3_announcement_updates_those_who_knew_the_address) {
  AloneWithArp net;
  net.hears(ArpPacket::request(mac(2), v4("10.0.0.2"), v4("10.0.0.1")));
  net.alice.said();
  net.hears(ArpPacket::announcement(mac(33), v4("10.0.0.2")));
  EXPECT_EQ(net.known("10.0.0.2")->mac(), mac(33));
  net.hears(ArpPacket::announcement(mac(4), v4("10.0.0.4")));
  EXPECT_EQ(net.known("10.0.0.4"), nullptr);
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc826, malformed_packets_are_dropped) {
  AloneWithArp net;
  const ArpPacket good = ArpPacket::request(mac(2), v4("10.0.0.2"), v4("10.0.0.1"));
  ArpPacket group_sender = good;
  group_sender.sender_mac = MacAddress::broadcast();
  ArpPacket broadcast_ip = good;
  broadcast_ip.sender_ip = v4("10.0.0.255");
  ArpPacket loopback_ip = good;
  loopback_ip.sender_ip = v4("127.0.0.1");
  for (const ArpPacket& bad : {group_sender, broadcast_ip, loopback_ip}) net.hears(bad);
  net.alice.hears(frame(net.world, {}, wire::EtherType::arp, Bytes(27)));
  EXPECT_EQ(net.alice.drops(Drop::bad_arp), 4u);
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc1122, s2_3_2_1_one_request_a_second_however_many_packets_wait) {
  AloneWithArp net;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(net.alice.ping("10.0.0.9"));
    net.world.pass(50_ms);
  }
  EXPECT_EQ(net.alice.said().size(), 1u);
}

TEST(Rfc1122, s2_3_2_1_entry_is_validated_by_a_unicast_poll_before_it_is_dropped) {
  World world;
  Lan lan(world);
  Host alice(world, "alice");
  Host bob(world, "bob");
  lan.connect(alice.plug(1, {"10.0.0.1/24"}));
  lan.connect(bob.plug(2, {"10.0.0.2/24"}));
  ASSERT_TRUE(alice.ping("10.0.0.2"));
  world.pass(60_s);
  alice.said();
  ASSERT_TRUE(alice.ping("10.0.0.2"));  // stale now: used at once, and asked after
  world.pass(6_s);
  Packet echo = alice.take_frame();
  EXPECT_EQ(echo.data()[13], 0x00);
  Packet poll = alice.take_frame();
  EXPECT_EQ(dissect_line(poll), "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28");
  EXPECT_EQ(wire::EthernetView(poll.data()).destination(), mac(2));
  bob.layer.set_up(bob.eth(), false);
  world.pass(60_s);
  ASSERT_TRUE(alice.ping("10.0.0.2"));
  world.pass(20_s);
  EXPECT_FALSE(alice.eth().neighbours4().find(v4("10.0.0.2"))->usable());
}

// --- RFC 5227 ---

Lines times(World& world, Host& host, Duration until) {
  Lines lines;
  const Instant end = world.engine.now() + until;
  while (world.engine.next_time() <= end && world.engine.run_next()) {
    for (const std::string& line : host.said()) {
      lines.push_back(line.substr(5, line.find(", length") - 5));
    }
  }
  return lines;
}

TEST(Rfc5227, s2_1_1_address_is_probed_three_times_then_announced_twice) {
  AloneWithArp net;
  ASSERT_TRUE(net.alice.layer.add_address(net.alice.eth(), at("10.0.0.7/24"), AddressUse::probed));
  EXPECT_EQ(net.alice.eth().find(v4("10.0.0.7"))->state, AddressState::tentative);
  EXPECT_FALSE(net.alice.layer.is_local(v4("10.0.0.7")));
  const std::string probe = "Request who-has 10.0.0.7 tell 0.0.0.0";
  const std::string announcement = "Request who-has 10.0.0.7 tell 10.0.0.7";
  EXPECT_EQ(times(net.world, net.alice, 15_s),
            (Lines{probe, probe, probe, announcement, announcement}));
  EXPECT_EQ(net.alice.eth().find(v4("10.0.0.7"))->state, AddressState::preferred);
  EXPECT_TRUE(net.alice.layer.is_local(v4("10.0.0.7")));
  EXPECT_TRUE(net.world.engine.idle());
}

TEST(Rfc5227, s2_1_1_tentative_address_answers_nobody) {
  AloneWithArp net;
  ASSERT_TRUE(net.alice.layer.add_address(net.alice.eth(), at("10.0.0.7/24"), AddressUse::probed));
  net.hears(ArpPacket::request(mac(2), v4("10.0.0.2"), v4("10.0.0.7")));
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc5227, s2_1_1_answer_to_a_probe_means_duplicate) {
  AloneWithArp net;
  ASSERT_TRUE(net.alice.layer.add_address(net.alice.eth(), at("10.0.0.7/24"), AddressUse::probed));
  net.world.pass(1_s);
  EXPECT_EQ(net.alice.said().size(), 1u);
  net.hears({wire::ArpOperation::reply, mac(7), v4("10.0.0.7"), mac(1), {}}, mac(1));
  EXPECT_EQ(net.alice.eth().find(v4("10.0.0.7"))->state, AddressState::duplicated);
  net.world.pass(60_s);
  EXPECT_EQ(net.alice.said(), Lines{});
}

TEST(Rfc5227, s2_1_1_owner_of_an_address_that_was_given_up_is_a_neighbour) {
  AloneWithArp net;
  ASSERT_TRUE(net.alice.layer.add_address(net.alice.eth(), at("10.0.0.7/24"), AddressUse::probed));
  net.hears({wire::ArpOperation::reply, mac(7), v4("10.0.0.7"), mac(1), {}}, mac(1));
  net.alice.said();
  net.hears(ArpPacket::request(mac(7), v4("10.0.0.7"), v4("10.0.0.1")));
  EXPECT_EQ(net.alice.said(), (Lines{"ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28"}));
  ASSERT_NE(net.known("10.0.0.7"), nullptr);
  EXPECT_EQ(net.known("10.0.0.7")->mac(), mac(7));
}

TEST(Rfc5227, s2_1_1_another_who_probes_the_same_means_duplicate) {
  AloneWithArp net;
  ASSERT_TRUE(net.alice.layer.add_address(net.alice.eth(), at("10.0.0.7/24"), AddressUse::probed));
  net.hears(ArpPacket::probe(mac(1), v4("10.0.0.7")));  // our own, come back
  EXPECT_EQ(net.alice.eth().find(v4("10.0.0.7"))->state, AddressState::tentative);
  net.hears(ArpPacket::probe(mac(7), v4("10.0.0.7")));
  EXPECT_EQ(net.alice.eth().find(v4("10.0.0.7"))->state, AddressState::duplicated);
}

TEST(Rfc5227, s2_1_1_probe_for_our_address_is_answered_and_teaches_nothing) {
  AloneWithArp net;
  net.hears(ArpPacket::probe(mac(7), v4("10.0.0.1")));
  EXPECT_EQ(net.alice.said(), (Lines{"ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28"}));
  EXPECT_EQ(net.alice.eth().neighbours4().size(), 0u);
}

TEST(Rfc5227, s2_4_conflict_is_answered_by_one_announcement_in_ten_seconds) {
  AloneWithArp net;
  const ArpPacket theirs = ArpPacket::announcement(mac(7), v4("10.0.0.1"));
  net.hears(theirs);
  net.hears(theirs);
  EXPECT_EQ(net.alice.said(), (Lines{"ARP, Request who-has 10.0.0.1 tell 10.0.0.1, length 28"}));
  net.world.pass(11_s);
  net.hears(theirs);
  EXPECT_EQ(net.alice.said().size(), 1u);
  EXPECT_TRUE(net.alice.layer.is_local(v4("10.0.0.1")));
}

TEST(Rfc5227, s2_4_b_address_is_given_up_at_the_second_conflict_where_so_configured) {
  AloneWithArp net;
  net.alice.eth().options().defend_always = false;
  const ArpPacket theirs = ArpPacket::announcement(mac(7), v4("10.0.0.1"));
  net.hears(theirs);
  EXPECT_TRUE(net.alice.layer.is_local(v4("10.0.0.1")));
  net.hears(theirs);
  EXPECT_FALSE(net.alice.layer.is_local(v4("10.0.0.1")));
  EXPECT_EQ(net.alice.eth().find(v4("10.0.0.1"))->state, AddressState::duplicated);
}

TEST(Rfc5227, s2_1_cold_boot_tests_configured_addresses) {
  AloneWithArp net({.cold_boot = true});
  net.alice.layer.start();
  EXPECT_FALSE(net.alice.layer.is_local(v4("10.0.0.1")));
  net.world.pass(10_s);
  EXPECT_TRUE(net.alice.layer.is_local(v4("10.0.0.1")));
}

TEST(Rfc5227, s2_3_address_added_while_running_is_announced) {
  AloneWithArp net;
  ASSERT_TRUE(
      net.alice.layer.add_address(net.alice.eth(), at("10.0.0.7/24"), AddressUse::announced));
  const std::string announcement = "Request who-has 10.0.0.7 tell 10.0.0.7";
  EXPECT_EQ(times(net.world, net.alice, 10_s), (Lines{announcement, announcement}));
}

// --- Proxy ---

TEST(Rfc1027, s2_router_answers_for_what_it_routes_elsewhere) {
  World world;
  Host router(world, "router", {.forwarding = true});
  router.plug(1, {"10.0.0.1/24"});
  router.plug(2, {"10.0.1.1/24"});
  const auto ask = [&](std::string_view target) {
    router.hears(arp_frame(world, ArpPacket::request(mac(9), v4("10.0.0.9"), v4(target))));
    return router.said();
  };
  EXPECT_EQ(ask("10.0.1.5"), Lines{});
  router.eth().options().proxy_arp = true;
  EXPECT_EQ(ask("10.0.1.5"), (Lines{"ARP, Reply 10.0.1.5 is-at 02:00:00:00:00:01, length 28"}));
  EXPECT_EQ(ask("10.0.0.5"), Lines{});    // on the asker's own link
  EXPECT_EQ(ask("172.16.0.5"), Lines{});  // no way there
  router.layer.set_forwarding(false);
  EXPECT_EQ(ask("10.0.1.5"), Lines{});
}

TEST(Arp, address_that_is_published_is_answered_for_whatever_way_leads_there) {
  AloneWithArp net;
  const auto ask = [&](const ArpPacket& request) {
    net.hears(request);
    return net.alice.said();
  };
  const auto request = ArpPacket::request(mac(9), v4("10.0.0.9"), v4("10.0.0.5"));
  EXPECT_EQ(ask(request), Lines{});
  ASSERT_TRUE(net.alice.layer.add_proxy(net.alice.eth(), v4("10.0.0.5")));
  EXPECT_EQ(ask(request), (Lines{"ARP, Reply 10.0.0.5 is-at 02:00:00:00:00:01, length 28"}));
  EXPECT_EQ(ask(ArpPacket::request(mac(9), v4("10.0.0.9"), v4("10.0.0.6"))), Lines{});
  // Its owner may come and claim it.
  EXPECT_EQ(ask(ArpPacket::probe(mac(5), v4("10.0.0.5"))), Lines{});
  EXPECT_EQ(ask(ArpPacket::announcement(mac(5), v4("10.0.0.5"))), Lines{});
  ASSERT_TRUE(net.alice.layer.remove_proxy(net.alice.eth(), v4("10.0.0.5")));
  EXPECT_EQ(ask(request), Lines{});
}

TEST(Arp, only_anothers_unicast_address_is_published) {
  AloneWithArp net;
  for (const char* address : {"10.0.0.1", "0.0.0.0", "127.0.0.2", "224.0.0.5", "255.255.255.255"}) {
    EXPECT_EQ(net.alice.layer.add_proxy(net.alice.eth(), v4(address)).error(), Errno::invalid);
  }
  EXPECT_EQ(net.alice.layer.remove_proxy(net.alice.eth(), v4("10.0.0.5")).error(), Errno::no_entry);
}

// What the host's owner said counts for more than what any station says.
TEST(Arp, permanent_entry_outlives_time_and_contradiction) {
  AloneWithArp net;
  ASSERT_TRUE(net.alice.layer.neighbours().set(net.alice.eth(), v4("10.0.0.2"), mac(7), true));
  net.hears(ArpPacket::announcement(mac(2), v4("10.0.0.2")));
  net.hears(ArpPacket::request(mac(2), v4("10.0.0.2"), v4("10.0.0.1")));
  net.hears({wire::ArpOperation::reply, mac(2), v4("10.0.0.2"), mac(1), v4("10.0.0.1")}, mac(1));
  net.world.pass(Duration::seconds(86'400));
  ASSERT_NE(net.known("10.0.0.2"), nullptr);
  EXPECT_EQ(net.known("10.0.0.2")->mac(), mac(7));
  EXPECT_EQ(net.known("10.0.0.2")->state(net.world.engine.now()), NeighbourState::permanent);
}

TEST(Arp, temporary_entry_gives_way_to_what_its_station_says) {
  AloneWithArp net;
  ASSERT_TRUE(net.alice.layer.neighbours().set(net.alice.eth(), v4("10.0.0.2"), mac(7), true));
  ASSERT_TRUE(net.alice.layer.neighbours().set(net.alice.eth(), v4("10.0.0.2"), mac(8), false));
  EXPECT_EQ(net.known("10.0.0.2")->raw_state(), NeighbourState::stale);
  net.hears(ArpPacket::announcement(mac(2), v4("10.0.0.2")));
  EXPECT_EQ(net.known("10.0.0.2")->mac(), mac(2));
}

}  // namespace
}  // namespace catenet
