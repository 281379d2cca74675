// What was wanted beside what came.
#include "catenet/drill/compare.hpp"

#include <gtest/gtest.h>

#include "catenet/drill/script_reader_test.hpp"

namespace catenet::drill {
namespace {

using testing::packet_of;

std::vector<std::string> found(const std::string& wanted, const std::string& came) {
  return differences(packet_of(wanted), packet_of(came));
}

using Lines = std::vector<std::string>;

TEST(DrillCompare, what_the_script_leaves_open_is_not_compared) {
  EXPECT_EQ(found("> . 1:1(0) ack 1", "> [ce] . 1:1(0) ack 1 win 77"), Lines());
  EXPECT_EQ(found("> . 1:1(0) ack 1 <...>", "> . 1:1(0) ack 1 <mss 5>"), Lines());
  EXPECT_EQ(found("> [ect01] . 1:1(0) ack 1", "> [ect1] . 1:1(0) ack 1"), Lines());
}

TEST(DrillCompare, each_field_is_named) {
  EXPECT_EQ(found("> P. 1:11(10) ack 2 win 5 urg 3", "> . 2:4(2) ack 3 win 6"),
            (Lines{"flags: P. was expected, . came", "seq: 1 was expected, 2 came",
                   "length: 10 was expected, 2 came", "ack: 2 was expected, 3 came",
                   "win: 5 was expected, 6 came", "urg: 3 was expected, 0 came"}));
  EXPECT_EQ(found("> . 1:1(0) ack 1 <nop,mss 5>", "> . 1:1(0) ack 1"),
            (Lines{"options: <nop,mss 5> was expected, none came"}));
  EXPECT_EQ(
      found("> 1 > 2 . 1:1(0) ack 1", "> 3 > 4 . 1:1(0) ack 1"),
      (Lines{"source port: 1 was expected, 3 came", "destination port: 2 was expected, 4 came"}));
  EXPECT_EQ(found("> [ect0] . 1:1(0) ack 1", "> [ce] . 1:1(0) ack 1"),
            (Lines{"ECN: ect0 was expected, ce came"}));
}

TEST(DrillCompare, text_is_what_was_written) {
  PacketEvent came = packet_of("> P. 1:11(10) ack 1");
  std::get<Segment>(came.body).wrong_byte = 3;
  EXPECT_EQ(differences(packet_of("> P. 1:11(10) ack 1"), came),
            (Lines{"text: byte 3 is not what was written"}));
}

TEST(DrillCompare, kinds_of_packets_differ_as_a_whole) {
  EXPECT_EQ(found("> udp (5)", "> . 1:1(0) ack 1"),
            (Lines{"packet: a UDP datagram was expected, a TCP segment came"}));
  EXPECT_EQ(found("> udp (5)", "> udp (6)"), (Lines{"length: 5 was expected, 6 came"}));
}

TEST(DrillCompare, icmp_is_compared_with_what_it_quotes) {
  EXPECT_EQ(found("> icmp unreachable frag_needed mtu 9 [1:2(1)]",
                  "> icmp unreachable frag_needed mtu 8 [2:3(1)]"),
            (Lines{"mtu: 9 was expected, 8 came", "quoted seq: 1 was expected, 2 came"}));
  EXPECT_EQ(found("> icmp unreachable port_unreachable", "> icmp unreachable host_unreachable"),
            (Lines{"code: port_unreachable was expected, host_unreachable came"}));
}

}  // namespace
}  // namespace catenet::drill
