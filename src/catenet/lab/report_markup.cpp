#include "catenet/lab/report_markup.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/lab/report_printable.hpp"

namespace catenet::lab {
namespace {

struct Written {
  char byte = 0;
  std::string_view as;
};

constexpr Written written[] = {
    {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"},
};

constexpr std::string_view first_bytes = "&<>\"'";

// `line` is printable.
void append_escaped(std::string& out, std::string_view line) {
  while (!line.empty()) {
    const std::size_t plain = std::min(line.find_first_of(first_bytes), line.size());
    out += line.substr(0, plain);
    line.remove_prefix(plain);
    if (line.empty()) return;
    const auto* found =
        std::ranges::find_if(written, [&](const Written& entry) { return entry.byte == line[0]; });
    out += found->as;
    line.remove_prefix(1);
  }
}

void replace_all(std::string& text, char from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) {
    text.replace(at, 1, to);
  }
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (;;) {
    const std::size_t end = text.find('\n');
    append_escaped(out, printable(text.substr(0, end)));
    if (end == text.npos) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string escaped_attribute(std::string_view text) {
  std::string out = escaped(text);
  replace_all(out, '\n', "&#10;");
  replace_all(out, '\t', "&#9;");
  return out;
}

std::string trimmed(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  std::string_view head = utf8_prefix(text, most * 3 / 4);
  if (const auto end = head.rfind('\n'); end != head.npos) head = head.substr(0, end);
  std::string_view tail = text.substr(text.size() - most / 4);
  if (const auto end = tail.find('\n'); end != tail.npos) tail.remove_prefix(end + 1);
  return fmt::format("{}\n[{} bytes left out; run.json has them]\n{}", head,
                     text.size() - head.size() - tail.size(), tail);
}

}  // namespace catenet::lab
