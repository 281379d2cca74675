// Read the schema that Jenkins' xunit plugin keeps (junit-10.xsd), and what GitLab and GitHub's
// readers take of it: suites, cases with a class and a name, one failure or error with a message.
#include <fmt/core.h>
#include <map>

#include "catenet/base/text.hpp"
#include "catenet/lab/report.hpp"
#include "catenet/lab/report_markup.hpp"
#include "catenet/lab/report_printable.hpp"

namespace catenet::lab {
namespace {

constexpr std::size_t most_output = 16 << 10;  // bytes that a case keeps of what was printed
constexpr std::size_t most_outputs = 4 << 20;  // and all of them together
constexpr std::size_t few_bytes = 512;         // of an output, when that is used up

enum class CaseOutcome : u8 { passed, failed, error, skipped };

struct Case {
  std::string group;
  std::string name;
  std::optional<Duration> took;
  CaseOutcome outcome = CaseOutcome::passed;
  std::string message;  // of what is not passed
  std::string detail;
  std::string_view output;
  std::string_view error_output;
};

class JunitReport {
 public:
  explicit JunitReport(const RunResult& result) : result_(result) {}

  std::string make() {
    for (const StepResult& step : result_.steps) add_step(step);
    for (const ExpectationResult& judged : result_.expectations) add_expectation(judged);
    add_run();
    for (Case& item : cases_) make_unique(item);
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    const std::string counts = fmt::format("name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\"",
                                           escaped_attribute(result_.lab), cases_.size(),
                                           count(CaseOutcome::failed), count(CaseOutcome::error));
    const std::string time = to_string(Instant::at(result_.end - result_.begin));
    append_format(text, "<testsuites {} time=\"{}\">\n", counts, time);
    append_format(text, "  <testsuite {} skipped=\"{}\" time=\"{}\">\n", counts,
                  count(CaseOutcome::skipped), time);
    append_properties(text);
    for (const Case& item : cases_) append_case(text, item);
    return text + "  </testsuite>\n</testsuites>\n";
  }

 private:
  // A change of the network is a case only where it could not be made.
  void add_step(const StepResult& step) {
    if (changes_links(step.kind) && step.status == StepStatus::passed) return;
    Case item;
    item.group = "steps";
    item.name = step.name + ": " + printable_line(step.text);
    if (step.started && step.ended) item.took = *step.ended - *step.started;
    item.output = step.output;
    item.error_output = step.error_output;
    const bool good = step.status == StepStatus::passed || step.status == StepStatus::running;
    if (!good) {
      // What a run that was broken off did not come to is no fault of the step.
      const bool never_came = !step.started && !result_.broken_off.empty();
      item.outcome = never_came ? CaseOutcome::skipped : CaseOutcome::failed;
      item.message = step.faults.empty() ? "it failed" : step.faults.front();
      for (const std::string& fault : step.faults) item.detail += fault + "\n";
    }
    cases_.push_back(std::move(item));
  }

  void add_expectation(const ExpectationResult& judged) {
    Case item;
    item.group = "expectations";
    item.name = judged.name;
    if (!judged.held) {
      item.outcome = CaseOutcome::failed;
      item.message = fmt::format("it was {}, wanted {}", judged.measured, judged.wanted);
      item.detail = judged.name + ": " + item.message + "\n";
    }
    cases_.push_back(std::move(item));
  }

  void add_run() {
    Case whole;
    whole.group = "run";
    whole.name = "the run came to its end";
    if (!result_.broken_off.empty()) {
      whole.outcome = CaseOutcome::error;
      whole.message = "broken off: " + result_.broken_off;
      whole.detail = whole.message + "\n";
    }
    cases_.push_back(std::move(whole));
    Case books;
    books.group = "run";
    books.name = "the books balance";
    if (!result_.books.balance) {
      books.outcome = CaseOutcome::failed;
      books.message = "a direction did not deliver, drop or hold all that it was offered";
    }
    cases_.push_back(std::move(books));
    if (!result_.verification) return;
    Case verify;
    verify.group = "run";
    verify.name = "four runs came out the same";
    if (!result_.verification->difference.empty()) {
      verify.outcome = CaseOutcome::failed;
      verify.message = result_.verification->difference;
    }
    cases_.push_back(std::move(verify));
  }

  // Readers take two cases of one name for one.
  void make_unique(Case& item) {
    const u32 times = ++names_[{item.group, item.name}];
    if (times > 1) item.name += fmt::format(" ({})", times);
  }

  std::size_t count(CaseOutcome outcome) const {
    std::size_t n = 0;
    for (const Case& item : cases_) n += item.outcome == outcome;
    return n;
  }

  void append_properties(std::string& text) const {
    const auto put = [&](std::string_view name, std::string_view value) {
      append_format(text, "      <property name=\"{}\" value=\"{}\"/>\n", name,
                    escaped_attribute(value));
    };
    text += "    <properties>\n";
    put("seed", std::to_string(result_.seed));
    put("time", result_.wall_clock ? "wall" : "virtual");
    if (!result_.wall_clock) put("event_hash", fmt::format("{:016x}", result_.event_hash));
    put("events", std::to_string(result_.events));
    if (!result_.version.empty()) put("catenet", result_.version);
    if (!result_.description.empty()) put("description", result_.description);
    text += "    </properties>\n";
  }

  void append_case(std::string& text, const Case& item) {
    append_format(text, "    <testcase classname=\"{}.{}\" name=\"{}\" time=\"{}\"",
                  escaped_attribute(result_.lab), item.group, escaped_attribute(item.name),
                  to_string(Instant::at(item.took.value_or(Duration()))));
    if (item.outcome == CaseOutcome::passed && item.output.empty() && item.error_output.empty()) {
      text += "/>\n";
      return;
    }
    text += ">\n";
    append_outcome(text, item);
    append_output(text, "system-out", item.output);
    append_output(text, "system-err", item.error_output);
    text += "    </testcase>\n";
  }

  static void append_outcome(std::string& text, const Case& item) {
    const std::string message = escaped_attribute(item.message);
    switch (item.outcome) {
      case CaseOutcome::passed: break;
      case CaseOutcome::failed:
      case CaseOutcome::error: {
        const std::string_view tag = item.outcome == CaseOutcome::failed ? "failure" : "error";
        const std::string_view type =
            item.outcome == CaseOutcome::failed ? "expectation" : "broken-off";
        append_format(text, "      <{} type=\"{}\" message=\"{}\">{}</{}>\n", tag, type, message,
                      escaped(item.detail), tag);
        break;
      }
      case CaseOutcome::skipped:
        append_format(text, "      <skipped message=\"{}\"/>\n", message);
        break;
    }
  }

  void append_output(std::string& text, std::string_view tag, std::string_view output) {
    if (output.empty()) return;
    const std::string kept = trimmed(output, outputs_ < most_outputs ? most_output : few_bytes);
    outputs_ += kept.size();
    append_format(text, "      <{}>{}</{}>\n", tag, escaped(kept), tag);
  }

  const RunResult& result_;
  std::vector<Case> cases_;
  std::map<std::pair<std::string, std::string>, u32> names_;
  std::size_t outputs_ = 0;
};

}  // namespace

std::string junit_report(const RunResult& result) { return JunitReport(result).make(); }

}  // namespace catenet::lab
