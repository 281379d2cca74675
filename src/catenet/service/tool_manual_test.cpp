// docs/tools.md against the tools themselves: each option that a tool has stands in its table, and
// no other.
#include <fstream>
#include <set>

#include "catenet/service/tool_test.hpp"

namespace catenet {
namespace {

using Options = std::set<std::string>;

// "-O, --output FILE" or "`-O`, `--output` FILE": what begins with a dash.
void add_options(std::string_view text, Options& options) {
  std::string word;
  for (const char c : std::string(text) + ' ') {
    const bool part = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (part || c == '-') {
      word += c;
      continue;
    }
    if (word.size() > 1 && word[0] == '-') options.insert(word);
    word.clear();
  }
}

// Of a tool's help, lines "  -O, --output FILE   what it does".
Options options_of_help(const std::string& help) {
  Options options;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin == line.npos || line[begin] != '-') continue;
    add_options(line.substr(begin, line.find("  ", begin) - begin), options);
  }
  return options;
}

// Of the page, the first column of the first table under "## fetch".
Options options_of_page(std::string_view tool) {
  Options options;
  std::ifstream page(CATENET_SOURCE_DIR "/docs/tools.md");
  bool here = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) here = line.substr(3) == tool;
    if (here && line.starts_with("| `-")) add_options(line.substr(0, line.find(" | ")), options);
  }
  return options;
}

class ToolManual : public tool_test::Tools {};

TEST_F(ToolManual, tables_have_the_options_of_the_tools) {
  for (const std::string_view tool : tool_names()) {
    EXPECT_EQ(run(std::string(tool) + " --help"), 0) << tool;
    const Options helped = options_of_help(out.text);
    EXPECT_GT(helped.size(), 2u) << tool;
    EXPECT_EQ(options_of_page(tool), helped) << tool;
  }
}

TEST_F(ToolManual, help_has_every_option_that_is_read) {
  for (const std::string_view tool : tool_names()) {
    run(std::string(tool) + " --help");
    const Options helped = options_of_help(out.text);
    run(std::string(tool) + " --no-such-option");
    const std::string first = error.text.substr(0, error.text.find('\n'));
    Options read;
    add_options(first.substr(first.find("it has ")), read);
    for (const std::string& option : read) EXPECT_TRUE(helped.contains(option)) << tool << option;
  }
}

}  // namespace
}  // namespace catenet
