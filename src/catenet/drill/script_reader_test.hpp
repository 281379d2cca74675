// For tests: single packets and calls, read from a script's words.
#pragma once

#include <gtest/gtest.h>
#include <string>

#include "catenet/drill/parser.hpp"

namespace catenet::drill::testing {

template <typename Action>
Action read_action(const std::string& text) {
  Problems problems;
  Script script = parse("0 " + text, problems);
  EXPECT_FALSE(problems.fatal()) << problems.to_string("t", text);
  if (script.events.empty()) return {};
  return std::get<Action>(script.events[0].action);
}
inline PacketEvent packet_of(const std::string& text) { return read_action<PacketEvent>(text); }
inline CallEvent call_of(const std::string& text) { return read_action<CallEvent>(text); }

}  // namespace catenet::drill::testing
