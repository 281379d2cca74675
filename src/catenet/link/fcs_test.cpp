#include "catenet/link/fcs.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "catenet/link/link_fixture.hpp"
#include "catenet/wire/crc32.hpp"

namespace catenet {
namespace {

using link_test::CountingRecorder;
using link_test::make_frame;
using link_test::Pair;

const MacAddress a = MacAddress::from_u64(0x020000000001);
const MacAddress b = MacAddress::from_u64(0x020000000002);

// Bits of the CRC-32 generator, lowest power first: a frame plus this pattern has the same
// remainder.
const std::vector<u32> generator = {0, 1, 2, 4, 5, 7, 8, 10, 11, 12, 16, 22, 23, 26, 32};

TEST(Fcs, frame_is_padded_and_its_fcs_is_right) {
  PacketPool pool;
  Packet sent = with_fcs(make_frame(pool, a, b, 42, 0xabcd), pool);
  EXPECT_EQ(sent.size(), 64u);
  EXPECT_TRUE(take_fcs(sent));
  EXPECT_EQ(sent.size(), 60u);
  EXPECT_EQ(load32(sent.data() + link_test::tag_offset), 0xabcdu);
}

TEST(Fcs, residue_of_a_right_frame_is_the_standard_s) {
  PacketPool pool;
  const Packet sent = with_fcs(make_frame(pool, a, b, 100, 1), pool);
  EXPECT_EQ(wire::crc32(sent.linear_bytes()), 0x2144df1cu);
}

TEST(Fcs, any_single_wrong_bit_is_caught) {
  PacketPool pool;
  const Packet frame = make_frame(pool, a, b, 60, 3);
  for (u32 bit = 0; bit < exposed_bits(60); ++bit) {
    Packet sent = with_fcs(frame, pool);
    flip_bit(sent, bit);
    EXPECT_FALSE(take_fcs(sent)) << bit;
  }
}

TEST(Fcs, error_that_is_a_multiple_of_the_generator_goes_unseen) {
  PacketPool pool;
  Packet sent = with_fcs(make_frame(pool, a, b, 60, 3), pool);
  for (const u32 power : generator) flip_bit(sent, 300 - power);
  EXPECT_TRUE(take_fcs(sent));
}

TEST(Fcs, unseen_error_is_delivered_and_counted) {
  Pair net;
  Arrivals arrivals(net.alice.nic, net.bob.nic, nullptr);
  Packet sent =
      with_fcs(make_frame(net.pool, net.bob.nic.mac(), net.alice.nic.mac(), 60, 3), net.pool);
  for (const u32 power : generator) flip_bit(sent, 300 - power);
  sent.meta().checksum = ChecksumState::verified;
  net.bob.keep = true;
  arrivals.accept({link_test::at(1_ms), 1, std::move(sent), true});
  net.engine.run_until_idle();
  ASSERT_EQ(net.bob.frames.size(), 1u);
  EXPECT_EQ(net.bob.frames[0].meta().checksum, ChecksumState::present);
  EXPECT_EQ(arrivals.counters().delivered_corrupted, 1u);
  EXPECT_EQ(arrivals.counters().bad_fcs, 0u);
  net.bob.frames.clear();
}

// 1518 bytes are 12,144 bits: 1 - (1 - 1e-5)^12144 = 11.44 % have one wrong.
TEST(BitErrors, rate_hits_the_share_of_frames_it_should) {
  Pair net({.bit_errors_per_1e15 = 10'000'000'000});
  net.send_many(10'000, 1'514, 1_us);
  EXPECT_NEAR(static_cast<double>(net.dropped(Drop::bad_fcs)), 1'144, 4 * 32);
  EXPECT_EQ(net.bob.count + net.dropped(Drop::bad_fcs), 10'000u);
  EXPECT_EQ(net.bob.nic.counters().bad_fcs, net.dropped(Drop::bad_fcs));
  EXPECT_EQ(net.there().counters().delivered_corrupted, 0u);
  EXPECT_TRUE(net.link.books_balance());
}

// One wrong bit in ten: the number of wrong bits in a million is binomial, 100,000 ± 300.
TEST(BitErrors, wrong_bits_have_the_rate_they_should_also_when_dense) {
  const Origin origin("a>b", 0, 5);
  Channel channel(origin);
  channel.set({.bit_errors_per_1e15 = 100'000'000'000'000});
  u64 wrong = 0;
  for (u32 i = 0; i < 1'000; ++i) wrong += channel.draw_bit_errors(false, 1'000).size();
  EXPECT_NEAR(static_cast<double>(wrong), 100'000, 1'500);
}

TEST(BitErrors, one_in_10_to_the_15_is_never_seen_in_a_short_run) {
  Pair net({.bit_errors_per_1e15 = 1});
  net.send_many(10'000, 1'514, 1_us);
  EXPECT_EQ(net.bob.count, 10'000u);
}

TEST(BitErrors, bad_fcs_is_recorded_at_the_receiving_port_when_it_arrives) {
  Pair net({.delay = 5_ms, .bit_errors_per_1e15 = 50'000'000'000'000});
  CountingRecorder recorder;
  net.watch(recorder);
  net.send(1'514, 1);
  EXPECT_TRUE(recorder.drops.empty());
  EXPECT_EQ(net.there().counters().in_flight, 1u);
  net.engine.run_until_idle();
  const std::map<std::pair<PortId, Drop>, u64> expected = {{{1, Drop::bad_fcs}, 1}};
  EXPECT_EQ(recorder.drops, expected);
  EXPECT_EQ(net.bob.count, 0u);
}

}  // namespace
}  // namespace catenet
