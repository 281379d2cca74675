// The `queue` of an impairment: what may be said of it, what is filled in, and how what is wrong is
// told.
#include "catenet/lab/read_test.hpp"
#include "catenet/lab/run_test.hpp"
#include "catenet/lab/units.hpp"

namespace catenet::lab {
namespace {

// The inner of the queue begins at line 2, column 60.
std::string with_queue(const std::string& queue) {
  return "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: {rate: 1 Mbit, queue: {" + queue +
         "}}}]\n";
}

QueueSettings queue_of(const std::string& queue) {
  const Plan plan = plan_of(with_queue(queue));
  EXPECT_TRUE(plan.warnings.empty()) << to_string(plan.warnings);
  return plan.links.empty() ? QueueSettings{} : plan.links[0].forward.queue;
}

TEST(QueueFile, names_no_discipline_and_is_drop_tail) {
  EXPECT_EQ(queue_of("frames: 50, bytes: 64 KiB"), (QueueSettings{50, 65'536}));
  EXPECT_EQ(queue_of("discipline: drop_tail, frames: 50"), (QueueSettings{50}));
}

TEST(QueueFile, codel_with_and_without_numbers) {
  EXPECT_EQ(queue_of("discipline: codel"), (QueueSettings{.discipline = Discipline::codel}));
  EXPECT_EQ(queue_of("discipline: codel, target: 1 ms, interval: 20 ms, frames: 7, ecn: true"),
            (QueueSettings{.frames = 7,
                           .discipline = Discipline::codel,
                           .ecn = true,
                           .codel = {Duration::milliseconds(1), Duration::milliseconds(20)}}));
}

TEST(QueueFile, red_fills_in_what_is_left_out) {
  EXPECT_EQ(queue_of("discipline: red"), (QueueSettings{.discipline = Discipline::red}));
  const auto red = [](const std::string& text) { return queue_of("discipline: red, " + text).red; };
  EXPECT_EQ(red("frames: 400"), (RedSettings{.min = 33, .max = 100}));
  EXPECT_EQ(red("min: 5"), (RedSettings{.min = 5, .max = 15}));
  EXPECT_EQ(red("max: 30"), (RedSettings{.min = 10, .max = 30}));
  EXPECT_EQ(red("min: 30 kB"), (RedSettings{.in_bytes = true, .min = 30'000, .max = 90'000}));
  EXPECT_EQ(red("frames: 3"), (RedSettings{.min = 1, .max = 2}));
}

TEST(QueueFile, red_with_all_its_numbers) {
  const QueueSettings queue = queue_of(
      "discipline: red, min: 5 kB, max: 15 kB, probability: 2 %, weight: 0.002, gentle: false, "
      "avpkt: 500 B, bytes: 60 kB, ecn: true");
  EXPECT_EQ(queue.red, (RedSettings{.in_bytes = true,
                                    .min = 5'000,
                                    .max = 15'000,
                                    .probability_ppb = 20'000'000,
                                    .weight_per_1e15 = 2'000'000'000'000,
                                    .avpkt = 500,
                                    .gentle = false}));
  EXPECT_TRUE(queue.ecn);
}

TEST(QueueFile, weights_are_shares_or_powers) {
  EXPECT_EQ(parse_weight("2^-1"), 500'000'000'000'000u);
  EXPECT_EQ(parse_weight("2^-9"), 1'953'125'000'000u);
  EXPECT_EQ(parse_weight("2^-15"), 30'517'578'125u);
  EXPECT_EQ(parse_weight("1"), 1'000'000'000'000'000u);
  EXPECT_EQ(parse_weight("1e-9"), 1'000'000u);
  for (const char* wrong : {"0", "2^-16", "2^-0", "2^9", "1.1", "1 %", "1e-10", "", "x"}) {
    EXPECT_FALSE(parse_weight(wrong)) << wrong;
  }
}

struct BadQueue {
  const char* name;
  const char* queue;
  u32 column;
  const char* message;  // part of the one-line form
};
void PrintTo(const BadQueue& row, std::ostream* out) { *out << row.name; }

class MisspeltQueue : public testing::TestWithParam<BadQueue> {};

TEST_P(MisspeltQueue, is_told_where_and_how) {
  const BadQueue& row = GetParam();
  const Diagnostics found = errors_of(with_queue(row.queue));
  ASSERT_EQ(found.size(), 1u) << to_string(found);
  EXPECT_EQ(found[0].line, 2u);
  EXPECT_EQ(found[0].column, row.column) << to_string(found);
  EXPECT_NE(found[0].one_line().find(row.message), std::string::npos) << to_string(found);
}

constexpr BadQueue rows[] = {
    {"unknown_discipline", "discipline: codle", 72, "'codle'; did you mean 'codel'?"},
    {"target_without_unit", "discipline: codel, target: 5", 87, "target: '5' has no unit"},
    {"key_of_another_discipline", "discipline: codel, min: 5", 79,
     "'min' belongs to red, and this queue is codel; say discipline: red"},
    {"discipline_forgotten", "target: 5 ms", 60,
     "'target' belongs to codel, and this queue is drop_tail; say discipline: codel"},
    {"target_above_interval", "discipline: codel, target: 200 ms", 87,
     "queue.target: 200 ms is not between 0 s and the interval of 100 ms"},
    {"no_target", "discipline: codel, target: 0", 87, "queue.target: 0 s is not between 0 s and"},
    {"min_not_below_max", "discipline: red, min: 50, max: 50", 82,
     "queue.min: 50 is not between 0 and the max of 50; 16 would be right"},
    {"max_above_limit", "discipline: red, max: 150, frames: 100", 82,
     "queue.max: 150 is more than may wait, 100"},
    {"frames_and_bytes_mixed", "discipline: red, min: 50, max: 100 kB", 91,
     "min and max count different things; say both in frames, or both as a size"},
    {"weight_above_one", "discipline: red, weight: 2", 85, "'2' is not a weight; say a share"},
    {"no_probability", "discipline: red, probability: 0 %", 90, "queue.probability: above 0 %"},
    {"drop_tail_cannot_mark", "ecn: true", 65, "queue.ecn: a drop_tail queue marks nothing"},
    {"limit_of_tc", "limit: 10", 60, "here it is called 'frames'"},
};
INSTANTIATE_TEST_SUITE_P(Row, MisspeltQueue, testing::ValuesIn(rows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(QueueFile, discipline_on_a_link_without_a_rate_is_warned_of) {
  const Plan plan = plan_of(
      "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: {queue: {discipline: codel}}}]\n");
  ASSERT_EQ(plan.warnings.size(), 1u);
  EXPECT_EQ(plan.warnings[0].one_line(),
            "lab.yaml:2:58: warning: codel: nothing waits on a link without a rate; give the link "
            "a rate such as 10 Mbit");
}

TEST(QueueFile, discipline_changes_while_the_lab_runs) {
  const RunResult result = run_of(pair_and(
      "script:\n"
      "  - {at: 0 s, on: a, run: \"ping -c 3 b\"}\n"
      "  - {at: 1 s, link: line, impair: {queue: {discipline: red, min: 5, max: 15}}}\n"
      "  - {at: 2 s, link: line, impair_forward: {queue: {discipline: codel, target: 2 ms}}}\n",
      ", rate: 1 Mbit"));
  for (const StepResult& step : result.steps) EXPECT_EQ(faults(step), "");
  EXPECT_TRUE(result.books.balance);
}

}  // namespace
}  // namespace catenet::lab
