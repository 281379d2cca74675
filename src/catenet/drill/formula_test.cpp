// The part of Python in %{ … }%.
#include "catenet/drill/formula.hpp"

#include <gtest/gtest.h>

#include "catenet/drill/tcp_info_names.hpp"

namespace catenet::drill {
namespace {

std::optional<Value> names(std::string_view name) {
  if (name == "tcpi_snd_cwnd") return i64{10};
  if (name == "tcpi_rto") return i64{300'000};
  return std::nullopt;
}

FormulaResult run_formula(std::string_view code) { return Formula().run(code, names); }

// What `expression` comes to, as print shows it.
std::string value(const std::string& expression) {
  const FormulaResult result = run_formula("print(" + expression + ")");
  return result.kind == FormulaResult::Kind::held ? result.printed : result.message;
}

TEST(DrillFormula, numbers_are_calculated_as_python_does) {
  EXPECT_EQ(value("1 + 2 * 3 - -4"), "11\n");
  EXPECT_EQ(value("(1 + 2) * 3"), "9\n");
  EXPECT_EQ(value("-7 // 2, -7 % 3, 7 % -3"), "-4 2 -2\n");
  EXPECT_EQ(value("1 / 4"), "0.25\n");
  EXPECT_EQ(value("0x10 | 3, 6 & 3, 1 << 4, 16 >> 2"), "19 2 16 4\n");
  EXPECT_EQ(value("2.5 * 2"), "5\n");
}

TEST(DrillFormula, numbers_beyond_64_bits_are_named) {
  const std::string most = "9223372036854775807";
  EXPECT_EQ(value(most + " + 1"), most + " + 1 is beyond 64 bits");
  EXPECT_EQ(value("-2 - " + most), "-2 - " + most + " is beyond 64 bits");
  EXPECT_EQ(value(most + " * 2"), most + " * 2 is beyond 64 bits");
  EXPECT_EQ(value("(-" + most + " - 1) // -1"), "-9223372036854775808 // -1 is beyond 64 bits");
  EXPECT_EQ(value("-(-" + most + " - 1)"), "0 - -9223372036854775808 is beyond 64 bits");
  EXPECT_EQ(value("abs(-" + most + " - 1)"), "0 - -9223372036854775808 is beyond 64 bits");
  EXPECT_EQ(value("1 << 100"), "1 << 100 is beyond 64 bits");
  EXPECT_EQ(value("1 << 63"), "1 << 63 is beyond 64 bits");
  EXPECT_EQ(value("1 << -1"), "a shift by less than nothing");
  EXPECT_EQ(value("9223372036854775808"), "9223372036854775808 is beyond 64 bits");
  EXPECT_EQ(value("1 << 62, -1 << 63, 0 << 99, -5 >> 99, 5 >> 99"),
            "4611686018427387904 -9223372036854775808 0 -1 0\n");
  EXPECT_EQ(value("(-" + most + " - 1) % -1, int(" + most + ")"), "0 " + most + "\n");
}

TEST(DrillFormula, signs_and_negations_in_a_row_need_no_depth) {
  EXPECT_EQ(value(std::string(200'000, '-') + "1, " + std::string(200'001, '-') + "1"), "1 -1\n");
  std::string negations;
  for (int i = 0; i < 200'001; ++i) negations += "not ";
  EXPECT_EQ(value(negations + "1"), "0\n");
  EXPECT_EQ(value("not " + negations + "5"), "1\n");
}

TEST(DrillFormula, comparisons_chain_and_combine) {
  EXPECT_EQ(value("1 < 2 <= 2"), "1\n");
  EXPECT_EQ(value("1 < 2 > 2"), "0\n");
  EXPECT_EQ(value("not 1 == 2 and 3 or 0"), "3\n");
  EXPECT_EQ(value("True, False, 'a' == \"a\", 'a' != 1"), "1 0 1 1\n");
}

TEST(DrillFormula, functions_are_the_usual_few) {
  EXPECT_EQ(value("min(3, 1, 2), max(1, 2), abs(-5), int(2.9), str(4) + 'x'"), "1 2 5 2 4x\n");
}

TEST(DrillFormula, an_assertion_that_fails_shows_its_sides_and_message) {
  const FormulaResult result =
      run_formula("assert tcpi_snd_cwnd == 4, 'cwnd=' + str(tcpi_snd_cwnd)");
  EXPECT_EQ(result.kind, FormulaResult::Kind::failed);
  EXPECT_EQ(result.message, "assert tcpi_snd_cwnd == 4: 10 == 4 (cwnd=10)");
}

TEST(DrillFormula, statements_stand_apart_by_lines_or_semicolons) {
  const FormulaResult result = run_formula(
      "# a comment\nassert tcpi_snd_cwnd == 10; x = tcpi_rto // 1000\n"
      "assert (x ==\n  300), x  # more\nprint x, 'ms'\n");
  EXPECT_EQ(result.kind, FormulaResult::Kind::held) << result.message;
  EXPECT_EQ(result.printed, "300 ms\n");
}

TEST(DrillFormula, variables_live_from_one_block_to_the_next) {
  Formula formula;
  EXPECT_EQ(formula.run("before = tcpi_snd_cwnd", names).kind, FormulaResult::Kind::held);
  EXPECT_EQ(formula.run("before += 2; before *= 3; before -= 26", names).kind,
            FormulaResult::Kind::held);
  EXPECT_EQ(formula.run("assert before == 10", names).kind, FormulaResult::Kind::held);
}

TEST(DrillFormula, what_is_beyond_it_is_named) {
  EXPECT_EQ(run_formula("import os").message,
            "Python's 'import'; known are assert, print and name = value");
  EXPECT_EQ(run_formula("assert nothing == 1").message, "the name 'nothing'");
  EXPECT_EQ(run_formula("assert foo(1)").message,
            "the function 'foo'; known are abs, int, max, min and str");
  EXPECT_EQ(run_formula("assert 1 +").kind, FormulaResult::Kind::unsupported);
  EXPECT_EQ(run_formula("assert 1 1").kind, FormulaResult::Kind::unsupported);
  EXPECT_EQ(run_formula("assert 1 / 0").kind, FormulaResult::Kind::unsupported);
  EXPECT_EQ(run_formula("assert (1").kind, FormulaResult::Kind::unsupported);
  EXPECT_EQ(run_formula("assert 'a").kind, FormulaResult::Kind::unsupported);
  EXPECT_EQ(run_formula(std::string(200, '(')).kind, FormulaResult::Kind::unsupported);
}

TEST(DrillFormula, a_check_finds_the_same_without_holding_anything) {
  Formula formula;
  EXPECT_FALSE(formula.check("assert tcpi_snd_cwnd == 77\nx = 1 / (tcpi_snd_cwnd - 10)", names));
  EXPECT_FALSE(formula.check("assert x == 1", names));
  const auto beyond = formula.check("assert y == 1", names);
  ASSERT_TRUE(beyond);
  EXPECT_EQ(beyond->what, "the name 'y'");
  EXPECT_EQ(beyond->at, 7u);
}

TEST(DrillTcpInfo, units_are_linux_units) {
  tcp::TcpInfo info;
  info.send_mss = 1'000;
  info.cwnd = 10'500;
  info.unacked = 1'001;
  info.ssthresh = UINT32_MAX;
  info.rtt = 100_ms;
  info.state = tcp::State::fin_wait_2;
  EXPECT_EQ(tcp_info_value("tcpi_snd_cwnd", info, {}), 10);
  EXPECT_EQ(tcp_info_value("tcpi_unacked", info, {}), 2);
  EXPECT_EQ(tcp_info_value("tcpi_snd_ssthresh", info, {}), 0x7fff'ffff);
  EXPECT_EQ(tcp_info_value("tcpi_rtt", info, {}), 100'000);
  EXPECT_EQ(tcp_info_value("tcpi_state", info, {}), tcp_constant("TCP_FIN_WAIT2"));
  EXPECT_EQ(tcp_info_value("tcpi_nothing", info, {}), std::nullopt);
  for (const std::string_view name : tcp_info_names()) {
    EXPECT_TRUE(tcp_info_value(name, {}, {}).has_value()) << name;
  }
}

}  // namespace
}  // namespace catenet::drill
