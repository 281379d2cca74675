#include "catenet/lab/report_markup.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/base/types.hpp"
#include "catenet/lab/report_printable.hpp"

namespace catenet::lab {
namespace {

struct Written {
  std::string_view bytes;
  std::string_view as;
};

// Unicode's controls of direction (UAX 9), its line ends, the byte order mark, and the two that are
// no characters (XML 1.0 section 2.2).
constexpr Written written[] = {
    {"&", "&amp;"},
    {"<", "&lt;"},
    {">", "&gt;"},
    {"\"", "&quot;"},
    {"'", "&#39;"},
    {"\xd8\x9c", "\\u061c"},
    {"\xe2\x80\x8e", "\\u200e"},
    {"\xe2\x80\x8f", "\\u200f"},
    {"\xe2\x80\xa8", "\\u2028"},
    {"\xe2\x80\xa9", "\\u2029"},
    {"\xe2\x80\xaa", "\\u202a"},
    {"\xe2\x80\xab", "\\u202b"},
    {"\xe2\x80\xac", "\\u202c"},
    {"\xe2\x80\xad", "\\u202d"},
    {"\xe2\x80\xae", "\\u202e"},
    {"\xe2\x81\xa6", "\\u2066"},
    {"\xe2\x81\xa7", "\\u2067"},
    {"\xe2\x81\xa8", "\\u2068"},
    {"\xe2\x81\xa9", "\\u2069"},
    {"\xef\xbb\xbf", "\\ufeff"},
    {"\xef\xbf\xbe", "\\ufffe"},
    {"\xef\xbf\xbf", "\\uffff"},
};

constexpr std::string_view first_bytes = "&<>\"'\xd8\xe2\xef";

// `line` is printable.
void append_escaped(std::string& out, std::string_view line) {
  while (!line.empty()) {
    const std::size_t plain = std::min(line.find_first_of(first_bytes), line.size());
    out += line.substr(0, plain);
    line.remove_prefix(plain);
    if (line.empty()) return;
    const auto* found = std::ranges::find_if(
        written, [&](const Written& entry) { return line.starts_with(entry.bytes); });
    const bool known = found != std::end(written);
    out += known ? found->as : line.substr(0, 1);
    line.remove_prefix(known ? found->bytes.size() : 1);
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
