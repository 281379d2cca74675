#include "catenet/ip/neighbour_test_talk.hpp"

namespace catenet {
namespace {

using namespace neighbour_test;

TEST(Rfc4861, s7_2_2_first_packet_asks_and_the_answer_sends_it) {
  Talk talk;
  Neighbour* neighbour = talk.cache.resolve(peer, talk.now, us);
  ASSERT_NE(neighbour, nullptr);
  EXPECT_FALSE(neighbour->usable());
  EXPECT_EQ(talk.keep(*neighbour, "one"), "");
  EXPECT_EQ(neighbour->queued(), 1u);
  const auto action = talk.cache.poll_action();
  ASSERT_TRUE(action);
  EXPECT_EQ(action->kind, NeighbourAction::Kind::solicit_multicast);
  EXPECT_EQ(action->source, us);
  EXPECT_EQ(talk.actions(), "");
  talk.cache.on_advertisement(answer(mac_a), talk.now);
  EXPECT_EQ(talk.actions(), "send fe80::2 at 02:00:00:00:00:0a [one]\n");
  EXPECT_EQ(neighbour->state(talk.now), State::reachable);
  EXPECT_EQ(neighbour->mac(), mac_a);
  EXPECT_EQ(talk.until(10_s), "");
  EXPECT_EQ(talk.cache.next_deadline(), Instant::never());
}

TEST(Rfc4861, s7_2_2_three_unanswered_solicitations_a_second_apart_fail) {
  Talk talk;
  Neighbour* neighbour = talk.cache.resolve(peer, talk.now);
  EXPECT_EQ(talk.keep(*neighbour, "one"), "");
  EXPECT_EQ(talk.actions(), "ask all fe80::2\n");
  EXPECT_EQ(talk.until(60_s),
            "1 s: ask all fe80::2\n"
            "2 s: ask all fe80::2\n"
            "3 s: fail fe80::2 [one]\n");
  EXPECT_EQ(neighbour->state(talk.now), State::failed);
  EXPECT_FALSE(neighbour->usable());
  EXPECT_EQ(talk.cache.next_deadline(), Instant::never());
}

TEST(Rfc1122, s2_3_2_1_many_packets_ask_once_a_second) {
  Talk talk;
  for (int i = 0; i < 50; ++i) {
    Neighbour* neighbour = talk.cache.resolve(peer, talk.now);
    EXPECT_EQ(talk.keep(*neighbour, "x"), "");
  }
  EXPECT_EQ(talk.actions(), "ask all fe80::2\n");
  EXPECT_EQ(talk.until(1_s), "1 s: ask all fe80::2\n");
}

TEST(Rfc4861, s7_3_3_failed_neighbour_is_asked_again_on_the_next_packet) {
  Talk talk;
  talk.cache.resolve(peer, talk.now);
  talk.actions();
  talk.until(10_s);
  Neighbour* neighbour = talk.cache.resolve(peer, talk.now);
  EXPECT_EQ(neighbour->state(talk.now), State::incomplete);
  EXPECT_EQ(talk.actions(), "ask all fe80::2\n");
}

TEST(Rfc4861, s7_3_3_reachable_turns_stale_after_reachable_time_without_a_timer) {
  Talk talk;
  Neighbour& neighbour = talk.reachable_peer();
  EXPECT_EQ(talk.until(14999_ms), "");
  EXPECT_EQ(neighbour.state(talk.now), State::reachable);
  talk.until(45_s);
  EXPECT_EQ(neighbour.state(talk.now), State::stale);
  EXPECT_TRUE(neighbour.usable());
  EXPECT_EQ(talk.actions(), "");
}

TEST(Rfc4861, s7_3_3_stale_neighbour_in_use_is_probed_after_delay) {
  Talk talk;
  Neighbour& neighbour = talk.stale_peer();
  EXPECT_EQ(talk.cache.resolve(peer, talk.now), &neighbour);
  EXPECT_EQ(neighbour.state(talk.now), State::delay);
  EXPECT_TRUE(neighbour.usable());
  EXPECT_EQ(talk.actions(), "");
  EXPECT_EQ(talk.until(64999_ms), "");
  EXPECT_EQ(talk.until(65_s), "65 s: ask fe80::2 at 02:00:00:00:00:0a\n");
  EXPECT_EQ(neighbour.state(talk.now), State::probe);
  EXPECT_EQ(talk.until(100_s),
            "66 s: ask fe80::2 at 02:00:00:00:00:0a\n"
            "67 s: ask fe80::2 at 02:00:00:00:00:0a\n"
            "68 s: fail fe80::2\n");
}

TEST(Rfc4861, s7_3_3_probe_answered_is_reachable_again) {
  Talk talk;
  Neighbour& neighbour = talk.stale_peer();
  talk.cache.resolve(peer, talk.now);
  talk.until(66_s);
  talk.cache.on_advertisement({.target = peer, .mac = {}, .solicited = true}, talk.now);
  EXPECT_EQ(neighbour.state(talk.now), State::reachable);
  EXPECT_EQ(neighbour.confirmed(), talk.now);
  EXPECT_EQ(talk.until(70_s), "");
}

TEST(Rfc4861, s7_3_1_forward_progress_confirms_in_delay_and_probe) {
  Talk talk;
  Neighbour& neighbour = talk.stale_peer();
  talk.cache.resolve(peer, talk.now);
  talk.cache.confirm(neighbour, talk.now);
  EXPECT_EQ(neighbour.state(talk.now), State::reachable);
  EXPECT_EQ(talk.until(74_s), "");
  talk.until(160_s);
  talk.cache.resolve(peer, talk.now);
  EXPECT_EQ(talk.until(165_s), "165 s: ask fe80::2 at 02:00:00:00:00:0a\n");
  talk.cache.confirm(peer, talk.now);
  EXPECT_EQ(talk.until(179_s), "");
  EXPECT_EQ(neighbour.state(talk.now), State::reachable);
}

TEST(Rfc4861, s7_3_1_forward_progress_means_nothing_without_a_mac) {
  Talk talk;
  Neighbour* neighbour = talk.cache.resolve(peer, talk.now);
  talk.actions();
  talk.cache.confirm(*neighbour, talk.now);
  EXPECT_EQ(neighbour->state(talk.now), State::incomplete);
  talk.cache.confirm(other, talk.now);
  EXPECT_EQ(talk.cache.find(other), nullptr);
}

TEST(Rfc4861, s7_2_5_advertisement_for_an_unknown_target_makes_no_entry) {
  Talk talk;
  EXPECT_EQ(talk.cache.on_advertisement(answer(mac_a), talk.now).neighbour, nullptr);
  EXPECT_EQ(talk.cache.size(), 0u);
  EXPECT_EQ(talk.actions(), "");
}

TEST(Rfc4861, s7_2_5_incomplete_ignores_an_advertisement_without_address) {
  Talk talk;
  Neighbour* neighbour = talk.cache.resolve(peer, talk.now);
  talk.actions();
  const auto change =
      talk.cache.on_advertisement({.target = peer, .mac = {}, .solicited = true}, talk.now);
  EXPECT_EQ(change.neighbour, nullptr);
  EXPECT_EQ(neighbour->state(talk.now), State::incomplete);
  EXPECT_EQ(talk.actions(), "");
}

TEST(Rfc4861, s7_2_5_incomplete_takes_an_unsolicited_address_as_stale) {
  Talk talk;
  Neighbour* neighbour = talk.cache.resolve(peer, talk.now);
  EXPECT_EQ(talk.keep(*neighbour, "one"), "");
  talk.actions();
  talk.cache.on_advertisement({.target = peer, .mac = mac_a, .router = true}, talk.now);
  EXPECT_EQ(neighbour->state(talk.now), State::stale);
  EXPECT_TRUE(neighbour->router());
  EXPECT_EQ(talk.actions(), "send fe80::2 at 02:00:00:00:00:0a [one]\n");
}

TEST(Rfc4861, s7_2_5_other_address_without_override_only_makes_us_doubt) {
  Talk talk;
  Neighbour& neighbour = talk.reachable_peer();
  const auto change = talk.cache.on_advertisement(
      {.target = peer, .mac = mac_b, .solicited = true, .override = false}, talk.now);
  EXPECT_FALSE(change.mac_changed);
  EXPECT_EQ(neighbour.mac(), mac_a);
  EXPECT_EQ(neighbour.state(talk.now), State::stale);
  // In any other state it is ignored altogether.
  talk.cache.resolve(peer, talk.now);
  talk.cache.on_advertisement({.target = peer, .mac = mac_b, .router = true, .solicited = true},
                              talk.now);
  EXPECT_EQ(neighbour.state(talk.now), State::delay);
  EXPECT_EQ(neighbour.mac(), mac_a);
  EXPECT_FALSE(neighbour.router());
}

TEST(Rfc4861, s7_2_5_override_changes_the_address) {
  Talk talk;
  Neighbour& neighbour = talk.reachable_peer();
  EXPECT_TRUE(talk.cache.on_advertisement(answer(mac_b), talk.now).mac_changed);
  EXPECT_EQ(neighbour.mac(), mac_b);
  EXPECT_EQ(neighbour.state(talk.now), State::reachable);
  NeighbourAdvertisement unsolicited = answer(mac_a);
  unsolicited.solicited = false;
  EXPECT_TRUE(talk.cache.on_advertisement(unsolicited, talk.now).mac_changed);
  EXPECT_EQ(neighbour.mac(), mac_a);
  EXPECT_EQ(neighbour.state(talk.now), State::stale);
}

TEST(Rfc4861, s7_2_5_unsolicited_with_the_known_address_changes_nothing) {
  Talk talk;
  Neighbour& neighbour = talk.reachable_peer();
  NeighbourAdvertisement again = answer(mac_a);
  again.solicited = false;
  EXPECT_FALSE(talk.cache.on_advertisement(again, talk.now).mac_changed);
  EXPECT_EQ(neighbour.state(talk.now), State::reachable);
  EXPECT_EQ(talk.actions(), "");
}

TEST(Rfc4861, s7_2_5_router_that_stops_being_one_is_reported) {
  Talk talk;
  talk.reachable_peer();
  NeighbourAdvertisement router = answer(mac_a);
  router.router = true;
  EXPECT_FALSE(talk.cache.on_advertisement(router, talk.now).left_routers);
  EXPECT_TRUE(talk.cache.on_advertisement(answer(mac_a), talk.now).left_routers);
  EXPECT_FALSE(talk.cache.on_advertisement(answer(mac_a), talk.now).left_routers);
}

TEST(Rfc4861, s7_2_5_router_that_stops_answering_is_reported) {
  Talk talk;
  talk.reachable_peer();
  NeighbourAdvertisement router = answer(mac_a);
  router.router = true;
  talk.cache.on_advertisement(router, talk.now);
  talk.until(60_s);
  talk.cache.resolve(peer, talk.now);
  EXPECT_EQ(talk.until(67_s),
            "65 s: ask fe80::2 at 02:00:00:00:00:0a\n"
            "66 s: ask fe80::2 at 02:00:00:00:00:0a\n"
            "67 s: ask fe80::2 at 02:00:00:00:00:0a\n");
  EXPECT_EQ(talk.until(68_s), "68 s: fail fe80::2 router\n");
  // Once is enough.
  EXPECT_FALSE(talk.cache.on_advertisement(answer(mac_a), talk.now).left_routers);
}

TEST(Rfc4861, s7_2_3_solicitation_from_a_stranger_makes_a_stale_entry) {
  Talk talk;
  const auto change = talk.cache.on_solicitation(peer, mac_a, talk.now);
  ASSERT_NE(change.neighbour, nullptr);
  EXPECT_FALSE(change.mac_changed);
  EXPECT_EQ(talk.state(peer), State::stale);
  EXPECT_EQ(talk.cache.next_deadline(), Instant::never());
  EXPECT_EQ(talk.actions(), "");
}

TEST(Rfc4861, s7_2_3_solicitation_with_a_new_address_makes_stale) {
  Talk talk;
  Neighbour& neighbour = talk.reachable_peer();
  EXPECT_FALSE(talk.cache.on_solicitation(peer, mac_a, talk.now).mac_changed);
  EXPECT_EQ(neighbour.state(talk.now), State::reachable);
  EXPECT_TRUE(talk.cache.on_solicitation(peer, mac_b, talk.now).mac_changed);
  EXPECT_EQ(neighbour.state(talk.now), State::stale);
  EXPECT_EQ(neighbour.mac(), mac_b);
}

TEST(Rfc4861, s7_2_3_solicitation_from_the_one_we_ask_sends_the_queue) {
  Talk talk;
  Neighbour* neighbour = talk.cache.resolve(peer, talk.now);
  EXPECT_EQ(talk.keep(*neighbour, "one"), "");
  talk.actions();
  talk.cache.on_solicitation(peer, mac_a, talk.now);
  EXPECT_EQ(talk.actions(), "send fe80::2 at 02:00:00:00:00:0a [one]\n");
  EXPECT_EQ(neighbour->state(talk.now), State::stale);
  EXPECT_EQ(talk.until(5_s), "");
}

TEST(Rfc4861, s6_2_5_message_may_say_who_is_a_router) {
  Talk talk;
  talk.cache.on_solicitation(peer, mac_a, talk.now, true, true);
  EXPECT_TRUE(talk.cache.find(peer)->router());
  talk.cache.on_solicitation(peer, mac_a, talk.now);
  EXPECT_TRUE(talk.cache.find(peer)->router());
  EXPECT_TRUE(talk.cache.on_solicitation(peer, mac_a, talk.now, true, false).left_routers);
}

TEST(Rfc826, request_to_another_updates_but_makes_no_entry) {
  Talk talk;
  EXPECT_EQ(talk.cache.on_solicitation(peer, mac_a, talk.now, false).neighbour, nullptr);
  EXPECT_EQ(talk.cache.size(), 0u);
  talk.reachable_peer();
  EXPECT_TRUE(talk.cache.on_solicitation(peer, mac_b, talk.now, false).mac_changed);
  EXPECT_EQ(talk.cache.find(peer)->mac(), mac_b);
}

TEST(Rfc4861, s6_3_4_reachable_time_is_spread_around_its_base) {
  Talk talk;
  std::array<bool, 3> seen{};
  for (u32 i = 0; i < 40; ++i) {
    RandomStream random(i);
    NeighbourCache cache(random, talk.memory, talk.limits);
    cache.set_timers(100_s, 2_s);
    Neighbour* neighbour = cache.resolve(peer, talk.now);
    EXPECT_EQ(cache.next_deadline(), Instant::at(2_s));
    cache.on_advertisement(answer(mac_a), talk.now);
    EXPECT_TRUE(neighbour->fresh(Instant::at(49'999_ms)));
    EXPECT_FALSE(neighbour->fresh(Instant::at(150'001_ms)));
    seen[0] |= !neighbour->fresh(Instant::at(80_s));
    seen[1] |= neighbour->fresh(Instant::at(80_s)) && !neighbour->fresh(Instant::at(120_s));
    seen[2] |= neighbour->fresh(Instant::at(120_s));
  }
  EXPECT_TRUE(seen[0] && seen[1] && seen[2]);
}

TEST(NeighbourCache, permanent_entry_listens_to_nobody) {
  Talk talk;
  ASSERT_TRUE(talk.cache.add_permanent(peer, mac_a, talk.now));
  talk.cache.on_advertisement(answer(mac_b), talk.now);
  talk.cache.on_solicitation(peer, mac_b, talk.now);
  talk.cache.confirm(peer, talk.now);
  talk.cache.clear();
  Neighbour* neighbour = talk.cache.resolve(peer, Instant::at(3600_s));
  EXPECT_EQ(neighbour->raw_state(), State::permanent);
  EXPECT_EQ(neighbour->mac(), mac_a);
  EXPECT_TRUE(neighbour->fresh(Instant::at(3600_s)));
  EXPECT_EQ(talk.actions(), "");
  talk.cache.clear(true);
  EXPECT_EQ(talk.cache.size(), 0u);
}

TEST(NeighbourCache, early_timeout_does_nothing) {
  Talk talk;
  talk.cache.resolve(peer, talk.now);
  talk.actions();
  talk.cache.on_timeout(Instant::at(999_ms));
  EXPECT_EQ(talk.actions(), "");
  EXPECT_EQ(talk.cache.next_deadline(), Instant::at(1_s));
}

IpAddress numbered(u32 n) { return Ipv4Address::from_u32(0x0a000000 + n); }

TEST(NeighbourCache, many_entries_are_found_and_keep_their_place) {
  Talk talk;
  std::vector<Neighbour*> made;
  for (u32 n = 0; n < 900; ++n)
    made.push_back(talk.cache.on_solicitation(numbered(n), mac_a, talk.now).neighbour);
  for (u32 n = 0; n < 900; ++n) ASSERT_EQ(talk.cache.find(numbered(n)), made[n]);
  for (u32 n = 0; n < 900; n += 2) ASSERT_TRUE(talk.cache.remove(numbered(n)));
  for (u32 n = 0; n < 900; ++n) ASSERT_EQ(talk.cache.find(numbered(n)), n % 2 ? made[n] : nullptr);
  u32 last = 0;
  talk.cache.for_each([&](const Neighbour& neighbour) {
    EXPECT_EQ(neighbour.address(), numbered(2 * last + 1));
    ++last;
  });
  EXPECT_EQ(last, 450u);
}

TEST(Rfc6583, s4_flood_of_unknown_destinations_leaves_neighbours_in_use) {
  Talk talk;
  for (u32 n = 0; n < 20; ++n) {
    talk.cache.resolve(numbered(n), talk.now);
    talk.cache.on_advertisement({.target = numbered(n), .mac = mac_a, .solicited = true}, talk.now);
  }
  u32 refused = 0;
  for (u32 n = 0; n < 20'000; ++n) {
    Neighbour* neighbour = talk.cache.resolve(numbered(1000 + n), talk.now);
    ASSERT_NE(neighbour, nullptr);
    ASSERT_EQ(talk.keep(*neighbour, "x"), "");
    while (auto action = talk.cache.poll_action()) refused += action->packets.size();
    ASSERT_LE(talk.cache.size(), talk.limits.entries);
    talk.now += 100_us;
  }
  EXPECT_GE(refused, 20'000u - talk.limits.entries);
  for (u32 n = 0; n < 20; ++n) EXPECT_EQ(talk.state(numbered(n)), State::reachable);
}

TEST(Rfc6583, s4_flood_of_claimed_addresses_leaves_neighbours_in_use) {
  Talk talk;
  for (u32 n = 0; n < 20; ++n) {
    talk.cache.resolve(numbered(n), talk.now);
    talk.cache.on_advertisement({.target = numbered(n), .mac = mac_a, .solicited = true}, talk.now);
  }
  Neighbour* asked = talk.cache.resolve(other, talk.now);
  for (u32 n = 0; n < 20'000; ++n) {
    talk.cache.on_solicitation(numbered(1000 + n), mac_b, talk.now);
    ASSERT_LE(talk.cache.size(), talk.limits.entries);
  }
  for (u32 n = 0; n < 20; ++n) EXPECT_EQ(talk.state(numbered(n)), State::reachable);
  EXPECT_EQ(talk.cache.find(other), asked);
}

TEST(NeighbourCache, idle_entries_go_when_new_ones_come) {
  Talk talk;
  for (u32 n = 0; n < 128; ++n) talk.cache.on_solicitation(numbered(n), mac_a, talk.now);
  talk.until(61_s);
  talk.cache.on_solicitation(numbered(500), mac_a, talk.now);
  EXPECT_EQ(talk.cache.size(), 1u);
}

TEST(NeighbourCache, table_full_of_permanent_entries_refuses) {
  Talk talk;
  for (u32 n = 0; n < talk.limits.entries; ++n) {
    ASSERT_TRUE(talk.cache.add_permanent(numbered(n), mac_a, talk.now));
  }
  EXPECT_EQ(talk.cache.add_permanent(peer, mac_a, talk.now).error(), Errno::no_buffer_space);
  EXPECT_EQ(talk.cache.resolve(peer, talk.now), nullptr);
  EXPECT_EQ(talk.cache.on_solicitation(peer, mac_a, talk.now).neighbour, nullptr);
  EXPECT_EQ(talk.actions(), "");
}

TEST(NeighbourCache, idle_cache_is_small) {
  EXPECT_LE(sizeof(NeighbourCache), 200u);
  EXPECT_LE(sizeof(Neighbour), 160u);
}

TEST(NeighbourCache, state_names_are_those_of_ip_neigh) {
  EXPECT_EQ(neighbour_state_name(State::incomplete), "INCOMPLETE");
  EXPECT_EQ(neighbour_state_name(State::permanent), "PERMANENT");
}

}  // namespace
}  // namespace catenet
