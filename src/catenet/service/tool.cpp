#include "catenet/service/tool.hpp"

#include <array>

#include "catenet/service/tools.hpp"

namespace catenet {
namespace {

struct NamedTool {
  std::string_view name;
  Tool tool;
};

// Sorted by name.
constexpr std::array<NamedTool, 5> tools = {{
    {"arp", arp},
    {"fetch", fetch},
    {"iperf3", iperf3_client},
    {"ping", ping},
    {"traceroute", traceroute},
}};

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

}  // namespace

Tool find_tool(std::string_view name) {
  for (const NamedTool& named : tools) {
    if (named.name == name) return named.tool;
  }
  return nullptr;
}

std::vector<std::string_view> tool_names() {
  std::vector<std::string_view> names;
  for (const NamedTool& named : tools) names.push_back(named.name);
  return names;
}

namespace {

// Reads one word as a shell does, quotes and backslashes taken away.
class WordReader {
 public:
  explicit WordReader(std::string_view line) : line_(line) {}

  bool at_end() {
    while (!line_.empty() && is_blank(line_.front())) line_.remove_prefix(1);
    return line_.empty();
  }
  // nothing: a quote is not closed, or a backslash ends the line.
  std::optional<std::string> next() {
    std::string word;
    while (!line_.empty() && !is_blank(line_.front())) {
      if (!add_part(word)) return std::nullopt;
    }
    return word;
  }

 private:
  char take() {
    const char c = line_.front();
    line_.remove_prefix(1);
    return c;
  }
  bool add_part(std::string& word) {
    const char c = take();
    if (c == '\'') return add_single_quoted(word);
    if (c == '"') return add_double_quoted(word);
    if (c != '\\') {
      word += c;
      return true;
    }
    if (line_.empty()) return false;
    word += take();
    return true;
  }
  bool add_single_quoted(std::string& word) {
    const std::size_t end = line_.find('\'');
    if (end == std::string_view::npos) return false;
    word += line_.substr(0, end);
    line_.remove_prefix(end + 1);
    return true;
  }
  bool add_double_quoted(std::string& word) {
    while (!line_.empty()) {
      const char c = take();
      if (c == '"') return true;
      const bool escaped = c == '\\' && !line_.empty() &&
                           std::string_view("\"\\$`").find(line_.front()) != std::string_view::npos;
      word += escaped ? take() : c;
    }
    return false;
  }

  std::string_view line_;
};

}  // namespace

std::optional<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  for (WordReader reader(line); !reader.at_end();) {
    auto word = reader.next();
    if (!word) return std::nullopt;
    words.push_back(*std::move(word));
  }
  return words;
}

}  // namespace catenet
