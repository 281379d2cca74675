// A script as tokens. Comments are //, /* */ and, at the head of a line, #.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catenet/drill/problem.hpp"
#include "catenet/drill/script.hpp"

namespace catenet::drill {

enum class TokenKind : u8 {
  word,      // letters, digits, underscores
  number,    // 12, -1, 0x1f, .5, 0.100
  string,    // "…", without its quotes
  command,   // `…`, without its quotes
  code,      // %{ … }%, what is between
  option,    // --name=value, without the dashes
  ellipsis,  // ...
  symbol,    // one character
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text{};
  Place place{};
  std::size_t begin = 0;  // in the script's bytes
  std::size_t end = 0;
  bool first_of_line = false;

  bool is(char symbol) const { return kind == TokenKind::symbol && text[0] == symbol; }
  bool is_word(std::string_view word) const { return kind == TokenKind::word && text == word; }
};

// The last token is `end`. What is no token is told and left out.
std::vector<Token> lex(std::string_view text, Problems& problems);

}  // namespace catenet::drill
