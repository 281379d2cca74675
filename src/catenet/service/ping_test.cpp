// ping against hosts across a router: what it prints, to the byte.
#include <gtest/gtest.h>

#include "catenet/service/tool_test.hpp"
#include "catenet/service/tools.hpp"

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
            "3 packets transmitted, 3 received, 0% packet loss, time 2000ms\n"
            "rtt min/avg/max/mdev = 40.000/53.333/80.000/18.856 ms\n");
  EXPECT_EQ(error.text, "");
}

TEST_F(PingTool, address_is_printed_alone) {
  run("ping -c 1 10.0.1.2");
  EXPECT_EQ(run("ping -c 1 10.0.1.2"), 0);
  EXPECT_EQ(out.text,
            "PING 10.0.1.2 (10.0.1.2) 56(84) bytes of data.\n"
            "64 bytes from 10.0.1.2: icmp_seq=1 ttl=63 time=40.0 ms\n"
            "\n--- 10.0.1.2 ping statistics ---\n"
            "1 packets transmitted, 1 received, 0% packet loss, time 0ms\n"
            "rtt min/avg/max/mdev = 40.000/40.000/40.000/0.000 ms\n");
}

TEST_F(PingTool, shorthand_of_an_address_is_taken) {
  EXPECT_EQ(run("ping -c 1 -q 10.258"), 0);
  EXPECT_TRUE(out.text.starts_with("PING 10.258 (10.0.1.2) 56(84) bytes of data.\n")) << out.text;
}

TEST_F(PingTool, ipv6_is_pinged_by_name) {
  run("ping -c 1 web6");
  EXPECT_EQ(run("ping -c 1 web6"), 0);
  EXPECT_EQ(out.text,
            "PING web6(web6 (2001:db8:1::2)) 56 data bytes\n"
            "64 bytes from web6 (2001:db8:1::2): icmp_seq=1 ttl=63 time=40.0 ms\n"
            "\n--- web6 ping statistics ---\n"
            "1 packets transmitted, 1 received, 0% packet loss, time 0ms\n"
            "rtt min/avg/max/mdev = 40.000/40.000/40.000/0.000 ms\n");
}

TEST_F(PingTool, small_ttl_gets_time_exceeded) {
  EXPECT_EQ(run("ping -c 1 -t 1 web"), 1);
  EXPECT_EQ(out.text,
            "PING web (10.0.1.2) 56(84) bytes of data.\n"
            "From r1 (10.0.0.1) icmp_seq=1 Time to live exceeded\n"
            "\n--- web ping statistics ---\n"
            "1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms\n\n");
  EXPECT_EQ(run("ping -c 1 -t 1 -n web6"), 1);
  EXPECT_NE(out.text.find("From 2001:db8::1 icmp_seq=1 Time exceeded: Hop limit\n"),
            std::string::npos);
}

TEST_F(PingTool, absent_host_is_unreachable_from_here) {
  EXPECT_EQ(run("ping -c 1 10.0.0.77"), 1);
  EXPECT_NE(out.text.find("From 10.0.0.2 icmp_seq=1 Destination Host Unreachable\n"),
            std::string::npos);
  EXPECT_NE(out.text.find("1 packets transmitted, 0 received, +1 errors, 100% packet loss"),
            std::string::npos);
}

TEST_F(PingTool, absent_host_is_unreachable_from_the_router) {
  EXPECT_EQ(run("ping -c 1 10.0.1.77"), 1);
  EXPECT_NE(out.text.find("From 10.0.0.1 icmp_seq=1 Destination Host Unreachable\n"),
            std::string::npos);
}

TEST_F(PingTool, timestamp_request_prints_the_three_times) {
  run("ping -c 1 web");
  ASSERT_EQ(run("ping -c 1 --timestamp web"), 0);
  const std::string begin =
      "PING web (10.0.1.2) timestamp requests.\n"
      "20 bytes from web (10.0.1.2): icmp_seq=1 ttl=63 time=40.0 ms originate=";
  ASSERT_TRUE(out.text.starts_with(begin)) << out.text;
  u32 originate = 0, receive = 0, transmit = 0;
  ASSERT_EQ(std::sscanf(out.text.c_str() + begin.size(), "%u receive=%u transmit=%u", &originate,
                        &receive, &transmit),
            3)
      << out.text;
  EXPECT_EQ(receive, originate + 20);  // half of the way there and back
  EXPECT_EQ(transmit, receive);
  EXPECT_NE(out.text.find("\nrtt min/avg/max/mdev = 40.000/40.000/40.000/0.000 ms\n"),
            std::string::npos);
}

