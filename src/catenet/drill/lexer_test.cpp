// Scripts as tokens.
#include "catenet/drill/lexer.hpp"

#include <gtest/gtest.h>

namespace catenet::drill {
namespace {

// "word:bind symbol:( …", without the end.
std::string tokens(std::string_view text) {
  static constexpr const char* names[] = {"word",   "number",   "string", "command", "code",
                                          "option", "ellipsis", "symbol", "end"};
  Problems problems;
  std::string out;
  for (const Token& token : lex(text, problems)) {
    if (token.kind == TokenKind::end) break;
    if (!out.empty()) out += ' ';
    out += std::string(names[static_cast<int>(token.kind)]) + ":" + token.text;
  }
  return out + problems.to_string("t", text);
}

TEST(DrillLexer, packets_are_numbers_words_and_symbols) {
  EXPECT_EQ(tokens("> S. 0:1(1)"),
            "symbol:> word:S symbol:. number:0 symbol:: number:1 symbol:( number:1 symbol:)");
  EXPECT_EQ(tokens("0...0.2"), "number:0 ellipsis:... number:0.2");
  EXPECT_EQ(tokens(".1...0.2"), "number:.1 ellipsis:... number:0.2");
}

TEST(DrillLexer, numbers_have_signs_and_bases) {
  EXPECT_EQ(tokens("-1 0x1f .25 -"), "number:-1 number:0x1f number:.25 symbol:-");
  EXPECT_EQ(tokens("FO 0123abcd"), "word:FO word:0123abcd");
}

TEST(DrillLexer, comments_are_left_out) {
  EXPECT_EQ(tokens("// all of it\n1 // the rest\n/* two\nlines */ 2\n# a whole line\n3"),
            "number:1 number:2 number:3");
}

TEST(DrillLexer, quotes_keep_what_is_in_them) {
  EXPECT_EQ(tokens("\"a \\\" b\" `ip route; ls` %{ x\n }%"),
            "string:a \" b command:ip route; ls code: x\n ");
}

TEST(DrillLexer, options_reach_to_the_next_blank) {
  EXPECT_EQ(tokens("--mtu=1500 --local_ip=10.0.0.1\n--define=A=\"b c\" 1"),
            "option:mtu=1500 option:local_ip=10.0.0.1 option:define=A=\"b c\" number:1");
}

TEST(DrillLexer, places_and_line_heads_are_known) {
  Problems problems;
  const auto all = lex("0 a\n  b c", problems);
  EXPECT_EQ(all[1].place, (Place{1, 3}));
  EXPECT_EQ(all[2].place, (Place{2, 3}));
  EXPECT_TRUE(all[2].first_of_line);
  EXPECT_FALSE(all[3].first_of_line);
}

TEST(DrillLexer, what_never_ends_is_told_where_it_begins) {
  for (const char* text : {"1 \"open", "1 `open", "1 %{ open", "1 /* open"}) {
    Problems problems;
    lex(text, problems);
    ASSERT_EQ(problems.all().size(), 1u) << text;
    EXPECT_EQ(problems.all()[0].place, (Place{1, 3})) << text;
  }
}

TEST(DrillLexer, bytes_that_are_no_text_are_told) {
  Problems problems;
  const auto all = lex("a \xff b", problems);
  EXPECT_EQ(all.size(), 3u);
  EXPECT_TRUE(problems.fatal());
}

}  // namespace
}  // namespace catenet::drill
