// Scripts as values, and what is said of those that are none.
#include "catenet/drill/parser.hpp"

#include <gtest/gtest.h>

#include "catenet/drill/print.hpp"

namespace catenet::drill {
namespace {

Script read_script(std::string_view text) {
  Problems problems;
  Script script = parse(text, problems);
  EXPECT_FALSE(problems.fatal()) << problems.to_string("t", text);
  return script;
}

// The first line of what is said of `text`.
std::string parser_complaint(std::string_view text) {
  Problems problems;
  parse(text, problems);
  const std::string all = problems.to_string("t", text);
  return all.substr(0, all.find('\n'));
}

// A packet, read and printed.
std::string reprinted(const std::string& text) {
  const Script script = read_script("0 " + text);
  return script.events.empty() ? "" : to_text(std::get<PacketEvent>(script.events[0].action));
}

TEST(DrillParser, packets_print_as_they_were_read) {
  for (const char* text : {
           "< S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>",
           "> S. 0:0(0) ack 1 <...>",
           "< . 1:1001(1000) ack 1 win 257 <nop,nop,sack 1:2 3:4>",
           "> FP. 1:11(10) ack 1 win 5",
           "< PU. 1:11(10) ack 1 win 5 urg 3",
           "> [ect0] . 1:1(0) ack 1",
           "> (tos 0x10) . 1:1(0) ack 1",
           "< 50000 > 8080 R 5:5(0) win 0",
           "> - 1:1(0)",
           "> R 5:5(0)",
           "< SEW 0:0(0) win 5 <FO 0123456789abcdef>",
           "< S 0:0(0) win 5 <FOEXP 0123456789abcdef>",
           "< udp (100)",
           "> udp 8080 > 9 (3)",
           "< icmp unreachable frag_needed mtu 1200 [1:1001(1000)]",
           "> icmp unreachable port_unreachable [udp (10)]",
           "< icmp echo_request id 7",
       }) {
    EXPECT_EQ(reprinted(text), text);
  }
}

TEST(DrillParser, icmp_may_stand_behind_what_it_quotes) {
  EXPECT_EQ(reprinted("< [1:11(10)] icmp unreachable frag_needed mtu 1200"),
            "< icmp unreachable frag_needed mtu 1200 [1:11(10)]");
}

TEST(DrillParser, times_are_of_five_kinds) {
  const Script script = read_script(
      "0.25 > . 1:1(0) ack 1\n+.1 > . 1:1(0) ack 1\n* > . 1:1(0) ack 1\n"
      "1~2 > . 1:1(0) ack 1\n+1~+1.5 > . 1:1(0) ack 1\n");
  ASSERT_EQ(script.events.size(), 5u);
  EXPECT_EQ(script.events[0].when.kind, TimeKind::absolute);
  EXPECT_EQ(script.events[0].when.at, 250_ms);
  EXPECT_EQ(script.events[1].when.kind, TimeKind::relative);
  EXPECT_EQ(script.events[1].when.at, 100_ms);
  EXPECT_EQ(script.events[2].when.kind, TimeKind::any);
  EXPECT_EQ(script.events[3].when.kind, TimeKind::absolute_range);
  EXPECT_EQ(script.events[4].when.kind, TimeKind::relative_range);
  EXPECT_EQ(script.events[4].when.until, 1'500_ms);
}

TEST(DrillParser, calls_have_arguments_results_and_errors) {
  const Script script = read_script(
      "+.1...0.2 poll([{fd=4, events=POLLIN|POLLOUT, revents=0}], 1, -1) = -1 EAGAIN (No, "
      "\"not\")\n"
      "+0 bind(3, {sa_family = AF_INET, sin_port = htons(80), sin_addr = inet_addr(\"1.2.3.4\")}, "
      "16) = 0x2 (flags O_RDWR)\n");
  ASSERT_EQ(script.events.size(), 2u);
  const auto& poll = std::get<CallEvent>(script.events[0].action);
  EXPECT_EQ(poll.name, "poll");
  EXPECT_EQ(poll.end, 200_ms);
  EXPECT_EQ(poll.error, "EAGAIN");
  EXPECT_EQ(poll.result.value, -1);
  ASSERT_EQ(poll.arguments.size(), 3u);
  const Expression& entry = poll.arguments[0].parts[0];
  EXPECT_EQ(entry.part("fd")->value, 4);
  EXPECT_EQ(entry.part("events")->kind, Expression::Kind::bit_or);
  EXPECT_EQ(entry.part("nothing"), nullptr);
  const auto& bind = std::get<CallEvent>(script.events[1].action);
  EXPECT_EQ(bind.result.value, 2);
  EXPECT_EQ(bind.arguments[1].part("sin_addr")->text, "inet_addr");
  EXPECT_EQ(script.events[0].deed.substr(0, 6), "...0.2");
}

TEST(DrillParser, messages_have_sized_fields) {
  const Script script = read_script(
      "0 sendmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 50}, {..., 5}], msg_flags=0}, 0) = 55\n");
  const auto& call = std::get<CallEvent>(script.events[0].action);
  const Expression* pieces = call.arguments[1].part("msg_iov");
  ASSERT_NE(pieces, nullptr);
  EXPECT_EQ(pieces->parts.size(), 2u);
  EXPECT_EQ(pieces->parts[1].parts[1].value, 5);
}

TEST(DrillParser, options_commands_and_code_stand_where_they_belong) {
  const Script script =
      read_script("--mtu=1500\n--verbose\n`first`\n0 `second`\n+0 %{ assert 1 }%\n`last`\n");
  ASSERT_EQ(script.options.size(), 2u);
  EXPECT_EQ(script.options[0].name, "mtu");
  EXPECT_EQ(script.options[0].value, "1500");
  ASSERT_EQ(script.setup.size(), 1u);
  EXPECT_EQ(script.setup[0].text, "first");
  ASSERT_EQ(script.events.size(), 2u);
  EXPECT_EQ(std::get<CommandEvent>(script.events[0].action).text, "second");
  EXPECT_EQ(std::get<CodeEvent>(script.events[1].action).text, " assert 1 ");
  ASSERT_EQ(script.cleanup.size(), 1u);
}

TEST(DrillParser, definitions_replace_words) {
  const Script script = read_script("--define=SIZE=1000\n0 write(4, ..., SIZE) = SIZE\n");
  const auto& call = std::get<CallEvent>(script.events[0].action);
  EXPECT_EQ(call.arguments[2].value, 1'000);
  EXPECT_EQ(call.result.value, 1'000);
}

TEST(DrillParser, mistakes_are_told_with_their_place) {
  EXPECT_EQ(parser_complaint("0 > S. 0:5(1) ack 1"), "t:1:8: error: 0:5 are not 1 bytes");
  EXPECT_EQ(parser_complaint("0 < S 0:0(0)"), "t:1:5: error: a segment without a window");
  EXPECT_EQ(parser_complaint("0 < X 0:0(0) win 1"), "t:1:5: error: 'X' is no TCP flag, in 'X'");
  EXPECT_EQ(parser_complaint("0 < S 0:0(0) win 70000"),
            "t:1:18: error: a window (as in the header, not scaled) 70000 is out of range");
  EXPECT_EQ(parser_complaint("0 < S 0:0(0) win 1 <...>"),
            "t:1:5: error: <...> in a packet that the script sends");
  EXPECT_EQ(parser_complaint("0 > S 0:0(0) <msss 5>"), "t:1:15: error: no TCP option: msss");
  EXPECT_EQ(parser_complaint("0 < S 99999999999999999999:0(0) win 1"),
            "t:1:7: error: a sequence number 99999999999999999999 is out of range");
  EXPECT_EQ(parser_complaint("0 read(4, ..., 99999999999999999999) = 1"),
            "t:1:16: error: 99999999999999999999 is beyond 64 bits");
  EXPECT_EQ(parser_complaint("0 read(4, ..., 1000)"),
            "t:1:21: error: the script ends where '=' and the call's result should be");
  EXPECT_EQ(parser_complaint("+0~1 > . 1:1(0) ack 1"),
            "t:1:2: error: half of this range is relative, the other is not");
  EXPECT_EQ(parser_complaint("* read(4, ..., 1) = 1"),
            "t:1:1: error: a range of times for what the script does itself");
  EXPECT_EQ(parser_complaint("hello"),
            "t:1:1: error: 'hello' where a time (as 0.1, +.1 or *) should be");
  EXPECT_EQ(parser_complaint("// nothing"), "t: error: a script without events");
}

TEST(DrillParser, options_that_fit_no_header_are_refused_where_they_pass_its_end) {
  const std::string full =
      "0 < S 0:0(0) win 1 <mss 1,sackOK,TS val 1 ecr 0,nop,wscale 7,FO 0123456789abcdef";
  EXPECT_EQ(parser_complaint(full + ",eol,mss 1,mss 2,nop>"), "");
  EXPECT_EQ(parser_complaint(full + ",eol,mss 1,mss 2,nop,nop>"),
            "t:1:102: error: 41 bytes of TCP options, up to here");
  EXPECT_EQ(parser_complaint("0 < . 1:1(0) ack 1 win 1 <TS val 1 ecr 0,sack 1:2 3:4 5:6 7:8>"),
            "t:1:42: error: 44 bytes of TCP options, up to here");
}

TEST(DrillParser, what_is_beyond_it_is_named) {
  EXPECT_EQ(parser_complaint("0 > .5 1:1(0) ack 1"),
            "t:1:5: not supported: the ACE counter of accurate ECN among the flags");
  EXPECT_EQ(parser_complaint("0 < ipv4 1.1.1.1 > 2.2.2.2: S 0:0(0) win 1"),
            "t:1:5: not supported: packets inside ipv4");
  EXPECT_EQ(parser_complaint("0 > S 0:0(0) <md5 1234>"),
            "t:1:15: not supported: the TCP option md5");
}

TEST(DrillParser, reading_goes_on_at_the_next_event) {
  const std::string text = "0 < S 0:0(0)\n+0 nonsense\n+0 > . 1:1(0) ack 1\n+0 > . 1:2(9) ack 1\n";
  Problems problems;
  const Script script = parse(text, problems);
  EXPECT_EQ(problems.all().size(), 3u) << problems.to_string("t", text);
  EXPECT_EQ(script.events.size(), 1u);
}

TEST(DrillParser, problems_show_their_line_and_what_would_be_right) {
  Problems problems;
  const std::string_view text = "0 > S 0:0(0) <msss 5>\n";
  parse(text, problems);
  EXPECT_EQ(problems.to_string("a.pkt", text),
            "a.pkt:1:15: error: no TCP option: msss\n"
            "    0 > S 0:0(0) <msss 5>\n"
            "                  ^\n"
            "    did you mean 'mss'?\n");
}

}  // namespace
}  // namespace catenet::drill
