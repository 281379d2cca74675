#include "catenet/trace/pcap_file.hpp"

#include <gtest/gtest.h>

#include "catenet/base/endian.hpp"
#include "catenet/trace/frames_test.hpp"
#include "catenet/trace/pcapng_writer.hpp"

namespace catenet {
namespace {

using namespace trace_test;
using Kind = CaptureError::Kind;

// A classic file by hand: magic and byte order as wanted, one frame of 4 bytes, 6 on the wire.
std::vector<u8> classic(u32 magic, bool big_endian, u32 fraction) {
  std::vector<u8> file;
  const auto put = [&](u32 value) {
    file.resize(file.size() + 4);
    store32(file.data() + file.size() - 4, big_endian ? value : byte_swap(value));
  };
  put(magic);
  put(big_endian ? 0x00020004 : 0x00040002);
  put(0);
  put(0);
  put(65535);
  put(1);
  put(100);
  put(fraction);
  put(4);
  put(6);
  append(file, counting(4));
  return file;
}

TEST(PcapReader, all_four_classic_forms_are_read) {
  for (const bool big_endian : {false, true}) {
    for (const auto& [magic, fraction] :
         {std::pair{0xa1b2c3d4u, 500'000u}, {0xa1b23c4du, 500'000'000u}}) {
      const auto file = classic(magic, big_endian, fraction);
      const auto capture = read_capture(file);
      ASSERT_TRUE(capture);
      ASSERT_EQ(capture->interfaces.size(), 1u);
      EXPECT_EQ(capture->interfaces[0].link_type, LinkType::ethernet);
      EXPECT_EQ(capture->interfaces[0].snap_length, 65535u);
      ASSERT_EQ(capture->frames.size(), 1u);
      EXPECT_EQ(capture->frames[0].time_ns, 100'500'000'000);
      EXPECT_EQ(capture->frames[0].bytes.size(), 4u);
      EXPECT_EQ(capture->frames[0].original_size, 6u);
    }
  }
}

TEST(PcapWriter, what_is_written_is_read_back) {
  MemorySink sink;
  PcapWriter writer(sink, LinkType::ethernet, 50);
  const auto frame = udp_frame(counting(100));
  writer.write_frame(1'000'000'001, frame);
  writer.write_frame(-5, {});
  writer.write_frame(INT64_MAX, {});
  const auto capture = read_capture(sink.bytes());
  ASSERT_TRUE(capture);
  ASSERT_EQ(capture->frames.size(), 3u);
  EXPECT_EQ(capture->frames[0].time_ns, 1'000'000'001);
  EXPECT_EQ(capture->frames[0].bytes.size(), 50u);
  EXPECT_TRUE(std::ranges::equal(capture->frames[0].bytes, ByteView(frame).first(50)));
  EXPECT_EQ(capture->frames[0].original_size, frame.size());
  EXPECT_EQ(capture->frames[1].time_ns, 0);
  EXPECT_EQ(capture->frames[2].time_ns, i64{UINT32_MAX} * 1'000'000'000 + 999'999'999);
}

TEST(ReadCapture, pcapng_is_told_apart) {
  MemorySink sink;
  PcapngWriter writer(sink, {});
  writer.add_interface({});
  writer.write_frame(0, Instant(), counting(60), {});
  const auto capture = read_capture(sink.bytes());
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->frames.size(), 1u);
}

TEST(PcapReader, malformed_files_name_the_fault_and_its_place) {
  const auto good = classic(0xa1b2c3d4, false, 0);
  const auto expect = [](ByteView file, Kind kind, u64 offset) {
    const auto capture = read_capture(file);
    ASSERT_FALSE(capture);
    EXPECT_EQ(capture.error().kind, kind) << to_string(capture.error());
    EXPECT_EQ(capture.error().offset, offset);
  };
  expect({}, Kind::not_a_capture, 0);
  expect(as_bytes("not a capture file at all"), Kind::not_a_capture, 0);
  expect(ByteView(good).first(23), Kind::truncated, 0);
  expect(ByteView(good).first(30), Kind::truncated, 24);
  expect(ByteView(good).first(good.size() - 1), Kind::truncated, 24);
  auto version = good;
  version[4] = 3;
  expect(version, Kind::bad_section, 4);
  auto huge = good;
  huge[24 + 8 + 3] = 0x7f;
  expect(huge, Kind::frame_too_long, 32);
}

TEST(CaptureError, text_says_what_and_where) {
  EXPECT_EQ(to_string(CaptureError{Kind::bad_option, 32}), "an option is malformed (at byte 32)");
}

}  // namespace
}  // namespace catenet
