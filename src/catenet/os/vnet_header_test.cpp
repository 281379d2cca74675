#include "catenet/os/vnet_header.hpp"

#include <gtest/gtest.h>

#include "catenet/trace/frames_test.hpp"
#include "catenet/trace/offload.hpp"

namespace catenet::os {
namespace {

using namespace trace_test;
using wire::TcpFlag;
using Cut = VnetHeader::Cut;

constexpr u16 tcp_at = 14 + 20;
constexpr u16 checksum_at = 16;

TcpFrame data(std::size_t size) {
  TcpFrame want;
  want.tcp.flags = TcpFlag::ack | TcpFlag::psh;
  want.payload_size = size;
  return want;
}

Packet deferred(PacketPool& pool, const TcpFrame& want, u16 segment_size) {
  Packet frame = pool.copy_of(tcp_frame(want, true));
  PacketMeta& meta = frame.meta();
  meta.segment_size = segment_size;
  meta.checksum = ChecksumState::deferred;
  meta.checksum_start = static_cast<u16>(frame.size() - want.payload_size - want.tcp.size());
  meta.checksum_offset = checksum_at;
  return frame;
}

// What comes back when the kernel hands over what it was given.
Packet there_and_back(PacketPool& pool, const Packet& frame) {
  Packet back = pool.copy_of(frame.linear_bytes());
  EXPECT_TRUE(apply_vnet_header(vnet_header_of(frame), back));
  return back;
}

TEST(VnetHeader, super_segment_comes_back_as_it_went) {
  PacketPool pool;
  for (const bool ipv6 : {false, true}) {
    TcpFrame want = data(4'000);
    want.ipv6 = ipv6;
    const Packet frame = deferred(pool, want, 1'460);
    ASSERT_TRUE(kernel_can_cut(frame));
    const VnetHeader header = vnet_header_of(frame);
    EXPECT_EQ(header.cut, static_cast<u8>(ipv6 ? Cut::tcp6 : Cut::tcp4));
    EXPECT_EQ(header.segment_size, 1'460);
    EXPECT_EQ(header.header_size, frame.size() - 4'000);
    const Packet back = there_and_back(pool, frame);
    EXPECT_EQ(back.meta().segment_size, 1'460);
    EXPECT_EQ(back.meta().checksum, ChecksumState::deferred);
    EXPECT_EQ(back.meta().checksum_start, frame.meta().checksum_start);
    EXPECT_EQ(SegmentCutter(back).count(), 3u);
  }
}

TEST(VnetHeader, cwr_of_a_super_segment_is_told) {
  PacketPool pool;
  TcpFrame want = data(4'000);
  want.tcp.flags |= TcpFlag::cwr;
  EXPECT_NE(vnet_header_of(deferred(pool, want, 1'460)).cut & VnetHeader::ecn, 0);
}

TEST(VnetHeader, frame_with_a_deferred_checksum_is_no_super_segment) {
  PacketPool pool;
  const Packet back = there_and_back(pool, deferred(pool, data(100), 0));
  EXPECT_EQ(back.meta().checksum, ChecksumState::deferred);
  EXPECT_EQ(back.meta().segment_size, 0);
}

TEST(VnetHeader, plain_frame_asks_for_nothing) {
  PacketPool pool;
  Packet frame = pool.copy_of(tcp_frame(data(100)));
  EXPECT_EQ(vnet_header_of(frame).flags, 0);
  EXPECT_EQ(vnet_header_of(frame).cut, static_cast<u8>(Cut::no));
  frame.meta().checksum = ChecksumState::verified;
  EXPECT_EQ(vnet_header_of(frame).flags, VnetHeader::checksum_was_right);
}

TEST(VnetHeader, what_does_not_fit_the_frame_is_refused) {
  PacketPool pool;
  const auto refused = [&](const VnetHeader& header) {
    Packet frame = pool.copy_of(tcp_frame(data(100)));
    return !apply_vnet_header(header, frame);
  };
  VnetHeader header;
  header.flags = VnetHeader::needs_checksum;
  header.checksum_start = tcp_at;
  header.checksum_offset = checksum_at;
  EXPECT_FALSE(refused(header));
  header.checksum_start = 0xffff;
  EXPECT_TRUE(refused(header)) << "a checksum behind the frame's end";
  header.checksum_start = tcp_at;
  header.cut = static_cast<u8>(Cut::tcp4);
  EXPECT_TRUE(refused(header)) << "segments of no bytes";
  header.segment_size = 50;
  EXPECT_FALSE(refused(header));
  header.cut = static_cast<u8>(Cut::udp_fragments);
  EXPECT_TRUE(refused(header)) << "fragments of UDP, which were never offered";
  header.cut = static_cast<u8>(Cut::tcp4);
  header.flags = 0;
  EXPECT_TRUE(refused(header)) << "segments with one whole checksum";
}

TEST(VnetHeader, kernel_is_not_given_super_segments_it_cannot_cut) {
  PacketPool pool;
  Packet frame = deferred(pool, data(4'000), 1'460);
  frame.meta().checksum = ChecksumState::present;
  EXPECT_FALSE(kernel_can_cut(frame));
}

}  // namespace
}  // namespace catenet::os
