// Runs that would never end: a broadcast in a loop of switches, events without end at one instant.
#include "catenet/lab/standstill.hpp"

#include "catenet/lab/run_test.hpp"

namespace catenet::lab {
namespace {

// A ring of three switches with a host at each of two.
std::string ring_of_switches(const std::string& impair, const std::string& last = "") {
  const std::string link = ", impair: {" + impair + "}";
  return "nodes: {a: , b: , s1: {kind: switch}, s2: {kind: switch}, s3: {kind: switch}}\n"
         "links:\n"
         "  - endpoints: [a, s1]\n  - endpoints: [b, s2]\n"
         "  - {endpoints: [s1, s2]" +
         link + "}\n  - {endpoints: [s2, s3]" + link + "}\n" + "  - {endpoints: [s3, s1]" + link +
         last + "}\nscript:\n  - {at: 1 s, on: a, run: ping -c 2 b}\n";
}

RunnerOptions looking_often() {
  RunnerOptions options;
  options.standstill.portion = 10'000;
  return options;
}

TEST(Standstill, loop_of_switches_without_delay_ends_the_run_and_is_named) {
  const RunResult result = run_of(ring_of_switches("delay: 0"), looking_often());
  EXPECT_FALSE(result.passed());
  EXPECT_TRUE(result.broken_off.starts_with(
      "at 1.000000000 s frames circle for ever in a loop of switches: s"))
      << result.broken_off;
  for (const char* way : {"s2:eth2 > s3:eth0 (", "s3:eth0 > s2:eth2 (", "s1:eth2 > s3:eth1 ("}) {
    EXPECT_NE(result.broken_off.find(way), std::string::npos) << way << result.broken_off;
  }
  EXPECT_EQ(result.broken_off.find("a:eth0"), std::string::npos) << "hosts close no loop";
  EXPECT_TRUE(result.broken_off.ends_with("say up: false")) << result.broken_off;
  EXPECT_EQ(faults(result.steps[0]), "it had not ended when the lab did");
  EXPECT_TRUE(result.books.balance);
  // And in the same way each time.
  EXPECT_EQ(run_of(ring_of_switches("delay: 0"), looking_often()).broken_off, result.broken_off);
}

TEST(Standstill, loop_with_a_link_that_is_down_or_cut_is_none) {
  EXPECT_TRUE(run_of(ring_of_switches("delay: 0", ", up: false"), looking_often()).passed());
  const std::string text = ring_of_switches("delay: 0") + "  - {at: 0 s, cut: s3--s1}\n";
  const RunResult result = run_of(text, looking_often());
  EXPECT_EQ(result.broken_off, "");
  EXPECT_TRUE(result.passed());
}

// With delay the clock goes on; what circles confuses the switches, but the lab comes to its end.
TEST(Standstill, frames_that_circle_slowly_let_the_lab_go_on) {
  const RunResult result = run_of(ring_of_switches("delay: 20 ms"), looking_often());
  EXPECT_EQ(result.broken_off, "");
  EXPECT_TRUE(result.steps[0].ended);
}

// Four switches each joined to each: every frame that circles becomes two at the next.
TEST(Standstill, frames_that_multiply_in_loops_end_the_run_though_time_passes) {
  std::string text =
      "nodes: {a: , s0: , s1: , s2: , s3: }\nkinds: {}\nlinks:\n"
      "  - endpoints: [a, s0]\n";
  for (const char* name : {"s0: ", "s1: ", "s2: ", "s3: "}) {
    text.replace(text.find(name), 4, std::string(name) + "{kind: switch}");
  }
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < i; ++j) {
      text += "  - {endpoints: [s" + std::to_string(i) + ", s" + std::to_string(j) +
              "], impair: {delay: 1 ms}}\n";
    }
  }
  text += "script: [{at: 0 s, on: a, run: ping -c 1 10.0.1.77}]\n";
  const RunResult result = run_of(text, looking_often());
  EXPECT_NE(result.broken_off.find("frames circle for ever in a loop of switches"),
            std::string::npos)
      << result.broken_off;
  EXPECT_LT(result.books.in_flight, 100'000u);
}

// An event that comes again at the same instant, without end.
class Restless {
 public:
  explicit Restless(Network& network) : network_(network) { again(); }

 private:
  void again() {
    Engine& engine = network_.shards().engine(0);
    engine.schedule_at(engine.now(), network_.origin(0).next_key(), event_);
  }
  Network& network_;
  MemberEvent<Restless, &Restless::again> event_{*this};
};

TEST(Standstill, events_without_end_at_one_instant_are_told_from_many) {
  const Plan plan = plan_of("nodes: {a: , b: }\nlinks: [{endpoints: [a, b]}]\n");
  Network network(plan);
  Standstill standstill(network, {.portion = 1'000, .events = 10'000});
  Restless restless(network);
  std::string why;
  for (int looks = 0; looks < 100 && why.empty(); ++looks) {
    network.shards().run_until(Instant::at(1_s));
    why = standstill.check();
  }
  EXPECT_EQ(why,
            "at 0.000000000 s 11000 events ran and the lab's time stood still: ; give these links "
            "a delay or a rate");
}

}  // namespace
}  // namespace catenet::lab
