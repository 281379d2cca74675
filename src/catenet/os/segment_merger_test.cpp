// What is merged for the kernel is what its own receive offload would merge, and cutting it again
// gives the same frames (segmentation-offloads.rst).
#include "catenet/os/segment_merger.hpp"

#include <gtest/gtest.h>

#include "catenet/trace/frames_test.hpp"
#include "catenet/trace/offload.hpp"

namespace catenet::os {
namespace {

using namespace trace_test;
using wire::TcpFlag;

class Merging : public ::testing::TestWithParam<bool> {
 protected:
  // Three full segments and a short one, as a link has cut them.
  std::vector<Packet> cut(std::size_t payload = 4'000, u16 segment_size = 1'200) {
    TcpFrame want;
    want.ipv6 = GetParam();
    want.tcp.flags = TcpFlag::ack | TcpFlag::psh;
    want.payload_size = payload;
    Packet whole = pool.copy_of(tcp_frame(want, true));
    PacketMeta& meta = whole.meta();
    meta.segment_size = segment_size;
    meta.checksum = ChecksumState::deferred;
    meta.checksum_start = static_cast<u16>(whole.size() - want.payload_size - want.tcp.size());
    meta.checksum_offset = wire::TcpHeader::checksum_offset;
    const SegmentCutter cutter(whole);
    std::vector<Packet> segments;
    for (u32 i = 0; i < cutter.count(); ++i) segments.push_back(cutter.cut(i, pool));
    return segments;
  }
  // What the kernel is given, as a frame.
  Packet given() {
    const std::vector<iovec>& runs = merger.gather();
    VnetHeader header;
    std::memcpy(&header, runs[0].iov_base, vnet_header_size);
    std::vector<u8> bytes;
    for (std::size_t i = 1; i < runs.size(); ++i) {
      const u8* const at = static_cast<const u8*>(runs[i].iov_base);
      bytes.insert(bytes.end(), at, at + runs[i].iov_len);
    }
    Packet frame = pool.copy_of(bytes);
    EXPECT_TRUE(apply_vnet_header(header, frame));
    return frame;
  }
  static std::vector<u8> wire(const Packet& frame, u32 index = 0) {
    std::vector<u8> scratch;
    const ByteView bytes = SegmentCutter(frame).wire_bytes(index, scratch);
    return {bytes.begin(), bytes.end()};
  }

  PacketPool pool;
  SegmentMerger merger;
};

TEST_P(Merging, cut_again_gives_the_same_frames) {
  std::vector<Packet> segments = cut();
  ASSERT_EQ(segments.size(), 4u);
  std::vector<std::vector<u8>> before;
  for (const Packet& segment : segments) before.push_back(wire(segment));
  for (Packet& segment : segments) {
    EXPECT_FALSE(merger.complete());
    EXPECT_TRUE(merger.take(segment));
  }
  EXPECT_TRUE(merger.complete());  // the last is pushed, and short
  const Packet whole = given();
  EXPECT_EQ(whole.meta().segment_size, 1'200);
  const SegmentCutter cutter(whole);
  ASSERT_EQ(cutter.count(), 4u);
  for (u32 i = 0; i < 4; ++i) EXPECT_EQ(wire(whole, i), before[i]) << i;
}

TEST_P(Merging, frame_alone_goes_as_it_is) {
  std::vector<Packet> segments = cut();
  const std::vector<u8> before = wire(segments[0]);
  EXPECT_TRUE(merger.take(segments[0]));
  const Packet frame = given();
  EXPECT_EQ(frame.meta().segment_size, 0);
  EXPECT_EQ(wire(frame), before);
  merger.clear();
  EXPECT_TRUE(merger.empty());
}

TEST_P(Merging, hole_in_the_stream_ends_it) {
  std::vector<Packet> segments = cut();
  EXPECT_TRUE(merger.take(segments[0]));
  EXPECT_FALSE(merger.take(segments[2]));
  EXPECT_TRUE(static_cast<bool>(segments[2]));
  EXPECT_TRUE(merger.take(segments[1]));
}

TEST_P(Merging, what_differs_in_its_headers_is_another) {
  struct Change {
    const char* what;
    u32 four, six;  // offset behind the Ethernet header
  };
  constexpr u32 tcp4 = 20, tcp6 = 40;
  for (const Change& change : {Change{"time to live", 8, 7},
                               {"traffic class", 1, 1},
                               {"source", 12, 8},
                               {"port", tcp4, tcp6},
                               {"acknowledgement", tcp4 + 8, tcp6 + 8},
                               {"window", tcp4 + 14, tcp6 + 14}}) {
    std::vector<Packet> segments = cut();
    EXPECT_TRUE(merger.take(segments[0]));
    segments[1].data()[14 + (GetParam() ? change.six : change.four)] ^= 0x10;
    EXPECT_FALSE(merger.take(segments[1])) << change.what;
    merger.clear();
  }
}

TEST_P(Merging, doubtful_checksum_is_not_made_right) {
  std::vector<Packet> segments = cut();
  complete_checksum(segments[0]);
  EXPECT_EQ(segments[0].meta().checksum, ChecksumState::present);
  EXPECT_FALSE(merger.take(segments[0]));
}

TEST_P(Merging, nothing_grows_beyond_a_packet) {
  std::vector<Packet> segments = cut(60'000, 1'000);
  std::vector<Packet> more = cut(60'000, 1'000);
  for (Packet& segment : segments) EXPECT_TRUE(merger.take(segment));
  EXPECT_TRUE(merger.complete());
  EXPECT_LE(given().size() - 14, 65'535u);
  EXPECT_FALSE(merger.take(more[0]));
}

TEST_P(Merging, other_flags_and_no_text_are_left_alone) {
  for (const auto flags : {TcpFlag::ack | TcpFlag::fin, TcpFlag::ack | TcpFlag::cwr,
                           TcpFlag::ack | TcpFlag::ece, TcpFlag::rst | TcpFlag::ack}) {
    TcpFrame want;
    want.ipv6 = GetParam();
    want.tcp.flags = flags;
    want.payload_size = 100;
    Packet frame = pool.copy_of(tcp_frame(want, false));
    frame.meta().checksum = ChecksumState::verified;
    EXPECT_FALSE(merger.take(frame));
  }
  TcpFrame bare;
  bare.ipv6 = GetParam();
  bare.tcp.flags = TcpFlag::ack | TcpFlag::ack;
  bare.payload_size = 0;
  Packet frame = pool.copy_of(tcp_frame(bare, false));
  frame.meta().checksum = ChecksumState::verified;
  EXPECT_FALSE(merger.take(frame));
}

INSTANTIATE_TEST_SUITE_P(Over, Merging, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "IPv6" : "IPv4"; });

}  // namespace
}  // namespace catenet::os
