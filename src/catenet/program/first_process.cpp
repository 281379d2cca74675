#include "catenet/program/first_process.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <fstream>
#include <optional>
#include <poll.h>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catenet/os/last_error.hpp"
#include "catenet/program/private_files.hpp"
#include "catenet/program/shell_line.hpp"

namespace catenet::program {
namespace {

sigset_t only(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  return set;
}

// Nothing of Catenet's stays open here: a descriptor that another namespace's end depends on, least
// of all. Nor is the working directory Catenet's, which may lie beneath a private place.
bool leave_everything_but(int control) {
  if (::chdir("/") != 0) return false;
  const auto after = static_cast<unsigned>(control) + 1;
  if (control > 3 && ::close_range(3, after - 2, 0) != 0) return false;
  if (::close_range(after, ~0U, 0) != 0) return false;
  const int null = ::open("/dev/null", O_RDWR);
  if (null < 0) return false;
  for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
  if (null > 2) ::close(null);
  return ::setsid() >= 0;
}

// Catenet's environment, which may hold secrets, out of /proc/1/environ too.
void wipe_environment() {
  // Fields 50 and 51 are where it begins and ends; the name before the first may hold blanks.
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 50; ++field) rest >> skipped;
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  ::clearenv();
  if (rest >> begin >> end && begin < end) {
    std::memset(std::bit_cast<void*>(begin), 0, end - begin);
  }
}

// Before the program's own process is the program's.
[[noreturn]] void give_up(StartFailure& failure, const char* at) {
  failure.tell(at, errno);
  ::_exit(127);
}

bool has_children() {
  siginfo_t ignored;  // waitpid(2) takes no WNOWAIT
  return ::waitid(P_ALL, 0, &ignored, WEXITED | WNOHANG | WNOWAIT) == 0;
}

}  // namespace

// What an administrator uses is not on every user's path.
std::string program_path() {
  const char* value = ::getenv("PATH");
  return fmt::format("{}:/usr/sbin:/sbin", value ? value : "/usr/local/bin:/usr/bin:/bin");
}

namespace {

std::optional<rlimit> limit_before;

}  // namespace

void lift_descriptor_limit() {
  rlimit limit{};
  if (limit_before || ::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit_before = limit;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 1 << 20);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Errno begin_first_process(int control, const char* name) {
  ::prctl(PR_SET_NAME, name);
  ::signal(SIGCHLD, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  const sigset_t children = only(SIGCHLD);
  ::sigprocmask(SIG_SETMASK, &children, nullptr);
  // First of all: while Catenet's end of the socket is open here too, a Catenet that was killed
  // before prctl() would be waited for for ever.
  const Errno alone = leave_everything_but(control) ? Errno::ok : os::last_errno();
  wipe_environment();
  return alone;
}

namespace {

bool is_line(const Message& message) {
  return message.head.status == static_cast<i32>(StartForm::line);
}

// False: `errno` says why it has not the terminal that it was to have.
bool take_places(const Message& message) {
  const bool line = is_line(message);
  if (line) {
    ::setpgid(0, 0);
  } else {
    ::setsid();
  }
  for (int i = 0; i < (line ? 2 : 3); ++i) {
    ::dup2(message.descriptors[static_cast<std::size_t>(i)].get(), line ? i + 1 : i);
  }
  if (message.head.status != static_cast<i32>(StartForm::terminal)) return true;
  return ::ioctl(0, TIOCSCTTY, 0) == 0;
}

// TERM's value, and what is to be run.
std::pair<std::string, std::vector<std::string>> read_words(const Message& message,
                                                            const Shell& shell) {
  if (is_line(message)) return {"dumb", {"sh", "-c", exec_if_simple(message.text, shell.path)}};
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= message.text.size();) {
    const std::size_t end = std::min(message.text.find('\0', begin), message.text.size());
    words.push_back(message.text.substr(begin, end - begin));
    begin = end + 1;
  }
  std::string terminal = std::move(words.front());
  words.erase(words.begin());
  return {std::move(terminal), std::move(words)};
}

}  // namespace

std::size_t descriptors_to_start(const Message& message) { return is_line(message) ? 2 : 3; }

void become_shell(const Message& message, const Shell& shell, StartFailure& failure,
                  const std::function<const char*()>& before) {
  if (!take_places(message)) give_up(failure, "take over its terminal");
  if (limit_before) ::setrlimit(RLIMIT_NOFILE, &*limit_before);
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::chdir(shell.home.c_str()) != 0) give_up(failure, enter_home);
  auto [terminal, words] = read_words(message, shell);
  std::array<std::string, 7> values{
      "PATH=" + shell.path, "HOME=" + shell.home, "USER=" + shell.user, "LOGNAME=" + shell.user,
      "SHELL=/bin/sh",      "LANG=C.UTF-8",       "TERM=" + terminal};
  std::array<char*, 8> environment{};
  for (std::size_t i = 0; i < values.size(); ++i) environment[i] = values[i].data();
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::setenv("PATH", shell.path.c_str(), 1);  // where execvpe() looks
  if (const char* const failed = before ? before() : nullptr) give_up(failure, failed);
  ::close_range(3, ~0U, 0);
  ::execvpe(is_line(message) ? "/bin/sh" : arguments[0], arguments.data(), environment.data());
  give_up(failure, is_line(message) ? "run /bin/sh" : run_it);
}

