// Packets that wait for an address: how many, how long, and what becomes of them.
#include "catenet/ip/neighbour_test_talk.hpp"

namespace catenet {
namespace {

using namespace neighbour_test;

TEST(Rfc1122, s2_3_2_2_the_latest_packets_are_kept) {
  Talk talk;
  talk.limits.queue_packets = 3;
  Neighbour* neighbour = talk.cache.resolve(peer, talk.now);
  for (const char* text : {"one", "two", "three"}) {
    EXPECT_EQ(talk.keep(*neighbour, text), "");
  }
  EXPECT_EQ(talk.keep(*neighbour, "four"), "one");
  talk.actions();
  talk.cache.on_advertisement(answer(mac_a), talk.now);
  EXPECT_EQ(talk.actions(), "send fe80::2 at 02:00:00:00:00:0a [two three four]\n");
}

TEST(Rfc1122, s2_3_2_2_the_latest_packet_is_kept_whatever_its_size) {
  Talk talk;
  talk.limits.queue_bytes = 100;
  Neighbour* neighbour = talk.cache.resolve(peer, talk.now);
  EXPECT_EQ(talk.keep(*neighbour, "one"), "");
  EXPECT_EQ(talk.keep(*neighbour, "two"), "one");
  EXPECT_EQ(neighbour->queued(), 1u);
}

// Linux's unres_qlen and unres_qlen_bytes: a burst of what a window holds is not lost.
TEST(NeighbourCache, burst_to_a_cold_neighbour_waits) {
  Talk talk;
  Neighbour* neighbour = talk.cache.resolve(peer, talk.now);
  for (int i = 0; i < 101; ++i) {
    EXPECT_TRUE(talk.cache.queue(*neighbour, talk.packet(std::string(1'500, 'x'))).empty());
  }
  EXPECT_EQ(talk.keep(*neighbour, "last"), std::string(1'500, 'x'));
  EXPECT_EQ(neighbour->queued(), 101u);
}

TEST(NeighbourCache, large_packets_that_wait_are_bounded_by_their_bytes) {
  Talk talk;
  Neighbour* neighbour = talk.cache.resolve(peer, talk.now);
  const std::string large(65'000, 'x');
  for (int i = 0; i < 10; ++i) static_cast<void>(talk.keep(*neighbour, large));
  EXPECT_EQ(neighbour->queued(), 3u);
  EXPECT_LE(talk.memory.used, 212'992u);
  EXPECT_EQ(talk.keep(*neighbour, "small"), "");
  EXPECT_EQ(talk.keep(*neighbour, large), large);
}

TEST(NeighbourCache, what_waits_in_all_caches_of_a_host_is_bounded) {
  Talk talk;
  NeighbourCache other_link(talk.random, talk.memory, talk.limits);
  talk.memory.limit = 4 * (3 + Packet::overhead);
  Neighbour* here = talk.cache.resolve(peer, talk.now);
  Neighbour* there = other_link.resolve(other, talk.now);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(talk.keep(*here, "one"), "");
  EXPECT_TRUE(other_link.queue(*there, talk.packet("two")).empty()) << "one each, in any case";
  EXPECT_EQ(other_link.queue(*there, talk.packet("two")).size(), 1u);
  EXPECT_EQ(talk.keep(*here, "six"), "one one");
  talk.cache.on_advertisement(answer(mac_a), talk.now);
  talk.actions();
  EXPECT_TRUE(other_link.queue(*there, talk.packet("two")).empty()) << "there is room again";
}

TEST(NeighbourCache, memory_is_given_back_however_waiting_ends) {
  Talk talk;
  const auto wait = [&] {
    EXPECT_EQ(talk.keep(*talk.cache.resolve(peer, talk.now), "one"), "");
    EXPECT_EQ(talk.memory.used, 3u + Packet::overhead);
  };
  wait();
  talk.cache.on_advertisement(answer(mac_a), talk.now);
  EXPECT_EQ(talk.memory.used, 0u);
  talk.cache.clear();
  wait();
  talk.until(60_s);
  EXPECT_EQ(talk.memory.used, 0u);
  wait();
  talk.cache.remove(peer);
  EXPECT_EQ(talk.memory.used, 0u);
  talk.actions();
}

TEST(NeighbourCache, entry_made_permanent_sends_its_queue) {
  Talk talk;
  Neighbour* neighbour = talk.cache.resolve(peer, talk.now);
  EXPECT_EQ(talk.keep(*neighbour, "one"), "");
  talk.actions();
  ASSERT_TRUE(talk.cache.add_permanent(peer, mac_b, talk.now));
  EXPECT_EQ(talk.actions(), "send fe80::2 at 02:00:00:00:00:0b [one]\n");
  EXPECT_EQ(talk.until(10_s), "");
}

TEST(NeighbourCache, removed_entry_gives_its_packets_back) {
  Talk talk;
  Neighbour* neighbour = talk.cache.resolve(peer, talk.now);
  EXPECT_EQ(talk.keep(*neighbour, "one"), "");
  talk.actions();
  const u64 generation = talk.cache.generation();
  EXPECT_TRUE(talk.cache.remove(peer));
  EXPECT_EQ(talk.actions(), "fail fe80::2 [one]\n");
  EXPECT_NE(talk.cache.generation(), generation);
  EXPECT_FALSE(talk.cache.remove(peer));
  EXPECT_EQ(talk.cache.find(peer), nullptr);
  EXPECT_EQ(talk.until(10_s), "");
}

}  // namespace
}  // namespace catenet
