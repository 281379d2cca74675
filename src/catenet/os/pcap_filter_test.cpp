#include "catenet/os/pcap_filter.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace catenet::os {
namespace {

// IP 10.0.0.1.5000 > 10.0.0.2.80: Flags [S], without options
const std::vector<u8> syn = {0x02, 0, 0,  0,  0,    2,    0x02, 0,    0,  0,  0, 1, 0x08, 0x00,
                             0x45, 0, 0,  40, 0,    1,    0,    0,    64, 6,  0, 0, 10,   0,
                             0,    1, 10, 0,  0,    2,    0x13, 0x88, 0,  80, 0, 0, 0,    1,
                             0,    0, 0,  0,  0x50, 0x02, 0xff, 0xff, 0,  0,  0, 0};

TEST(PcapFilter, expression_selects_frames) {
  const auto port = PcapFilter::compile("tcp dst port 80 and tcp[tcpflags] & tcp-syn != 0");
  ASSERT_TRUE(port.has_value());
  EXPECT_TRUE(port->matches(syn));
  const auto other = PcapFilter::compile("udp or host 10.0.0.3");
  ASSERT_TRUE(other.has_value());
  EXPECT_FALSE(other->matches(syn));
}

TEST(PcapFilter, wrong_expression_says_why) {
  const auto wrong = PcapFilter::compile("tcp port eighty and");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_FALSE(wrong.error().empty());
}

TEST(PcapFilter, names_are_not_looked_up_on_the_machine) {
  for (const char* expression :
       {"host localhost", "src some.name", "tcp port http", "net loopback", "ip proto \\tcp",
        "ip proto ospf", "gateway web", "host 10.0.0.1.example", "host 1.2.3.4.5", "port 1a",
        "ether host web", "len-20 > 0", "inbound", "host fe80::1%eth0", "host \xc3\xa4"}) {
    const auto filter = PcapFilter::compile(expression);
    ASSERT_FALSE(filter.has_value()) << expression;
    EXPECT_NE(filter.error().find('\''), std::string::npos) << filter.error();
  }
}

TEST(PcapFilter, what_needs_no_names_is_taken) {
  for (const char* expression : {"",
                                 "tcp",
                                 "src host 10.0.0.1 and not port 80",
                                 "host (10.0.0.1 or fd00::1)",
                                 "net 10.0.0.0/8",
                                 "net 10",
                                 "src net 10.0",
                                 "ip6 net fd00::/64",
                                 "ether proto \\ip",
                                 "ether host 02:00:00:00:00:01",
                                 "tcp portrange 1-1023",
                                 "ip proto 6",
                                 "ip[2:2]-20 > 0",
                                 "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
                                 "icmp[icmptype] == icmp-echo",
                                 "ip6[6] = 58",
                                 "greater 100",
                                 "ether[0] & 1 = 0",
                                 "icmp6 and icmp6[icmp6type] = icmp6-echo",
                                 "((tcp[12:1] & 0xf0) >> 2) != 20",
                                 "len <= 0x40",
                                 "vlan 7",
                                 "ether multicast",
                                 "dst host 10.0.0.1 || !udp",
                                 "not host 10.0.0.1 && ip"}) {
    const auto filter = PcapFilter::compile(expression);
    EXPECT_TRUE(filter.has_value()) << expression << ": " << filter.error();
  }
}

TEST(PcapFilter, expression_that_would_be_compiled_for_minutes_is_refused) {
  std::string expression = "port 0";
  for (int port = 1; port < 3'000; ++port) expression += " or port " + std::to_string(port);
  EXPECT_FALSE(PcapFilter::compile(expression));
  const auto shorter = PcapFilter::compile(expression.substr(0, expression.rfind(" or ", 2'040)));
  ASSERT_TRUE(shorter);
  EXPECT_TRUE(shorter->matches(syn));  // port 80
}

TEST(PcapFilter, short_frame_does_not_match) {
  const auto filter = PcapFilter::compile("tcp port 80");
  ASSERT_TRUE(filter.has_value());
  EXPECT_FALSE(filter->matches(ByteView(syn).first(20)));
  EXPECT_FALSE(filter->matches({}));
}

}  // namespace
}  // namespace catenet::os
