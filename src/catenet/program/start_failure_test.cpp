#include "catenet/program/start_failure.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace catenet::program {
namespace {

// What `child` leaves when it has ended.
template <typename Child>
StartFailure after(Child child) {
  auto failure = *StartFailure::create();
  const pid_t pid = ::fork();
  if (pid == 0) {
    child(failure);
    ::_exit(127);
  }
  EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
  return failure;
}

TEST(StartFailure, is_heard_of_a_child_that_did_not_become_a_program) {
  const StartFailure told = after([](StartFailure& failure) { failure.tell("run it", ENOENT); });
  EXPECT_STREQ(told.at(), "run it");
  EXPECT_EQ(told.error(), ENOENT);
}

TEST(StartFailure, is_none_of_a_program_that_exits_as_if_it_were) {
  const StartFailure nothing = after([](StartFailure&) {
    ::execl("/bin/sh", "sh", "-c", "exit 127", static_cast<char*>(nullptr));
  });
  EXPECT_EQ(nothing.at(), nullptr);
  EXPECT_EQ(nothing.error(), 0);
}

}  // namespace
}  // namespace catenet::program
