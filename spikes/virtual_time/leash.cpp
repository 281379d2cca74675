#include "leash.hpp"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <elf.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

namespace spike {
namespace {

template <typename T>
bool fetch(pid_t tid, u64 at, T& into) {
  const iovec here{&into, sizeof into};
  const iovec there{reinterpret_cast<void*>(at), sizeof into};
  return ::process_vm_readv(tid, &here, 1, &there, 1, 0) == sizeof into;
}

bool put(pid_t tid, u64 at, const void* bytes, std::size_t size) {
  const iovec here{const_cast<void*>(bytes), size};
  const iovec there{reinterpret_cast<void*>(at), size};
  return ::process_vm_writev(tid, &here, 1, &there, 1, 0) == static_cast<ssize_t>(size);
}

[[noreturn]] void become(const Launch& launch, std::atomic<int>& listener) {
  const int out = ::open(launch.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  ::dup2(out, 1);
  ::dup2(out, 2);
  const int in = ::open("/dev/null", O_RDONLY);
  ::dup2(in, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);  // it inherits the mask, and what is ignored
  ::signal(SIGPIPE, SIG_DFL);
  if (launch.held.no_aslr) ::personality(ADDR_NO_RANDOMIZE);
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(launch.core, &cores);
  ::sched_setaffinity(0, sizeof cores, &cores);
  if (launch.held.no_tsc) ::prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
  ::close_range(3, ~0U, 0);
  if (::geteuid() != 0) ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const auto filter = program::notify::compile(launch.policy);
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                           .filter = const_cast<sock_filter*>(filter.data())};
  constexpr unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  listener = static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
  if (listener < 0) ::_exit(127);
  ::sched_yield();
  std::vector<char*> words;
  for (const std::string& each : launch.arguments) words.push_back(const_cast<char*>(each.c_str()));
  words.push_back(nullptr);
  static const char* const environment[] = {"PATH=/usr/bin:/bin", "HOME=/nonexistent", "LANG=C",
                                            nullptr};
  std::vector<char*> variables;
  for (const char* const* each = environment; *each; ++each) {
    variables.push_back(const_cast<char*>(*each));
  }
  for (const char* name : {"GOMAXPROCS", "GODEBUG"}) {
    static std::vector<std::string> kept;
    kept.reserve(2);
    if (const char* value = ::getenv(name)) {
      kept.push_back(std::string(name) + "=" + value);
      variables.push_back(kept.back().data());
    }
  }
  variables.push_back(nullptr);
  ::execve(words[0], words.data(), variables.data());
  ::_exit(126);
}

}  // namespace

Launched launch(const Launch& launch) {
  Launched made;
  // Once the filter stands no call can hand anything over unheard, not even a futex's.
  void* const page =
      ::mmap(nullptr, 4'096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& listener = *new (page) std::atomic<int>(0);
  if (launch.held.own_pids) {
    if (::unshare(CLONE_NEWPID) != 0) return made;
    made.init = ::fork();
    if (made.init == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) ::pause();
    }
  }
  made.pid = ::fork();
  if (made.pid == 0) become(launch, listener);
  for (int i = 0; i < 50'000 && listener == 0; ++i) ::usleep(100);
  const os::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, made.pid, 0)));
  made.listener = os::Descriptor(
      static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), listener.load(), 0)));
  return made;
}

bool Leash::seize(pid_t pid) {
  constexpr long options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                           PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  return ::ptrace(PTRACE_SEIZE, pid, nullptr, options) == 0;
}

void Leash::let_go(pid_t tid) { ::ptrace(PTRACE_CONT, tid, nullptr, nullptr); }

void Leash::interrupt(pid_t tid) { ::ptrace(PTRACE_INTERRUPT, tid, nullptr, nullptr); }

void Leash::look() {
  for (;;) {
    int status = 0;
    const pid_t tid = ::waitpid(-1, &status, WNOHANG | __WALL);
    if (tid <= 0) return;
    if (WIFSTOPPED(status)) {
      ++stops_;
      on_stop(tid, status);
    } else {
      events_.gone(tid, status);
    }
  }
}

void Leash::on_stop(pid_t tid, int status) {
  const int signal = WSTOPSIG(status);
  switch (status >> 16) {
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK: {
      unsigned long child = 0;
      ::ptrace(PTRACE_GETEVENTMSG, tid, nullptr, &child);
      const bool waits = status >> 16 == PTRACE_EVENT_VFORK;
      events_.born(tid, static_cast<pid_t>(child), waits);
      if (!waits) let_go(tid);
      return;
    }
    case PTRACE_EVENT_EXEC:
      on_exec(tid);
      events_.exec(tid);
      return let_go(tid);
    case PTRACE_EVENT_STOP: return events_.standing(tid);
    default: break;
  }
  if (signal == SIGSEGV && answer_time_stamp(tid)) return let_go(tid);
  events_.signalled(tid);
  ::ptrace(PTRACE_CONT, tid, nullptr, static_cast<long>(signal));
}

// The stack as execve(2) leaves it: argc, argv, 0, envp, 0, pairs of the auxiliary vector.
void Leash::on_exec(pid_t tid) {
  user_regs_struct registers{};
  ::ptrace(PTRACE_GETREGS, tid, nullptr, &registers);
  u64 at = registers.rsp;
  u64 word = 0;
  fetch(tid, at, word);
  at += 8 * (word + 2);
  while (fetch(tid, at, word) && word != 0) at += 8;
  at += 8;
  for (Elf64_auxv_t entry{}; fetch(tid, at, entry) && entry.a_type != AT_NULL; at += sizeof entry) {
    if (entry.a_type == AT_SYSINFO_EHDR && held_.no_vdso) {
      const u64 ignore = AT_IGNORE;
      put(tid, at, &ignore, sizeof ignore);
    }
    if (entry.a_type == AT_RANDOM && held_.seeded_auxv) {
      u8 bytes[16];
      events_.random(bytes);
      put(tid, entry.a_un.a_val, bytes, sizeof bytes);
    }
  }
}

bool Leash::answer_time_stamp(pid_t tid) {
  user_regs_struct registers{};
  ::ptrace(PTRACE_GETREGS, tid, nullptr, &registers);
  u8 code[3]{};
  if (!fetch(tid, registers.rip, code)) return false;
  const bool plain = code[0] == 0x0f && code[1] == 0x31;
  const bool with_core = code[0] == 0x0f && code[1] == 0x01 && code[2] == 0xf9;
  if (!plain && !with_core) return false;
  const u64 stamp = events_.time_stamp();
  registers.rax = stamp & 0xffff'ffff;
  registers.rdx = stamp >> 32;
  if (with_core) registers.rcx = 0;
  registers.rip += plain ? 2 : 3;
  ::ptrace(PTRACE_SETREGS, tid, nullptr, &registers);
  ++stamps_;
  return true;
}

}  // namespace spike
