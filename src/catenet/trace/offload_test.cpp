#include "catenet/trace/offload.hpp"

#include <gtest/gtest.h>

#include "catenet/trace/frames_test.hpp"

namespace catenet {
namespace {

using namespace trace_test;
using wire::TcpFlag;

constexpr u32 ipv4_tcp_headers = 14 + 20 + 20;

TcpFrame data_segment(std::size_t payload_size) {
  TcpFrame want;
  want.tcp.source_port = 5000;
  want.tcp.destination_port = 80;
  want.tcp.seq = wire::Seq(0xffffff00);
  want.tcp.ack = wire::Seq(77);
  want.tcp.flags = TcpFlag::ack | TcpFlag::psh;
  want.tcp.window = 1000;
  want.payload_size = payload_size;
  return want;
}

Packet super_segment(PacketPool& pool, const TcpFrame& want, u32 linear_size, u16 segment_size) {
  const auto frame = tcp_frame(want, true);
  Packet packet = sliced(pool, frame, linear_size);
  PacketMeta& meta = packet.meta();
  meta.id = {3, 9};
  meta.segment_size = segment_size;
  meta.checksum = ChecksumState::deferred;
  meta.checksum_start = static_cast<u16>(frame.size() - want.payload_size - want.tcp.size());
  meta.checksum_offset = 16;
  return packet;
}

// The frame a sender without offload would have made for bytes [first, first + size) of `want`.
std::vector<u8> expected_segment(const TcpFrame& want, u32 index, u16 segment_size) {
  const std::size_t first = std::size_t{index} * segment_size;
  const std::size_t size = std::min<std::size_t>(segment_size, want.payload_size - first);
  TcpFrame one = want;
  one.tcp.seq = want.tcp.seq + static_cast<u32>(first);
  one.identification = static_cast<u16>(want.identification + index);
  one.payload_size = size;
  const bool last = first + size == want.payload_size;
  if (!last) one.tcp.flags = one.tcp.flags.without(TcpFlag::psh | TcpFlag::fin);
  if (index > 0) one.tcp.flags = one.tcp.flags.without(TcpFlag::cwr);
  auto frame = tcp_frame(one);
  // tcp_frame counts its payload from 0; here it goes on from the segment before.
  const auto payload = counting(want.payload_size);
  const std::size_t tcp_at = frame.size() - size - one.tcp.size();
  std::copy_n(payload.begin() + static_cast<std::ptrdiff_t>(first), size, frame.end() - size);
  store16(frame.data() + tcp_at + 16, 0);
  const ByteView segment = ByteView(frame).subspan(tcp_at);
  store16(frame.data() + tcp_at + 16,
          pseudo(one.ipv6, wire::IpProtocol::tcp, segment.size()).add(segment).finish());
  return frame;
}

void expect_cut(const TcpFrame& want, u32 linear_size, u16 segment_size, u32 count) {
  PacketPool pool;
  const Packet super = super_segment(pool, want, linear_size, segment_size);
  const auto before = bytes_of(super);
  const SegmentCutter cutter(super);
  ASSERT_EQ(cutter.count(), count);
  std::vector<u8> scratch;
  for (u32 index = 0; index < count; ++index) {
    const auto expected = expected_segment(want, index, segment_size);
    const ByteView wire = cutter.wire_bytes(index, scratch);
    EXPECT_EQ(std::vector<u8>(wire.begin(), wire.end()), expected) << "segment " << index;
    EXPECT_EQ(cutter.frame_size(index), expected.size());
    Packet segment = cutter.cut(index, pool);
    EXPECT_EQ(segment.meta().checksum, ChecksumState::deferred);
    EXPECT_EQ(segment.meta().segment_size, 0);
    complete_checksum(segment);
    EXPECT_EQ(segment.meta().checksum, ChecksumState::present);
    EXPECT_EQ(bytes_of(segment), expected) << "segment " << index;
  }
  EXPECT_EQ(bytes_of(super), before) << "cutting must leave the super-segment as it was";
}

TEST(SegmentCutter, sliced_payload_becomes_wire_frames) {
  expect_cut(data_segment(4000), ipv4_tcp_headers, 1460, 3);
}

TEST(SegmentCutter, linear_payload_becomes_wire_frames) {
  expect_cut(data_segment(4000), ipv4_tcp_headers + 4000, 1460, 3);
}

TEST(SegmentCutter, partly_linear_payload_becomes_wire_frames) {
  expect_cut(data_segment(4001), ipv4_tcp_headers + 700, 999, 5);
}

TEST(SegmentCutter, one_byte_segments_cover_every_byte) {
  expect_cut(data_segment(9), ipv4_tcp_headers + 2, 1, 9);
}

TEST(SegmentCutter, exact_multiple_makes_no_empty_segment) {
  expect_cut(data_segment(2920), ipv4_tcp_headers, 1460, 2);
}

TEST(SegmentCutter, ipv6_super_segment_is_cut) {
  TcpFrame want = data_segment(5000);
  want.ipv6 = true;
  expect_cut(want, ipv4_tcp_headers + 20, 1440, 4);
}

TEST(SegmentCutter, tagged_super_segment_is_cut) {
  TcpFrame want = data_segment(5000);
  want.tag = wire::VlanTag{0, false, 5};
  expect_cut(want, ipv4_tcp_headers + 4, 1460, 4);
}

TEST(SegmentCutter, options_are_repeated_in_every_segment) {
  TcpFrame want = data_segment(3000);
  want.tcp.options.timestamps = wire::TcpTimestamps{100, 50};
  expect_cut(want, ipv4_tcp_headers + 12, 1448, 3);
}

TEST(SegmentCutter, identification_wraps) {
  TcpFrame want = data_segment(3000);
  want.identification = 0xffff;
  expect_cut(want, ipv4_tcp_headers, 1460, 3);
}

TEST(Rfc9293, s3_1_fin_and_psh_only_on_last_wire_segment) {
  TcpFrame want = data_segment(3000);
  want.tcp.flags |= TcpFlag::fin;
  expect_cut(want, ipv4_tcp_headers, 1460, 3);
}

TEST(Rfc3168, s6_1_2_cwr_only_on_first_wire_segment) {
  TcpFrame want = data_segment(3000);
  want.tcp.flags |= TcpFlag::cwr;
  expect_cut(want, ipv4_tcp_headers, 1460, 3);
}

TEST(Rfc9293, s3_1_urgent_pointer_counts_from_each_wire_segment) {
  PacketPool pool;
  TcpFrame want = data_segment(3000);
  want.tcp.flags |= TcpFlag::urg;
  want.tcp.urgent_pointer = 1500;
  const Packet super = super_segment(pool, want, ipv4_tcp_headers, 1460);
  std::vector<std::pair<bool, u16>> urgent;
  segment_frame(super, pool, [&](const Packet& segment) {
    const wire::TcpView tcp(segment.data() + 34);
    urgent.emplace_back(tcp.flags().urg(), tcp.urgent_pointer());
  });
  const std::vector<std::pair<bool, u16>> expected = {{true, 1500}, {true, 40}, {false, 0}};
  EXPECT_EQ(urgent, expected);
}

TEST(SegmentCutter, wire_frames_have_ids_of_their_own) {
  PacketPool pool;
  const Packet super = super_segment(pool, data_segment(4000), ipv4_tcp_headers, 1460);
  std::vector<FrameId> ids;
  segment_frame(super, pool, [&](const Packet& segment) { ids.push_back(segment.meta().id); });
  const std::vector<FrameId> expected = {{3, 9}, {3, 9 | 1ull << 48}, {3, 9 | 2ull << 48}};
  EXPECT_EQ(ids, expected);
}

TEST(SegmentCutter, steady_cutting_allocates_nothing) {
  PacketPool pool;
  const Packet super = super_segment(pool, data_segment(60'000), ipv4_tcp_headers, 1460);
  segment_frame(super, pool, [](const Packet&) {});
  const u64 allocated = pool.allocated();
  for (int i = 0; i < 3; ++i) segment_frame(super, pool, [](const Packet&) {});
  EXPECT_EQ(pool.allocated(), allocated);
}

TEST(SegmentCutter, present_checksum_is_computed_anew) {
  PacketPool pool;
  const TcpFrame want = data_segment(3000);
  Packet super = pool.copy_of(tcp_frame(want));
  super.meta().segment_size = 1460;
  const Packet first = SegmentCutter(super).cut(0, pool);
  EXPECT_EQ(first.meta().checksum, ChecksumState::present);
  EXPECT_EQ(bytes_of(first), expected_segment(want, 0, 1460));
}

TEST(SegmentCutter, udp_super_segment_becomes_datagrams) {
  PacketPool pool;
  Packet super = pool.copy_of(udp_frame(counting(2500)));
  super.meta().segment_size = 1000;
  std::vector<Packet> cut;
  segment_frame(super, pool, [&](Packet segment) { cut.push_back(std::move(segment)); });
  ASSERT_EQ(cut.size(), 3u);
  EXPECT_EQ(bytes_of(cut[0]), udp_frame(counting(1000)));
  EXPECT_EQ(cut[2].size(), 14u + 20 + 8 + 500);
  EXPECT_TRUE(wire::udp_checksum_ok(cut[2].linear_bytes().subspan(34),
                                    pseudo(false, wire::IpProtocol::udp, 508), false));
}

// What cannot be cut passes whole, as one wire frame.
void expect_whole(const Packet& packet) {
  const SegmentCutter cutter(packet);
  ASSERT_EQ(cutter.count(), 1u);
  EXPECT_EQ(cutter.frame_size(0), packet.size());
  std::vector<u8> scratch;
  const ByteView wire = cutter.wire_bytes(0, scratch);
  EXPECT_EQ(std::vector<u8>(wire.begin(), wire.end()), bytes_of(packet));
}

TEST(SegmentCutter, headers_that_lead_nowhere_leave_frame_whole) {
  PacketPool pool;
  const auto good = tcp_frame(data_segment(3000));
  const std::vector<std::pair<std::size_t, u8>> faults = {
      {12, 0x12}, {14, 0x44}, {14, 0x65}, {20, 0x20}, {21, 0x01}, {23, 50}, {46, 0x40},
  };
  for (const auto& [at, value] : faults) {
    auto frame = good;
    frame[at] = value;
    Packet packet = pool.copy_of(frame);
    packet.meta().segment_size = 1460;
    SCOPED_TRACE(at);
    expect_whole(packet);
  }
  for (u32 size = 1; size < ipv4_tcp_headers; ++size) {
    Packet packet = pool.copy_of(ByteView(good).first(size));
    packet.meta().segment_size = 1;
    expect_whole(packet);
  }
}

TEST(SegmentCutter, ordinary_linear_frame_is_not_copied) {
  PacketPool pool;
  const Packet packet = pool.copy_of(tcp_frame(data_segment(100)));
  std::vector<u8> scratch;
  EXPECT_EQ(SegmentCutter(packet).wire_bytes(0, scratch).data(), packet.data());
  EXPECT_TRUE(scratch.empty());
}

TEST(CompleteChecksum, deferred_becomes_present_over_slices) {
  PacketPool pool;
  const TcpFrame want = data_segment(1001);
  Packet packet = super_segment(pool, want, ipv4_tcp_headers + 3, 0);
  complete_checksum(packet);
  EXPECT_EQ(packet.meta().checksum, ChecksumState::present);
  EXPECT_EQ(bytes_of(packet), tcp_frame(want));
}

TEST(CompleteChecksum, other_states_are_left_alone) {
  PacketPool pool;
  for (const auto state : {ChecksumState::present, ChecksumState::verified}) {
    Packet packet = pool.copy_of(tcp_frame(data_segment(10)));
    packet.data()[50] ^= 1;
    const auto before = bytes_of(packet);
    packet.meta().checksum = state;
    complete_checksum(packet);
    EXPECT_EQ(bytes_of(packet), before);
    EXPECT_EQ(packet.meta().checksum, state);
  }
}

TEST(Rfc768, fields_zero_checksum_is_sent_as_all_ones) {
  PacketPool pool;
  // A payload word that makes the sum 0xffff, whose complement is zero.
  std::vector<u8> payload(2);
  const auto plain = udp_frame(payload);
  store16(payload.data(), load16(plain.data() + 40));
  auto frame = udp_frame(payload);
  ASSERT_EQ(load16(frame.data() + 40), 0xffff);
  store16(frame.data() + 40, pseudo(false, wire::IpProtocol::udp, 10).folded());
  Packet packet = pool.copy_of(frame);
  packet.meta().checksum = ChecksumState::deferred;
  packet.meta().checksum_start = 34;
  packet.meta().checksum_offset = 6;
  std::vector<u8> scratch;
  EXPECT_EQ(load16(SegmentCutter(packet).wire_bytes(0, scratch).data() + 40), 0xffff);
  complete_checksum(packet);
  EXPECT_EQ(load16(packet.data() + 40), 0xffff);
}

}  // namespace
}  // namespace catenet
