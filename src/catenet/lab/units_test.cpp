#include "catenet/lab/units.hpp"

#include <gtest/gtest.h>

namespace catenet::lab {
namespace {

TEST(Units, durations_are_exact_in_every_unit) {
  EXPECT_EQ(parse_duration("20 ms"), Duration::milliseconds(20));
  EXPECT_EQ(parse_duration("20ms"), Duration::milliseconds(20));
  EXPECT_EQ(parse_duration("  1.5 s "), Duration::milliseconds(1'500));
  EXPECT_EQ(parse_duration(".5 us"), Duration::nanoseconds(500));
  EXPECT_EQ(parse_duration("7 µs"), Duration::microseconds(7));
  EXPECT_EQ(parse_duration("2 min"), Duration::seconds(120));
  EXPECT_EQ(parse_duration("1 h"), Duration::seconds(3'600));
  EXPECT_EQ(parse_duration("1 d"), Duration::seconds(86'400));
  EXPECT_EQ(parse_duration("1e-9 s"), Duration::nanoseconds(1));
  EXPECT_EQ(parse_duration("0"), Duration::zero());
  EXPECT_EQ(parse_duration("0.000 s"), Duration::zero());
}

TEST(Units, what_is_no_duration_is_refused) {
  for (const char* text :
       {"", " ", "ms", "20", "-1 s", "1 s s", "1,5 s", "1 S", "1..5 s", "0x10 s", "1e s", "1e99 s",
        "inf s", "0.1 ns", "36526 d", "9999999999999999999 ns"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_TRUE(parse_duration("36525 d"));
}

TEST(Units, rates_count_bits_in_powers_of_ten) {
  EXPECT_EQ(parse_rate("10 Mbit"), 10'000'000u);
  EXPECT_EQ(parse_rate("10 mbit"), 10'000'000u);
  EXPECT_EQ(parse_rate("10Mbps"), 10'000'000u);
  EXPECT_EQ(parse_rate("2.5 Gbit/s"), 2'500'000'000u);
  EXPECT_EQ(parse_rate("9600 bit"), 9'600u);
  EXPECT_EQ(parse_rate("0"), 0u);
  EXPECT_FALSE(parse_rate("10 Mibit"));
  EXPECT_FALSE(parse_rate("10 MB/s"));
  EXPECT_FALSE(parse_rate("0.5 bit"));
  EXPECT_FALSE(parse_rate("101 Tbit"));
}

TEST(Units, sizes_tell_1000_from_1024) {
  EXPECT_EQ(parse_size("1 kB"), 1'000u);
  EXPECT_EQ(parse_size("1 KiB"), 1'024u);
  EXPECT_EQ(parse_size("1.5 MiB"), 1'572'864u);
  EXPECT_EQ(parse_size("3 bytes"), 3u);
  EXPECT_FALSE(parse_size("1 K"));
  EXPECT_FALSE(parse_size("1.5 B"));
  EXPECT_FALSE(parse_size("2000000 GiB"));
}

TEST(Units, percentages_become_parts_per_billion) {
  EXPECT_EQ(parse_percentage("1 %"), 10'000'000u);
  EXPECT_EQ(parse_percentage("100%"), 1'000'000'000u);
  EXPECT_EQ(parse_percentage("0.0000001 %"), 1u);
  EXPECT_FALSE(parse_percentage("0.00000001 %"));
  EXPECT_FALSE(parse_percentage("100.1 %"));
  EXPECT_FALSE(parse_percentage("0.01"));
}

TEST(Units, bit_error_rates_reach_down_to_1e_15) {
  EXPECT_EQ(parse_bit_error_rate("1e-12"), 1'000u);
  EXPECT_EQ(parse_bit_error_rate("0.000001"), 1'000'000'000u);
  EXPECT_EQ(parse_bit_error_rate("1"), 1'000'000'000'000'000u);
  EXPECT_EQ(parse_bit_error_rate("0"), 0u);
  EXPECT_FALSE(parse_bit_error_rate("1e-16"));
  EXPECT_FALSE(parse_bit_error_rate("1.1"));
}

std::string said(const UnitError& error) { return error.message + "; " + error.hint; }

TEST(Units, what_would_be_right_is_said) {
  EXPECT_EQ(said(parse_duration("99999999999999999999 s").error()),
            "'99999999999999999999 s' has too many digits; 18 are kept, and 100 years is the most");
  EXPECT_EQ(said(parse_size("1500").error()),
            "'1500' has no unit; say '1500 B'; units are B, kB, MB, GB, KiB, MiB and GiB");
  EXPECT_EQ(said(parse_rate("10").error()),
            "'10' has no unit; say '10 Mbit'; units are bit, kbit, Mbit, Gbit and Tbit");
  EXPECT_EQ(said(parse_count("-1", 1, 9).error()), "'-1' is not a whole number; from 1 to 9");
}

TEST(Units, counts_are_whole_and_within_bounds) {
  EXPECT_EQ(parse_count("7", 1, 9), 7u);
  EXPECT_EQ(parse_count("0x1f", 0, 99), 31u);
  EXPECT_EQ(parse_count("18446744073709551615", 0, ~u64{0}), ~u64{0});
  for (const char* text : {"", "0", "10", "1.0", "+7", "-7", "7 ", "7x", "0x"}) {
    if (std::string_view(text) == "7 ") continue;  // blanks around are no matter
    EXPECT_FALSE(parse_count(text, 1, 9)) << text;
  }
}

}  // namespace
}  // namespace catenet::lab
