// Steps: along the lab's time, and with what they printed.
#include <algorithm>
#include <fmt/core.h>

#include "catenet/base/text.hpp"
#include "catenet/lab/report_markup.hpp"
#include "catenet/lab/report_page.hpp"
#include "catenet/lab/report_printable.hpp"
#include "catenet/lab/svg_axis.hpp"

namespace catenet::lab {
namespace {

constexpr i32 picture_width = 1'000;
constexpr i32 label_width = 330;
constexpr i32 row_height = 24;
constexpr i32 head_height = 30;
constexpr std::size_t most_steps = 60;

// Text that has room for so many characters, more or less.
std::string cut_short(std::string_view text, std::size_t most) {
  const std::string_view kept = utf8_prefix(text, most);
  return escaped(kept) + (kept.size() < text.size() ? "…" : "");
}

std::string_view glyph(const StepResult& step) {
  if (step.status == StepStatus::not_run) return "–";
  return good(step) ? "✓" : "✗";
}

class Timeline {
 public:
  explicit Timeline(const RunResult& result)
      : result_(result),
        shown_(shown_steps(result, most_steps)),
        time_(result.begin.ns(), result.end.ns(), label_width, picture_width - 16),
        height_(head_height + row_height * static_cast<i32>(shown_.size()) + 8) {}

  void append(std::string& page) const {
    append_format(
        page,
        "<figure class=\"scroll\" tabindex=\"0\"><svg viewBox=\"0 0 {} {}\" role=\"img\" "
        "aria-label=\"Timeline of {} steps over {}; the table of steps says the same\">\n",
        picture_width, height_, shown_.size(), rough_duration(time_.high() - time_.low()));
    page +=
        "<defs><pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><rect class=\"bad\" width=\"7\" height=\"7\"/><path "
        "class=\"stripe\" d=\"M0 0v7\"/></pattern></defs>\n";
    append_axis(page);
    for (std::size_t row = 0; row < shown_.size(); ++row) append_row(page, row);
    page += "</svg></figure>\n";
    tell_more(page, result_.steps.size(), shown_.size());
  }

 private:
  void append_axis(std::string& page) const {
    const ShownUnit unit = time_unit(std::max(time_.high() - time_.low(), time_.high()));
    append_format(page,
                  "<text class=\"t\" x=\"{}\" y=\"12\" text-anchor=\"end\">time ({})</text>\n",
                  label_width - 12, unit.name);
    for (const i64 tick : time_.ticks(10)) {
      append_format(page, "<path class=\"grid\" d=\"M{} 20V{}\"/>", time_.at(tick), height_ - 4);
      append_format(page, "<text class=\"t\" x=\"{}\" y=\"12\" text-anchor=\"middle\">{}</text>\n",
                    time_.at(tick), in_unit(tick, unit));
    }
  }

  void append_row(std::string& page, std::size_t row) const {
    const std::size_t index = shown_[row];
    const StepResult& step = result_.steps[index];
    const i32 y = head_height + row_height * static_cast<i32>(row);
    append_format(page, "<g><title>{}</title>", title_of(step));
    append_format(page,
                  "<a href=\"#step-{}\"><text class=\"{}\" x=\"8\" y=\"{}\">{}</text><text "
                  "x=\"26\" y=\"{}\">{}</text></a>",
                  index + 1, good(step) ? "okt" : "badt", y + 15, glyph(step), y + 15,
                  cut_short(printable_line(step.text), 44));
    if (step.started) append_bar(page, step, y);
    page += "</g>\n";
  }

  void append_bar(std::string& page, const StepResult& step, i32 y) const {
    const i32 from = time_.at(step.started->ns());
    if (changes_links(step.kind)) {  // the network changed, for all that is below and above
      append_format(page,
                    "<path class=\"change\" d=\"M{} {}V{}\"/><path class=\"diamond{}\" d=\"M{} "
                    "{}l7 8l-7 8l-7-8z\"/>",
                    from, head_height - 6, height_ - 4, good(step) ? "" : " bad", from, y + 2);
      return;
    }
    const i32 to = time_.at(step.ended.value_or(result_.end).ns());
    const std::string_view look = !good(step)                          ? "badbar"
                                  : step.status == StepStatus::running ? "bgbar"
                                                                       : "okbar";
    append_format(page,
                  "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"14\" rx=\"3\"/>",
                  look, from, y + 3, std::max(to - from, 4));
    if (good(step)) return;
    const bool left = to > picture_width - 60;
    append_format(page, "<text class=\"badt\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">✗ failed</text>",
                  left ? from - 5 : to + 5, y + 15, left ? "end" : "start");
  }

