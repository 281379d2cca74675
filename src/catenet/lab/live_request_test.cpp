#include "catenet/lab/live_request.hpp"

#include <gtest/gtest.h>

namespace catenet::lab {
namespace {

using namespace std::string_literals;

TEST(LiveRequest, exec_keeps_every_word_as_it_is) {
  LiveRequest said;
  said.verb = LiveVerb::exec;
  said.host = "alice";
  said.words = {"printf", "", "two\nlines", "\xff\"{", "--"};
  said.terminal = true;
  said.terminal_type = "xterm";
  const auto read = parse_request(to_text(said));
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->verb, LiveVerb::exec);
  EXPECT_EQ(read->host, "alice");
  EXPECT_EQ(read->words, said.words);
  EXPECT_TRUE(read->terminal);
  EXPECT_EQ(read->terminal_type, "xterm");
}

TEST(LiveRequest, set_cut_and_capture_come_through) {
  LiveRequest set;
  set.verb = LiveVerb::set;
  set.link = "r1--r2";
  set.way = LiveWay::back;
  set.impair = "delay: 20 ms";
  const auto read = parse_request(to_text(set));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->link, "r1--r2");
  EXPECT_EQ(read->way, LiveWay::back);
  EXPECT_EQ(read->impair, "delay: 20 ms");
  LiveRequest cut;
  cut.verb = LiveVerb::cut;
  cut.targets = {"wan", "alice"};
  EXPECT_EQ(parse_request(to_text(cut))->targets, cut.targets);
  LiveRequest capture;
  capture.verb = LiveVerb::capture;
  capture.targets = {"alice:eth0"};
  capture.filter = "tcp port 80";
  EXPECT_EQ(parse_request(to_text(capture))->filter, "tcp port 80");
}

TEST(LiveRequest, is_noted_as_it_was_typed) {
  LiveRequest set;
  set.verb = LiveVerb::set;
  set.link = "wan";
  set.way = LiveWay::back;
  set.impair = "delay: 20 ms, loss: 1 %";
  EXPECT_EQ(as_typed(set), "set --back wan delay: 20 ms, loss: 1 %");
  LiveRequest cut;
  cut.verb = LiveVerb::cut;
  cut.targets = {"wan", "bob:eth0"};
  EXPECT_EQ(as_typed(cut), "cut wan bob:eth0");
  LiveRequest exec;
  exec.verb = LiveVerb::exec;
  exec.host = "bob";
  exec.words = {"sh", "-c", "ls \x1b\nrm x"};
  EXPECT_EQ(as_typed(exec), "exec bob -- sh -c ls \\x1b \u2026");
  exec.words = {std::string(300, 'a')};
  EXPECT_EQ(as_typed(exec), "exec bob -- " + std::string(188, 'a') + " \u2026");
}

TEST(LiveRequest, what_is_none_is_refused_with_a_reason) {
  struct Row {
    std::string text;
    int code;
    std::string_view told;
  };
  const Row rows[] = {
      {"", 3, "no JSON line"},
      {"[1]\n", 3, "no JSON line"},
      {"{\"catenet\":1,\n", 3, "no JSON line"},
      {"{\"do\":\"ps\"}\n", 3, "speaks protocol 1, not 0"},
      {"{\"catenet\":2,\"do\":\"ps\"}\n", 3, "speaks protocol 1, not 2"},
      {"{\"catenet\":\"1\",\"do\":\"ps\"}\n", 3, "not 0"},
      {"{\"catenet\":1,\"do\":\"dance\"}\n", 3, "no request 'dance'"},
      {"{\"catenet\":1,\"do\":7}\n", 3, "no request ''"},
      {"{\"catenet\":1,\"do\":\"exec\"}\nls\0"s, 2, "a host is missing"},
      {"{\"catenet\":1,\"do\":\"exec\",\"host\":\"a\"}\n", 2, "a command is missing"},
      {"{\"catenet\":1,\"do\":\"exec\",\"host\":\"a\"}\nls", 2, "a command is missing"},
      {"{\"catenet\":1,\"do\":\"exec\",\"host\":\"a\"}\n\0"s, 2, "a command is missing"},
      {"{\"catenet\":1,\"do\":\"set\",\"link\":[]}\n", 2, "a link is missing"},
      {"{\"catenet\":1,\"do\":\"set\",\"link\":\"w\"}\n", 2, "an impairment is missing"},
      {"{\"catenet\":1,\"do\":\"cut\",\"targets\":[1]}\n", 2, "a link or node is missing"},
      {"{\"catenet\":1,\"do\":\"capture\",\"targets\":[\"a\",\"b\"]}\n", 2, "one link or node"},
  };
  for (const Row& row : rows) {
    const auto read = parse_request(row.text);
    ASSERT_FALSE(read) << row.text;
    EXPECT_EQ(read.error().code, row.code) << row.text;
    EXPECT_NE(read.error().text.find(row.told), std::string::npos) << read.error().text;
  }
}