TEST_F(PingTool, address_mask_is_told_by_who_may) {
  run("ping -c 1 web");
  EXPECT_EQ(run("ping -c 1 --type address -W 1 web"), 1);
  HostOptions options;
  options.ip.address_mask_reply = true;
  lab_net::Net authority(options);
  for (const char* words : {"ping -c 1 web", "ping -c 1 --address web"}) {
    out.text.clear();
    Invocation invocation{authority.alice.system, *split_words(words), out, error};
    EXPECT_EQ(authority.run(ping(invocation)), 0);
  }
  EXPECT_TRUE(out.text.starts_with(
      "PING web (10.0.1.2) address mask requests.\n"
      "12 bytes from web (10.0.1.2): icmp_seq=1 ttl=63 time=40.0 ms mask=255.255.255.0\n"))
      << out.text;
}

TEST_F(PingTool, error_about_a_query_is_told) {
  EXPECT_EQ(run("ping -c 1 -t 1 --timestamp web"), 1);
  EXPECT_NE(out.text.find("From r1 (10.0.0.1) icmp_seq=1 Time to live exceeded\n"),
            std::string::npos)
      << out.text;
}

TEST_F(PingTool, queries_are_of_ipv4_and_have_a_type) {
  EXPECT_EQ(run("ping -6 --timestamp web"), 2);
  EXPECT_EQ(error.text, "ping: ICMPv6 has neither timestamp nor address mask requests\n");
  EXPECT_EQ(run("ping --type router web"), 2);
  EXPECT_EQ(error.text,
            "ping: invalid --type argument: router; it is echo, timestamp or address\n");
}

TEST_F(PingTool, interface_may_be_named) {
  run("ping -c 1 web");
  EXPECT_EQ(run("ping -c 1 -I eth0 web"), 0);
  EXPECT_TRUE(
      out.text.starts_with("PING web (10.0.1.2) from 10.0.0.2 eth0: 56(84) bytes of data.\n"
                           "64 bytes from web (10.0.1.2): icmp_seq=1 ttl=63 time=40.0 ms\n"))
      << out.text;
  EXPECT_EQ(run("ping -c 1 -I eth9 web"), 2);
  EXPECT_EQ(error.text, "ping: unknown iface: eth9\n");
}

TEST_F(PingTool, interface_that_is_named_is_the_way) {
  EXPECT_EQ(run("ping -c 1 -W 1 -I lo web"), 1);
  EXPECT_EQ(error.text, "ping: sendmsg: Network is unreachable\n");
}

TEST_F(PingTool, lost_requests_are_counted) {
  run("ping -c 1 web");
  net.far_link().set_partitioned(true);
  const Instant before = net.engine.now();
  EXPECT_EQ(run("ping -c 2 -W 3 web"), 1);
  EXPECT_NE(out.text.find("2 packets transmitted, 0 received, 100% packet loss, time 1000ms"),
            std::string::npos);
  EXPECT_EQ((net.engine.now() - before).s(), 4);
}

TEST_F(PingTool, duplicate_is_marked) {
  Impairment doubled;
  doubled.delay = 10_ms;
  doubled.duplicate_ppb = always_ppb;
  ASSERT_TRUE(net.near_link().set(Way::b_to_a, doubled));
  EXPECT_EQ(run("ping -c 2 web"), 0);
  EXPECT_NE(out.text.find("icmp_seq=1 ttl=63 time=80.0 ms (DUP!)\n"), std::string::npos);
  EXPECT_NE(out.text.find("2 packets transmitted, 2 received, +1 duplicates, 0% packet loss"),
            std::string::npos);
}

