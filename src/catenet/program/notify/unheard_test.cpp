// What a signal takes away from a call is kept for when it comes again (signal(7)).
#include "catenet/program/notify/unheard.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>

namespace catenet::program::notify {
namespace {

// Nobody listens to what is given: as if a signal came again and again.
TrappedCall call_of(pid_t thread, u64 argument) {
  return {-1, 1, thread, SYS_bind, {3, argument, 16, 0, 0, 0}};
}

constexpr Instant at(i64 ms) { return Instant::at(Duration::milliseconds(ms)); }

TEST(Unheard, same_call_of_the_same_thread_is_answered) {
  Unheard unheard;
  EXPECT_FALSE(unheard.answer(call_of(7, 100), at(0)));
  unheard.keep(call_of(7, 100), 0, at(0));
  EXPECT_FALSE(unheard.answer(call_of(8, 100), at(1)));
  EXPECT_FALSE(unheard.answer(call_of(7, 200), at(1)));
  EXPECT_TRUE(unheard.answer(call_of(7, 100), at(1)));
}

TEST(Unheard, answer_stays_until_it_is_heard) {
  Unheard unheard;
  unheard.keep(call_of(7, 100), 0, at(0));
  EXPECT_TRUE(unheard.answer(call_of(7, 100), at(1)));
  EXPECT_TRUE(unheard.answer(call_of(7, 100), at(2)));
}

TEST(Unheard, call_that_comes_much_later_is_another) {
  Unheard unheard;
  unheard.keep(call_of(7, 100), 0, at(0));
  EXPECT_FALSE(unheard.answer(call_of(7, 100), at(101)));
}

}  // namespace
}  // namespace catenet::program::notify