  static std::string title_of(const StepResult& step) {
    std::string title = cut_short(printable_line(step.text), 200);
    if (step.started) title += fmt::format(", from {} s", to_string(*step.started));
    if (step.ended) title += fmt::format(" to {} s", to_string(*step.ended));
    return title + fmt::format(": {}", step_status_name(step.status));
  }

  const RunResult& result_;
  std::vector<std::size_t> shown_;
  Axis time_;
  i32 height_;
};

// The outputs of one page: a part of each, and of all together.
class Outputs {
 public:
  void append(std::string& page, std::string_view which, std::string_view text, bool open) {
    if (text.empty()) return;
    const std::string kept = trimmed(text, std::min<std::size_t>(left_ / 2 + 256, 12 << 10));
    left_ -= std::min(left_, kept.size());
    const auto lines = std::ranges::count(text, '\n') + (text.ends_with('\n') ? 0 : 1);
    append_format(page, "<details{}><summary>{}: {} line{}</summary><pre>{}</pre></details>\n",
                  open ? " open" : "", which, grouped(static_cast<u64>(lines)),
                  lines == 1 ? "" : "s", escaped(kept));
  }

 private:
  std::size_t left_ = 192 << 10;
};

// As precise as people want it.
std::string seconds(Instant at) {
  return fmt::format("{:.6f}", static_cast<double>(at.ns()) / 1e9);
}

std::string resources_line(const ResourceUse& use) {
  return fmt::format("{} user, {} system, {}", rough_duration(use.user.ns()),
                     rough_duration(use.system.ns()), rough_bytes(use.max_resident_bytes));
}

void append_step(std::string& page, const StepResult& step, std::size_t number, bool open,
                 Outputs& outputs) {
  append_format(page, "<tr id=\"step-{}\"><td class=\"{}\">{} {}</td>", number,
                good(step) ? "ok" : "bad", glyph(step), step_status_name(step.status));
  append_format(page, "<td class=\"n\">{}</td>", step.started ? seconds(*step.started) : "–");
  append_format(
      page, "<td class=\"n\">{}</td>",
      step.started && step.ended ? rough_duration((*step.ended - *step.started).ns()) : "–");
  append_format(page, "<td class=\"n\">{}</td>", step.exit ? std::to_string(*step.exit) : "–");
  append_format(page,
                "<td class=\"wide\"><code><bdi>{}</bdi></code> <span class=\"soft\">{}</span>\n",
                escaped(trimmed(step.text, 1'000)), escaped(trimmed(step.name, 200)));
  for (std::size_t i = 0; i < std::min<std::size_t>(step.faults.size(), 20); ++i) {
    append_format(page, "<p class=\"fault\">✗ {}</p>\n", escaped(trimmed(step.faults[i], 1'000)));
  }
  if (step.resources) {
    append_format(page, "<p class=\"soft\">{}</p>\n", resources_line(*step.resources));
  }
  outputs.append(page, "stdout", step.output, open || !good(step));
  outputs.append(page, "stderr", step.error_output, !good(step));
  page += "</td></tr>\n";
}

}  // namespace

void append_timeline(std::string& page, const RunResult& result) {
  if (result.steps.empty() || result.end <= result.begin) return;
  begin_section(page, "timeline", "Timeline");
  page +=
      "<p class=\"soft\">Each step along the lab’s time. ◆ and its dashed line: the network was "
      "changed. ✗ and hatching: the step failed.</p>\n";
  Timeline(result).append(page);
  page += "</section>\n";
}

void append_steps(std::string& page, const RunResult& result) {
  if (result.steps.empty()) return;
  constexpr std::size_t most = 600;
  constexpr std::size_t few = 6;  // then what they printed is there to be read at once
  begin_section(page, "steps", "Steps");
  begin_table(page, "What was done, in the order of its beginning",
              {"verdict", "#start (s)", "#took", "#exit", "step, and what it printed"});
  Outputs outputs;
  const std::vector<std::size_t> shown = shown_steps(result, most);
  for (const std::size_t index : shown) {
    append_step(page, result.steps[index], index + 1, result.steps.size() <= few, outputs);
  }
  end_table(page);
  tell_more(page, result.steps.size(), shown.size());
  page += "</section>\n";
}

}  // namespace catenet::lab
