#include "catenet/program/shell_line.hpp"

#include <unistd.h>

namespace catenet::program {
namespace {

constexpr std::string_view blanks = " \t";

// Whether it is one command: nothing outside quotes makes it two.
bool is_one_command(std::string_view line) {
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && quote != '\'') {
      ++i;
    } else if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (std::string_view(";&|()`\n").find(c) != std::string_view::npos) {
      return false;
    }
  }
  return quote == 0;
}

// Words that are more to a shell than a file's name.
bool is_plain(std::string_view word) {
  return !word.empty() && word.find_first_of("=$'\"\\*?[]{}~!<>#") == word.npos;
}

bool is_program(std::string_view word, std::string_view path) {
  if (word.find('/') != word.npos) return ::access(std::string(word).c_str(), X_OK) == 0;
  while (true) {
    const std::size_t end = path.find(':');
    const std::string file = std::string(path.substr(0, end)) + "/" + std::string(word);
    if (::access(file.c_str(), X_OK) == 0) return true;
    if (end == path.npos) return false;
    path.remove_prefix(end + 1);
  }
}

}  // namespace

std::string exec_if_simple(const std::string& line, std::string_view path) {
  const std::size_t begin = line.find_first_not_of(blanks);
  if (begin == line.npos || !is_one_command(line)) return line;
  const std::string_view rest = std::string_view(line).substr(begin);
  const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
  return is_plain(word) && is_program(word, path) ? "exec " + line : line;
}

}  // namespace catenet::program
