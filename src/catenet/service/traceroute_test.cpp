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

// Sixteen probes at once reach neighbours whose addresses nobody knows yet: none may be lost.
TEST_F(TracerouteTool, way_that_was_never_gone_has_no_silent_hop) {
  for (const char* target : {"web", "web6"}) {
    EXPECT_EQ(run(std::string("traceroute -n ") + target), 0);
    EXPECT_EQ(out.text.find('*'), std::string::npos) << out.text;
    EXPECT_EQ(std::count(out.text.begin(), out.text.end(), '\n'), 3) << out.text;
  }
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

TEST_F(TracerouteTool, ipv6_hops_are_named) {
  for (const char* kind : {"", "-I ", "-T "}) {
    net.pass(60_s);  // the router's limit on errors fills up again
    run("ping -c 1 web6");
    EXPECT_EQ(run(std::string("traceroute -n ") + kind + "web6"), 0);
    EXPECT_EQ(out.text,
              "traceroute to web6 (2001:db8:1::2), 30 hops max, 80 byte packets\n"
              " 1  2001:db8::1  20.000 ms  20.000 ms  20.000 ms\n"
              " 2  2001:db8:1::2  40.000 ms  40.000 ms  40.000 ms\n")
        << kind;
  }
}

TEST_F(TracerouteTool, silent_hops_are_stars) {
  run("ping -c 1 web");
  net.far_link().set_partitioned(true);
  EXPECT_EQ(run("traceroute -n -m 3 -q 2 -w 2 web"), 0);
  EXPECT_EQ(out.text,
            "traceroute to web (10.0.1.2), 3 hops max, 60 byte packets\n"
            " 1  10.0.0.1  20.000 ms  20.000 ms\n"
            " 2  * *\n"
            " 3  * *\n");
}

TEST_F(TracerouteTool, unreachable_host_is_marked) {
  EXPECT_EQ(run("traceroute -n -q 1 10.0.1.77"), 0);
  EXPECT_NE(out.text.find(" 2  10.0.0.1  "), std::string::npos) << out.text;
  EXPECT_TRUE(out.text.ends_with(" ms !H\n")) << out.text;
}

TEST_F(TracerouteTool, refused_ways_are_marked_by_their_reason) {
  const auto refuse = [&](std::string_view prefix, RouteKind kind) {
    Route route;
    route.prefix = *Prefix::parse(prefix);
    route.kind = kind;
    ASSERT_TRUE(net.r1().host.ip().add_route(route));
  };
  refuse("172.16.0.0/16", RouteKind::prohibit);
  refuse("172.17.0.0/16", RouteKind::unreachable);
  refuse("2001:db8:16::/48", RouteKind::prohibit);
  for (const auto& [target, mark] : {std::pair{"172.16.0.1", "!X"},
                                     {"172.17.0.1", "!H"},
                                     {"192.0.2.1", "!N"},
                                     {"2001:db8:16::1", "!X"},
                                     {"2001:db9::1", "!N"}}) {
    for (const char* kind : {"", "-I ", "-T "}) {
      net.pass(60_s);  // the router's limit on errors fills up again
      EXPECT_EQ(run(fmt::format("traceroute -n -q 1 {}{}", kind, target)), 0);
      EXPECT_TRUE(out.text.ends_with(fmt::format(" ms {}\n", mark))) << kind << out.text;
      EXPECT_EQ(std::count(out.text.begin(), out.text.end(), '\n'), 3) << kind << out.text;
    }
  }
}

TEST_F(TracerouteTool, first_hop_and_size_may_be_given) {
  run("ping -c 1 web");
  EXPECT_EQ(run("traceroute -n -f 2 -q 1 web 1000"), 0);
  EXPECT_EQ(out.text,
            "traceroute to web (10.0.1.2), 30 hops max, 1000 byte packets\n"
            " 2  10.0.1.2  40.000 ms\n");
}

TEST_F(TracerouteTool, mtu_option_finds_the_narrow_link) {
  ASSERT_TRUE(net.r1().host.ip().set_mtu(*net.r1().host.ip().interface("eth1"), 1'400));
  run("ping -c 1 web");
  EXPECT_EQ(run("traceroute -n -q 2 --mtu web"), 0);
  EXPECT_EQ(out.text,
            "traceroute to web (10.0.1.2), 30 hops max, 65000 byte packets\n"
            " 1  10.0.0.1  20.000 ms F=1500  20.000 ms\n"
            " 2  10.0.1.2  40.000 ms F=1400  40.000 ms\n");
}

TEST_F(TracerouteTool, probes_are_of_growing_ttl_and_port) {
  lab_net::Listener listener;
  net.alice.nics[0]->set_recorder(&listener, 0);
  run("traceroute -n -q 1 web");
  net.alice.nics[0]->set_recorder(nullptr, 0);
  EXPECT_EQ(listener.count(" > 10.0.1.2.33434: UDP, length 32"), 1u);
  EXPECT_EQ(listener.count(" > 10.0.1.2.33435: UDP, length 32"), 1u);
  EXPECT_EQ(listener.count("udp port 33435 unreachable"), 1u);
}

TEST_F(TracerouteTool, tcp_probe_tells_open_and_closed_ports_alike_and_resets) {
  auto listener = listen_stream(net.web.system, 80);
  ASSERT_TRUE(listener);
  EXPECT_EQ(run("traceroute -T -n -q 1 -f 2 web"), 0);
  EXPECT_NE(out.text.find(" 2  10.0.1.2  "), std::string::npos);
  net.pass(1_s);
  EXPECT_FALSE((*listener)->accept()) << "the probe's connection was reset before it was taken";
}

TEST_F(TracerouteTool, tcp_probe_is_sent_once_and_a_lost_one_is_a_star) {
  run("ping -c 1 web");
  net.far_link().set_partitioned(true);
  lab_net::Listener listener;
  net.alice.nics[0]->set_recorder(&listener, 0);
  EXPECT_EQ(run("traceroute -T -n -m 2 -q 2 -w 10 web"), 0);
  net.alice.nics[0]->set_recorder(nullptr, 0);
  EXPECT_EQ(out.text,
            "traceroute to web (10.0.1.2), 2 hops max, 60 byte packets\n"
            " 1  10.0.0.1  20.000 ms  20.000 ms\n"
            " 2  * *\n");
  EXPECT_EQ(listener.count(" > 10.0.1.2.80: Flags [S]"), 4u);
}

TEST_F(TracerouteTool, probe_too_long_for_the_own_link_is_marked_with_its_mtu) {
  for (const char* kind : {"", "-I "}) {
    EXPECT_EQ(run(fmt::format("traceroute -n -q 2 -F {}web 2000", kind)), 0);
    EXPECT_EQ(out.text,
              "traceroute to web (10.0.1.2), 30 hops max, 2000 byte packets\n"
              " 1  *  0.000 ms !F-1500 *  0.000 ms !F-1500\n");
    EXPECT_EQ(error.text, "");
  }
}

TEST_F(TracerouteTool, size_below_the_headers_is_that_of_the_headers) {
  EXPECT_EQ(run("traceroute -m 1 -q 1 web 0"), 0);
  EXPECT_TRUE(out.text.starts_with("traceroute to web (10.0.1.2), 1 hops max, 28 byte packets\n"));
  EXPECT_EQ(run("traceroute -m 1 -q 1 web6 40"), 0);
  EXPECT_NE(out.text.find("1 hops max, 48 byte packets\n"), std::string::npos) << out.text;
  EXPECT_EQ(run("traceroute -T -m 1 -q 1 web 1000"), 0);
  EXPECT_NE(out.text.find("1 hops max, 60 byte packets\n"), std::string::npos) << out.text;
}

TEST_F(TracerouteTool, usage_mistakes_are_2) {
  EXPECT_EQ(run("traceroute"), 2);
  EXPECT_EQ(run("traceroute nosuch"), 2);
  EXPECT_EQ(error.text, "nosuch: Name or service not known\n");
  EXPECT_EQ(run("traceroute -m 256 web"), 2);
  EXPECT_EQ(error.text, "traceroute: invalid -m argument: '256'; max hops are from 1 to 255\n");
  EXPECT_EQ(run("traceroute --queries 0 web"), 2);
  EXPECT_EQ(error.text,
            "traceroute: invalid --queries argument: '0'; probes per hop are from 1 to 10\n");
  EXPECT_EQ(run("traceroute -q 11 web"), 2);
  EXPECT_EQ(run("traceroute -f 31 web"), 2);
  EXPECT_EQ(run("traceroute -w 0 web"), 2);
  EXPECT_EQ(run("traceroute -I --mtu web"), 2);
  EXPECT_EQ(run("traceroute web 60 r1"), 2);
  EXPECT_TRUE(error.text.starts_with("traceroute: extra operand 'r1'\nUsage:")) << error.text;
}

TEST_F(TracerouteTool, no_way_there_is_told) {
  ASSERT_TRUE(net.alice.host.ip().remove_route(*Prefix::parse("0.0.0.0/0")));
  EXPECT_EQ(run("traceroute web"), 1);
  EXPECT_EQ(error.text, "traceroute: send: Network is unreachable\n");
}

}  // namespace
}  // namespace catenet
