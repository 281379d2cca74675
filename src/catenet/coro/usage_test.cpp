// Looks through the tree for uses of coroutines that compile and then fail: the rules of task.hpp.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace catenet {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Where the comment or literal that begins at `at` ends; `at` itself when none does.
std::size_t end_of_noise(std::string_view s, std::size_t at) {
  if (s.substr(at, 2) == "//") return std::min(s.find('\n', at), s.size());
  if (s.substr(at, 2) == "/*") return std::min(s.find("*/", at + 2), s.size() - 2) + 2;
  const char quote = s[at];
  if (quote != '"' && (quote != '\'' || (at > 0 && is_word(s[at - 1])))) return at;
  std::size_t end = at + 1;
  while (end < s.size() && s[end] != quote && s[end] != '\n') end += s[end] == '\\' ? 2 : 1;
  return std::min(end + 1, s.size());
}

// `source` with comments and literals blanked, line breaks kept.
std::string blanked(std::string source) {
  for (std::size_t at = 0; at < source.size(); ++at) {
    const std::size_t end = end_of_noise(source, at);
    for (; at < end; ++at) {
      if (source[at] != '\n') source[at] = ' ';
    }
  }
  return source;
}

// Where the bracket at `open` closes.
std::size_t partner(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (std::string_view("([{").find(text[i]) != std::string_view::npos) ++depth;
    if (std::string_view(")]}").find(text[i]) != std::string_view::npos && --depth == 0) return i;
  }
  return text.size();
}

bool awaits(std::string_view text) { return text.find("co_await") != std::string_view::npos; }

// Whether `condition` declares what it tests: `const auto r = ...`.
bool declares(std::string_view condition) {
  const std::size_t equals = condition.find(" = ");
  if (equals == std::string_view::npos) return false;
  const std::string_view left = condition.substr(0, equals);
  const bool plain = left.find_first_of("(!?|+") == std::string_view::npos;
  return plain && left.find(' ', left.find_first_not_of(' ')) != std::string_view::npos;
}

bool bad_condition(std::string_view keyword, std::string_view inside) {
  std::vector<std::string_view> parts(1, inside);
  for (std::size_t at; (at = parts.back().find(';')) != std::string_view::npos;) {
    const std::string_view rest = parts.back();
    parts.back() = rest.substr(0, at);
    parts.push_back(rest.substr(at + 1));
  }
  if (keyword == "for") return parts.size() == 3 && awaits(parts[1]);
  return awaits(parts.back()) && (keyword == "while" || !declares(parts.back()));
}

// The word that ends before `at`, spaces apart.
std::string_view word_before(std::string_view text, std::size_t at) {
  while (at > 0 && text[at - 1] == ' ') --at;
  std::size_t from = at;
  while (from > 0 && is_word(text[from - 1])) --from;
  return text.substr(from, at - from);
}

// Whether the co_await at `at` stands behind ?, && or || in its statement.
bool conditional(std::string_view text, std::size_t at) {
  const std::size_t from = text.find_last_of(";{}", at) + 1;
  const std::string_view before = text.substr(from, at - from);
  const std::size_t last = before.find_last_not_of(" (!\n");
  if (last != std::string_view::npos && last > 0) {
    const std::string_view two = before.substr(last - 1, 2);
    if (two == "&&" || two == "||") return true;
  }
  return before.find(" ? ") != std::string_view::npos;
}

// Whether the bracket at `open` begins a lambda with captures that returns a task.
bool capturing_coroutine(std::string_view text, std::size_t open) {
  const std::size_t close = partner(text, open);
  if (close <= open + 1 || text.substr(close, 2) != "](") return false;
  const std::size_t end = partner(text, close + 1);
  return text.substr(end, 11).find("-> Task<") != std::string_view::npos;
}

// Whether the braces at `open` look like an aggregate with a string in it, not like a body or a
// string. `source` is `text` with its literals.
bool makes_string_member(std::string_view source, std::string_view text, std::size_t open) {
  const std::size_t size = partner(text, open) - open;
  const std::string_view inside = text.substr(open, size);
  const std::string_view type = word_before(text, open);
  if (type == "string" || type == "string_view" || inside.find(';') != inside.npos) return false;
  if (source.substr(open, size).find('"') != source.npos) return true;
  const auto holds = [&](std::string_view part) { return inside.find(part) != inside.npos; };
  return holds("std::string") || holds("std::move(") || holds("fmt::format(");
}

