#include "catenet/drill/lexer.hpp"

#include <utility>

#include "catenet/drill/characters.hpp"

namespace catenet::drill {
namespace {

class Lexer {
 public:
  Lexer(std::string_view text, Problems& problems) : text_(text), problems_(problems) {}

  std::vector<Token> run() {
    while (skip_space()) {
      first_of_line_ = std::exchange(line_is_empty_, false);
      next();
    }
    add(TokenKind::end, "", here(), at_);
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  Place here() const { return {line_, static_cast<u32>(at_ - line_start_) + 1}; }
  void step() {
    if (text_[at_++] != '\n') return;
    ++line_;
    line_start_ = at_;
    line_is_empty_ = true;
  }
  void step(std::size_t count) {
    for (; count > 0 && at_ < text_.size(); --count) step();
  }
  // Past `closing`; false: it is not there, and all the rest was taken.
  bool step_past(std::string_view closing) {
    const auto end = text_.find(closing, at_);
    step(end == std::string_view::npos ? text_.size() - at_ : end + closing.size() - at_);
    return end != std::string_view::npos;
  }

  void add(TokenKind kind, std::string_view text, Place place, std::size_t begin) {
    tokens_.push_back({kind, std::string(text), place, begin, at_, first_of_line_});
  }

  // False at the end of the script.
  bool skip_space() {
    for (; at_ < text_.size();) {
      if (is_space(peek())) {
        step();
      } else if (starts("//") || (peek() == '#' && line_is_empty_)) {
        const auto end = text_.find('\n', at_);
        step(end == std::string_view::npos ? text_.size() - at_ : end - at_);
      } else if (starts("/*")) {
        const Place place = here();
        if (!step_past("*/")) problems_.error(place, "this comment has no end", "close it with */");
      } else {
        return true;
      }
    }
    return false;
  }

  void next() {
    const char c = peek();
    if (starts("...")) return ellipsis();
    if (starts("--") && is_word(peek(2))) return option();
    if (starts("%{")) return enclosed(TokenKind::code, "%{", "}%");
    if (c == '"') return quoted(TokenKind::string, '"');
    if (c == '`') return quoted(TokenKind::command, '`');
    const bool negative = c == '-' && is_digit(peek(1));
    if (is_digit(c) || negative || (c == '.' && is_digit(peek(1)))) return number();
    if (is_word(c)) return word();
    const Place place = here();
    const std::size_t begin = at_;
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~') {
      problems_.error(place, "a byte that no script has", "scripts are plain ASCII text");
      return step();
    }
    step();
    add(TokenKind::symbol, text_.substr(begin, 1), place, begin);
  }

  void ellipsis() {
    const Place place = here();
    const std::size_t begin = at_;
    step(3);
    add(TokenKind::ellipsis, "...", place, begin);
  }

  void word() {
    const Place place = here();
    const std::size_t begin = at_;
    while (is_word(peek())) step();
    add(TokenKind::word, text_.substr(begin, at_ - begin), place, begin);
  }

  // Digits that letters follow are a word: "0123abcd", a cookie.
  void number() {
    const Place place = here();
    const std::size_t begin = at_;
    if (peek() == '-') step();
    if (starts("0x") && is_hex(peek(2))) step(2);
    while (is_hex(peek()) && (is_digit(peek()) || text_.substr(begin).starts_with("0x"))) step();
    if (is_word(peek())) {
      while (is_word(peek())) step();
      return add(TokenKind::word, text_.substr(begin, at_ - begin), place, begin);
    }
    if (peek() == '.' && is_digit(peek(1))) {
      step();
      while (is_digit(peek())) step();
    }
    add(TokenKind::number, text_.substr(begin, at_ - begin), place, begin);
  }

  void enclosed(TokenKind kind, std::string_view opener, std::string_view closing) {
    const Place place = here();
    const std::size_t begin = at_;
    step(opener.size());
    const std::size_t inside = at_;
    const bool whole = step_past(closing);
    if (!whole) {
      return problems_.error(place, "what begins here has no end",
                             "close it with " + std::string(closing));
    }
    add(kind, text_.substr(inside, at_ - closing.size() - inside), place, begin);
  }

  void quoted(TokenKind kind, char quote) {
    const Place place = here();
    const std::size_t begin = at_;
    step();
    std::string inside;
    while (at_ < text_.size() && peek() != quote) {
      if (peek() == '\\' && at_ + 1 < text_.size() && peek(1) == quote) step();
      inside += peek();
      step();
    }
    if (at_ == text_.size()) {
      return problems_.error(place, "what begins here has no end",
                             "close it with " + std::string(1, quote));
    }
    step();
    add(kind, inside, place, begin);
  }

  // Up to white space, save in quotes: a value may be an address, or a definition.
  void option() {
    const Place place = here();
    const std::size_t begin = at_;
    step(2);
    const std::size_t inside = at_;
    char quote = '\0';
    while (at_ < text_.size() && (quote != '\0' || !is_space(peek()))) {
      const char c = peek();
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '"' || c == '`') {
        quote = c;
      }
      step();
    }
    add(TokenKind::option, text_.substr(inside, at_ - inside), place, begin);
  }

  std::string_view text_;
  Problems& problems_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  u32 line_ = 1;
  std::size_t line_start_ = 0;
  bool line_is_empty_ = true;   // up to here
  bool first_of_line_ = false;  // the token that is being read
};

}  // namespace

std::vector<Token> lex(std::string_view text, Problems& problems) {
  return Lexer(text, problems).run();
}

}  // namespace catenet::drill
