#include "catenet/base/text.hpp"

#include <gtest/gtest.h>

namespace catenet {
namespace {

TEST(Text, append_format_keeps_what_stands_and_adds_behind_it) {
  std::string out = "eth0:";
  append_format(out, " {} of {:>4}", 7, "x");
  append_format(out, " {:02X}", 10);
  EXPECT_EQ(out, "eth0: 7 of    x 0A");
}

}  // namespace
}  // namespace catenet
