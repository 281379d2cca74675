// traceroute across a router: what it prints, to the byte.
#include <gtest/gtest.h>

#include "catenet/service/tool_test.hpp"

namespace catenet {
namespace {

class TracerouteTool : public tool_test::Tools {};

TEST_F(TracerouteTool, udp_probes_name_each_hop) {
  run("ping -c 1 web");
  EXPECT_EQ(run("traceroute web"), 0);
  EXPECT_EQ(out.text,
            "traceroute to web (10.0.1.2), 30 hops max, 60 byte packets\n"
            " 1  r1 (10.0.0.1)  20.000 ms  20.000 ms  20.000 ms\n"
            " 2  web (10.0.1.2)  40.000 ms  40.000 ms  40.000 ms\n");
  EXPECT_EQ(error.text, "");
}

TEST_F(TracerouteTool, icmp_probes_name_each_hop) {
  run("ping -c 1 web");
  EXPECT_EQ(run("traceroute -I -n web"), 0);
  EXPECT_EQ(out.text,
            "traceroute to web (10.0.1.2), 30 hops max, 60 byte packets\n"
            " 1  10.0.0.1  20.000 ms  20.000 ms  20.000 ms\n"
            " 2  10.0.1.2  40.000 ms  40.000 ms  40.000 ms\n");
}

TEST_F(TracerouteTool, tcp_probes_name_each_hop) {
  run("ping -c 1 web");
  EXPECT_EQ(run("traceroute -T web"), 0);
  EXPECT_EQ(out.text,
            "traceroute to web (10.0.1.2), 30 hops max, 60 byte packets\n"
            " 1  r1 (10.0.0.1)  20.000 ms  20.000 ms  20.000 ms\n"
            " 2  web (10.0.1.2)  40.000 ms  40.000 ms  40.000 ms\n");
}

}  // namespace
}  // namespace catenet
