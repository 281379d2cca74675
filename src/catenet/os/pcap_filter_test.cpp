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

TEST(PcapFilter, short_frame_does_not_match) {
  const auto filter = PcapFilter::compile("tcp port 80");
  ASSERT_TRUE(filter.has_value());
  EXPECT_FALSE(filter->matches(ByteView(syn).first(20)));
  EXPECT_FALSE(filter->matches({}));
}

}  // namespace
}  // namespace catenet::os
