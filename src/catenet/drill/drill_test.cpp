// Scripts run: that they pass where they are right, and what is shown where they are not.
#include "catenet/drill/drill.hpp"

#include <gtest/gtest.h>

namespace catenet::drill {
namespace {

const std::string listener =
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
    "+0 bind(3, ..., ...) = 0\n"
    "+0 listen(3, 1) = 0\n";
const std::string handshake = listener +
                              "+0 < S 0:0(0) win 1000 <mss 1000>\n"
                              "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
                              "+.1 < . 1:1(0) ack 1 win 1000\n"
                              "+0 accept(3, ..., ...) = 4\n";

DrillReport run_drill(const std::string& text, bool strict = false) {
  DrillOptions options;
  options.strict = strict;
  return drill("t.pkt", text, options);
}

// Of a script that passes: nothing. Else what is printed.
std::string told(const std::string& text, bool strict = false) {
  const DrillReport report = run_drill(text, strict);
  return report.problems.to_string("t.pkt", text) + report.failure;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(Drill, a_script_that_is_right_passes_and_is_counted) {
  const DrillReport report = run_drill(handshake);
  EXPECT_EQ(report.verdict, Verdict::passed) << report.failure;
  EXPECT_EQ(report.events, 7u);
  EXPECT_EQ(report.packets, 3u);
  EXPECT_EQ(report.lasted, 100_ms);
}

TEST(Drill, another_packet_is_shown_beside_what_was_expected) {
  EXPECT_EQ(told(listener + "+0 < S 0:0(0) win 1000 <mss 1000>\n+0 > S. 0:0(0) ack 2 <mss 1460>\n"),
            "t.pkt:5: another packet\n"
            "    +0 > S. 0:0(0) ack 2 <mss 1460>\n"
            "    expected: 0.000000 > S. 0:0(0) ack 2 <mss 1460>\n"
            "    actual:   0.000000 > S. 0:0(0) ack 1 win 65535 <mss 1460>\n"
            "    ack: 2 was expected, 1 came\n"
            "  the conversation so far:\n"
            "    0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
            "    0.000000 bind(3, ..., ...) = 0\n"
            "    0.000000 listen(3, 1) = 0\n"
            "    0.000000 < S 0:0(0) win 1000 <mss 1000>\n");
}

TEST(Drill, a_packet_at_another_time_is_told) {
  const std::string write = handshake + "+0 write(4, ..., 10) = 10\n";
  EXPECT_TRUE(contains(told(write + "+.2 > P. 1:11(10) ack 1\n"),
                       "time: 0.300000 s was expected, 0.100000 s came (tolerance 4 ms)"));
  EXPECT_EQ(told(write + "+.003 > P. 1:11(10) ack 1\n"), "");
  EXPECT_EQ(told(write + "+0~+.2 > P. 1:11(10) ack 1\n"), "");
  EXPECT_TRUE(contains(told(write + "+.1~+.2 > P. 1:11(10) ack 1\n"),
                       "time: 0.200000 to 0.300000 s was expected, 0.100000 s came"));
  EXPECT_EQ(told(write + "* > P. 1:11(10) ack 1\n* > P. 1:11(10) ack 1\n+0 close(4) = 0\n"), "");
}

TEST(Drill, a_packet_that_never_comes_is_told) {
  EXPECT_TRUE(contains(told(handshake + "+0 > . 1:1(0) ack 1\n"),
                       "t.pkt:8: nothing was sent by 0.104000 s\n"));
}

TEST(Drill, packets_nobody_expects_fail_where_it_is_strict) {
  const std::string text = handshake + "+0 write(4, ..., 10) = 10\n";
  EXPECT_EQ(told(text), "");
  EXPECT_TRUE(contains(told(text, true), "0.100000 > P. 1:11(10) ack 1 win 65535"));
}

TEST(Drill, segments_of_one_instant_may_be_expected_as_one) {
  const std::string text = handshake + "+0 write(4, ..., 1500) = 1500\n";
  EXPECT_EQ(told(handshake.substr(0, handshake.find("+.1")) +
                     "+.1 < . 1:1(0) ack 1 win 9000\n+0 accept(3, ..., ...) = 4\n"
                     "+0 write(4, ..., 3000) = 3000\n+0 > P. 1:3001(3000) ack 1\n",
                 true),
            "");
  EXPECT_TRUE(contains(told(text + "+0 > P. 1:1501(1500) ack 1\n"),
                       "length: 1500 was expected, 1000 came"));
}

TEST(Drill, results_of_calls_are_compared) {
  EXPECT_TRUE(contains(told(handshake + "+0 recv(4, ..., 10, MSG_DONTWAIT) = 10\n"),
                       "    expected: 10\n"
                       "    actual:   -1 EAGAIN (Resource temporarily unavailable)\n"));
  EXPECT_TRUE(contains(told(handshake + "+0 getsockopt(4, SOL_TCP, TCP_NODELAY, [1], [4]) = 0\n"),
                       "stored: 1 was expected, 0 came"));
  EXPECT_EQ(told(handshake + "+0 getsockopt(4, SOL_TCP, TCP_NODELAY, ..., ...) = ...\n"), "");
}

TEST(Drill, a_call_that_blocks_needs_two_times) {
  EXPECT_TRUE(contains(told(handshake + "+0 read(4, ..., 10) = 10\n"), "the call blocks"));
  const std::string data = "+.1 < P. 1:11(10) ack 1 win 1000\n";
  EXPECT_EQ(told(handshake + "+0...0.1 read(4, ..., 10) = 10\n" + data), "");
  EXPECT_TRUE(contains(told(handshake + "+0...0.3 read(4, ..., 10) = 10\n" + data),
                       "0.400000 s was expected, 0.200000 s came"));
  EXPECT_TRUE(contains(told(handshake + "+0...0.3 read(4, ..., 10) = 10\n"), "still blocks"));
  EXPECT_TRUE(contains(told(handshake + "+0...0.3 write(4, ..., 10) = 10\n"), "does not block"));
}

TEST(Drill, code_asks_the_connection) {
  EXPECT_EQ(told(handshake + "+0 %{ assert tcpi_snd_cwnd == 10 and tcpi_rtt == 100000 }%\n"), "");
  EXPECT_TRUE(contains(told(handshake + "+0 %{ assert tcpi_snd_cwnd == 3, tcpi_snd_cwnd }%\n"),
                       "assert tcpi_snd_cwnd == 3: 10 == 3 (10)"));
}

TEST(Drill, commands_hold_from_then_on) {
  EXPECT_EQ(told(handshake + "+0 `sysctl -w catenet.tcp.delayed_ack_ms=100`\n"
                             "+0 < P. 1:11(10) ack 1 win 1000\n+.1 > . 1:1(0) ack 11\n",
                 true),
            "");
}

TEST(Drill, long_times_pass_quickly) {
  const std::string keep = handshake +
                           "+0 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0\n"
                           "+0 setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0\n"
                           "+0 setsockopt(4, SOL_TCP, TCP_KEEPINTVL, [1], 4) = 0\n"
                           "+0 setsockopt(4, SOL_TCP, TCP_KEEPCNT, [32767], 4) = 0\n";
  EXPECT_EQ(told(keep + "+1000 close(4) = 0\n"), "");
  EXPECT_EQ(told(keep + "+50000000 close(4) = 0\n"), "");  // it gave up long before
}

TEST(Drill, timestamps_are_held_to_their_tick) {
  const std::string text = listener +
                           "+0 < S 0:0(0) win 1000 <mss 1000,nop,nop,TS val 7 ecr 0>\n"
                           "+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,TS val 100 ecr 7>\n"
                           "+.1 < . 1:1(0) ack 1 win 1000 <nop,nop,TS val 8 ecr 100>\n"
                           "+0 accept(3, ..., ...) = 4\n+0 write(4, ..., 10) = 10\n"
                           "+0 > P. 1:11(10) ack 1 <nop,nop,TS val 150 ecr 8>\n";
  EXPECT_EQ(told(text), "");
  EXPECT_TRUE(
      contains(told("--tcp_ts_tick_usecs=1000\n" + text), "<nop,nop,TS val 200 ecr 8> came"));
}

TEST(Drill, ports_name_conversations) {
  EXPECT_EQ(told("0 < 5 > 6 S 0:0(0) win 1\n+0 > 6 > 5 R. 0:0(0) ack 1\n", true), "");
  EXPECT_TRUE(contains(told("0 < 5 > 6 S 0:0(0) win 1\n+0 > 7 > 5 R. 0:0(0) ack 1\n"),
                       "source port: 7 was expected, 6 came"));
}

TEST(Drill, what_is_not_supported_is_named_and_nothing_runs) {
  const std::string text =
      "0 epoll_create(1) = 3\n+0 setsockopt(3, SOL_TCP, TCP_DEFER_ACCEPT, [1], 4) = 0\n"
      "+0 %{ import os }%\n+0 < icmp nonsense [1:1(0)]\n";
  const DrillReport report = run_drill(text);
  EXPECT_EQ(report.verdict, Verdict::bad);
  EXPECT_EQ(report.events, 0u);
  const std::string all = report.problems.to_string("t.pkt", text);
  EXPECT_TRUE(contains(all, "t.pkt:1:3: not supported: the system call 'epoll_create'")) << all;
  EXPECT_TRUE(contains(all, "t.pkt:2:27: not supported: the option TCP_DEFER_ACCEPT at SOL_TCP"))
      << all;
  EXPECT_TRUE(contains(all, "t.pkt:3:7: not supported: Python's 'import'")) << all;
  EXPECT_TRUE(contains(all, "t.pkt:4:11: error: no type of ICMP: nonsense")) << all;
}

TEST(Drill, what_is_wrong_inside_code_and_commands_is_told_at_its_column) {
  const std::string text =
      "`sysctl -q net.ipv4.tcp_sack=1 \\\n  net.ipv4.tcp_sack=x`\n"
      "0 %{ assert 1 == 1\n  x = foo }%\n"
      "+0 %{ assert }%\n+0 %{ assert 1 + 'a' }%\n"
      "+0 `sysctl -w foo.bar=1; rm -r`\n+0 `ip route change default initcwnd 0`\n"
      "+0 < icmp unreachable nowhere [1:1(0)]\n";
  const DrillReport report = run_drill(text);
  const std::string all = report.problems.to_string("t.pkt", text);
  for (const std::string_view line :
       {"t.pkt:2:3: error: 'x' is no value of net.ipv4.tcp_sack",
        "t.pkt:4:7: not supported: the name 'foo'",
        "t.pkt:5:14: not supported: nothing where a value",
        "t.pkt:6:16: not supported: calculating with text", "t.pkt:7:15: ignored: foo.bar",
        "t.pkt:7:26: ignored: the command 'rm'", "t.pkt:8:38: error: '0' is out of range",
        "t.pkt:9:23: error: no code of this type: nowhere"}) {
    EXPECT_TRUE(contains(all, line)) << line << "\n" << all;
  }
}

TEST(Drill, numbers_beyond_64_bits_are_told_where_they_arise) {
  EXPECT_TRUE(contains(told(handshake + "+0 %{ x = 1\nassert x << 100 > 0 }%\n"),
                       "the code cannot be run\n"));
  EXPECT_TRUE(contains(told("0 %{ assert 1 << 100 }%\n"), "    1:15: 1 << 100 is beyond 64 bits"));
}

TEST(Drill, a_challenged_syn_does_not_move_the_place_of_the_text) {
  EXPECT_EQ(told(handshake + "+0 < S 5000:5000(0) win 1000\n+0 > . 1:1(0) ack 1\n"
                             "+0 < P. 1:101(100) ack 1 win 1000\n* > . 1:1(0) ack 101\n"
                             "+0 read(4, ..., 1000) = 100\n",
                 true),
            "");
}

TEST(Drill, a_script_beyond_it_is_told_from_a_wrong_one) {
  EXPECT_EQ(run_drill("0 epoll_create(1) = 3\n").verdict, Verdict::unsupported);
  EXPECT_EQ(run_drill("0 socket(...) = 3\n").verdict, Verdict::bad);
  EXPECT_TRUE(contains(told("0 send(3, ..., 1, MSG_MORE) = 1\n"),
                       "t.pkt:1:19: not supported: these flags of send (0x8000)"));
}

TEST(Drill, where_linux_is_taken_for_granted_push_is_left_open) {
  const std::string text = handshake + "+0 write(4, ..., 10) = 10\n+0 > . 1:11(10) ack 1\n";
  EXPECT_TRUE(contains(told(text), "flags: . was expected, P. came"));
  EXPECT_EQ(told("`../common/defaults.sh`\n" + text), "");
}

TEST(Drill, what_is_ignored_is_named_and_the_script_runs) {
  const std::string text = "`sysctl net.ipv4.tcp_sack=0\n# a comment\niptables -F`\n" + handshake;
  const DrillReport report = run_drill(text);
  EXPECT_EQ(report.verdict, Verdict::passed);
  ASSERT_EQ(report.problems.all().size(), 1u);
  EXPECT_EQ(report.problems.all()[0].place, (Place{3, 1}));
}

TEST(Drill, every_seed_gives_the_same_conversation) {
  for (u64 seed = 1; seed <= 20; ++seed) {
    DrillOptions options;
    options.seed = seed;
    options.strict = true;
    EXPECT_EQ(drill("t.pkt", handshake, options).failure, "") << seed;
  }
}

TEST(Drill, words_may_be_defined_outside) {
  DrillOptions options;
  options.definitions = {"ACK=1", "TEXT=\"x\""};
  EXPECT_EQ(drill("t.pkt", "0 < S 0:0(0) win 5\n+0 > R. 0:0(0) ack ACK\n", options).verdict,
            Verdict::passed);
  options.definitions = {"ACK"};
  EXPECT_EQ(drill("t.pkt", "0 < S 0:0(0) win 5\n", options).verdict, Verdict::bad);
}

TEST(Drill, lines_are_told_as_they_happen) {
  std::string lines;
  DrillOptions options;
  options.tell = [&lines](std::string_view line) { lines += line; };
  drill("t.pkt", handshake, options);
  EXPECT_TRUE(
      contains(lines, "0.100000 < . 1:1(0) ack 1 win 1000\n0.100000 accept(3, ..., ...) = 4\n"));
}

}  // namespace
}  // namespace catenet::drill