TEST_F(PingTool, quiet_prints_begin_and_end) {
  EXPECT_EQ(run("ping -q -c 2 -i 0.2 web"), 0);
  EXPECT_EQ(std::count(out.text.begin(), out.text.end(), '\n'), 5);
  EXPECT_NE(out.text.find("time 200ms"), std::string::npos);
}

TEST_F(PingTool, small_packet_has_no_time) {
  EXPECT_EQ(run("ping -c 1 -s 8 web"), 0);
  EXPECT_NE(
      out.text.find("8(36) bytes of data.\n16 bytes from web (10.0.1.2): icmp_seq=1 ttl=63\n"),
      std::string::npos);
  EXPECT_EQ(out.text.find("rtt"), std::string::npos);
}

TEST_F(PingTool, large_packet_is_fragmented_or_refused) {
  EXPECT_EQ(run("ping -c 1 -s 4000 web"), 0);
  EXPECT_NE(out.text.find("4008 bytes from web"), std::string::npos);
  EXPECT_EQ(run("ping -c 1 -M do -s 1473 web"), 1);
  EXPECT_EQ(error.text, "ping: local error: message too long, mtu=1500\n");
  EXPECT_EQ(run("ping -c 1 -M do -s 1472 web"), 0);
}

TEST_F(PingTool, record_route_lists_the_hops) {
  EXPECT_EQ(run("ping -n -c 2 -R web"), 0);
  EXPECT_NE(out.text.find("56(124) bytes of data."), std::string::npos);
  // As between Linux hosts: each end once as it sends and once as it receives.
  EXPECT_NE(out.text.find("\nRR: \t10.0.0.2\n\t10.0.1.1\n\t10.0.1.2\n\t10.0.1.2\n\t10.0.0.1\n"
                          "\t10.0.0.2\n\n64 bytes"),
            std::string::npos)
      << out.text;
  EXPECT_NE(out.text.find("\t(same route)\n"), std::string::npos);
}

TEST_F(PingTool, deadline_ends_a_run_without_count) {
  const Instant before = net.engine.now();
  EXPECT_EQ(run("ping -w 3 web"), 0);
  EXPECT_EQ((net.engine.now() - before).s(), 3);
  EXPECT_NE(out.text.find("3 packets transmitted, 3 received"), std::string::npos);
}

TEST_F(PingTool, flood_waits_for_answers_or_10_ms) {
  EXPECT_EQ(run("ping -f -c 10 10.0.0.1"), 0);
  EXPECT_EQ(std::count(out.text.begin(), out.text.end(), '.') >= 10, true);
  EXPECT_NE(out.text.find("10 packets transmitted, 10 received, 0% packet loss"),
            std::string::npos);
}

TEST_F(PingTool, own_address_answers) {
  EXPECT_EQ(run("ping -c 1 127.0.0.1"), 0);
  EXPECT_EQ(run("ping -c 1 ::1"), 0);
  EXPECT_EQ(run("ping -c 1 alice"), 0);
}

TEST_F(PingTool, unspecified_address_is_the_own_host) {
  EXPECT_EQ(run("ping -c 1 0.0.0.0"), 0);
  EXPECT_TRUE(
      out.text.starts_with("PING 0.0.0.0 (127.0.0.1) 56(84) bytes of data.\n"
                           "64 bytes from 127.0.0.1: icmp_seq=1 "))
      << out.text;
  EXPECT_EQ(run("ping -c 1 ::"), 0);
  EXPECT_NE(out.text.find("\n64 bytes from ::1: icmp_seq=1 "), std::string::npos) << out.text;
}

TEST_F(PingTool, broadcast_wants_its_option) {
  for (const char* address : {"10.0.0.255", "255.255.255.255"}) {
    const Instant before = net.engine.now();
    EXPECT_EQ(run(fmt::format("ping -c 1 {}", address)), 2);
    EXPECT_EQ(error.text,
              "ping: Do you want to ping broadcast? Then -b. If not, check your local firewall "
              "rules\n");
    EXPECT_EQ(out.text, "");
    EXPECT_EQ(net.engine.now(), before);
    run(fmt::format("ping -b -c 1 -W 1 {}", address));
    EXPECT_EQ(error.text, "WARNING: pinging broadcast address\n");
    EXPECT_NE(out.text.find("1 packets transmitted"), std::string::npos);
  }
}

