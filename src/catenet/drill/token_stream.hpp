// Tokens under a reading head, with what every part of the parser asks of them.
#pragma once

#include <algorithm>
#include <fmt/core.h>

#include "catenet/drill/lexer.hpp"

namespace catenet::drill {

class TokenStream {
 public:
  TokenStream(std::string_view text, Problems& problems)
      : text_(text), problems_(problems), tokens_(lex(text, problems)) {}

  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& next() {
    const Token& token = peek();
    if (token.kind != TokenKind::end) ++at_;
    return token;
  }
  bool done() const { return peek().kind == TokenKind::end; }
  bool take(char symbol) { return take_if(peek().is(symbol)); }
  bool take_word(std::string_view word) { return take_if(peek().is_word(word)); }
  bool take_kind(TokenKind kind) { return take_if(peek().kind == kind); }

  // False, having told what was found instead of `wanted`.
  bool fail(std::string_view wanted) {
    problems_.error(peek().place, fmt::format("{} where {} should be", found(), wanted));
    return false;
  }
  bool fail_at(Place place, std::string message, std::string hint = {}) {
    problems_.error(place, std::move(message), std::move(hint));
    return false;
  }
  bool unsupported(Place place, std::string message, std::string hint = {}) {
    problems_.unsupported(place, std::move(message), std::move(hint));
    return false;
  }
  bool expect(char symbol) { return take(symbol) || fail(fmt::format("'{}'", symbol)); }

  // A whole number from 0 to `most`.
  bool number(u32& into, u32 most, std::string_view what);
  // Seconds, to the nanosecond.
  bool duration(Duration& into);

  // From here on the word `name` is `meaning`.
  void replace(std::string_view name, const Token& meaning);

  // The text from `from` to the token before this one, on one line.
  std::string text_since(const Token& from) const;
  // On to the next line that begins as events do, and past `failed`, where the last one began.
  void skip_to_event(const Token& failed);
  Problems& problems() { return problems_; }

 private:
  bool take_if(bool is_it) {
    if (is_it) ++at_;
    return is_it;
  }
  std::string found() const;

  std::string_view text_;
  Problems& problems_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

// A decimal or hexadecimal whole number, with a minus where it has one; nothing: it is none, or
// beyond 64 bits.
std::optional<i64> whole_number(std::string_view text);
// Whether a number's token has no fraction, however large it is.
bool is_whole(std::string_view text);

}  // namespace catenet::drill
