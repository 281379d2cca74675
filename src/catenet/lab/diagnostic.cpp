#include "catenet/lab/diagnostic.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <tuple>

#include "catenet/lab/report_printable.hpp"

namespace catenet::lab {

namespace {

// Longer lines are cut around the column: a lab file may be one line of flow style.
constexpr std::size_t widest_excerpt = 100;

std::string_view severity_word(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

// Where the caret goes under the line as it is printed: tabs stay tabs, so that it stands right
// however wide a tab is; the bytes that continue a UTF-8 character take no room.
std::string caret_line(const Diagnostic& d) {
  std::string line;
  const auto starts = [](char c) { return (static_cast<u8>(c) & 0xc0) != 0x80; };
  const std::size_t before = std::min<std::size_t>(d.column - 1, d.excerpt.size());
  for (const char c : printable(std::string_view(d.excerpt).substr(0, before))) {
    if (starts(c)) line += c == '\t' ? '\t' : ' ';
  }
  const std::string marked = printable(std::string_view(d.excerpt).substr(before, d.width));
  const auto width = std::ranges::count_if(marked, starts);
  return line + '^' + std::string(static_cast<std::size_t>(std::max<i64>(width - 1, 0)), '~');
}

std::string where(const Diagnostic& d) {
  const std::string file = printable(d.file);
  return d.line == 0 ? file : fmt::format("{}:{}:{}", file, d.line, d.column);
}

// A value that is quoted may be a whole book: what a text says stands at its ends.
std::string shortened(std::string text) {
  constexpr std::size_t longest = 400, first = 240, last = 120;
  if (text.size() <= longest) return text;
  const auto is_inside = [&](std::size_t at) { return (static_cast<u8>(text[at]) & 0xc0) == 0x80; };
  std::size_t begin = first;
  while (begin > 0 && is_inside(begin)) --begin;
  std::size_t end = text.size() - last;
  while (end < text.size() && is_inside(end)) ++end;
  return text.substr(0, begin) + "..." + text.substr(end);
}

}  // namespace

std::string Diagnostic::one_line() const {
  return fmt::format("{}: {}: {}{}{}", where(*this), severity_word(severity), message,
                     hint.empty() ? "" : "; ", hint);
}

std::string Diagnostic::to_string() const {
  std::string text = fmt::format("{}: {}: {}\n", where(*this), severity_word(severity), message);
  const bool fits = excerpt.size() <= widest_excerpt;
  if (line != 0 && fits) {
    text += fmt::format("{:>5} | {}\n      | {}\n", line, printable(excerpt), caret_line(*this));
  } else if (line != 0 && column <= excerpt.size()) {
    text += fmt::format("{:>5} | ...{}\n      |    ^\n", line,
                        printable(std::string_view(excerpt).substr(column - 1, widest_excerpt)));
  }
  if (!hint.empty()) text += fmt::format("        {}\n", hint);
  return text;
}

std::string to_string(std::span<const Diagnostic> diagnostics) {
  std::string text;
  for (const Diagnostic& d : diagnostics) text += d.to_string();
  return text;
}

u32 Report::add_file(std::string path, std::string text) {
  std::vector<std::size_t> starts{0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') starts.push_back(i + 1);
  }
  files_.push_back({std::move(path), std::move(text), std::move(starts)});
  return static_cast<u32>(files_.size() - 1);
}

std::string Report::place(Mark at, Mark from) const {
  if (at.file == from.file) return fmt::format("line {}", at.line);
  return fmt::format("{}:{}", path(at.file), at.line);
}

void Report::error(Mark at, std::string_view message, std::string_view hint, u32 width) {
  if (++errors_ > most_errors) return;
  add(Severity::error, at, message, hint, width);
}

void Report::warn(Mark at, std::string_view message, std::string_view hint, u32 width) {
  if (findings_.size() >= 2 * most_errors) return;
  add(Severity::warning, at, message, hint, width);
}

void Report::add(Severity severity, Mark at, std::string_view message, std::string_view hint,
                 u32 width) {
  Diagnostic what;
  what.severity = severity;
  what.file = at.file < files_.size() ? files_[at.file].path : std::string();
  what.line = at.line;
  what.column = at.column;
  what.message = shortened(printable(message));
  what.hint = shortened(printable(hint));
  what.excerpt = line_text(at);
  what.width = std::max(width, 1u);
  findings_.push_back({at, std::move(what)});
}

std::string Report::line_text(Mark at) const {
  if (!at.known() || at.file >= files_.size()) return {};
  const File& file = files_[at.file];
  if (at.line > file.line_starts.size()) return {};
  const std::size_t begin = file.line_starts[at.line - 1];
  std::size_t end =
      at.line < file.line_starts.size() ? file.line_starts[at.line] - 1 : file.text.size();
  if (end > begin && file.text[end - 1] == '\r') --end;
  return file.text.substr(begin, end - begin);
}

Diagnostics Report::take() {
  std::stable_sort(findings_.begin(), findings_.end(),
                   [](const Finding& a, const Finding& b) { return a.at < b.at; });
  Diagnostics all;
  for (Finding& finding : findings_) {
    const bool again = !all.empty() && all.back().file == finding.what.file &&
                       all.back().line == finding.what.line &&
                       all.back().column == finding.what.column &&
                       all.back().message == finding.what.message;
    if (!again) all.push_back(std::move(finding.what));
  }
  if (errors_ > most_errors) {
    Diagnostic more;
    more.file = files_.empty() ? std::string() : files_[0].path;
    more.message = fmt::format("{} more errors", errors_ - most_errors);
    all.push_back(std::move(more));
  }
  findings_.clear();
  return all;
}

u32 edit_distance(std::string_view a, std::string_view b) {
  std::vector<u32> two_ago(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<u32>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<u32>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const u32 replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_ago[j - 2] + 1);
    }
    std::swap(two_ago, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  constexpr std::size_t longest_word = 64;  // the distance is quadratic, and nobody misspells more
  if (word.size() > longest_word) return {};
  u32 best = ~0u;
  std::string_view found;
  for (std::string_view candidate : known) {
    // A third of the letters may be wrong, one in the shortest words.
    const std::size_t longer = std::max(word.size(), candidate.size());
    const u32 most = static_cast<u32>(std::max<std::size_t>(1, longer / 3));
    const std::size_t apart = candidate.size() > word.size() ? candidate.size() - word.size()
                                                             : word.size() - candidate.size();
    if (apart > most || apart >= best) continue;
    const u32 distance = edit_distance(word, candidate);
    if (distance <= most && distance < best && distance < candidate.size()) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

std::string list_words(std::span<const std::string_view> words, std::string_view last_joint) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) text += i + 1 == words.size() ? fmt::format(" {} ", last_joint) : ", ";
    text += words[i];
  }
  return text;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  constexpr std::size_t few = 24;
  const std::string_view near = nearest(word, known);
  if (!near.empty()) return fmt::format("did you mean '{}'?", near);
  if (known.empty() || known.size() > few) return {};
  return fmt::format("known: {}", list_words(known, "and"));
}

}  // namespace catenet::lab