TEST(LiveWord, is_a_signal_or_an_end) {
  EXPECT_EQ(parse_word(to_text(LiveWord{.signal = 15}))->signal, 15);
  EXPECT_TRUE(parse_word(to_text(LiveWord{.end = true}))->end);
  for (const std::string_view text :
       {"", "{}\n", "{\"signal\":0}\n", "{\"signal\":-1}\n", "{\"signal\":64}\n", "7\n"}) {
    EXPECT_FALSE(parse_word(text)) << text;
  }
}

TEST(LiveReply, comes_through_with_the_bytes_behind_it) {
  LiveReply said;
  said.stream = 2;
  said.bytes = "\n\0\xff{"s;
  const auto part = parse_reply(to_text(said));
  ASSERT_TRUE(part);
  EXPECT_EQ(part->stream, 2);
  EXPECT_EQ(part->bytes, said.bytes);
  EXPECT_FALSE(part->done || part->exit || part->error || part->no_terminal);
  EXPECT_TRUE(parse_reply(to_text(LiveReply{.no_terminal = true}))->no_terminal);
  const LiveReply last{.done = true,
                       .exit = 137,
                       .error = LiveError{"it was \xffnot", 137},
                       .rows = {{"alice", 7, 1'230, "sleep 9"}},
                       .lost = 3};
  const auto read = parse_reply(to_text(last));
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->done);
  EXPECT_EQ(read->exit, 137);
  EXPECT_EQ(read->error->text, "it was \xef\xbf\xbdnot");
  ASSERT_EQ(read->rows.size(), 1u);
  EXPECT_EQ(read->rows[0].pid, 7);
  EXPECT_EQ(read->rows[0].since_ms, 1'230);
  EXPECT_EQ(read->rows[0].command, "sleep 9");
  EXPECT_EQ(read->lost, 3u);
}

TEST(WithCommas, come_before_the_next_setting_alone) {
  EXPECT_EQ(with_commas({"delay:", "20", "ms", "loss:", "1", "%"}), "delay: 20 ms, loss: 1 %");
  EXPECT_EQ(with_commas({"delay: 20 ms,", "loss: 1 %"}), "delay: 20 ms, loss: 1 %");
  EXPECT_EQ(with_commas({"delay:", "1", "ms,", "loss:", "2", "%"}), "delay: 1 ms, loss: 2 %");
  EXPECT_EQ(with_commas({"reorder:", "{chance: 5 %, by:", "1 ms}", "rate:", "1 Mbit"}),
            "reorder: {chance: 5 %, by: 1 ms}, rate: 1 Mbit");
  EXPECT_EQ(with_commas({"none"}), "none");
}

TEST(WithCommas, come_however_the_shell_has_split_the_words) {
  EXPECT_EQ(with_commas({"rate: 10 kbit", "loss: 5 %"}), "rate: 10 kbit, loss: 5 %");
  EXPECT_EQ(with_commas({"rate: 10 kbit loss: 5 %"}), "rate: 10 kbit, loss: 5 %");
  EXPECT_EQ(with_commas({"delay:3ms", "loss:5%"}), "delay: 3ms, loss: 5%");
  EXPECT_EQ(with_commas({"reorder:{chance:5 %,", "by:1ms}", " rate:1 Mbit"}),
            "reorder: {chance: 5 %, by: 1ms}, rate: 1 Mbit");
  EXPECT_EQ(with_commas({"{delay:3ms, loss: 1 %}"}), "{delay: 3ms, loss: 1 %}");
  EXPECT_EQ(with_commas({"", " "}), "");
}

}  // namespace
}  // namespace catenet::lab
