// For tests of tools: a Net, and what a tool printed on alice.
#pragma once

#include "catenet/service/tool.hpp"
#include "catenet/socket/lab_net_test.hpp"

namespace catenet::tool_test {

struct Text final : Output {
  void write(std::string_view added) override { text += added; }
  std::string text;
};

class Tools : public ::testing::Test {
 protected:
  // Runs a command line on alice; -1: it did not end within `limit`.
  int run(const std::string& line, Duration limit = 600_s) {
    out.text.clear();
    error.text.clear();
    Invocation invocation{net.alice.system, *split_words(line), out, error};
    const Tool tool = find_tool(invocation.arguments.front());
    if (!tool) return 127;
    return net.run(tool(invocation), limit).value_or(-1);
  }

  lab_net::Net net;
  Text out;
  Text error;
};

}  // namespace catenet::tool_test
