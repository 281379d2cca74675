#include "catenet/link/transmit_queue.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "catenet/link/link_fixture.hpp"

namespace catenet {
namespace {

using link_test::at;
using link_test::Heard;
using link_test::Pair;

Impairment at_rate(u64 rate_bps, QueueSettings queue = {}) {
  Impairment impairment;
  impairment.rate_bps = rate_bps;
  impairment.queue = queue;
  return impairment;
}

// 1514 + preamble 8 + FCS 4 + gap 12 = 1538 bytes = 12304 bits; at 10 Mbit/s 1.2304 ms.
TEST(LinkRate, full_frame_at_10_mbit_takes_1230400_ns) {
  Pair net(at_rate(10'000'000));
  net.send(1'514, 7);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard, (std::vector<Heard>{{1'230'400, 7, 1'514}}));
}

// 42 bytes go as 60: 84 bytes of wire = 672 bits; at 1 Gbit/s 672 ns.
TEST(LinkRate, short_frame_costs_its_padding_but_arrives_unpadded) {
  Pair net(at_rate(1'000'000'000));
  net.send(42, 1);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard, (std::vector<Heard>{{672, 1, 42}}));
}

TEST(LinkRate, delay_begins_when_the_last_bit_is_out) {
  Impairment impairment = at_rate(10'000'000);
  impairment.delay = 20_ms;
  Pair net(impairment);
  net.send(1'514, 1);
  net.send(60, 2);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard, (std::vector<Heard>{{21'230'400, 1, 1'514}, {21'297'600, 2, 60}}));
}

// 672 bits at 9 Mbit/s are 74,666 2/3 ns: three frames are 224,000 exactly.
TEST(LinkRate, fractions_of_a_nanosecond_add_up_within_a_busy_period) {
  Pair net(at_rate(9'000'000));
  for (u32 tag = 0; tag < 3; ++tag) net.send(60, tag);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard,
            (std::vector<Heard>{{74'666, 0, 60}, {149'333, 1, 60}, {224'000, 2, 60}}));
}

TEST(LinkRate, idle_transmitter_starts_a_new_whole_nanosecond) {
  Pair net(at_rate(9'000'000));
  for (u32 tag = 0; tag < 3; ++tag) {
    net.engine.run_until(at(Duration::milliseconds(tag)));
    net.send(60, tag);
  }
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard,
            (std::vector<Heard>{{74'666, 0, 60}, {1'074'666, 1, 60}, {2'074'666, 2, 60}}));
}

TEST(LinkRate, frames_arrive_at_the_rate_for_a_second) {
  Pair net(at_rate(10'000'000, {.frames = 10'000}));
  for (u32 tag = 0; tag < 812; ++tag) net.send(1'514, tag);
  net.engine.run_until(at(1_s));
  // 10^7 / 12304 = 812.7
  EXPECT_EQ(net.bob.count, 812u);
  EXPECT_EQ(net.there().busy_until(), at(Duration::nanoseconds(812 * 1'230'400)));
}

TEST(DropTail, frame_that_finds_the_queue_full_is_dropped) {
  Pair net(at_rate(10'000'000, {.frames = 2}));
  for (u32 tag = 0; tag < 5; ++tag) net.send(1'514, tag);
  EXPECT_EQ(net.there().queued(), 2u);
  EXPECT_EQ(net.dropped(Drop::queue_full), 2u);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.tags(), (std::vector<u32>{0, 1, 2}));
}

TEST(DropTail, place_is_free_when_a_frame_begins_to_be_sent) {
  Pair net(at_rate(10'000'000, {.frames = 1}));
  net.send(1'514, 0);
  net.send(1'514, 1);
  net.engine.run_until(at(Duration::nanoseconds(1'230'399)));
  net.send(1'514, 2);  // 1 still waits
  net.engine.run_until(at(Duration::nanoseconds(1'230'400)));
  net.send(1'514, 3);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.tags(), (std::vector<u32>{0, 1, 3}));
  EXPECT_EQ(net.dropped(Drop::queue_full), 1u);
}

TEST(DropTail, no_place_at_all_still_sends_when_idle) {
  Pair net(at_rate(10'000'000, {.frames = 0}));
  net.send(1'514, 0);
  net.send(1'514, 1);
  net.engine.run_until_idle();
  net.send(1'514, 2);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.tags(), (std::vector<u32>{0, 2}));
}

TEST(DropTail, byte_limit_counts_bytes_that_wait) {
  Pair net(at_rate(10'000'000, {.frames = 100, .bytes = 3'000}));
  for (u32 tag = 0; tag < 4; ++tag) net.send(1'000, tag);  // one is sent, 3000 bytes wait
  net.send(60, 4);
  EXPECT_EQ(net.dropped(Drop::queue_full), 1u);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.tags(), (std::vector<u32>{0, 1, 2, 3}));
}

TEST(TransmitQueue, new_rate_holds_for_frames_offered_later) {
  Pair net(at_rate(10'000'000));
  net.send(1'514, 0);
  net.send(1'514, 1);
  ASSERT_TRUE(net.link.set(Way::a_to_b, at_rate(100'000'000)));
  net.send(1'514, 2);
  net.engine.run_until_idle();
  EXPECT_EQ(
      net.bob.heard,
      (std::vector<Heard>{{1'230'400, 0, 1'514}, {2'460'800, 1, 1'514}, {2'583'840, 2, 1'514}}));
}

TEST(TransmitQueue, lifted_rate_still_lets_no_frame_overtake) {
  Pair net(at_rate(10'000'000));
  net.send(1'514, 0);
  net.send(1'514, 1);
  ASSERT_TRUE(net.link.set(Way::a_to_b, {}));
  net.send(1'514, 2);
  net.engine.run_until_idle();
  net.send(1'514, 3);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard, (std::vector<Heard>{{1'230'400, 0, 1'514},
                                               {2'460'800, 1, 1'514},
                                               {2'460'800, 2, 1'514},
                                               {2'460'800, 3, 1'514}}));
}

TEST(TransmitQueue, each_direction_has_its_own_rate) {
  Pair net;
  ASSERT_TRUE(net.link.set(Way::a_to_b, at_rate(10'000'000)));
  ASSERT_TRUE(net.link.set(Way::b_to_a, at_rate(1'000'000)));
  net.send(1'514, 0);
  net.bob.send(net.alice.nic.mac(), 1'514, 1);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard, (std::vector<Heard>{{1'230'400, 0, 1'514}}));
  EXPECT_EQ(net.alice.heard, (std::vector<Heard>{{12'304'000, 1, 1'514}}));
}

}  // namespace
}  // namespace catenet
