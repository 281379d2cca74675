// Debian's iperf3 in a namespace and ours on a lab host, each as the other's client and server.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

#include "catenet/lab/read_test.hpp"
#include "catenet/program/doctor.hpp"

#include "captured_run_test.hpp"

namespace catenet::lab {
namespace {

using nlohmann::json;

// Steps one after the other on one node, the first after a while.
class Script {
 public:
  explicit Script(std::string nodes) : text_(std::move(nodes) + "script:\n") {}
  Script& start(const std::string& node, const std::string& command) {
    text_ += "  - {at: 0 s, on: " + node + ", start: " + command + "}\n";
    return *this;
  }
  Script& step(const std::string& node, const std::string& command) {
    const std::string name = "s" + std::to_string(count_++);
    const std::string when = last_.empty() ? "at: 500 ms" : "after: " + last_ + ", delay: 100 ms";
    text_ += "  - {name: " + name + ", " + when + ", on: " + node + ", run: " + command +
             ", timeout: 30 s}\n";
    last_ = name;
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string last_;
  u32 count_ = 0;
};

class Iperf3Interop : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = program::why_not_netns()) GTEST_SKIP() << *why;
    if (std::system("command -v iperf3 > /dev/null") != 0) GTEST_SKIP() << "no iperf3 here";
  }
  // The outcome of each step that ran to its end.
  std::vector<StepResult> run(const Script& script) {
    const Plan plan = plan_of(script.text());
    auto [result, faults] = interop::run_captured(plan);
    if (!result) {
      ADD_FAILURE() << result.error().text();
      return {};
    }
    EXPECT_EQ(faults, "");
    std::vector<StepResult> steps;
    for (StepResult& step : result->steps) {
      if (step.kind != ActionKind::start) steps.push_back(std::move(step));
    }
    return steps;
  }
  static json report(const StepResult& step) {
    const json document = json::parse(step.output, nullptr, false);
    EXPECT_EQ(step.status, StepStatus::passed) << step.text << step.output << step.error_output;
    EXPECT_TRUE(document.is_object() && !document.contains("error")) << step.text << step.output;
    return document;
  }
  static double rate(const json& document, const std::string& sum) {
    const json::json_pointer where("/end/" + sum + "/bits_per_second");
    return document.contains(where) ? document[where].get<double>() : 0;
  }
  // TCP each way, on two streams and in both directions at once; datagrams each way.
  void expect_all_measured(const std::vector<StepResult>& steps) {
    ASSERT_EQ(steps.size(), 6u);
    for (int tcp : {0, 1, 2, 3}) {
      EXPECT_GT(rate(report(steps[tcp]), "sum_received"), 1e6) << steps[tcp].text;
    }
    EXPECT_GT(rate(report(steps[3]), "sum_received_bidir_reverse"), 1e6) << steps[3].output;
    for (int udp : {4, 5}) {
      const json document = report(steps[udp]);
      EXPECT_NEAR(rate(document, "sum"), 5e6, 1e6) << steps[udp].output;
      EXPECT_LT(document["end"]["sum"]["lost_percent"], 20.0) << steps[udp].output;
    }
  }
  static Script& all(Script& script, const std::string& node, const std::string& client) {
    for (const char* options :
         {"-t 1", "-t 1 -R", "-t 1 -P 2", "-t 1 --bidir", "-t 1 -u -b 5M", "-t 1 -u -b 5M -R"}) {
      script.step(node, client + " " + options + " -J");
    }
    return script;
  }
};

// At a rate that keeps captures small.
const std::string nodes =
    "nodes: {n: {kind: namespace}, h: {services: [iperf3]}}\n"
    "links: [{endpoints: [n, h], impair: {rate: 100 Mbit}}]\n";

TEST_F(Iperf3Interop, debian_client_measures_against_our_server) {
  for (const std::string family : {"-4", "-6"}) {
    Script script(nodes);
    expect_all_measured(run(all(script, "n", "iperf3 " + family + " -c h")));
  }
}

TEST_F(Iperf3Interop, our_client_measures_against_debian_server) {
  for (const std::string family : {"-4", "-6"}) {
    Script script(nodes);
    script.start("n", "iperf3 -s");
    expect_all_measured(run(all(script, "h", "iperf3 " + family + " -c n")));
  }
}

TEST_F(Iperf3Interop, omission_and_limits_are_understood_by_both) {
  Script script(nodes);
  script.start("n", "iperf3 -s");
  script.step("n", "iperf3 -c h -t 1 -O 1 -J").step("n", "iperf3 -c h -n 1M -J");
  script.step("n", "iperf3 -c h -R -k 20 -J").step("n", "iperf3 -c h -u -k 20 -l 100 -J");
  script.step("h", "iperf3 -c n -t 1 -O 1 -J").step("h", "iperf3 -c n -n 1M -J");
  script.step("h", "iperf3 -c n -R -n 1M -J").step("h", "iperf3 -c n -u -k 20 -l 100 -J");
  const auto steps = run(script);
  ASSERT_EQ(steps.size(), 8u);
  for (const StepResult& step : steps) {
    EXPECT_GT(rate(report(step), step.text.find("-u") == step.text.npos ? "sum_received" : "sum"),
              0)
        << step.text << step.output;
  }
  EXPECT_GE(report(steps[1])["end"]["sum_sent"]["bytes"], 1 << 20);
  EXPECT_EQ(report(steps[3])["end"]["sum"]["packets"], 20);
  EXPECT_EQ(report(steps[5])["end"]["sum_sent"]["bytes"], 1 << 20);
}

TEST_F(Iperf3Interop, refusals_are_understood_by_debian_client) {
  Script script(nodes);
  script.start("n", "exec iperf3 -c h -t 5 -J");
  script.step("n", "iperf3 -c h -t 1");
  const auto steps = run(script);
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0].exit, 1);
  EXPECT_NE(steps[0].error_output.find("the server is busy running a test"), std::string::npos)
      << steps[0].output << steps[0].error_output;
}

}  // namespace
}  // namespace catenet::lab
