#include "catenet/lab/pattern.hpp"

#include <gtest/gtest.h>

namespace catenet::lab {
namespace {

bool found(std::string_view pattern, std::string_view line) {
  const auto compiled = Pattern::compile(pattern);
  return compiled && compiled->is_found_in(line);
}

TEST(Pattern, is_found_anywhere_in_a_line) {
  EXPECT_TRUE(found("wor", "hello world"));
  EXPECT_TRUE(found("^h.*d$", "hello world"));
  EXPECT_FALSE(found("^world", "hello world"));
  EXPECT_TRUE(found("(?i)HELLO", "hello world"));
  EXPECT_TRUE(found("\\d+ ms", "took 12 ms"));
  EXPECT_TRUE(found("", ""));
}

TEST(Pattern, wrong_expression_says_why) {
  EXPECT_EQ(Pattern::compile("a(").error(), "missing ): a(");
  EXPECT_EQ(Pattern::compile("(a)\\1").error(), "invalid escape sequence: \\1");
  EXPECT_FALSE(Pattern::compile("((a{999}){999}){999}"));
}

TEST(Pattern, takes_linear_time_and_bounded_memory) {
  const std::string many_as(1'000'000, 'a');
  EXPECT_FALSE(found("^(a+)+b$", many_as));
  EXPECT_FALSE(found("a*b", many_as));
  EXPECT_TRUE(found("(a|b)*", many_as));
  EXPECT_FALSE(found("a.*b", many_as));
}

TEST(Pattern, bytes_that_are_no_utf8_do_no_harm) {
  EXPECT_TRUE(found("b$", "\xff\xfe b"));
  EXPECT_FALSE(found("c", std::string_view("\0\xc3", 2)));
}

}  // namespace
}  // namespace catenet::lab
