// What a program is answered.
#include <algorithm>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fmt/core.h>
#include <fstream>
#include <linux/futex.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "catenet/base/hash.hpp"

#include "supervisor.hpp"

namespace spike {
namespace {

constexpr i64 second = 1'000'000'000;
// A machine that has been up for a while: some programs take 0 for "no time".
constexpr i64 up_ns = 100 * second;
constexpr i64 epoch_ns = LabSystem::epoch_s * second;

bool is_calendar(int clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

i64 clock_ns(int clock, Instant now) {
  if (is_calendar(clock)) return epoch_ns + now.ns();
  if (clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID) return now.ns();
  return up_ns + now.ns();
}

timespec timespec_of(i64 ns) { return {.tv_sec = ns / second, .tv_nsec = ns % second}; }

}  // namespace

u64 signal_set(pid_t tid, const char* name) {
  std::ifstream status(fmt::format("/proc/{}/status", tid));
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with(name)) return std::strtoull(line.c_str() + 7, nullptr, 16);
  }
  return 0;
}

bool is_in(u64 set, int number) { return (set >> (number - 1) & 1) != 0; }

bool blocks_signal(pid_t tid, int number) { return is_in(signal_set(tid, "SigBlk:"), number); }

program::notify::Policy policy_of(const Settings& settings) {
  program::notify::Policy policy;
  for (const long call :
       {SYS_clock_gettime, SYS_gettimeofday, SYS_time, SYS_nanosleep, SYS_clock_nanosleep,
        SYS_getrandom, SYS_futex, SYS_sched_yield, SYS_tgkill, SYS_kill, SYS_sched_getaffinity,
        SYS_exit_group, SYS_wait4, SYS_waitid, SYS_rt_sigsuspend}) {
    policy.traps.push_back({.call = call});
  }
  if (settings.gate) {
    for (const long call :
         {SYS_poll, SYS_ppoll, SYS_select, SYS_pselect6, SYS_epoll_wait, SYS_epoll_pwait,
          SYS_epoll_pwait2, SYS_read, SYS_readv, SYS_recvfrom, SYS_write, SYS_sendto}) {
      policy.traps.push_back({.call = call});
    }
  }
  auto network = program::notify::network_policy();
  policy.traps.insert(policy.traps.end(), network.traps.begin(), network.traps.end());
  policy.refusals = network.refusals;
  policy.refusals.push_back({SYS_rseq, Errno::function_not_supported});
  if (settings.trap_all) {
    constexpr long highest = 462;
    for (long call = 0; call < highest; ++call) {
      if (call == SYS_rt_sigreturn || call == SYS_exit || call == SYS_execve) continue;
      policy.traps.push_back({.call = call});
    }
  }
  return policy;
}

void Supervisor::do_call(Thread& thread) {
  switch (thread.call.number()) {
    case SYS_clock_gettime: return tell_clock(thread);
    case SYS_gettimeofday:
    case SYS_time: return tell_time_of_day(thread);
    case SYS_nanosleep:
    case SYS_clock_nanosleep: return sleep(thread);
    case SYS_getrandom: return give_random(thread);
    case SYS_sched_yield: return answer(thread, 0);
    case SYS_sched_getaffinity: return tell_cores(thread);
    case SYS_futex: return futex(thread);
    case SYS_kill:
    case SYS_tgkill: return signal(thread);
    case SYS_exit_group: return end_process(thread);
    case SYS_rt_sigsuspend: return await_signal(thread);
    case SYS_wait4:
    case SYS_waitid: return await_child(thread);
    case SYS_poll:
    case SYS_ppoll: return poll(thread);
    case SYS_select:
    case SYS_pselect6: return select(thread);
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2: return await_epoll(thread);
    case SYS_read:
    case SYS_readv:
    case SYS_recvfrom:
    case SYS_recvmsg: return read(thread);
    case SYS_write:
    case SYS_sendto: return write(thread);
    case SYS_open:
    case SYS_openat: return open_file(thread);
    case SYS_socket:
    case SYS_connect:
    case SYS_bind:
    case SYS_listen:
    case SYS_accept:
    case SYS_accept4:
    case SYS_getsockname:
    case SYS_getpeername:
    case SYS_getsockopt:
    case SYS_setsockopt:
    case SYS_ioctl:
    case SYS_sendmsg:
    case SYS_sendmmsg:
    case SYS_recvmmsg:
    case SYS_uname: return ask_board(thread);
    default: return let_run(thread);
  }
}

