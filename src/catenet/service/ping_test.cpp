// ping against hosts across a router: what it prints, to the byte.
#include <gtest/gtest.h>

#include "catenet/service/tool_test.hpp"

namespace catenet {
namespace {

using tool_test::Tools;

class PingTool : public Tools {};

TEST_F(PingTool, replies_print_lines_and_summary) {
  EXPECT_EQ(run("ping -c 3 web"), 0);
  EXPECT_EQ(out.text,
            "PING web (10.0.1.2) 56(84) bytes of data.\n"
            "64 bytes from web (10.0.1.2): icmp_seq=1 ttl=63 time=80.0 ms\n"
            "64 bytes from web (10.0.1.2): icmp_seq=2 ttl=63 time=40.0 ms\n"
            "64 bytes from web (10.0.1.2): icmp_seq=3 ttl=63 time=40.0 ms\n"
            "\n--- web ping statistics ---\n"
            "3 packets transmitted, 3 received, 0% packet loss, time 2040ms\n"
            "rtt min/avg/max/mdev = 40.000/53.333/80.000/18.856 ms\n");
  EXPECT_EQ(error.text, "");
}

}  // namespace
}  // namespace catenet
