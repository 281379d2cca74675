// The small readers and writers: command lines, URLs, digests, times, ping's figures.
#include <gtest/gtest.h>

#include "catenet/service/arguments.hpp"
#include "catenet/service/echo_socket.hpp"
#include "catenet/service/icmp_text.hpp"
#include "catenet/service/ping_statistics.hpp"
#include "catenet/service/sha256.hpp"
#include "catenet/service/time_text.hpp"
#include "catenet/service/tool.hpp"
#include "catenet/service/url.hpp"

namespace catenet {
namespace {

using Words = std::vector<std::string>;

TEST(ToolTable, names_are_sorted_and_found) {
  const auto names = tool_names();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  for (std::string_view name : names) EXPECT_TRUE(find_tool(name)) << name;
  EXPECT_FALSE(find_tool("pin"));
}

TEST(SplitWords, quotes_and_backslashes_are_taken_away) {
  EXPECT_EQ(split_words("  a  'b c' \"d \\\"e\\x\" f\\ g h''i "),
            (Words{"a", "b c", "d \"e\\x", "f g", "hi"}));
  EXPECT_EQ(split_words("''"), Words{""});
  EXPECT_EQ(split_words(" \t"), Words{});
}

TEST(SplitWords, open_quote_gives_nothing) {
  for (const char* line : {"'a", "\"a", "a\\", "\"a\\"}) EXPECT_FALSE(split_words(line)) << line;
}

constexpr OptionSpec specs[] = {
    {'c', "count", true}, {'n', "", false}, {'q', "", false}, {300, "digest", true}};

// Options as "key=value" and operands, or the error.
std::string read(const Words& words) {
  const auto arguments = read_arguments(words, specs);
  if (!arguments) return arguments.error();
  std::string text;
  for (const GivenOption& given : arguments->options) {
    text += std::to_string(given.key) + "=" + given.value + " ";
  }
  for (const std::string& operand : arguments->operands) text += operand + " ";
  return text;
}

TEST(Arguments, forms_of_getopt_are_read) {
  EXPECT_EQ(read({"t", "-nqc3", "web"}), "110= 113= 99=3 web ");
  EXPECT_EQ(read({"t", "web", "-c", "3", "-n"}), "99=3 110= web ");
  EXPECT_EQ(read({"t", "--count=3", "--digest", "x", "-"}), "99=3 300=x - ");
  EXPECT_EQ(read({"t", "--", "-n", "--x"}), "-n --x ");
}

TEST(Arguments, mistakes_are_told_as_getopt_does) {
  EXPECT_EQ(read({"ping", "-x"}), "ping: invalid option -- 'x'; it has -c -n -q --digest");
  EXPECT_EQ(read({"ping", "-c"}), "ping: option requires an argument -- 'c'");
  EXPECT_EQ(read({"ping", "--cow"}), "ping: unrecognized option '--cow'; it has -c -n -q --digest");
  EXPECT_EQ(read({"ping", "--count"}), "ping: option '--count' requires an argument");
}

TEST(Arguments, seconds_take_decimals) {
  EXPECT_EQ(read_seconds("0.2"), 200_ms);
  EXPECT_EQ(read_seconds(".5"), 500_ms);
  EXPECT_EQ(read_seconds("3"), 3_s);
  for (const char* text : {"", ".", "-1", "1e3", "1.0000000001", "1 ", "9999999999"}) {
    EXPECT_FALSE(read_seconds(text)) << text;
  }
}

TEST(Url, parts_are_taken_apart) {
  const auto url = parse_url("HTTP://Web:8080/a/b?c=d#e");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "web");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->target(), "/a/b?c=d");
  EXPECT_EQ(url->authority(), "web:8080");
  EXPECT_EQ(parse_url("web")->to_string(), "http://web/");
  EXPECT_EQ(parse_url("web:80/x")->to_string(), "http://web/x");
  EXPECT_EQ(parse_url("http://web?q")->target(), "/?q");
}