TEST_F(PingTool, limit_of_0_is_none) {
  EXPECT_EQ(run("ping -c 2 -w 0 web"), 0);
  EXPECT_NE(out.text.find("2 packets transmitted, 2 received"), std::string::npos) << out.text;
  net.far_link().set_partitioned(true);
  EXPECT_EQ(run("ping -c 1 -W 0 web", 3'600_s), -1) << "it goes on waiting";
}

TEST_F(PingTool, what_cannot_be_tried_is_2) {
  EXPECT_EQ(run("ping nosuch"), 2);
  EXPECT_EQ(error.text, "ping: nosuch: Name or service not known\n");
  EXPECT_EQ(run("ping -6 10.0.0.1"), 2);
  EXPECT_EQ(run("ping -c 0 web"), 2);
  EXPECT_EQ(error.text,
            "ping: invalid -c argument: '0': out of range: 1 <= value <= 1000000000000\n");
  EXPECT_EQ(run("ping -c x web"), 2);
  EXPECT_EQ(
      error.text,
      "ping: invalid -c argument: 'x': a whole number is right, 1 <= value <= 1000000000000\n");
  EXPECT_EQ(run("ping -M foo web"), 2);
  EXPECT_EQ(error.text, "ping: invalid -M argument: foo; it is do, want or dont\n");
  EXPECT_EQ(run("ping -W soon web"), 2);
  EXPECT_EQ(error.text,
            "ping: bad linger time: soon; -W takes seconds, such as 2.5; 0: no limit\n");
  EXPECT_EQ(run("ping -i x web"), 2);
  EXPECT_EQ(error.text, "ping: bad timing interval: x; -i takes seconds, 0.001 or more\n");
  EXPECT_EQ(run("ping -Z web"), 2);
  EXPECT_TRUE(error.text.starts_with("ping: invalid option -- 'Z'; it has -4 -6 -b -c "))
      << error.text;
  EXPECT_EQ(run("ping"), 2);
  EXPECT_EQ(error.text, "ping: usage error: Destination address required\n");
  EXPECT_EQ(run("ping web r1"), 2);
  EXPECT_TRUE(error.text.starts_with("ping: extra operand 'r1'\n")) << error.text;
  EXPECT_EQ(run("ping -I 10.9.9.9 web"), 2);
  EXPECT_EQ(out.text, "");
}

TEST_F(PingTool, interval_has_a_least) {
  EXPECT_EQ(run("ping -q -c 2 -i 0.001 web"), 0);
  for (const char* line : {"ping -c 2 -i 0 web", "ping -c 2 -i 0.0001 web"}) {
    EXPECT_EQ(run(line), 2) << line;
    EXPECT_NE(error.text.find("-i takes 0.001 or more, and -f sends without one\n"),
              std::string::npos)
        << error.text;
  }
}

TEST_F(PingTool, no_way_there_is_told) {
  ASSERT_TRUE(net.alice.host.ip().remove_route(*Prefix::parse("0.0.0.0/0")));
  EXPECT_EQ(run("ping -c 1 web"), 2);
  EXPECT_EQ(error.text, "ping: connect: Network is unreachable\n");
}

TEST_F(PingTool, two_at_once_do_not_take_each_others_answers) {
  tool_test::Text other;
  Invocation second{net.alice.system, {"ping", "-c", "3", "r1"}, other, error};
  struct Keep {
    static Task<void> run(Invocation& invocation) {
      static_cast<void>(co_await find_tool("ping")(invocation));
    }
  };
  TaskGroup group(net.alice.system.scheduler());
  group.spawn(Keep::run(second));
  EXPECT_EQ(run("ping -c 3 web"), 0);
  EXPECT_NE(out.text.find("3 packets transmitted, 3 received, 0%"), std::string::npos);
  EXPECT_NE(other.text.find("3 packets transmitted, 3 received, 0%"), std::string::npos);
}

}  // namespace
}  // namespace catenet
