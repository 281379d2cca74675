#include "catenet/program/notify/enter.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catenet/os/descriptor.hpp"
#include "catenet/os/last_error.hpp"
#include "catenet/program/datagram.hpp"

namespace catenet::program::notify {
namespace {

// Lies in memory that both processes share.
struct Handover {
  static constexpr i32 nothing_yet = -1;
  static constexpr i32 never = -2;
  std::atomic<i32> listener{nothing_yet};
};

long futex(std::atomic<i32>& word, int operation, i32 value) {
  return ::syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

[[noreturn]] void hand_over(Handover& handover, int to) {
  while (handover.listener == Handover::nothing_yet) {
    futex(handover.listener, FUTEX_WAIT, Handover::nothing_yet);
  }
  const int listener = handover.listener;
  if (listener < 0) ::_exit(1);
  u8 byte = 0;
  iovec part{&byte, 1};
  ::_exit(send_datagram(to, {&part, 1}, {&listener, 1}) ? 0 : 1);
}

int install(const std::vector<sock_filter>& filter) {
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                           .filter = const_cast<sock_filter*>(filter.data())};
  // Without the last, the kernel slows down branches as for a hostile filter.
  constexpr unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  const auto set = [&](unsigned with) {
    return static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, with, &program));
  };
  const int listener = set(flags | wait_for_answers);
  return listener < 0 && errno == EINVAL ? set(flags) : listener;
}

}  // namespace

Result<void> trap_calls(const std::vector<sock_filter>& filter, int to) {
  void* const page =
      ::mmap(nullptr, sizeof(Handover), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return os::last_error();
  auto& handover = *new (page) Handover;
  // The call that sends the descriptor would itself be trapped: a process that shares our
  // descriptors, and is not trapped, sends it.
  const auto helper =
      static_cast<pid_t>(::syscall(SYS_clone, CLONE_FILES | SIGCHLD, nullptr, nullptr, nullptr, 0));
  if (helper == 0) hand_over(handover, to);
  if (helper < 0) return os::last_error();
  // Root's programs keep their ways to other rights.
  int listener = ::geteuid() == 0 ? install(filter) : -1;
  if (listener < 0 && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) listener = install(filter);
  const Errno failed = listener < 0 ? os::last_errno() : Errno::ok;
  handover.listener = listener < 0 ? Handover::never : listener;
  futex(handover.listener, FUTEX_WAKE, 1);
  int status = 0;
  while (::waitpid(helper, &status, 0) < 0 && errno == EINTR) {
  }
  if (listener >= 0) ::close(listener);
  ::munmap(page, sizeof(Handover));
  if (failed != Errno::ok) return Unexpected(failed);
  if (status != 0) return Unexpected(Errno::broken_pipe);
  return {};
}

Result<void> try_to_trap_calls() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return os::last_error();
  }
  const os::Descriptor ours(ends[0]);
  const os::Descriptor theirs(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto done = trap_calls(compile(network_policy()), theirs.get());
    ::_exit(done ? 0 : static_cast<int>(done.error()));
  }
  if (child < 0) return os::last_error();
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status == 0) return {};
  return Unexpected(WIFEXITED(status) ? static_cast<Errno>(WEXITSTATUS(status))
                                      : Errno::function_not_supported);
}

Result<os::Descriptor> receive_listener(int from) {
  u8 byte = 0;
  iovec part{&byte, 1};
  auto datagram = receive_datagram(from, {&part, 1}, MSG_DONTWAIT);
  if (!datagram) return Unexpected(datagram.error());
  if (datagram->descriptors.empty()) return Unexpected(Errno::broken_pipe);
  return std::move(datagram->descriptors.front());
}

}  // namespace catenet::program::notify
