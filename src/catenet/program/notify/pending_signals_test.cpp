// Whom the kernel has woken for a signal (signal(7)), as /proc/PID/status tells it.
#include "catenet/program/notify/pending_signals.hpp"

#include <array>
#include <csignal>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace catenet::program::notify {
namespace {

constexpr u64 bit(int signal) { return u64{1} << (signal - 1); }

TEST(ThreadStatus, is_read_from_the_file) {
  const auto status = ThreadStatus::parse(
      "Name:\tState:\tT (stopped)\nUmask:\t0022\nState:\tT (stopped)\nTgid:\t4711\nPid:\t4712\n"
      "Threads:\t3\nSigQ:\t1/100\nSigPnd:\t0000000000000200\nShdPnd:\t8000000000000001\n"
      "SigBlk:\t0000000000000001\nSigIgn:\tffffffffffffffff\n");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->process, 4711);
  EXPECT_TRUE(status->stopped);
  EXPECT_EQ(status->threads, 3u);
  EXPECT_EQ(status->own, bit(10));
  EXPECT_EQ(status->shared, bit(64) | bit(1));
  EXPECT_EQ(status->takes(status->shared), bit(64));
}

TEST(ThreadStatus, is_none_where_the_file_ends_too_soon) {
  EXPECT_FALSE(ThreadStatus::parse(""));
  EXPECT_FALSE(ThreadStatus::parse("State:\tS (sleeping)\nTgid:\t1\nSigPnd:\t0000000000000200\n"));
}

TEST(Interruption, is_certain_for_a_signal_of_its_own) {
  const ThreadStatus thread{.threads = 2, .own = bit(SIGUSR1)};
  EXPECT_EQ(interruption_of(thread, ThreadStatus{}), Interruption::certain);
}

TEST(Interruption, is_none_by_a_signal_that_is_blocked) {
  const ThreadStatus thread{
      .own = bit(SIGUSR1), .shared = bit(SIGUSR2), .blocked = bit(SIGUSR1) | bit(SIGUSR2)};
  EXPECT_EQ(interruption_of(thread, ThreadStatus{}), Interruption::none);
}

TEST(Interruption, is_the_first_threads_where_that_takes_the_signal) {
  const ThreadStatus thread{.threads = 2, .shared = bit(SIGCHLD)};
  EXPECT_EQ(interruption_of(thread, ThreadStatus{}), Interruption::none);
  EXPECT_EQ(interruption_of(thread, ThreadStatus{.blocked = bit(SIGCHLD)}), Interruption::possible);
  EXPECT_EQ(interruption_of(thread, std::nullopt), Interruption::possible);
}

TEST(Interruption, is_certain_where_the_process_has_been_stopped) {
  const ThreadStatus thread{.threads = 2};
  EXPECT_EQ(interruption_of(thread, ThreadStatus{.stopped = true}), Interruption::certain);
  EXPECT_EQ(interruption_of(thread, ThreadStatus{}), Interruption::none);
}

// A child that ends by itself once `ready` is closed.
class Child {
 public:
  explicit Child(void (*prepare)()) {
    std::array<int, 2> told{};
    std::array<int, 2> ending{};
    EXPECT_EQ(::pipe(told.data()), 0);
    EXPECT_EQ(::pipe(ending.data()), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ending[1]);
      prepare();
      static_cast<void>(::write(told[1], "", 1));
      char byte = 0;
      static_cast<void>(::read(ending[0], &byte, 1));
      ::_exit(0);
    }
    char byte = 0;
    EXPECT_EQ(::read(told[0], &byte, 1), 1);
    for (const int fd : {told[0], told[1], ending[0]}) ::close(fd);
    end_ = ending[1];
  }
  ~Child() {
    ::close(end_);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int end_ = -1;
};

TEST(PendingSignals, of_a_thread_that_blocks_them_do_not_interrupt_it) {
  const Child child([] {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
  });
  PendingSignals signals;
  EXPECT_EQ(signals.look_at(child.pid()), Interruption::none);
  ::kill(child.pid(), SIGUSR1);
  EXPECT_EQ(signals.look_at(child.pid()), Interruption::none);
}

TEST(PendingSignals, of_a_thread_that_is_gone_are_none) {
  PendingSignals signals;
  pid_t gone = 0;
  {
    const Child child([] {});
    gone = child.pid();
  }
  EXPECT_EQ(signals.look_at(gone), Interruption::none);
}

}  // namespace
}  // namespace catenet::program::notify