FirstProcess::FirstProcess(int control) : control_(control) {
  const sigset_t children = only(SIGCHLD);
  children_ = ::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
  if (children_ < 0) ::_exit(1);
}

// Until the other end of the control socket is gone.
void FirstProcess::run() {
  std::array<pollfd, 2> waiting{{{.fd = control_, .events = POLLIN, .revents = 0},
                                 {.fd = children_, .events = POLLIN, .revents = 0}}};
  for (;;) {
    constexpr int look_ms = 10;
    const int patience_ms = dead_left_ ? 0 : awaits_something() ? look_ms : -1;
    const int ready = ::poll(waiting.data(), waiting.size(), patience_ms);
    if (ready < 0 && errno != EINTR) return;
    if (waiting[1].revents != 0 || dead_left_) dead_left_ = reap();
    tell_ended(false);
    if (waiting[0].revents != 0 && !obey()) return;
    look_for_listeners();
  }
}

bool FirstProcess::obey() {
  const auto message = receive_message(control_, MSG_DONTWAIT);
  if (!message) return message.error() == Errno::again;
  if (!*message) return false;
  const MessageHead& head = (*message)->head;
  if (head.kind == MessageKind::start) start(**message);
  if (head.kind == MessageKind::kill) kill(head.id, head.status);
  if (head.kind == MessageKind::await_port) awaited_ports_.insert(static_cast<u16>(head.id));
  if (head.kind == MessageKind::rehearse) rehearse(head.id);
  if (head.kind == MessageKind::ping) tell({.kind = MessageKind::pong});
  if (head.kind == MessageKind::finish) finish();
  return true;
}

// Limits are told before the lab begins, not by the step that comes upon them.
void FirstProcess::rehearse(u32 count) {
  int error = 0;
  std::vector<pid_t> made;
  while (made.size() < count && error == 0) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      for (;;) ::pause();
    }
    if (pid < 0) {
      error = errno;
    } else {
      made.push_back(pid);
    }
  }
  for (const pid_t pid : made) ::kill(pid, SIGKILL);
  for (const pid_t pid : made) ::waitpid(pid, nullptr, 0);
  tell({.kind = MessageKind::rehearsed, .error = error});
}

void FirstProcess::start(const Message& message) {
  const auto fail = [&](Errno error) {
    tell({.kind = MessageKind::exited, .id = message.head.id, .error = static_cast<i32>(error)},
         "start it");
  };
  if (message.descriptors.size() < descriptors_to_start(message)) {
    return fail(Errno::too_many_files);  // no room for more
  }
  auto failure = StartFailure::create();
  if (!failure) return fail(failure.error());
  const pid_t pid = ::fork();
  if (pid == 0) {
    become(message, *failure);
    ::_exit(127);
  }
  if (pid < 0) return fail(os::last_errno());
  if (is_line(message)) ::setpgid(pid, pid);  // who leads a session does so by itself
  running_.emplace(pid, Running{message.head.id, is_line(message), *std::move(failure)});
}

void FirstProcess::kill(u32 id, int signal) {
  for (auto& [pid, running] : running_) {
    if (running.id != id) continue;
    const bool leads = ::kill(-pid, signal) == 0;
    if (!leads && !running.ended) ::kill(pid, signal);
    // So that one that was stopped ends too.
    ::kill(-pid, SIGCONT);
    running.ending = true;
  }
}

