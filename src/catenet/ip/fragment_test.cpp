#include "catenet/ip/fragment.hpp"

#include <gtest/gtest.h>

#include "catenet/ip/fragment_test_data.hpp"
#include "catenet/wire/ipv6.hpp"

namespace catenet {
namespace {

using namespace test_data;

std::vector<Packet> list(PacketQueue& queue) {
  std::vector<Packet> packets;
  while (Packet packet = queue.pop_front()) packets.push_back(std::move(packet));
  return packets;
}

// A whole IPv6 packet: `chain` behind its header, the first header's number in `next`.
Packet ipv6_whole(PacketPool& pool, u8 next, const std::vector<u8>& chain, u32 size) {
  std::vector<u8> bytes(40);
  bytes[0] = 0x60;
  store16(&bytes[4], static_cast<u16>(chain.size() + size));
  bytes[6] = next;
  bytes[7] = 64;
  alice6.store(&bytes[8]);
  bob6.store(&bytes[24]);
  bytes.insert(bytes.end(), chain.begin(), chain.end());
  const auto data = data_bytes(0, size);
  bytes.insert(bytes.end(), data.begin(), data.end());
  return pool.copy_of(bytes);
}

TEST(Rfc791, s3_2_fragments_fit_the_mtu_in_units_of_eight) {
  PacketPool pool;
  Packet whole = ipv4_packet(pool, {.size = 3'980});
  PacketQueue queue;
  ASSERT_TRUE(fragment_ipv4(whole, 1'500, queue));
  EXPECT_FALSE(whole);
  const auto fragments = list(queue);
  ASSERT_EQ(fragments.size(), 3u);
  u32 offset = 0;
  for (const Packet& fragment : fragments) {
    const wire::Ipv4View header(fragment.data());
    EXPECT_LE(fragment.size(), 1'500u);
    EXPECT_EQ(header.total_length(), fragment.size());
    EXPECT_EQ(header.fragment_offset(), offset);
    EXPECT_EQ(header.more_fragments(), &fragment != &fragments.back());
    EXPECT_EQ(header.identification(), 1);
    EXPECT_EQ(header.ttl(), 64);
    EXPECT_TRUE(header.checksum_ok());
    EXPECT_EQ(bytes_of(fragment, 20), data_bytes(offset, fragment.size() - 20));
    EXPECT_EQ(fragment.meta().id, FrameId{});
    offset += fragment.size() - 20;
  }
  EXPECT_EQ(offset, 3'980u);
}

TEST(Rfc791, s3_2_fragment_is_cut_further_and_keeps_its_place) {
  PacketPool pool;
  Packet middle = ipv4_packet(pool, {.offset = 800, .size = 200, .more = true});
  PacketQueue queue;
  ASSERT_TRUE(fragment_ipv4(middle, 124, queue));
  const auto fragments = list(queue);
  ASSERT_EQ(fragments.size(), 2u);
  EXPECT_EQ(wire::Ipv4View(fragments[0].data()).fragment_offset(), 800u);
  EXPECT_EQ(wire::Ipv4View(fragments[1].data()).fragment_offset(), 904u);
  EXPECT_TRUE(wire::Ipv4View(fragments[0].data()).more_fragments());
  EXPECT_TRUE(wire::Ipv4View(fragments[1].data()).more_fragments());
}

TEST(Rfc791, s3_1_only_copied_options_go_into_later_fragments) {
  PacketPool pool;
  // Record route (not copied), no-operation, router alert (copied), end.
  const std::vector<u8> options = {7, 7, 4, 0, 0, 0, 0, 1, 148, 4, 0, 0};
  Packet whole = ipv4_packet(pool, {.size = 100, .options = options});
  PacketQueue queue;
  ASSERT_TRUE(fragment_ipv4(whole, 80, queue));
  const auto fragments = list(queue);
  ASSERT_EQ(fragments.size(), 2u);
  EXPECT_EQ(wire::Ipv4View(fragments[0].data()).header_size(), 32u);
  EXPECT_EQ(fragments[0].size(), 80u);
  const wire::Ipv4View later(fragments[1].data());
  EXPECT_EQ(later.header_size(), 24u);
  EXPECT_TRUE(later.checksum_ok());
  EXPECT_EQ(later.fragment_offset(), 48u);
  EXPECT_EQ(load32(fragments[1].data() + 20), 0x94040000u);
  EXPECT_EQ(bytes_of(fragments[1], 24), data_bytes(48, 52));
}

TEST(Rfc791, s3_1_malformed_options_end_the_copying) {
  PacketPool pool;
  for (const std::vector<u8>& options :
       {std::vector<u8>{148, 0, 0, 0}, {148, 1, 0, 0}, {148, 9, 0, 0}, {1, 1, 1, 148}}) {
    Packet whole = ipv4_packet(pool, {.size = 100, .options = options});
    PacketQueue queue;
    ASSERT_TRUE(fragment_ipv4(whole, 80, queue));
    const auto fragments = list(queue);
    EXPECT_EQ(wire::Ipv4View(fragments[1].data()).header_size(), 20u);
  }
}

TEST(Fragment, packet_that_fits_stays_as_it_is) {
  PacketPool pool;
  Packet whole = ipv4_packet(pool, {.size = 80});
  const auto bytes = bytes_of(whole);
  PacketQueue queue;
  ASSERT_TRUE(fragment_ipv4(whole, 100, queue));
  auto same = list(queue);
  ASSERT_EQ(same.size(), 1u);
  EXPECT_EQ(bytes_of(same[0]), bytes);
  Packet six = ipv6_whole(pool, 17, {}, 1'240);
  ASSERT_TRUE(fragment_ipv6(six, 1'280, 9, queue));
  same = list(queue);
  ASSERT_EQ(same.size(), 1u);
  EXPECT_EQ(wire::Ipv6View(same[0].data()).next_header(), wire::IpProtocol::udp);
}

TEST(Fragment, errors_leave_the_packet_alone) {
  PacketPool pool;
  PacketQueue queue;
  Packet whole = ipv4_packet(pool, {.size = 80});
  EXPECT_EQ(fragment_ipv4(whole, 27, queue).error(), Errno::message_size);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole.size(), 100u);
  whole.data()[0] = 0x44;
  EXPECT_EQ(fragment_ipv4(whole, 60, queue).error(), Errno::invalid);
  whole.data()[0] = 0x45;
  store16(whole.data() + 2, 101);
  EXPECT_EQ(fragment_ipv4(whole, 60, queue).error(), Errno::invalid);
  Packet six = ipv6_whole(pool, 17, {}, 1'300);
  EXPECT_EQ(fragment_ipv6(six, 55, 9, queue).error(), Errno::message_size);
  six.data()[6] = 44;
  EXPECT_EQ(fragment_ipv6(six, 1'280, 9, queue).error(), Errno::invalid);
  store16(six.data() + 4, 1'301);
  EXPECT_EQ(fragment_ipv6(six, 1'280, 9, queue).error(), Errno::invalid);
  EXPECT_EQ(six.size(), 1'340u);
  EXPECT_TRUE(queue.empty());
}

TEST(Rfc8200, s4_5_fragment_header_goes_behind_the_unfragmentable_part) {
  PacketPool pool;
  // Hop-by-hop, destination options, routing (type 4, none left), destination options, UDP.
  std::vector<u8> chain = {60, 0, 1, 4, 0, 0, 0, 0, 43, 0, 1, 4, 0, 0, 0, 0,
                           60, 0, 4, 0, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0};
  Packet whole = ipv6_whole(pool, 0, chain, 2'000);
  const auto original = bytes_of(whole);
  PacketQueue queue;
  ASSERT_TRUE(fragment_ipv6(whole, 1'280, 0x01020304, queue));
  const auto fragments = list(queue);
  ASSERT_EQ(fragments.size(), 2u);
  std::vector<u8> joined;
  for (const Packet& fragment : fragments) {
    EXPECT_LE(fragment.size(), 1'280u);
    const auto bytes = bytes_of(fragment);
    EXPECT_EQ(load16(&bytes[4]), fragment.size() - 40);
    EXPECT_EQ(bytes[6], 0);
    EXPECT_EQ(bytes[56], 44);  // the routing header names the Fragment header
    EXPECT_EQ(bytes[64], 60);  // which names the second destination options
    EXPECT_EQ(load32(&bytes[68]), 0x01020304u);
    EXPECT_EQ(load16(&bytes[66]) & 0xfff8u, joined.size());
    EXPECT_EQ(load16(&bytes[66]) & 7, &fragment == &fragments.back() ? 0 : 1);
    joined.insert(joined.end(), bytes.begin() + 72, bytes.end());
  }
  EXPECT_TRUE(std::equal(joined.begin(), joined.end(), original.begin() + 64, original.end()));
}

TEST(Rfc7112, s4_source_sends_no_first_fragment_without_the_whole_chain) {
  PacketPool pool;
  std::vector<u8> chain(1'400);
  chain[0] = 17;
  chain[1] = 174;
  PacketQueue queue;
  Packet whole = ipv6_whole(pool, 60, chain, 500);
  EXPECT_EQ(fragment_ipv6(whole, 1'280, 1, queue).error(), Errno::message_size);
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(fragment_ipv6(whole, 1'500, 1, queue));
  chain[1] = 255;  // reaches beyond the packet's linear bytes
  whole = ipv6_whole(pool, 60, chain, 100);
  EXPECT_EQ(fragment_ipv6(whole, 1'280, 1, queue).error(), Errno::invalid);
}

TEST(Fragment, what_is_cut_is_joined_again) {
  PacketPool pool;
  const ReassemblyLimits limits;
  Reassembler machine(limits, 5);
  for (u32 mtu = 68; mtu < 3'000; mtu += 97) {
    for (const bool six : {false, true}) {
      if (six && mtu < 88) continue;
      Packet whole = six ? ipv6_whole(pool, 17, {}, 4'001) : ipv4_packet(pool, {.size = 4'001});
      const auto original = bytes_of(whole);
      PacketQueue queue;
      ASSERT_TRUE(six ? fragment_ipv6(whole, mtu, mtu, queue) : fragment_ipv4(whole, mtu, queue));
      auto fragments = list(queue);
      ReassemblyResult result;
      for (auto fragment = fragments.rbegin(); fragment != fragments.rend(); ++fragment) {
        ASSERT_EQ(result.outcome, ReassemblyResult::Outcome::waiting);
        const FragmentInfo info = six ? ipv6_info(*fragment) : ipv4_info(*fragment);
        result = machine.add(Instant(), std::move(*fragment), info);
      }
      ASSERT_EQ(result.outcome, ReassemblyResult::Outcome::complete) << mtu;
      EXPECT_EQ(bytes_of(result.packet), original);
    }
  }
}

TEST(Fragment, slices_are_cut_like_linear_bytes) {
  PacketPool pool;
  Packet whole = ipv4_packet(pool, {.size = 0});
  SharedBytes shared = SharedBytes::allocate(1'000);
  const auto data = data_bytes(0, 1'000);
  std::copy(data.begin(), data.end(), shared.data());
  whole.append_slice({shared, shared.data(), 1'000});
  store16(whole.data() + 2, 1'020);
  PacketQueue queue;
  ASSERT_TRUE(fragment_ipv4(whole, 576, queue));
  u32 offset = 0;
  for (const Packet& fragment : list(queue)) {
    EXPECT_TRUE(fragment.linear());
    EXPECT_EQ(bytes_of(fragment, 20), data_bytes(offset, fragment.size() - 20));
    offset += fragment.size() - 20;
  }
  EXPECT_EQ(offset, 1'000u);
}

}  // namespace
}  // namespace catenet
