#include "catenet/program/shell_line.hpp"

#include <gtest/gtest.h>

namespace catenet::program {
namespace {

TEST(ShellLine, one_program_takes_the_place_of_its_shell) {
  for (const char* line :
       {"ls -l 'a; b'", "ls \"x & y\" > /dev/null", " ls", "/bin/ls $HOME", "ls a\\;b"}) {
    EXPECT_EQ(exec_if_simple(line, "/nowhere:/bin"), std::string("exec ") + line);
  }
}

TEST(ShellLine, everything_else_is_left_to_the_shell) {
  for (const char* line : {"ls; ls", "ls | wc", "ls &", "(ls)", "ls\nls", "A=1 ls", "exit 3", ": x",
                           "no-such-program x", "cd /; ls", "'ls", "`ls`", "$x", "", "  "}) {
    EXPECT_EQ(exec_if_simple(line, "/bin"), line);
  }
}

}  // namespace
}  // namespace catenet::program