// --- time, randomness, the machine ---

void Supervisor::tell_clock(Thread& thread) {
  const auto time = timespec_of(clock_ns(thread.call.int_argument(0), now()));
  const auto done = thread.call.write_object(thread.call.argument(1), time);
  done ? answer(thread, 0) : answer(thread, done.error());
}

void Supervisor::tell_time_of_day(Thread& thread) {
  const i64 ns = clock_ns(CLOCK_REALTIME, now());
  const u64 at = thread.call.argument(0);
  if (thread.call.number() == SYS_time) {
    if (at != 0) static_cast<void>(thread.call.write_object(at, ns / second));
    return answer(thread, ns / second);
  }
  const timeval time{.tv_sec = ns / second, .tv_usec = ns % second / 1'000};
  if (at != 0) static_cast<void>(thread.call.write_object(at, time));
  answer(thread, 0);
}

// Nothing at all: it cannot be read. An empty deadline: for ever.
std::optional<std::optional<Instant>> Supervisor::deadline_of(Thread& thread, u64 timespec_at,
                                                              bool absolute, bool calendar) const {
  if (timespec_at == 0) return std::optional<Instant>();
  const auto time = thread.call.read_object<timespec>(timespec_at);
  if (!time) return std::nullopt;
  const i64 ns =
      time->tv_sec > i64{1} << 32 ? INT64_MAX / 4 : time->tv_sec * second + time->tv_nsec;
  const i64 start = !absolute ? now().ns() : calendar ? -epoch_ns : -up_ns;
  return Instant::at(Duration::nanoseconds(start + ns));
}

std::optional<Instant> Supervisor::deadline_after_ms(int ms) const {
  if (ms < 0) return std::nullopt;
  return now() + Duration::milliseconds(ms);
}

void Supervisor::sleep(Thread& thread) {
  const bool plain = thread.call.number() == SYS_nanosleep;
  const bool absolute = !plain && (thread.call.argument(1) & TIMER_ABSTIME) != 0;
  const bool calendar = !plain && is_calendar(thread.call.int_argument(0));
  const auto deadline =
      deadline_of(thread, thread.call.argument(plain ? 0 : 2), absolute, calendar);
  if (!deadline || !*deadline) return answer(thread, Errno::bad_address);
  if (**deadline <= now()) return answer(thread, 0);
  wait(thread, *deadline);
}

void Supervisor::give_random(Thread& thread) {
  std::vector<u8> bytes(std::min<u64>(thread.call.argument(1), 1 << 20));
  for (u8& byte : bytes) byte = static_cast<u8>(random_.next());
  const auto done = thread.call.write(thread.call.argument(0), bytes);
  done ? answer(thread, static_cast<i64>(bytes.size())) : answer(thread, done.error());
}

void Supervisor::open_file(Thread& thread) {
  const auto& call = thread.call;
  const auto name = call.read_text(call.argument(call.number() == SYS_open ? 0 : 1), 4'096);
  if (!name || (*name != "/dev/urandom" && *name != "/dev/random")) return ask_board(thread);
  const os::Descriptor file(::memfd_create("random", MFD_CLOEXEC));
  std::vector<u8> bytes(65'536);
  for (u8& byte : bytes) byte = static_cast<u8>(random_.next());
  static_cast<void>(::pwrite(file.get(), bytes.data(), bytes.size(), 0));
  resumed(thread);
  static_cast<void>(call.give_descriptor(file.get(), false));
}

void Supervisor::tell_cores(Thread& thread) {
  std::vector<u8> mask(8);
  for (int core = 0; core < settings_.cores_told; ++core) mask[0] |= static_cast<u8>(1 << core);
  static_cast<void>(thread.call.write(thread.call.argument(2), mask));
  answer(thread, 8);
}

// --- descriptors ---

os::Descriptor Supervisor::copy_of(Thread& thread, int fd) {
  return os::Descriptor(
      static_cast<int>(::syscall(SYS_pidfd_getfd, processes_.at(thread.process).get(), fd, 0)));
}

bool Supervisor::watch(Thread& thread, int fd, short events) {
  auto copy = copy_of(thread, fd);
  if (!copy) return false;
  thread.watched.push_back({.fd = copy.get(), .events = events, .revents = 0});
  thread.watched_fds.push_back(std::move(copy));
  return true;
}

void Supervisor::drop_watched(Thread& thread) {
  thread.watched.clear();
  thread.watched_fds.clear();
}

void Supervisor::poll(Thread& thread) {
  const auto& call = thread.call;
  drop_watched(thread);
  std::vector<pollfd> asked(std::min<u64>(call.argument(1), 4'096));
  const std::size_t size = asked.size() * sizeof(pollfd);
  auto* const bytes = reinterpret_cast<u8*>(asked.data());
  if (!call.read(call.argument(0), {bytes, size})) return let_run(thread);
  for (const pollfd& each : asked) {
    if (each.fd >= 0 && !watch(thread, each.fd, each.events)) return let_run(thread);
  }
  settle();
  const auto deadline = call.number() == SYS_poll
                            ? deadline_after_ms(call.int_argument(2))
                            : deadline_of(thread, call.argument(2), false, false).value_or(now());
  const int ready = ::poll(thread.watched.data(), static_cast<nfds_t>(thread.watched.size()), 0);
  if (ready == 0 && (!deadline || *deadline > now())) return wait(thread, deadline);
  std::size_t i = 0;
  for (pollfd& each : asked) each.revents = each.fd < 0 ? short{0} : thread.watched[i++].revents;
  static_cast<void>(call.write(call.argument(0), {bytes, size}));
  answer(thread, ready);
}

void Supervisor::select(Thread& thread) {
  const auto& call = thread.call;
  drop_watched(thread);
  const int count = std::clamp(call.int_argument(0), 0, FD_SETSIZE);
  fd_set sets[3];
  const std::size_t size = static_cast<std::size_t>((count + 63) / 64 * 8);
  for (int i = 0; i < 3; ++i) {
    FD_ZERO(&sets[i]);
    if (call.argument(static_cast<std::size_t>(i) + 1) == 0) continue;
    const MutableBytes into(reinterpret_cast<u8*>(&sets[i]), size);
    static_cast<void>(call.read(call.argument(static_cast<std::size_t>(i) + 1), into));
  }
  for (int fd = 0; fd < count; ++fd) {
    const int events =
        (FD_ISSET(fd, &sets[0]) ? POLLIN : 0) | (FD_ISSET(fd, &sets[1]) ? POLLOUT : 0);
    if (events != 0 && !watch(thread, fd, static_cast<short>(events))) return let_run(thread);
  }
  settle();
  std::optional<Instant> deadline;
  if (call.argument(4) != 0) {
    const auto time = call.read_object<timespec>(call.argument(4)).value_or(timespec{});
    const i64 fraction = call.number() == SYS_select ? time.tv_nsec * 1'000 : time.tv_nsec;
    deadline = now() + Duration::nanoseconds(time.tv_sec * second + fraction);
  }
  const int ready = ::poll(thread.watched.data(), static_cast<nfds_t>(thread.watched.size()), 0);
  if (ready > 0 || (deadline && *deadline <= now())) return let_run(thread);
  wait(thread, deadline);
}

// The kernel tells what is ready, and keeps the edges; here is only told whether to ask it.
void Supervisor::await_epoll(Thread& thread) {
  const auto& call = thread.call;
  drop_watched(thread);
  const auto deadline = call.number() == SYS_epoll_pwait2
                            ? deadline_of(thread, call.argument(3), false, false).value_or(now())
                            : deadline_after_ms(call.int_argument(3));
  if (deadline && *deadline <= now()) {
    settle();
    return let_run(thread);
  }
  if (!watch(thread, call.int_argument(0), POLLIN)) return let_run(thread);
  settle();
  if (::poll(thread.watched.data(), 1, 0) != 0) return let_run(thread);
  wait(thread, deadline);
}

void Supervisor::read(Thread& thread) {
  drop_watched(thread);
  const auto give = [&] {
    if (thread.call.number() == SYS_read || thread.call.number() == SYS_readv) {
      return let_run(thread);
    }
    ask_board(thread);
  };
  if (!settings_.gate || !watch(thread, thread.call.int_argument(0), POLLIN)) return give();
  const int fd = thread.watched[0].fd;
  settle();
  const bool blocks =
      (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0 &&
      (thread.call.number() != SYS_recvfrom || (thread.call.argument(3) & MSG_DONTWAIT) == 0);
  if (!blocks || ::poll(thread.watched.data(), 1, 0) != 0) return give();
  wait(thread, std::nullopt);
}

// What would block in the middle is written from here, as far as there is room each time.
void Supervisor::write(Thread& thread) {
  const auto& call = thread.call;
  const bool send = call.number() == SYS_sendto;
  drop_watched(thread);
  if (send && call.argument(4) != 0) return ask_board(thread);
  const int flags = send ? call.int_argument(3) : 0;
  if (!watch(thread, call.int_argument(0), POLLOUT)) return let_run(thread);
  const int fd = thread.watched[0].fd;
  struct stat about{};
  ::fstat(fd, &about);
  const bool can_block = S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode);
  if (!can_block || (flags & MSG_DONTWAIT) != 0 || (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0) {
    return let_run(thread);
  }
  std::vector<u8> bytes(65'536);
  while (thread.written < call.argument(2)) {
    const MutableBytes part(bytes.data(),
                            std::min(bytes.size(), call.argument(2) - thread.written));
    if (!call.read(call.argument(1) + thread.written, part)) return let_run(thread);
    iovec piece{part.data(), part.size()};
    const ssize_t done = S_ISSOCK(about.st_mode)
                             ? ::send(fd, part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                             : ::pwritev2(fd, &piece, 1, -1, RWF_NOWAIT);
    if (done > 0) {
      thread.written += static_cast<u64>(done);
      continue;
    }
    if (errno == EAGAIN) {
      settle();
      if (::poll(thread.watched.data(), 1, 0) == 0) return wait(thread, std::nullopt);
    } else if (thread.written == 0) {
      return let_run(thread);  // the kernel says why, and signals
    } else {
      break;
    }
  }
  answer(thread, static_cast<i64>(thread.written));
}

// It answers at once, or later.
void Supervisor::ask_board(Thread& thread) {
  drop_watched(thread);
  thread.state = State::at_board;
  board_.on_call(thread.call);
  settle();
  if (!thread.call.waits()) return resumed(thread);
  waiting_.push_back(&thread);
}

void Supervisor::finish_late(Thread& thread) {
  const auto& call = thread.call;
  thread.result = 0;
  switch (call.number()) {
    case SYS_futex:
      thread.futex = 0;
      thread.result = -static_cast<i64>(Errno::timed_out);
      return;
    case SYS_poll:
    case SYS_ppoll:
      for (u64 i = 0; i < call.argument(1); ++i) {
        static_cast<void>(call.write_object(
            call.argument(0) + i * sizeof(pollfd) + offsetof(pollfd, revents), short{0}));
      }
      return;
    case SYS_select:
    case SYS_pselect6: {
      const std::vector<u8> nothing(
          static_cast<std::size_t>((std::max(call.int_argument(0), 0) + 63) / 64 * 8));
      for (std::size_t i = 1; i <= 3; ++i) {
        if (call.argument(i) != 0) static_cast<void>(call.write(call.argument(i), nothing));
      }
      return;
    }
    default: return;
  }
}

// --- threads among themselves ---

void Supervisor::futex(Thread& thread) {
  const auto& call = thread.call;
  const int operation = call.int_argument(1) & FUTEX_CMD_MASK;
  const u64 at = call.argument(0);
  const u32 value = static_cast<u32>(call.argument(2));
  const bool bits_given = operation == FUTEX_WAIT_BITSET || operation == FUTEX_WAKE_BITSET;
  const u32 bits = bits_given ? static_cast<u32>(call.argument(5)) : FUTEX_BITSET_MATCH_ANY;
  if (operation == FUTEX_WAKE || operation == FUTEX_WAKE_BITSET) {
    return wake_futex(thread, at, value, bits);
  }
  if (operation != FUTEX_WAIT && operation != FUTEX_WAIT_BITSET) {
    trouble_ = fmt::format("futex operation {}", operation);
    return answer(thread, Errno::function_not_supported);
  }
  const auto word = call.read_object<u32>(at);
  if (!word) return answer(thread, word.error());
  if (*word != value) return answer(thread, Errno::again);
  const auto deadline = deadline_of(thread, call.argument(3), operation == FUTEX_WAIT_BITSET,
                                    (call.int_argument(1) & FUTEX_CLOCK_REALTIME) != 0);
  if (!deadline) return answer(thread, Errno::bad_address);
  if (*deadline && **deadline <= now()) return answer(thread, Errno::timed_out);
  thread.futex = at;
  thread.futex_bits = bits;
  wait(thread, *deadline);
}

void Supervisor::wake_futex(Thread& thread, u64 at, u32 most, u32 bits) {
  i64 woken = 0;
  for (std::size_t i = 0; i < waiting_.size() && woken < static_cast<i64>(most);) {
    Thread& each = *waiting_[i];
    if (each.futex != at || each.process != thread.process || (each.futex_bits & bits) == 0) {
      ++i;
      continue;
    }
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    each.futex = 0;
    each.state = State::answered;
    each.result = 0;
    ready_.push_back(&each);
    ++woken;
  }
  answer(thread, woken);
}

// The kernel clears a word when a thread ends, and wakes those that it knows of.
void Supervisor::recheck_futexes(pid_t process) {
  for (std::size_t i = 0; i < waiting_.size();) {
    Thread& each = *waiting_[i];
    const bool asked = each.futex != 0 && each.process == process;
    const auto word = asked ? each.call.read_object<u32>(each.futex) : Result<u32>(0U);
    if (!asked || !word || *word == static_cast<u32>(each.call.argument(2))) {
      ++i;
      continue;
    }
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    each.futex = 0;
    each.state = State::answered;
    each.result = 0;
    ready_.push_back(&each);
  }
}

// One of the program's threads interrupts another, which runs its handler before the first goes on;
// or ends another process.
void Supervisor::signal(Thread& thread) {
  const bool to_process = thread.call.number() == SYS_kill;
  const int inner = thread.call.int_argument(to_process ? 0 : 1);
  const int number = thread.call.int_argument(to_process ? 1 : 2);
  const auto found =
      std::ranges::find_if(threads_, [&](const auto& each) { return each.second->inner == inner; });
  if (!settings_.strict || number == 0 || found == threads_.end() ||
      found->second.get() == &thread) {
    return let_run(thread);
  }
  Thread& target = *found->second;
  const bool parked = target.state != State::running && target.state != State::unborn;
  const bool ends = !is_in(signal_set(target.process, "SigCgt:"), number) &&
                    !is_in(signal_set(target.process, "SigIgn:"), number) && number != SIGCHLD &&
                    number != SIGURG && number != SIGWINCH;
  thread.state = State::answered;
  thread.result = 0;
  ready_.push_front(&thread);
  if (ends) {
    expect_end(target.process);
  } else if (parked && !blocks_signal(target.tid, number)) {
    on_signalled(target.tid);
  }
  ::syscall(SYS_tgkill, target.process, target.tid, number);
  if (target.state != State::waiting || target.call.number() != SYS_rt_sigsuspend) return;
  std::erase(waiting_, &target);  // what it blocks elsewhere may be what it waits for
  target.state = State::pending;
  ready_.push_back(&target);
}

void Supervisor::end_process(Thread& thread) {
  const pid_t process = thread.process;
  let_run(thread);
  expect_end(process);
}

// All its threads are on their way, and in no order of ours.
void Supervisor::expect_end(pid_t process) {
  for (auto& [tid, each] : threads_) {
    if (each->process != process) continue;
    each->ending = true;
    if (each->state == State::running) continue;
    std::erase(ready_, each.get());
    std::erase(waiting_, each.get());
    each->state = State::running;
    ++running_;
  }
}

// The kernel does it, once there is a child to be told of.
void Supervisor::await_child(Thread& thread) {
  const auto options = thread.call.argument(thread.call.number() == SYS_wait4 ? 2 : 3);
  u32& dead = to_reap_[thread.process];
  const bool alive = std::ranges::any_of(threads_, [&](const auto& each) {
    return each.second->parent == thread.process && each.second->process != thread.process;
  });
  if (dead == 0 && alive && (options & WNOHANG) == 0) return wait(thread, std::nullopt);
  if (dead > 0) --dead;
  let_run(thread);
}

// Its mask holds within the call alone: what it would be woken by is pending before.
void Supervisor::await_signal(Thread& thread) {
  const u64 mask = thread.call.read_object<u64>(thread.call.argument(0)).value_or(0);
  const u64 pending = signal_set(thread.tid, "SigPnd:") | signal_set(thread.process, "ShdPnd:");
  if ((pending & ~mask) != 0) return let_run(thread);
  wait(thread, std::nullopt);
}

}  // namespace spike
