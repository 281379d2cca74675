#include "catenet/drill/problem.hpp"

#include <algorithm>

#include "catenet/base/text.hpp"

namespace catenet::drill {
namespace {

std::string_view line_of(std::string_view text, u32 line) {
  for (; line > 1 && !text.empty(); --line) {
    const auto end = text.find('\n');
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

std::string printable(std::string_view line) {
  std::string out(line);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return out;
}

std::string_view gravity_name(Gravity gravity) {
  switch (gravity) {
    case Gravity::error: return "error";
    case Gravity::unsupported: return "not supported";
    case Gravity::ignored: return "ignored";
  }
  return {};
}

// The fewest insertions, deletions and replacements of a letter.
u32 distance(std::string_view a, std::string_view b) {
  std::vector<u32> row(b.size() + 1);
  for (u32 j = 0; j < row.size(); ++j) row[j] = j;
  for (u32 i = 1; i <= a.size(); ++i) {
    u32 diagonal = std::exchange(row[0], i);
    for (u32 j = 1; j < row.size(); ++j) {
      const u32 replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

Place advance(Place from, std::string_view passed) {
  for (const char c : passed) {
    if (c == '\n' && from.line != 0) {
      ++from.line;
      from.column = 1;
    } else {
      ++from.column;
    }
  }
  return from;
}

std::string Problem::to_string(std::string_view file, std::string_view text) const {
  std::string out(file);
  if (place.line != 0) append_format(out, ":{}:{}", place.line, place.column);
  append_format(out, ": {}: {}\n", gravity_name(gravity), message);
  if (place.line != 0) {
    const std::string line = printable(line_of(text, place.line));
    append_format(out, "    {}\n    {:>{}}\n", line, "^", std::max(place.column, 1u));
  }
  if (!hint.empty()) append_format(out, "    {}\n", hint);
  return out;
}

void Problems::add(Gravity gravity, Place place, std::string message, std::string hint) {
  problems_.push_back({gravity, place, std::move(message), std::move(hint)});
}

bool Problems::fatal() const {
  return std::ranges::any_of(problems_,
                             [](const Problem& p) { return p.gravity != Gravity::ignored; });
}

bool Problems::wrong() const {
  return std::ranges::any_of(problems_,
                             [](const Problem& p) { return p.gravity == Gravity::error; });
}

void Problems::sort() {
  std::ranges::stable_sort(problems_, [](const Problem& a, const Problem& b) {
    return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
  });
}

std::string Problems::to_string(std::string_view file, std::string_view text) const {
  std::string out;
  for (const Problem& problem : problems_) out += problem.to_string(file, text);
  return out;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  std::string_view best;
  u32 least = static_cast<u32>(word.size() / 3) + 1;
  for (const std::string_view each : known) {
    const u32 far = distance(word, each);
    if (far > least || (far == least && !best.empty())) continue;
    best = each;
    least = far;
  }
  return best.empty() ? std::string() : "did you mean '" + std::string(best) + "'?";
}

}  // namespace catenet::drill