// Whether such braces stand behind the co_await at `at`, as far as the brackets around it reach.
bool braces_strings(std::string_view source, std::string_view text, std::size_t at) {
  for (int depth = 0; at < text.size() && text[at] != ';'; ++at) {
    if (text[at] == '{' && makes_string_member(source, text, at)) return true;
    const bool body =
        text[at] == '{' && text.substr(at, partner(text, at) - at).find(';') < text.npos;
    if (body) at = partner(text, at);
    if (body) continue;
    if (std::string_view("([{").find(text[at]) != std::string_view::npos) ++depth;
    if (std::string_view(")]}").find(text[at]) != std::string_view::npos && --depth < 0) break;
  }
  return false;
}

// "line: what" for each breach.
std::vector<std::string> breaches(const std::string& source) {
  std::vector<std::string> found;
  if (source.find("co_") == std::string::npos) return found;
  const std::string text = blanked(source);
  const auto report = [&](std::size_t at, const char* what) {
    const auto line =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    found.push_back(std::to_string(line + 1) + ": " + what);
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view rest = std::string_view(text).substr(at);
    if (rest[0] == '(') {
      const std::string_view word = word_before(text, at);
      const bool tests = word == "if" || word == "while" || word == "switch" || word == "for";
      const std::string_view inside = rest.substr(1, partner(text, at) - at - 1);
      if (tests && bad_condition(word, inside)) report(at, "co_await in a condition");
    }
    if (rest[0] == '[' && capturing_coroutine(text, at)) report(at, "capturing coroutine lambda");
    if (rest.starts_with("co_await") && conditional(text, at))
      report(at, "co_await behind ?, && or ||");
    if (rest.starts_with("co_await") && braces_strings(source, text, at))
      report(at, "a string in braces in the expression of a co_await");
  }
  return found;
}

TEST(CoroutineUsage, checker_tells_good_from_bad) {
  for (const char* bad : {
           "if (!co_await f()) g();",
           "if (co_await f() == 3) g();",
           "while (co_await f()) g();",
           "while (auto r = co_await f()) g();",
           "do { g(); } while (co_await f());",
           "for (; co_await f();) g();",
           "switch (co_await f()) {}",
           "if (auto r = g(); co_await f(r)) h();",
           "auto f = [&x](int n) -> Task<int> { co_return x; };",
           "const int r = n ? co_await f() : 0;",
           "const bool r = n && !co_await f();",
           "const bool r = n ||\n    (co_await f()).ok();",
           "co_await f(system, {\"name\", 3});",
           "auto r = co_await f(Options{.name = \"name\"});",
           "auto r = co_await f(1, Options{std::move(name)});",
           "g(co_await f(), {{1, fmt::format(\"{}\", n)}});",
       }) {
    EXPECT_EQ(breaches(bad).size(), 1u) << bad;
  }
  for (const char* good : {
           "if (auto r = co_await f(); !r) g();",
           "if (const Result<int> r = co_await f()) g();",
           "auto r = co_await f(); if (!r) g();",
           "for (int i = co_await f(); i > 0; --i) g();",
           "switch (const int k = co_await f(); k) {}",
           "tell((co_await f()) ? 1 : 2);",
           "auto&& r = co_await f();",
           "// if (co_await f())\nco_return;",
           "tell(\"if (co_await f())\"); co_return;",
           "auto f = [](int n) -> Task<int> { co_return n; };",
           "const Options o{\"name\"}; co_await f(o);",
           "co_await f(system, {});",
           "co_await f(system, {server, 80});",
           "co_await f(std::string{\"name\"});",
           "co_await q.until([&] { return g(\"name\"); });",
           "if (const Result<int> r = co_await f()) g(Options{\"name\"});",
       }) {
    EXPECT_TRUE(breaches(good).empty()) << good;
  }
}

TEST(CoroutineUsage, tree_keeps_the_rules) {
  const std::filesystem::path root = CATENET_SOURCE_DIR;
  int files = 0;
  for (const char* folder : {"src", "tools", "examples", "tests", "bench"}) {
    if (!std::filesystem::exists(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".hpp") continue;
      ++files;
      std::ifstream in(entry.path());
      const std::string source{std::istreambuf_iterator<char>(in), {}};
      for (const std::string& breach : breaches(source)) {
        ADD_FAILURE() << std::filesystem::relative(entry.path(), root).string() << ":" << breach;
      }
    }
  }
  EXPECT_GT(files, 10);
}

}  // namespace
}  // namespace catenet
