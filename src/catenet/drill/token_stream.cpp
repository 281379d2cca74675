#include "catenet/drill/token_stream.hpp"

#include <charconv>

namespace catenet::drill {

std::optional<i64> whole_number(std::string_view text) {
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  i64 value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_whole(std::string_view text) { return text.find('.') == std::string_view::npos; }

bool TokenStream::number(u32& into, u32 most, std::string_view what) {
  const auto value =
      peek().kind == TokenKind::number ? whole_number(peek().text) : std::optional<i64>();
  const bool huge = peek().kind == TokenKind::number && is_whole(peek().text);
  if (!value && !huge) return fail(what);
  if (!value || *value < 0 || *value > most) {
    return fail_at(peek().place, fmt::format("{} {} is out of range", what, peek().text),
                   fmt::format("from 0 to {}", most));
  }
  into = static_cast<u32>(*value);
  next();
  return true;
}

bool TokenStream::duration(Duration& into) {
  if (peek().kind != TokenKind::number) return fail("a time in seconds");
  const std::string& text = peek().text;
  const auto point = text.find('.');
  const std::string_view fraction =
      point == std::string::npos ? std::string_view() : std::string_view(text).substr(point + 1);
  const std::string whole = text.substr(0, point);
  const auto seconds = whole.empty() ? std::optional<i64>(0) : whole_number(whole);
  if (text[0] == '-') return fail_at(peek().place, "a time before the script's start");
  if (!seconds || *seconds > 100'000'000 || fraction.size() > 9) {
    return fail_at(peek().place, "no time of a script: " + text,
                   "seconds, as in 0.100, with at most nine digits behind the point");
  }
  i64 ns = 0;
  for (std::size_t i = 0; i < 9; ++i) ns = ns * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  into = Duration::seconds(*seconds) + Duration::nanoseconds(ns);
  next();
  return true;
}

std::string TokenStream::found() const {
  switch (peek().kind) {
    case TokenKind::end: return "the script ends";
    case TokenKind::string: return "a string";
    case TokenKind::command: return "a command";
    case TokenKind::code: return "code";
    case TokenKind::option: return "the option --" + peek().text;
    default: return "'" + peek().text + "'";
  }
}

void TokenStream::replace(std::string_view name, const Token& meaning) {
  for (std::size_t i = at_; i < tokens_.size(); ++i) {
    if (!tokens_[i].is_word(name)) continue;
    tokens_[i].kind = meaning.kind;
    tokens_[i].text = meaning.text;
  }
}

std::string TokenStream::text_since(const Token& from) const {
  const std::size_t end = at_ == 0 ? 0 : tokens_[at_ - 1].end;
  std::string out;
  for (const char c : text_.substr(from.begin, end - std::min(end, from.begin))) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  return out;
}

void TokenStream::skip_to_event(const Token& failed) {
  if (&peek() == &failed) next();
  for (; !done(); next()) {
    const Token& token = peek();
    const bool time = token.kind == TokenKind::number || token.is('+') || token.is('*');
    if (token.first_of_line && (time || token.kind == TokenKind::command)) return;
  }
}

}  // namespace catenet::drill
