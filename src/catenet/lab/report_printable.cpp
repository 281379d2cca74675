#include "catenet/lab/report_printable.hpp"

#include "catenet/base/text.hpp"
#include "catenet/base/types.hpp"

namespace catenet::lab {
namespace {

bool continues(char c) { return (static_cast<u8>(c) & 0xc0) == 0x80; }

// How many bytes the character at the front has; 0: it is not UTF-8 (RFC 3629 section 3), or not
// to be printed.
std::size_t printable_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<u8>(text[i]); };
  const u8 first = byte(0);
  if (first < 0x80) return (first >= 0x20 && first != 0x7f) || first == '\t' ? 1 : 0;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(text[i])) return 0;
  }
  // Too long a form, a surrogate, beyond Unicode; and the control characters of ISO 8859.
  const u8 second = byte(1);
  const bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                     (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f) ||
                     (first == 0xc2 && second < 0xa0);
  return wrong ? 0 : length;
}

// The character that `bytes`, two or three of them, are.
u32 decoded(std::string_view bytes) {
  u32 value = static_cast<u8>(bytes[0]) & (bytes.size() == 2 ? 0x1f : 0x0f);
  for (const char c : bytes.substr(1)) value = value << 6 | (static_cast<u8>(c) & 0x3f);
  return value;
}

// Unicode's controls of direction (UAX 9), its line ends, the byte order mark, and the two that are
// no characters (XML 1.0 section 2.2).
bool misleads(u32 character) {
  const auto within = [&](u32 first, u32 last) { return character >= first && character <= last; };
  return character == 0x061c || within(0x200e, 0x200f) || within(0x2028, 0x202e) ||
         within(0x2066, 0x2069) || character == 0xfeff || within(0xfffe, 0xffff);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = printable_length(text);
    const std::string_view bytes = text.substr(0, length);
    if (length == 0) {
      append_format(out, "\\x{:02x}", static_cast<u8>(text[0]));
    } else if ((length == 2 || length == 3) && misleads(decoded(bytes))) {
      append_format(out, "\\u{:04x}", decoded(bytes));
    } else {
      out += bytes;
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string printable_line(std::string_view text) {
  while (text.starts_with('\n')) text.remove_prefix(1);
  while (text.ends_with('\n')) text.remove_suffix(1);
  const std::size_t end = text.find('\n');
  return printable(text.substr(0, end)) + (end == text.npos ? "" : " …");
}

std::string_view utf8_prefix(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && most - end < 3 && continues(text[end])) --end;
  return text.substr(0, continues(text[end]) ? most : end);
}

}  // namespace catenet::lab
