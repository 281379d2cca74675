#include <algorithm>
#include <fmt/core.h>

#include "catenet/base/text.hpp"
#include "catenet/lab/report.hpp"
#include "catenet/lab/report_printable.hpp"
#include "catenet/trace/counters.hpp"

namespace catenet::lab {
namespace {

enum class Colour { good, bad, faint };

class TextReport {
 public:
  TextReport(const RunResult& result, const TextOptions& options)
      : result_(result), options_(options) {}

  std::string make() {
    put("{}\n",
        paint(Colour::faint, fmt::format("lab {}, seed {}", printable(result_.lab), result_.seed)));
    steps();
    expectations();
    links();
    drops();
    notes();
    summary();
    return std::move(text_);
  }

 private:
  template <typename... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    append_vformat(text_, format, fmt::make_format_args(args...));
  }

  std::string paint(Colour colour, std::string_view text) const {
    if (!options_.colour) return std::string(text);
    static constexpr std::string_view codes[] = {"\x1b[32m", "\x1b[31m", "\x1b[2m"};
    return fmt::format("{}{}\x1b[0m", codes[static_cast<int>(colour)], text);
  }
  std::string mark(bool good) const {
    return good ? paint(Colour::good, "ok  ") : paint(Colour::bad, "FAIL");
  }

  // Seconds of the lab's time, as precise as people want them.
  static std::string seconds(std::optional<Instant> at) {
    return at ? fmt::format("{:.6f}", static_cast<double>(at->ns()) / 1e9) : "-";
  }

  // As they began; those that never did come last.
  std::vector<const StepResult*> by_start() const {
    std::vector<const StepResult*> steps;
    for (const StepResult& step : result_.steps) steps.push_back(&step);
    std::ranges::stable_sort(
        steps, {}, [](const StepResult* step) { return step->started.value_or(Instant::never()); });
    return steps;
  }

  void steps() {
    if (result_.steps.empty()) return;
    put("\n{:>12} {:>12}       step\n", "start (s)", "end (s)");
    for (const StepResult* ran : by_start()) {
      const StepResult& step = *ran;
      const bool good = step.status == StepStatus::passed || step.status == StepStatus::running;
      put("{:>12} {:>12}  {} {}\n", seconds(step.started), seconds(step.ended), mark(good),
          printable_line(step.text));
      if (options_.outputs) {
        indented(step.output);
        indented(step.error_output);
        if (step.resources) resources(*step.resources);
      }
      for (const std::string& fault : step.faults) {
        put("{:27}{}\n", "", paint(Colour::bad, printable(fault)));
      }
    }
  }

  void resources(const ResourceUse& use) {
    const double mib = static_cast<double>(use.max_resident_bytes) / (1 << 20);
    put("{:29}{}\n", "",
        paint(Colour::faint, fmt::format("{} user, {} system, {:.1f} MiB", to_string(use.user),
                                         to_string(use.system), mib)));
  }

  std::string cut_mark(std::string_view line, std::string_view shown) const {
    if (line.size() == shown.size()) return {};
    return paint(Colour::faint, fmt::format(" … {} bytes more", line.size() - shown.size()));
  }

  // What a command printed: its first and last lines.
  void indented(std::string_view text) {
    constexpr std::size_t head = 24;
    constexpr std::size_t tail = 6;
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.empty()) return;
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    for (std::size_t line = 0; line < lines; ++line) {
      const std::string_view rest = text.substr(0, std::min(text.find('\n'), text.size()));
      const std::string_view shown = utf8_prefix(rest, 160);
      if (lines <= head + tail || line < head || line >= lines - tail) {
        put("{:29}{} {}{}\n", "", paint(Colour::faint, "|"), printable(shown),
            cut_mark(rest, shown));
      } else if (line == head) {
        put("{:29}{} … {} lines more …\n", "", paint(Colour::faint, "|"), lines - head - tail);
      }
      text.remove_prefix(std::min(rest.size() + 1, text.size()));
    }
  }

