#include "catenet/link/impairment.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace catenet {
namespace {

struct Row {
  const char* field;
  Impairment impairment;
};

std::vector<Row> wrong_rows() {
  constexpr u32 too_much = always_ppb + 1;
  return {
      {"rate", {.rate_bps = 99}},
      {"rate", {.rate_bps = 10'000'000'000'001}},
      {"delay", {.delay = Duration::nanoseconds(-1)}},
      {"delay", {.delay = Duration::seconds(366 * 86'400)}},
      {"jitter.amount", {.jitter = {.amount = Duration::nanoseconds(-1)}}},
      {"jitter.amount", {.jitter = {.amount = Duration::seconds(86'401)}}},
      {"jitter.correlation", {.jitter = {.amount = 1_ms, .correlation_ppb = too_much}}},
      {"jitter.correlation", {.jitter = {.correlation_ppb = 1}}},
      {"jitter.keep_order", {.jitter = {.keep_order = true}}},
      {"jitter.distribution",
       {.jitter = {.distribution = static_cast<Jitter::Distribution>(9), .amount = 1_ms}}},
      {"loss", {.loss = {.independent_ppb = too_much}}},
      {"loss.burst.p", {.loss = {.burst = {.to_bad_ppb = too_much}}}},
      {"loss.burst.p", {.loss = {.burst = {.to_good_ppb = 5}}}},
      {"loss.burst.r", {.loss = {.burst = {.to_bad_ppb = 1, .to_good_ppb = too_much}}}},
      {"loss.burst.good_loss", {.loss = {.burst = {.to_bad_ppb = 1, .good_loss_ppb = too_much}}}},
      {"loss.burst.bad_loss", {.loss = {.burst = {.to_bad_ppb = 1, .bad_loss_ppb = too_much}}}},
      {"reorder.chance", {.reorder = {.chance_ppb = too_much, .by = 1_ms}}},
      {"reorder.chance", {.reorder = {.by = 1_ms}}},
      {"reorder.by", {.reorder = {.chance_ppb = 1}}},
      {"reorder.by", {.reorder = {.chance_ppb = 1, .by = -(1_ms)}}},
      {"duplicate", {.duplicate_ppb = too_much}},
      {"bit_error_rate", {.bit_errors_per_1e15 = 100'000'000'000'001}},
      {"queue.frames", {.queue = {.frames = 1'000'001}}},
      {"mtu", {.mtu = 67}},
      {"mtu", {.mtu = 65'536}},
  };
}

TEST(Impairment, validate_names_the_wrong_field) {
  for (const Row& row : wrong_rows()) {
    const auto error = validate(row.impairment);
    ASSERT_TRUE(error) << row.field;
    EXPECT_EQ(error->field, row.field) << error->message;
    EXPECT_NE(error->message.find_first_not_of(' '), std::string::npos);
  }
}

TEST(Impairment, validate_says_what_would_be_right) {
  const auto error = validate({.delay = Duration::milliseconds(-5)});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message, "-5 ms is out of range; 0 s to 31536000 s would be right");
}

TEST(Impairment, validate_takes_none_and_the_extremes) {
  EXPECT_FALSE(validate({}));
  const Impairment extreme{
      .rate_bps = 10'000'000'000'000,
      .delay = Duration::seconds(365 * 86'400),
      .jitter = {Jitter::Distribution::pareto, Duration::seconds(86'400), always_ppb, true},
      .loss = {always_ppb, {always_ppb, always_ppb, always_ppb, always_ppb}, 1},
      .reorder = {always_ppb, 1_ns, 7},
      .duplicate_ppb = always_ppb,
      .bit_errors_per_1e15 = 100'000'000'000'000,
      .queue = {1'000'000, 1},
      .mtu = 68};
  EXPECT_FALSE(validate(extreme));
}

TEST(Impairment, each_field_that_acts_on_single_frames_needs_them) {
  EXPECT_FALSE(Impairment{}.needs_wire_frames());
  EXPECT_FALSE((Impairment{.delay = 20_ms}.needs_wire_frames()));
  EXPECT_FALSE((Impairment{.queue = {.frames = 5}}.needs_wire_frames()));
  EXPECT_TRUE((Impairment{.rate_bps = 1'000}.needs_wire_frames()));
  EXPECT_TRUE((Impairment{.jitter = {.amount = 1_ns}}.needs_wire_frames()));
  EXPECT_TRUE((Impairment{.loss = {.independent_ppb = 1}}.needs_wire_frames()));
  EXPECT_TRUE((Impairment{.loss = {.burst = {.to_bad_ppb = 1}}}.needs_wire_frames()));
  EXPECT_TRUE((Impairment{.loss = {.every_nth = 9}}.needs_wire_frames()));
  EXPECT_TRUE((Impairment{.reorder = {.chance_ppb = 1, .by = 1_ms}}.needs_wire_frames()));
  EXPECT_TRUE((Impairment{.duplicate_ppb = 1}.needs_wire_frames()));
  EXPECT_TRUE((Impairment{.bit_errors_per_1e15 = 1}.needs_wire_frames()));
  EXPECT_TRUE((Impairment{.mtu = 1'500}.needs_wire_frames()));
}

TEST(Impairment, least_delay_counts_jitter_and_the_shortest_frame) {
  EXPECT_EQ(Impairment{}.least_delay(), 0_s);
  EXPECT_EQ((Impairment{.delay = 5_ms}.least_delay()), 5_ms);
  EXPECT_EQ((Impairment{.rate_bps = 10'000'000, .delay = 5_ms}.least_delay()), 5'067'200_ns);
  EXPECT_EQ((Impairment{.delay = 5_ms, .jitter = {.amount = 2_ms}}.least_delay()), 3_ms);
  EXPECT_EQ(
      (Impairment{.delay = 5_ms, .jitter = {Jitter::Distribution::normal, 1_ms}}.least_delay()),
      1_ms);
  EXPECT_EQ((Impairment{.delay = 5_ms, .jitter = {.amount = 9_ms}}.least_delay()), 0_s);
}

TEST(Impairment, distribution_names_go_both_ways) {
  for (const auto name : {"uniform", "normal", "pareto", "pareto_normal"}) {
    const auto distribution = parse_distribution(name);
    ASSERT_TRUE(distribution) << name;
    EXPECT_EQ(to_string(*distribution), name);
  }
  EXPECT_FALSE(parse_distribution("gauss"));
  EXPECT_FALSE(parse_distribution(""));
}

}  // namespace
}  // namespace catenet
