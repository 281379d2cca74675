#include <gtest/gtest.h>

#include "catenet/trace/frames_test.hpp"
#include "catenet/trace/offload.hpp"
#include "catenet/trace/pcapng_format.hpp"
#include "catenet/trace/pcapng_reader.hpp"
#include "catenet/trace/pcapng_writer.hpp"

namespace catenet {
namespace {

using namespace trace_test;
using Kind = CaptureError::Kind;

constexpr i64 epoch_ns = 946'684'800'000'000'000;

CaptureInterface port(std::string name) {
  CaptureInterface interface;
  interface.name = std::move(name);
  interface.description = "link alice--bob";
  interface.mac = alice;
  interface.addresses = {{alice_v4, 24}, {alice_v6, 64}};
  interface.speed_bits_per_s = 10'000'000;
  return interface;
}

struct ReadAll {
  std::vector<CapturedFrame> frames;
  std::optional<CaptureError> error;
};

ReadAll read_all(PcapngReader& reader) {
  ReadAll all;
  for (;;) {
    const auto frame = reader.next();
    if (!frame) {
      all.error = frame.error();
      return all;
    }
    if (!*frame) return all;
    all.frames.push_back(**frame);
  }
}

std::vector<u8> copy_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

TEST(PcapngWriter, section_header_bytes_are_as_the_format_has_them) {
  MemorySink sink;
  CaptureSection section;
  section.hardware.clear();
  section.os.clear();
  section.application = "abc";
  const PcapngWriter writer(sink, section);
  const std::vector<u8> expected = {
      0x0a, 0x0d, 0x0d, 0x0a, 40,   0,    0,    0,     // type, length
      0x4d, 0x3c, 0x2b, 0x1a, 1,    0,    0,    0,     // byte order, version 1.0
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  // section length not given
      4,    0,    3,    0,    'a',  'b',  'c',  0,     // shb_userappl, padded
      0,    0,    0,    0,                             // end of options
      40,   0,    0,    0,
  };
  EXPECT_EQ(sink.bytes(), expected);
  EXPECT_EQ(writer.bytes_written(), expected.size());
}

TEST(PcapngWriter, same_calls_give_same_bytes) {
  const auto write = [] {
    MemorySink sink;
    CaptureSection section;
    section.comment = "lab first, seed 1";
    PcapngWriter writer(sink, section);
    writer.add_interface(port("alice:eth0"));
    writer.write_frame(0, Instant::at(1_s), udp_frame(counting(5)),
                       {FrameDirection::outbound, fault_none, 7, Drop::queue_full});
    return sink.bytes();
  };
  EXPECT_EQ(write(), write());
}

TEST(Pcapng, everything_written_is_read_back) {
  MemorySink sink;
  CaptureSection section;
  section.comment = "lab first, seed 1";
  PcapngWriter writer(sink, section);
  ASSERT_EQ(writer.add_interface(port("alice:eth0")), 0u);
  ASSERT_EQ(writer.add_interface(port("bob:eth0")), 1u);
  const std::vector<CapturedName> names = {{alice_v4, "alice"}, {alice_v6, "alice.lab"}};
  writer.add_names(names);
  const auto first = udp_frame(counting(5));
  const auto second = udp_frame(counting(600));
  writer.write_frame(0, Instant::at(1_s), first, {FrameDirection::outbound, fault_none, 42, {}});
  writer.write_frame(1, Instant::at(1'500'000'001_ns), second,
                     {FrameDirection::inbound, fault_crc, 43, Drop::bad_fcs});
  writer.write_statistics(1, Instant::at(2_s), 10, 3);
  EXPECT_EQ(writer.frames_written(), 2u);
  EXPECT_EQ(writer.bytes_written(), sink.bytes().size());

  PcapngReader reader(sink.bytes());
  const ReadAll all = read_all(reader);
  ASSERT_FALSE(all.error) << to_string(*all.error);
  EXPECT_EQ(reader.section().comment, "lab first, seed 1");
  EXPECT_EQ(reader.section().hardware, "Catenet virtual network");
  EXPECT_EQ(reader.interfaces(), (std::vector{port("alice:eth0"), port("bob:eth0")}));
  EXPECT_EQ(reader.names(), names);
  ASSERT_EQ(all.frames.size(), 2u);
  EXPECT_EQ(all.frames[0].interface, 0u);
  EXPECT_EQ(all.frames[0].time_ns, epoch_ns + 1'000'000'000);
  EXPECT_EQ(copy_of(all.frames[0].bytes), first);
  EXPECT_EQ(all.frames[0].direction, FrameDirection::outbound);
  EXPECT_EQ(all.frames[0].packet_id, 42u);
  EXPECT_EQ(all.frames[0].comment, "");
  EXPECT_EQ(all.frames[1].interface, 1u);
  EXPECT_EQ(all.frames[1].time_ns, epoch_ns + 1'500'000'001);
  EXPECT_EQ(copy_of(all.frames[1].bytes), second);
  EXPECT_EQ(all.frames[1].direction, FrameDirection::inbound);
  EXPECT_EQ(all.frames[1].faults, fault_crc);
  EXPECT_EQ(all.frames[1].comment, "dropped: bad_fcs — bit errors broke the frame check sequence");
  ASSERT_EQ(reader.statistics().size(), 1u);
  EXPECT_EQ(reader.statistics()[0].received, 10u);
  EXPECT_EQ(reader.statistics()[0].dropped, 3u);
}

TEST(PcapngWriter, snap_length_cuts_and_remembers) {
  MemorySink sink;
  PcapngWriter writer(sink, {});
  CaptureInterface interface = port("alice:eth0");
  interface.snap_length = 33;
  writer.add_interface(interface);
  const auto frame = udp_frame(counting(100));
  writer.write_frame(0, Instant(), frame, {});
  PcapngReader reader(sink.bytes());
  const ReadAll all = read_all(reader);
  ASSERT_EQ(all.frames.size(), 1u);
  EXPECT_EQ(copy_of(all.frames[0].bytes), copy_of(ByteView(frame).first(33)));
  EXPECT_EQ(all.frames[0].original_size, frame.size());
  EXPECT_FALSE(all.frames[0].packet_id);
}

TEST(PcapngWriter, times_before_zero_keep_their_order) {
  MemorySink sink;
  PcapngWriter writer(sink, {});
  writer.add_interface({});
  writer.write_frame(0, Instant::at(-1_s), counting(60), {});
  CaptureSection at_1970;
  at_1970.epoch = 0_s;
  PcapngWriter other(sink, at_1970);
  other.add_interface({});
  other.write_frame(0, Instant::at(-1_s), counting(60), {});
  PcapngReader reader(sink.bytes());
  const ReadAll all = read_all(reader);
  ASSERT_EQ(all.frames.size(), 2u);
  EXPECT_EQ(all.frames[0].time_ns, epoch_ns - 1'000'000'000);
  EXPECT_EQ(all.frames[1].time_ns, 0);
}

TEST(PcapngWriter, super_segment_is_written_as_wire_frames_and_kept_whole) {
  PacketPool pool;
  TcpFrame want;
  want.tcp.flags = wire::TcpFlag::ack;
  want.payload_size = 3000;
  Packet super = sliced(pool, tcp_frame(want, true), 54);
  super.meta().id = {5, 6};
  super.meta().segment_size = 1460;
  super.meta().checksum = ChecksumState::deferred;
  super.meta().checksum_start = 34;
  super.meta().checksum_offset = 16;
  const auto before = bytes_of(super);
  MemorySink sink;
  PcapngWriter writer(sink, {});
  writer.add_interface(port("alice:eth0"));
  writer.write_frame(0, Instant(), super, {FrameDirection::outbound, fault_none, {}, {}});
  EXPECT_EQ(bytes_of(super), before);
  EXPECT_EQ(super.meta().checksum, ChecksumState::deferred);

  PcapngReader reader(sink.bytes());
  const ReadAll all = read_all(reader);
  ASSERT_EQ(all.frames.size(), 3u);
  for (u32 k = 0; k < 3; ++k) {
    const ByteView segment = all.frames[k].bytes.subspan(34);
    EXPECT_EQ(segment.size(), k < 2 ? 1480u : 100u);
    EXPECT_TRUE(
        wire::tcp_checksum_ok(segment, pseudo(false, wire::IpProtocol::tcp, segment.size())));
    EXPECT_EQ(all.frames[k].packet_id, packet_id({5, 6 | u64{k} << 48}));
  }
}

TEST(PcapngReader, tls_secrets_and_unknown_blocks_are_passed_over) {
  MemorySink sink;
  PcapngWriter writer(sink, {});
  writer.add_tls_secrets("CLIENT_RANDOM 00 11\n");
  writer.add_interface(port("alice:eth0"));
  writer.write_frame(0, Instant(), counting(60), {});
  PcapngReader reader(sink.bytes());
  const ReadAll all = read_all(reader);
  EXPECT_FALSE(all.error);
  EXPECT_EQ(all.frames.size(), 1u);
}

TEST(PcapngReader, several_names_of_one_address_are_several) {
  MemorySink sink;
  PcapngWriter writer(sink, {});
  const std::vector<CapturedName> names = {{alice_v4, std::string("a\0b", 3)}};
  writer.add_names(names);
  PcapngReader reader(sink.bytes());
  read_all(reader);
  EXPECT_EQ(reader.names(), (std::vector<CapturedName>{{alice_v4, "a"}, {alice_v4, "b"}}));
}

// Builds blocks of either byte order by hand.
class Blocks {
 public:
  explicit Blocks(bool big_endian) : big_endian_(big_endian) {}

  Blocks& u16s(std::initializer_list<u16> values) {
    for (const u16 value : values) put(value);
    return *this;
  }
  Blocks& u32s(std::initializer_list<u32> values) {
    for (const u32 value : values) put(value);
    return *this;
  }
  Blocks& bytes(ByteView more) {
    append(body_, more);
    body_.resize(pcapng::padded(body_.size()));
    return *this;
  }
  Blocks& end(u32 type) {
    const std::vector<u8> body = std::exchange(body_, {});
    u32s({type, static_cast<u32>(body.size() + 12)});
    append(body_, body);
    u32s({static_cast<u32>(body.size() + 12)});
    append(file, std::exchange(body_, {}));
    return *this;
  }
  Blocks& section() {
    return u32s({pcapng::byte_order_magic})
        .u16s({1, 0})
        .u32s({~0u, ~0u})
        .end(pcapng::section_header_block);
  }
  Blocks& interface(u8 resolution, u32 snap = 0) {
    u16s({1, 0}).u32s({snap});
    u16s({pcapng::if_tsresol, 1}).bytes(std::vector{resolution});
    return end(pcapng::interface_description_block);
  }

  std::vector<u8> file;

 private:
  template <typename T>
  void put(T value) {
    const std::size_t at = body_.size();
    body_.resize(at + sizeof value);
    store_be(body_.data() + at, big_endian_ ? value : byte_swap(value));
  }
  bool big_endian_;
  std::vector<u8> body_;
};

TEST(PcapngReader, both_byte_orders_and_every_resolution_give_the_same_time) {
  struct Row {
    u8 resolution;
    u64 ticks;
  };
  constexpr u64 seconds = 1'000'000;
  for (const bool big_endian : {false, true}) {
    for (const Row row : {Row{6, seconds * 1'000'000 + 500'000},
                          Row{9, seconds * 1'000'000'000 + 500'000'000}, Row{0x81, seconds * 2 + 1},
                          Row{0x94, (seconds << 20) + (1 << 19)}, Row{3, seconds * 1000 + 500}}) {
      Blocks blocks(big_endian);
      blocks.section().interface(row.resolution);
      blocks.u32s({0, static_cast<u32>(row.ticks >> 32), static_cast<u32>(row.ticks), 5, 5})
          .bytes(counting(5))
          .end(pcapng::enhanced_packet_block);
      PcapngReader reader(blocks.file);
      const ReadAll all = read_all(reader);
      ASSERT_EQ(all.frames.size(), 1u) << int{row.resolution};
      EXPECT_EQ(all.frames[0].time_ns, 1'000'000'500'000'000);
      EXPECT_EQ(copy_of(all.frames[0].bytes), counting(5));
    }
  }
}

TEST(PcapngReader, simple_packets_are_read_to_the_snap_length) {
  Blocks blocks(true);
  blocks.section().interface(9, 4);
  blocks.u32s({6}).bytes(counting(4)).end(pcapng::simple_packet_block);
  PcapngReader reader(blocks.file);
  const ReadAll all = read_all(reader);
  ASSERT_EQ(all.frames.size(), 1u);
  EXPECT_EQ(copy_of(all.frames[0].bytes), counting(4));
  EXPECT_EQ(all.frames[0].original_size, 6u);
}

TEST(PcapngReader, second_section_numbers_its_own_interfaces) {
  Blocks little(false);
  little.section().interface(9);
  Blocks big(true);
  big.section().interface(9);
  big.u32s({0, 0, 0, 3, 3}).bytes(counting(3)).end(pcapng::enhanced_packet_block);
  append(little.file, big.file);
  PcapngReader reader(little.file);
  const ReadAll all = read_all(reader);
  ASSERT_FALSE(all.error);
  ASSERT_EQ(all.frames.size(), 1u);
  EXPECT_EQ(all.frames[0].interface, 1u);
}

struct Fault {
  const char* name;
  std::vector<u8> file;
  CaptureError error;
};

std::vector<Fault> faults() {
  const auto section = [] { return Blocks(false).section(); };
  const u32 at = static_cast<u32>(section().file.size());
  std::vector<Fault> rows;
  rows.push_back({"empty", {}, {Kind::not_a_capture, 0}});
  rows.push_back({"text", counting(40), {Kind::not_a_capture, 0}});
  auto order = section().file;
  order[8] ^= 0xff;
  rows.push_back({"byte order", order, {Kind::bad_section, 8}});
  auto version = section().file;
  version[12] = 2;
  rows.push_back({"version", version, {Kind::bad_section, 12}});
  auto length = section().file;
  length[4] = 27;
  rows.push_back({"length not a multiple of four", length, {Kind::bad_block_length, 4}});
  auto lengths = section().file;
  lengths[24] = 32;
  rows.push_back({"lengths that differ", lengths, {Kind::bad_block_length, 24}});
  auto tail = section().file;
  append(tail, counting(3));
  rows.push_back({"bytes behind the last block", tail, {Kind::truncated, at}});
  auto frame = section();
  frame.u32s({0, 0, 0, 0, 0}).end(pcapng::enhanced_packet_block);
  rows.push_back({"frame without interface", frame.file, {Kind::unknown_interface, at}});
  auto clock = section();
  clock.interface(20);
  rows.push_back({"resolution", clock.file, {Kind::bad_timestamp, at}});
  auto option = section();
  option.u16s({1, 0}).u32s({0}).u16s({pcapng::if_name, 9}).u32s({0});
  option.end(pcapng::interface_description_block);
  rows.push_back({"option over its block", option.file, {Kind::bad_option, at + 16}});
  auto long_frame = section().interface(9);
  const u64 frame_at = long_frame.file.size();
  auto huge = long_frame;
  huge.u32s({0, 0, 0, 1u << 20, 1u << 20}).end(pcapng::enhanced_packet_block);
  rows.push_back({"huge frame", huge.file, {Kind::frame_too_long, frame_at}});
  auto over = long_frame;
  over.u32s({0, 0, 0, 8, 8}).bytes(counting(4)).end(pcapng::enhanced_packet_block);
  rows.push_back({"frame over its block", over.file, {Kind::bad_block_length, frame_at}});
  auto late = section().interface(0);
  const u64 late_at = late.file.size();
  late.u32s({0, 0x7fffffff, 0, 0, 0}).end(pcapng::enhanced_packet_block);
  rows.push_back({"time over 64 bits of nanoseconds", late.file, {Kind::bad_timestamp, late_at}});
  return rows;
}

TEST(PcapngReader, malformed_files_name_the_fault_and_its_place) {
  for (const Fault& fault : faults()) {
    PcapngReader reader(fault.file);
    const ReadAll all = read_all(reader);
    ASSERT_TRUE(all.error) << fault.name;
    EXPECT_EQ(all.error->kind, fault.error.kind) << fault.name << ": " << to_string(*all.error);
    EXPECT_EQ(all.error->offset, fault.error.offset) << fault.name;
    const auto again = reader.next();
    ASSERT_FALSE(again) << fault.name;
    EXPECT_EQ(again.error().offset, fault.error.offset) << fault.name;
  }
}

TEST(PcapngReader, any_truncation_is_an_error_or_a_whole_prefix) {
  MemorySink sink;
  PcapngWriter writer(sink, {});
  writer.add_interface(port("alice:eth0"));
  for (int i = 0; i < 3; ++i) writer.write_frame(0, Instant(), counting(60), {});
  for (std::size_t size = 0; size < sink.bytes().size(); ++size) {
    PcapngReader reader(ByteView(sink.bytes()).first(size));
    const ReadAll all = read_all(reader);
    EXPECT_LT(all.frames.size(), 4u);
    if (all.error) {
      EXPECT_LE(all.error->offset, size);
    }
  }
}

}  // namespace
}  // namespace catenet
