#include "catenet/lab/report_markup.hpp"

#include <gtest/gtest.h>

namespace catenet::lab {
namespace {

TEST(Markup, tags_and_quotes_are_written_as_references) {
  EXPECT_EQ(escaped("<script>a && 'b' \"c\"</script>"),
            "&lt;script&gt;a &amp;&amp; &#39;b&#39; &quot;c&quot;&lt;/script&gt;");
}

TEST(Markup, what_xml_forbids_is_seen) {
  EXPECT_EQ(escaped(std::string_view("a\0\x1b[1m\r\x7f\xff", 9)), "a\\x00\\x1b[1m\\x0d\\x7f\\xff");
  EXPECT_EQ(escaped("\xef\xbf\xbe\xef\xbf\xbf"), "\\ufffe\\uffff");
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
}

TEST(Markup, what_turns_the_direction_of_writing_is_seen) {
  EXPECT_EQ(escaped("a\u202eb\u2066c\u200fd\u2028"), "a\\u202eb\\u2066c\\u200fd\\u2028");
}

TEST(Markup, letters_of_all_scripts_tabs_and_lines_stay) {
  EXPECT_EQ(escaped("é\t…\n漢字 عربي 🙂\n"), "é\t…\n漢字 عربي 🙂\n");
}

TEST(Markup, attribute_keeps_its_line_ends_as_references) {
  EXPECT_EQ(escaped_attribute("a\n\"b\"\t"), "a&#10;&quot;b&quot;&#9;");
}

TEST(Markup, long_text_keeps_whole_lines_of_its_beginning_and_end) {
  std::string text;
  for (int i = 0; i < 1'000; ++i) text += "line " + std::to_string(i) + "\n";
  const std::string kept = trimmed(text, 1'000);
  EXPECT_LT(kept.size(), 1'100u);
  EXPECT_TRUE(kept.starts_with("line 0\nline 1\n"));
  EXPECT_TRUE(kept.ends_with("line 998\nline 999\n"));
  EXPECT_NE(kept.find("bytes left out"), kept.npos);
  EXPECT_EQ(trimmed("short\n", 1'000), "short\n");
}

}  // namespace
}  // namespace catenet::lab
