#include "catenet/trace/dissect.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "catenet/trace/frames_test.hpp"

namespace catenet {
namespace {

using namespace trace_test;

std::vector<u8> from_hex(std::string_view hex) {
  std::vector<u8> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<u8>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

TEST(DissectLine, known_frames_print_as_tcpdump_prints_them) {
  std::ifstream file(CATENET_SOURCE_DIR "/src/catenet/trace/dissect_lines.txt");
  int rows = 0;
  for (std::string row; std::getline(file, row);) {
    if (row.starts_with('#')) continue;
    std::istringstream fields(row);
    std::string name;
    std::string hex;
    std::string line;
    std::getline(fields, name, '\t');
    std::getline(fields, hex, '\t');
    std::getline(fields, line);
    EXPECT_EQ(dissect_line(from_hex(hex)), line) << name;
    ++rows;
  }
  EXPECT_GT(rows, 150);
}

TEST(DissectLine, link_header_is_put_in_front) {
  DissectOptions options;
  options.link_header = true;
  const auto udp = udp_frame(counting(3));
  EXPECT_EQ(dissect_line(udp, options),
            "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 45: "
            "10.0.0.1.5000 > 10.0.0.2.9000: UDP, length 3");
  auto tagged = ethernet(wire::EtherType::ipv4, wire::VlanTag{3, true, 5});
  append(tagged, ByteView(udp).subspan(14));
  EXPECT_EQ(dissect_line(tagged, options),
            "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 802.1Q (0x8100), length 49: "
            "vlan 5, p 3, DEI, ethertype IPv4 (0x0800), "
            "10.0.0.1.5000 > 10.0.0.2.9000: UDP, length 3");
}

TEST(DissectLine, head_of_a_longer_frame_keeps_its_lengths) {
  TcpFrame want;
  want.tcp.source_port = 5000;
  want.tcp.destination_port = 9000;
  want.tcp.flags = wire::TcpFlag::ack;
  want.payload_size = 1000;
  const auto frame = tcp_frame(want);
  DissectOptions options;
  options.original_size = static_cast<u32>(frame.size());
  EXPECT_EQ(dissect_line(ByteView(frame).first(60), options), dissect_line(frame));
  EXPECT_NE(dissect_line(ByteView(frame).first(60)), dissect_line(frame));
  EXPECT_TRUE(dissect_line(ByteView(frame).first(40), options).ends_with("[|tcp]"));
}

TEST(DissectLine, packet_with_slices_prints_as_its_bytes_do) {
  PacketPool pool;
  TcpFrame want;
  want.tcp.flags = wire::TcpFlag::ack;
  want.payload_size = 3000;
  const auto frame = tcp_frame(want);
  EXPECT_EQ(dissect_line(sliced(pool, frame, 54)), dissect_line(frame));
}

TEST(DissectLine, malformed_tcp_options_are_named) {
  TcpFrame want;
  want.tcp.flags = wire::TcpFlag::syn;
  want.tcp.options.mss = 1460;
  auto frame = tcp_frame(want);
  frame[14 + 20 + 20 + 1] = 0;  // the option's length
  EXPECT_TRUE(dissect_line(frame).ends_with("options [[bad opt]]")) << dissect_line(frame);
  frame[14 + 20 + 20 + 1] = 3;
  EXPECT_TRUE(dissect_line(frame).ends_with("options [mss[len 3],[bad opt]]"))
      << dissect_line(frame);
}

TEST(DissectLine, packets_in_packets_end_at_a_fixed_depth) {
  std::vector<u8> frame = ethernet(wire::EtherType::ipv4);
  constexpr u32 levels = 3000;
  for (u32 i = 0; i < levels; ++i) {
    wire::Ipv4Header header;
    header.total_length = static_cast<u16>((levels - i) * 20);
    header.protocol = wire::IpProtocol::ipip;
    std::vector<u8> bytes(20);
    header.emit(bytes);
    append(frame, bytes);
  }
  EXPECT_LT(dissect_line(frame).size(), 400u);
  EXPECT_LT(dissect_verbose(frame).size(), 4000u);
}

TEST(DissectVerbose, every_header_has_its_line) {
  TcpFrame want;
  want.tcp.source_port = 5000;
  want.tcp.destination_port = 80;
  want.tcp.seq = wire::Seq(2);
  want.tcp.ack = wire::Seq(8);
  want.tcp.flags = wire::TcpFlag::ack | wire::TcpFlag::psh;
  want.tcp.window = 1000;
  want.payload_size = 5;
  EXPECT_EQ(dissect_verbose(tcp_frame(want)),
            "Ethernet: 02:00:00:00:00:01 > 02:00:00:00:00:02, type IPv4 (0x0800), "
            "frame of 59 bytes\n"
            "IPv4: 10.0.0.1 > 10.0.0.2, header 20, dscp 0, ecn 0, total 45, id 7, flags [DF], "
            "offset 0, ttl 64, protocol tcp (6), checksum 0x26c2 (correct)\n"
            "TCP: port 5000 > 80, seq 2, ack 8, header 20, flags [P.], window 1000, urgent 0, "
            "checksum 0x7df7 (correct)\n"
            "Payload: 5 bytes\n");
}

TEST(DissectVerbose, wrong_checksum_is_told_with_the_right_one) {
  auto frame = udp_frame(counting(4));
  const u16 right = load16(frame.data() + 40);
  store16(frame.data() + 40, 0x1234);
  char expected[64];
  std::snprintf(expected, sizeof expected, "checksum 0x1234 (wrong, 0x%04x is right)", right);
  EXPECT_NE(dissect_verbose(frame).find(expected), std::string::npos) << dissect_verbose(frame);
  store16(frame.data() + 24, 0);  // the IPv4 header's own
  EXPECT_NE(dissect_verbose(frame).find("checksum 0x0000 (wrong, 0x"), std::string::npos);
}

TEST(DissectVerbose, deferred_checksum_of_a_packet_is_no_fault) {
  PacketPool pool;
  TcpFrame want;
  want.payload_size = 3000;
  Packet packet = pool.copy_of(tcp_frame(want, true));
  packet.meta().checksum = ChecksumState::deferred;
  packet.meta().checksum_start = 34;
  packet.meta().checksum_offset = 16;
  EXPECT_EQ(dissect_verbose(packet).find("wrong"), std::string::npos);
  packet.meta().segment_size = 1460;
  EXPECT_TRUE(dissect_verbose(packet).starts_with("Super-segment: 3054 bytes, 3 wire frames"));
  EXPECT_EQ(dissect_verbose(packet).find("wrong"), std::string::npos);
}

TEST(HexDump, rows_show_offset_pairs_and_characters) {
  std::vector<u8> bytes = counting(16);
  append(bytes, as_bytes("Hello, \x7f\xff"));
  EXPECT_EQ(hex_dump(bytes),
            "0x0000:  0001 0203 0405 0607 0809 0a0b 0c0d 0e0f  ................\n"
            "0x0010:  4865 6c6c 6f2c 207f ff                   Hello,...\n");
  EXPECT_EQ(hex_dump({}), "");
}

}  // namespace
}  // namespace catenet
