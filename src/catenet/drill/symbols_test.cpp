// C's symbols, and what expressions come to.
#include "catenet/drill/symbols.hpp"

#include <gtest/gtest.h>

#include "catenet/drill/parser_parts.hpp"

namespace catenet::drill {
namespace {

Expression expression_of(std::string_view text) {
  Problems problems;
  TokenStream in(text, problems);
  Expression expression;
  EXPECT_TRUE(parse_expression(in, expression)) << problems.to_string("t", text);
  return expression;
}

TEST(DrillSymbols, values_are_linux_values) {
  EXPECT_EQ(symbol_value("SOCK_STREAM"), 1);
  EXPECT_EQ(symbol_value("TCP_USER_TIMEOUT"), 18);
  EXPECT_EQ(symbol_value("ECONNREFUSED"), static_cast<i64>(Errno::connection_refused));
  EXPECT_EQ(symbol_value("SOCK_NOTHING"), std::nullopt);
  EXPECT_EQ(errno_by_name("EWOULDBLOCK"), Errno::again);
}

TEST(DrillSymbols, expressions_come_to_numbers) {
  EXPECT_EQ(evaluate(expression_of("O_RDWR|O_NONBLOCK|0x10000")), 0x10802);
  EXPECT_EQ(evaluate(expression_of("htons(8080)")), 8'080);
  EXPECT_EQ(evaluate(expression_of("inet_addr(\"1.2.3.4\")")), 0x01020304);
  EXPECT_EQ(evaluate(expression_of("-7")), -7);
}

TEST(DrillSymbols, what_is_no_number_is_told) {
  EXPECT_EQ(evaluate(expression_of("[1]")).error().message, "this is no number");
  EXPECT_EQ(evaluate(expression_of("inet_addr(\"1.2\")")).error().message,
            "no IPv4 address: \"1.2\"");
  EXPECT_EQ(evaluate(expression_of("ntohs(1)")).error().message, "the function 'ntohs'");
  Problems problems;
  check_symbols(expression_of("{a=O_RDWRR, b=[O_NONBLOCK|O_NOTHING]}"), problems);
  ASSERT_EQ(problems.all().size(), 2u);
  EXPECT_EQ(problems.all()[0].hint, "did you mean 'O_RDWR'?");
}

}  // namespace
}  // namespace catenet::drill
