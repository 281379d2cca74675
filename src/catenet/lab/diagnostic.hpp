// What is wrong with a lab file, told as compilers tell it: file, line and column, what was found,
// what would be right, and the line itself with a caret under it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catenet/base/types.hpp"

namespace catenet::lab {

// A place in a lab file. Lines and columns count from 1, columns in bytes; `file` counts the files
// of one reading in the order they were opened. Line 0: nowhere in particular.
struct Mark {
  u32 file = 0;
  u32 line = 0;
  u32 column = 0;

  constexpr bool known() const { return line != 0; }
  auto operator<=>(const Mark&) const = default;
};

enum class Severity : u8 { warning, error };

struct Diagnostic {
  Severity severity = Severity::error;
  std::string file;
  u32 line = 0;  // 0: the file as a whole
  u32 column = 0;
  std::string message;  // what was found
  std::string hint;     // what would be right; may be empty
  std::string excerpt;  // the line in question, as the file has it
  u32 width = 1;        // bytes that the caret underlines

  // "lab.yaml:3:5: error: …", the line with a caret, the hint; each line ends with '\n'.
  std::string to_string() const;
  // "lab.yaml:3:5: error: …; hint", one line without its end.
  std::string one_line() const;
};

using Diagnostics = std::vector<Diagnostic>;

std::string to_string(std::span<const Diagnostic> diagnostics);

// The files of one reading, and what was found wrong with them so far.
class Report {
 public:
  // Errors kept; more are counted, not kept.
  static constexpr std::size_t most_errors = 100;

  // Returns the number that marks in this file carry.
  u32 add_file(std::string path, std::string text);
  const std::string& path(u32 file) const { return files_[file].path; }
  std::string_view text(u32 file) const { return files_[file].text; }
  std::size_t file_count() const { return files_.size(); }
  // "lab.yaml:3", or "line 3" when `from` is in the same file: how a message points at another
  // place.
  std::string place(Mark at, Mark from) const;

  void error(Mark at, std::string_view message, std::string_view hint = {}, u32 width = 1);
  void warn(Mark at, std::string_view message, std::string_view hint = {}, u32 width = 1);
  bool failed() const { return errors_ != 0; }
  // Whether further errors are only counted: a costly hint is not worth its making.
  bool full() const { return errors_ >= most_errors; }

  // The line that `at` lies on, without its end.
  std::string line_text(Mark at) const;

  // Everything found, ordered by file, line and column; the same finding is told once.
  Diagnostics take();

 private:
  struct File {
    std::string path;
    std::string text;
    std::vector<std::size_t> line_starts;
  };
  struct Finding {
    Mark at;
    Diagnostic what;
  };
  // Both texts are told as a terminal may print them.
  void add(Severity severity, Mark at, std::string_view message, std::string_view hint, u32 width);

  std::vector<File> files_;
  std::vector<Finding> findings_;
  u64 errors_ = 0;
};

// The fewest single-character insertions, deletions, replacements and swaps of neighbours that make
// `b` of `a`.
u32 edit_distance(std::string_view a, std::string_view b);

// The one of `known` nearest to `word`, when near enough to be what was meant; else empty. Ties go
// to the first.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

// "did you mean 'links'?" for the nearest of `known`, else "known are a, b and c" while they are
// few, else empty.
std::string suggestion(std::string_view word, std::span<const std::string_view> known);

// "a, b or c".
std::string list_words(std::span<const std::string_view> words, std::string_view last_joint);

}  // namespace catenet::lab