TEST(Url, ipv6_literal_stands_in_brackets) {
  const auto url = parse_url("http://[2001:DB8::1]:81/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "2001:db8::1");
  EXPECT_EQ(url->authority(), "[2001:db8::1]:81");
  EXPECT_FALSE(parse_url("http://2001:db8::1/"));
  EXPECT_FALSE(parse_url("http://[::1"));
  EXPECT_FALSE(parse_url("http://[10.0.0.1]/"));
}

TEST(Rfc9110, s4_2_4_url_with_user_information_is_refused) {
  EXPECT_FALSE(parse_url("http://user@web/"));
  EXPECT_FALSE(parse_url("http://user:pass@web/"));
}

TEST(Url, malformed_ones_are_refused) {
  for (const char* text : {"", "http://", "http:///x", "http://a b/", "http://a/\n", "http://a:0/",
                           "http://a:65536/", "http://a:x/", "http://a/\x80"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

TEST(Rfc3986, s5_4_references_resolve_as_its_examples) {
  const Url base = *parse_url("http://a/b/c/d;p?q");
  const std::pair<const char*, const char*> examples[] = {
      {"g", "http://a/b/c/g"},     {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},   {"/g", "http://a/g"},
      {"//g", "http://g/"},        {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"}, {".", "http://a/b/c/"},
      {"..", "http://a/b/"},       {"../g", "http://a/b/g"},
      {"../..", "http://a/"},      {"../../../g", "http://a/g"},
      {"/../g", "http://a/g"},     {"g;x=1/../y", "http://a/b/c/y"},
      {"", "http://a/b/c/d;p?q"},  {"http://x/y", "http://x/y"},
  };
  for (const auto& [reference, resolved] : examples) {
    const auto url = resolve_url(base, reference);
    ASSERT_TRUE(url) << reference;
    EXPECT_EQ(url->to_string(), resolved) << reference;
  }
}

TEST(Rfc3986, s2_1_percent_encoding_goes_round) {
  EXPECT_EQ(percent_decode("a%20b%2Fc"), "a b/c");
  for (const char* text : {"%", "%2", "%g0", "%00"}) EXPECT_FALSE(percent_decode(text)) << text;
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(percent_decode(percent_encode_path(all)), all);
}

// FIPS 180-4's examples, as NIST publishes them.
TEST(Fips180, s6_2_vectors) {
  const auto digest = [](std::string_view text) {
    Sha256 hash;
    hash.add(as_bytes(text));
    return hash.finish_hex();
  };
  EXPECT_EQ(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  Sha256 million;
  for (int i = 0; i < 1'000; ++i) million.add(as_bytes(std::string(1'000, 'a')));
  EXPECT_EQ(million.finish_hex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(TimeText, three_significant_digits_as_iputils) {
  const auto text = [](i64 us) { return milliseconds_rounded(Duration::microseconds(us)); };
  EXPECT_EQ(text(0), "0.000");
  EXPECT_EQ(text(42), "0.042");
  EXPECT_EQ(text(999), "0.999");
  EXPECT_EQ(text(1'234), "1.23");
  EXPECT_EQ(text(1'235), "1.24");
  EXPECT_EQ(text(9'994), "9.99");
  EXPECT_EQ(text(9'995), "10.0");
  EXPECT_EQ(text(40'071), "40.1");
  EXPECT_EQ(text(99'949), "99.9");
  EXPECT_EQ(text(99'950), "100");
  EXPECT_EQ(text(1'004'499), "1004");
}

TEST(PingStatistics, loss_is_printed_as_percent_g) {
  const auto loss = [](u64 sent, u64 received) {
    PingStatistics statistics;
    for (u64 i = 0; i < sent; ++i) statistics.on_sent();
    for (u64 i = 1; i <= received; ++i) statistics.on_reply(static_cast<u16>(i), 1_ms, false);
    const std::string text = statistics.summary("x", 0_s);
    const std::size_t begin = text.rfind(", ", text.find('%')) + 2;
    return text.substr(begin, text.find('%') - begin);
  };
  EXPECT_EQ(loss(3, 3), "0");
  EXPECT_EQ(loss(3, 2), "33.3333");
  EXPECT_EQ(loss(3, 0), "100");
  EXPECT_EQ(loss(8, 7), "12.5");
  EXPECT_EQ(loss(1'000, 999), "0.1");
  EXPECT_EQ(loss(7, 1), "85.7143");
  EXPECT_EQ(loss(10'000, 9'999), "0.01");
}

TEST(PingStatistics, sequence_numbers_wrap_without_duplicates) {
  PingStatistics statistics;
  for (u32 i = 1; i <= 70'000; ++i) {
    statistics.on_sent();
    EXPECT_FALSE(statistics.on_reply(static_cast<u16>(i), 10_ms, true));
  }
  EXPECT_EQ(statistics.received(), 70'000u);
  EXPECT_EQ(statistics.summary("x", 1_s).find("pipe"), std::string::npos);
}

TEST(IcmpText, marks_and_words_by_code) {
  EXPECT_EQ(icmp_error_text(Family::ipv4, 3, 13, 0), "Packet filtered");
  EXPECT_EQ(icmp_error_text(Family::ipv4, 3, 4, 1'280), "Frag needed and DF set (mtu = 1280)");
  EXPECT_EQ(icmp_error_text(Family::ipv6, 1, 3, 0), "Destination unreachable: Address unreachable");
  EXPECT_EQ(traceroute_mark(Family::ipv4, 11, 0, 0), "");
  EXPECT_EQ(traceroute_mark(Family::ipv4, 3, 3, 0), "");
  EXPECT_EQ(traceroute_mark(Family::ipv4, 3, 1, 0), "!H");
  EXPECT_EQ(traceroute_mark(Family::ipv4, 3, 4, 1'280), "!F-1280");
  EXPECT_EQ(traceroute_mark(Family::ipv4, 3, 16, 0), "!<16>");
  EXPECT_EQ(traceroute_mark(Family::ipv6, 1, 1, 0), "!X");
}

TEST(Rfc791, s3_1_record_route_is_read_up_to_its_pointer) {
  const std::vector<u8> two = {1, 7, 15, 12, 10, 0, 0, 1, 10, 0, 1, 1, 0, 0, 0, 0};
  EXPECT_EQ(recorded_route(two), (std::vector<Ipv4Address>{{10, 0, 0, 1}, {10, 0, 1, 1}}));
  const std::vector<u8> bad_pointer = {7, 7, 200, 10, 0, 0, 1, 0};
  EXPECT_EQ(recorded_route(bad_pointer).size(), 1u);
  const std::vector<u8> zero_pointer = {7, 7, 0, 10, 0, 0, 1, 0};
  EXPECT_LE(recorded_route(zero_pointer).size(), 1u);
  const std::vector<u8> too_long = {7, 39, 4};
  EXPECT_TRUE(recorded_route(too_long).empty());
}

}  // namespace
}  // namespace catenet
