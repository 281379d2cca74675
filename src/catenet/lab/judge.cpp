#include "catenet/lab/judge.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

#include "catenet/lab/pattern.hpp"
#include "catenet/lab/report_printable.hpp"

namespace catenet::lab {
namespace {

// Text for a message: in quotes, on one line, not too long.
std::string quoted(std::string_view text) {
  constexpr std::size_t most = 120;
  std::string line = "'";
  for (const char c : utf8_prefix(text, most)) {
    if (c == '\n') {
      line += "\\n";
    } else {
      line += c;
    }
  }
  return line + (text.size() > most ? "'…" : "'");
}

bool matches_some_line(const Pattern& pattern, std::string_view text) {
  // Nothing stands behind the last line end, and an empty text has no line.
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (pattern.is_found_in(line)) return true;
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return false;
}

// One line end more at the end of what was printed is left aside; one that is wanted is not.
bool equals(std::string_view text, std::string_view wanted) {
  return text == wanted || (text.ends_with('\n') && text.substr(0, text.size() - 1) == wanted);
}

void judge_text(std::string_view which, const TextExpectation& expect, std::string_view text,
                std::vector<std::string>& faults) {
  for (const std::string& wanted : expect.contains) {
    if (text.find(wanted) != text.npos) continue;
    faults.push_back(
        fmt::format("{} does not contain {}: {}", which, quoted(wanted), quoted(text)));
  }
  for (const std::string& unwanted : expect.not_contains) {
    if (text.find(unwanted) == text.npos) continue;
    faults.push_back(fmt::format("{} contains {}", which, quoted(unwanted)));
  }
  if (expect.equals && !equals(text, *expect.equals)) {
    faults.push_back(
        fmt::format("{} is not {} but {}", which, quoted(*expect.equals), quoted(text)));
  }
  for (const std::string& pattern : expect.matches) {
    const auto compiled = Pattern::compile(pattern);  // the reader has refused a bad one
    if (compiled && matches_some_line(*compiled, text)) continue;
    faults.push_back(
        fmt::format("no line of {} matches {}: {}", which, quoted(pattern), quoted(text)));
  }
}

void judge_texts(const RunExpectation& expect, StepResult& result) {
  judge_text("stdout", expect.stdout_text, result.output, result.faults);
  judge_text("stderr", expect.stderr_text, result.error_output, result.faults);
}

// What a shell means by an exit code of a real program.
std::string meaning_of_exit(const StepResult& result) {
  if (!result.resources || !result.exit) return {};
  const int exit = *result.exit;
  if (exit == 126) return " (it cannot be executed)";
  if (exit == 127) return " (it could not be started)";
  static constexpr std::array<std::pair<int, std::string_view>, 15> signals{{{1, "SIGHUP"},
                                                                             {2, "SIGINT"},
                                                                             {3, "SIGQUIT"},
                                                                             {4, "SIGILL"},
                                                                             {5, "SIGTRAP"},
                                                                             {6, "SIGABRT"},
                                                                             {7, "SIGBUS"},
                                                                             {8, "SIGFPE"},
                                                                             {9, "SIGKILL"},
                                                                             {10, "SIGUSR1"},
                                                                             {11, "SIGSEGV"},
                                                                             {12, "SIGUSR2"},
                                                                             {13, "SIGPIPE"},
                                                                             {14, "SIGALRM"},
                                                                             {15, "SIGTERM"}}};
  for (const auto& [number, name] : signals) {
    if (exit == 128 + number) return fmt::format(" ({} ended it)", name);
  }
  return {};
}

}  // namespace

void judge_running(const RunExpectation& expect, Instant now, StepResult& result) {
  judge_texts(expect, result);
  const Duration ran = now - *result.started;
  if (expect.max_time && ran > *expect.max_time) {
    result.faults.push_back(fmt::format("it still ran after {}, more than {}", to_string(ran),
                                        to_string(*expect.max_time)));
  }
}

void judge_early_end(const RunExpectation& expect, StepResult& result) {
  if (expect.exit || !result.faults.empty()) return judge_run(expect, result);
  result.faults.push_back(fmt::format("it ended before it was stopped, with {}{}", *result.exit,
                                      meaning_of_exit(result)));
  judge_texts(expect, result);
}

void judge_run(const RunExpectation& expect, StepResult& result) {
  const int wanted = expect.exit.value_or(0);
  if (result.exit && *result.exit != wanted) {
    result.faults.push_back(
        fmt::format("it exited with {}{}, not {}", *result.exit, meaning_of_exit(result), wanted));
  }
  judge_texts(expect, result);
  if (!result.started || !result.ended) return;
  const Duration took = *result.ended - *result.started;
  if (expect.max_time && took > *expect.max_time) {
    result.faults.push_back(
        fmt::format("it took {}, more than {}", to_string(took), to_string(*expect.max_time)));
  }
  if (expect.min_time && took < *expect.min_time) {
    result.faults.push_back(
        fmt::format("it took {}, less than {}", to_string(took), to_string(*expect.min_time)));
  }
}

}  // namespace catenet::lab
