#include "client.hpp"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <linux/futex.h>
#include <map>
#include <poll.h>
#include <pthread.h>
#include <string>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

namespace spike {
namespace {

int pipe_ends[2];
int queue = -1;
std::atomic<std::uint32_t> word{0};
long rounds = 0;

void wait_while(std::uint32_t value) {
  while (word == value) ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

void* partner(void*) {
  for (long i = 0; i < rounds; ++i) {
    wait_while(0);
    word = 0;
    ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }
  return nullptr;
}

void ping_pong() {
  pthread_t thread;
  pthread_create(&thread, nullptr, partner, nullptr);
  for (long i = 0; i < rounds; ++i) {
    word = 1;
    ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    wait_while(1);
  }
  pthread_join(thread, nullptr);
}

void* nothing(void*) { return nullptr; }

void poll_pipe(int timeout_ms, bool ready) {
  pollfd state{.fd = pipe_ends[ready ? 1 : 0],
               .events = static_cast<short>(ready ? POLLOUT : POLLIN),
               .revents = 0};
  ::poll(&state, 1, timeout_ms);
}

void await_queue(int timeout_ms) {
  epoll_event event;
  ::epoll_wait(queue, &event, 1, timeout_ms);
}

void select_pipe() {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(pipe_ends[1], &set);
  timeval none{};
  ::select(pipe_ends[1] + 1, nullptr, &set, nullptr, &none);
}

const std::map<std::string, std::function<void()>>& kinds() {
  static timespec time;
  static char bytes[16];
  static const std::map<std::string, std::function<void()>> all{
      {"clock", [] { ::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time); }},
      {"vdso-clock", [] { ::clock_gettime(CLOCK_MONOTONIC, &time); }},
      {"pass", [] { ::syscall(SYS_getppid); }},
      {"random", [] { ::syscall(SYS_getrandom, bytes, 16, 0); }},
      {"yield", [] { ::syscall(SYS_sched_yield); }},
      {"sleep",
       [] {
         const timespec nap{.tv_sec = 0, .tv_nsec = 1'000};
         ::nanosleep(&nap, nullptr);
       }},
      {"poll-ready", [] { poll_pipe(-1, true); }},
      {"poll-late", [] { poll_pipe(1, false); }},
      {"select-ready", [] { select_pipe(); }},
      {"epoll-ready", [] { await_queue(-1); }},
      {"epoll-now", [] { await_queue(0); }},
      {"read",
       [] {
         static_cast<void>(!::write(pipe_ends[1], bytes, 1)),
             static_cast<void>(!::read(pipe_ends[0], bytes, 1));
       }},
      {"stamp", [] { time.tv_nsec = static_cast<long>(__rdtsc()); }},
      {"thread",
       [] {
         pthread_t thread;
         pthread_create(&thread, nullptr, nothing, nullptr);
         pthread_join(thread, nullptr);
       }},
      {"socket", [] { ::close(static_cast<int>(::syscall(SYS_socket, 2, 1, 0))); }},
  };
  return all;
}

}  // namespace

int run_client(const char* kind, long times) {
  if (::pipe(pipe_ends) != 0) return 1;
  queue = ::epoll_create1(0);
  epoll_event event{.events = EPOLLOUT, .data = {}};
  ::epoll_ctl(queue, EPOLL_CTL_ADD, pipe_ends[1], &event);
  timespec begin{}, end{};
  ::clock_gettime(CLOCK_MONOTONIC, &begin);
  if (std::strcmp(kind, "futex") == 0) {
    rounds = times;
    ping_pong();
  } else {
    const auto found = kinds().find(kind);
    if (found == kinds().end()) return 2;
    for (long i = 0; i < times; ++i) found->second();
  }
  ::clock_gettime(CLOCK_MONOTONIC, &end);
  const double ns = static_cast<double>(end.tv_sec - begin.tv_sec) * 1e9 +
                    static_cast<double>(end.tv_nsec - begin.tv_nsec);
  std::printf("%s: %.3f us each by its own clock\n", kind, ns / 1e3 / static_cast<double>(times));
  return 0;
}

}  // namespace spike