  void expectations() {
    if (result_.expectations.empty()) return;
    put("\nexpectations\n");
    for (const ExpectationResult& judged : result_.expectations) {
      put("  {} {}", mark(judged.held), printable(judged.name));
      put("{}\n", judged.held
                      ? fmt::format(" ({})", judged.measured)
                      : fmt::format(": it was {}, wanted {}", judged.measured, judged.wanted));
    }
  }

  void links() {
    if (result_.directions.empty()) return;
    std::size_t width = 9;
    for (const DirectionResult& way : result_.directions) width = std::max(width, way.name.size());
    constexpr std::size_t most = 40;
    put("\n{:<{}} {:>9} {:>9} {:>9} {:>11}  lost\n", "direction", width, "offered", "delivered",
        "in flight", "bytes");
    for (std::size_t i = 0; i < result_.directions.size() && i < most; ++i) {
      const DirectionResult& way = result_.directions[i];
      const DirectionCounters& counters = way.counters;
      put("{:<{}} {:>9} {:>9} {:>9} {:>11}  {}\n", way.name, width, counters.offered,
          counters.delivered, counters.in_flight, counters.delivered_bytes,
          drops_to_string(counters.dropped));
    }
    if (result_.directions.size() > most) {
      put("… and {} more; the JSON report has them all\n", result_.directions.size() - most);
    }
  }

  void drops() {
    bool any = false;
    for (const PortResult& port : result_.ports) {
      const DropCounters missed = losses_among(port.counters.drops);
      const std::string text = drops_to_string(missed);
      if (total_drops(missed) == 0) continue;
      if (!any)
        put("\ndropped at ports by their nodes, before or after a link, so not in the books "
            "below\n");
      any = true;
      put("  {:<20} {}\n", port.name, text);
    }
  }

  void notes() {
    if (result_.notes.empty()) return;
    constexpr std::size_t most = 20;
    constexpr std::size_t tail = 10;  // what was left over at the end stands there
    put("\nnotes\n");
    const std::size_t count = result_.notes.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (count > most && i == most - tail) {
        put("  … {} more; the JSON report has them all …\n", count - most);
        i = count - tail;
      }
      put("  {}\n", printable(result_.notes[i]));
    }
  }

  void summary() {
    const Books& books = result_.books;
    u64 lost = 0;
    for (const auto& [reason, n] : books.dropped) lost += n;
    put("\nbooks: {} offered = {} delivered + {} dropped + {} in flight: {}\n", books.offered,
        books.delivered, lost, books.in_flight,
        books.balance ? "they balance" : "THEY DO NOT BALANCE");
    put("{} s of the lab in {:.3f} s, {} events\n", seconds(result_.end), result_.wall_s,
        result_.events);
    if (!result_.capture_path.empty()) put("capture: {}\n", printable(result_.capture_path));
    if (!result_.broken_off.empty()) {
      put("{}\n", paint(Colour::bad, "broken off: " + result_.broken_off));
    }
    if (result_.wall_clock) {
      put("{}\n", result_.lag);
    } else {
      put("seed {}, event hash {:016x}\n", result_.seed, result_.event_hash);
    }
    verification();
    put("{}: {}\n", printable(result_.lab),
        result_.passed() ? paint(Colour::good, "passed") : paint(Colour::bad, "FAILED"));
  }

  void verification() {
    if (!result_.verification) return;
    const std::string& difference = result_.verification->difference;
    if (difference.empty()) {
      put("verify: four runs, watched and unwatched, came out the same, byte for byte\n");
    } else {
      put("{}\n", paint(Colour::bad, "verify: NOT the same: " + printable(difference)));
    }
  }

  const RunResult& result_;
  const TextOptions& options_;
  std::string text_;
};

}  // namespace

std::string text_report(const RunResult& result, const TextOptions& options) {
  return TextReport(result, options).make();
}

}  // namespace catenet::lab