bool FirstProcess::awaits_something() const {
  const auto awaited = [](const auto& each) { return each.second.ended.has_value(); };
  return !awaited_ports_.empty() || std::ranges::any_of(running_, awaited);
}

void FirstProcess::look_for_listeners() {
  std::erase_if(awaited_ports_, [this](u16 port) {
    if (!listens_on(port)) return false;
    tell({.kind = MessageKind::listens, .id = port});
    return true;
  });
}

// What a program's owner may want to know of processes that are there at the end.
std::string FirstProcess::strays() const {
  constexpr int most = 20;
  std::string text;
  int found = 0;
  for (const LivingProcess& process : others()) {
    const bool stray = !running_.contains(process.group);
    if ((!stray && !process.stopped) || ++found > most) continue;
    text += fmt::format("{} (process {}) {}\n", process.name, process.pid,
                        process.stopped ? "was stopped" : "had gone into the background");
  }
  if (found > most) text += fmt::format("{} more processes were there\n", found - most);
  return text;
}

void FirstProcess::finish() {
  std::string text = strays();
  for (auto& [pid, running] : running_) running.ending = true;
  signal_all(SIGTERM);
  signal_all(SIGCONT);
  if (!reap_all(grace_ms)) {
    text += stubborn();
    signal_all(SIGKILL);
    reap_all(kill_ms);
  }
  tell_ended(true);
  static_cast<void>(send_message(control_, {.kind = MessageKind::finished}, text));
}

std::string FirstProcess::stubborn() const {
  const std::vector<LivingProcess> left = others();
  if (left.empty()) return {};
  const std::string others =
      left.size() == 1 ? "" : fmt::format(" and {} other processes", left.size() - 1);
  return fmt::format("{} (process {}){} had to be killed, 2 s after SIGTERM\n", left[0].name,
                     left[0].pid, others);
}

bool FirstProcess::reap_all(i64 patience_ms) {
  const i64 deadline = monotonic_ms() + patience_ms;
  for (;;) {
    const bool more = reap();
    tell_ended(false);
    if (!has_children()) return true;
    const i64 left = deadline - monotonic_ms();
    if (left <= 0) return false;
    if (more) continue;
    pollfd waiting{.fd = children_, .events = POLLIN, .revents = 0};
    ::poll(&waiting, 1, static_cast<int>(left));
  }
}

// True: more may be dead. Who forks without end must not keep Catenet waiting for an answer.
bool FirstProcess::reap() {
  signalfd_siginfo ignored;
  while (::read(children_, &ignored, sizeof ignored) > 0) {
  }
  int status = 0;
  rusage usage{};
  // Orphans too: they are ours now.
  for (int left = 256; left > 0; --left) {
    const pid_t pid = ::wait4(-1, &status, WNOHANG, &usage);
    if (pid <= 0) return false;
    note_end(pid, status, usage);
  }
  return true;
}

// Where a step is told to end, its shell often does so at once, and the program that it waited for
// has yet to tidy up: the step ends with the last of its group.
void FirstProcess::note_end(pid_t pid, int status, const rusage& usage) {
  const auto found = running_.find(pid);
  if (found == running_.end()) return;
  const auto us = [](const timeval& time) {
    return i64{time.tv_sec} * 1'000'000 + i64{time.tv_usec};
  };
  Running& running = found->second;
  running.ended = {.kind = MessageKind::exited,
                   .id = running.id,
                   .status = status,
                   .error = running.failure.error(),
                   .user_us = us(usage.ru_utime),
                   .system_us = us(usage.ru_stime),
                   .max_resident_kib = usage.ru_maxrss};
}

// Those that wait for their group only if `all`.
void FirstProcess::tell_ended(bool all) {
  std::erase_if(running_, [&](const auto& each) {
    const auto& [pid, running] = each;
    if (!running.ended) return false;
    const bool group_lives = ::kill(-pid, 0) == 0;
    if (group_lives && running.ending && running.line && !all) return false;
    const char* const at = running.failure.at();
    tell(*running.ended, at ? at : "");
    if (group_lives && running.ending) ::kill(-pid, SIGKILL);
    return true;
  });
}

// Not heard: then the socket's end is the next thing seen.
void FirstProcess::tell(const MessageHead& head, std::string_view text) {
  static_cast<void>(send_message(control_, head, text));
}

}  // namespace catenet::program
