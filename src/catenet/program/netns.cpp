#include "catenet/program/netns.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sched.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "catenet/os/last_error.hpp"
#include "catenet/program/control.hpp"
#include "catenet/program/init.hpp"
#include "catenet/program/limits.hpp"
#include "catenet/program/setup.hpp"
#include "catenet/program/survey.hpp"

namespace catenet::program {
namespace {

constexpr unsigned long own_namespaces =
    CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID;

Problem problem(std::string_view what, Errno error, std::string advice = {}) {
  if (advice.empty()) advice = advice_for_limit(error);
  return {fmt::format("cannot {}: {}", what, errno_text(error)), std::move(advice)};
}

std::string advice_for_clone(Errno error) {
  if (error == Errno::not_permitted) {
    return "Run as root; or let users make namespaces (sysctl kernel.unprivileged_userns_clone=1, "
           "kernel.apparmor_restrict_unprivileged_userns=0); a container needs --privileged";
  }
  return error == Errno::no_space ? advice_for_namespace_limits() : std::string();
}

std::string advice_for_veth(Errno error) {
  if (error == Errno::no_space) return advice_for_namespace_limits();
  if (static_cast<int>(error) == EOPNOTSUPP || static_cast<int>(error) == EAFNOSUPPORT) {
    return "The kernel has no veth interfaces or packet sockets: load them (modprobe veth "
           "af_packet), or let this user open /dev/net/tun (chmod 0666)";
  }
  return "Run as root, or let this user open /dev/net/tun (chmod 0666)";
}

std::string advice_for_tap(Errno error) {
  switch (static_cast<int>(error)) {
    case EPERM: return "Run as root; a container needs --device /dev/net/tun --cap-add NET_ADMIN";
    case EINVAL: return "An interface's name has 1 to 15 bytes";
    default: return advice_for_tun(error);
  }
}

std::string advice_for(SetupStep step, Errno error) {
  if (std::string limit = advice_for_limit(error); !limit.empty()) return limit;
  switch (step) {
    case SetupStep::tap: return advice_for_tap(error);
    case SetupStep::veth: return advice_for_veth(error);
    case SetupStep::mount:
      if (error == Errno::no_space) return "Raise it: sysctl fs.mount-max=100000";
      if (error == Errno::no_entry) return "The machine lacks that file: make an empty one";
      return "Run as root; a container needs --privileged. Where AppArmor restricts user "
             "namespaces: sysctl kernel.apparmor_restrict_unprivileged_userns=0";
    case SetupStep::file:
      if (error == Errno::no_entry) {
        return "The machine has no such file or folder, and the lab makes nothing on the machine: "
               "say private: with a folder above it that is there";
      }
      if (error == Errno::not_directory) {
        return "private: takes folders; what stands in the place of a file is said with files:";
      }
      if (error == Errno{ENOSPC})
        return "A private place holds 256 MiB, and so do the files that replace others";
      return "Only a plain file can be replaced";
    case SetupStep::address: return "If this machine's IPv6 is off, say ipv6: false in the lab";
    case SetupStep::process:
    case SetupStep::interface:
    case SetupStep::route: break;
  }
  return {};
}

// fork() into new namespaces. It runs on a copy of the caller's memory, so no other thread may be
// there to hold a lock.
pid_t fork_into(unsigned long flags) {
  return static_cast<pid_t>(::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, 0));
}

constexpr const char* mute =
    "its namespace's first process did not answer for some seconds, and was killed";

bool write_once(const std::string& path, std::string_view text) {
  const os::Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

std::expected<std::unique_ptr<Namespace>, Problem> Namespace::create(const NamespaceSpec& spec,
                                                                     os::Poller& poller) {
  std::unique_ptr<Namespace> made(new Namespace(poller));
  if (auto failed = made->launch(spec)) return std::unexpected(*std::move(failed));
  if (auto failed = made->await_setup(spec.interfaces.size())) {
    return std::unexpected(*std::move(failed));
  }
  const auto watched = poller.watch(made->control_.get(), os::Interest::readable, *made);
  if (!watched) return std::unexpected(problem("watch a namespace", watched.error()));
  if (const auto begun = made->ticks_.begin(); !begun) {
    return std::unexpected(problem("make a timer", begun.error()));
  }
  return made;
}

std::optional<Problem> Namespace::launch(const NamespaceSpec& spec) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return problem("make a socket pair", os::last_errno());
  }
  control_ = os::Descriptor(ends[0]);
  const os::Descriptor theirs(ends[1]);
  bool as_user = ::geteuid() != 0 || spec.privilege == Privilege::user_namespace;
  pid_ = fork_into(own_namespaces | (as_user ? CLONE_NEWUSER : 0));
  if (pid_ < 0 && errno == EPERM && !as_user) {  // a root without rights, as in a container
    as_user = true;
    pid_ = fork_into(own_namespaces | CLONE_NEWUSER);
  }
  if (pid_ == 0) run_first_process(theirs.get(), spec);
  if (pid_ < 0) {
    const Errno error = os::last_errno();
    return problem("make a network namespace", error, advice_for_clone(error));
  }
  if (as_user) {
    if (auto failed = map_user()) return failed;
  }
  if (auto sent = send_message(control_.get(), {.kind = MessageKind::go}); !sent) {
    return problem("begin a namespace", sent.error());
  }
  return std::nullopt;
}

std::optional<Problem> Namespace::map_user() const {
  const std::string folder = fmt::format("/proc/{}/", pid_);
  // One id each needs no newuidmap; groups may be mapped only where setgroups is denied.
  if (write_once(folder + "setgroups", "deny") &&
      write_once(folder + "uid_map", fmt::format("0 {} 1", ::geteuid())) &&
      write_once(folder + "gid_map", fmt::format("0 {} 1", ::getegid()))) {
    return std::nullopt;
  }
  const Errno error = os::last_errno();
  return problem("map our user into a namespace", error, advice_for_clone(error));
}

std::optional<Problem> Namespace::await_setup(std::size_t interfaces) {
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(control_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  // It may be full, where its reader was stopped.
  const timeval moment{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(control_.get(), SOL_SOCKET, SO_SNDTIMEO, &moment, sizeof moment);
  wires_.resize(interfaces);
  for (;;) {
    auto message = receive_message(control_.get(), 0);
    if (!message) return problem("set up a namespace", message.error());
    if (!*message) return Problem{"a namespace's first process ended while it was set up", {}};
    const MessageHead& head = (*message)->head;
    if (head.kind == MessageKind::ready) return std::nullopt;
    if (head.kind == MessageKind::wire) {
      // The kernel leaves out a descriptor that this process has no room for.
      if ((*message)->descriptors.size() != 1) {
        return problem("take over a namespace's interface", Errno::too_many_files);
      }
      wires_[head.id] = {os::WireKind{static_cast<u8>(head.status)},
                         std::move((*message)->descriptors[0])};
    }
    if (head.kind == MessageKind::failed) {
      const auto error = static_cast<Errno>(head.error);
      return problem((*message)->text, error, advice_for(SetupStep{head.id}, error));
    }
  }
}

Namespace::~Namespace() {
  if (control_) poller_.forget(control_.get());
  processes_.clear();
  control_.reset();
  if (pid_ <= 0) return;
  // The kernel ends the whole namespace with its first process, and lets that be reaped last.
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<Problem> Namespace::rehearse(u32 programs) {
  const std::string what =
      programs == 1 ? "run a program" : fmt::format("run {} programs at once", programs);
  // Of each, the two pipes that it prints to, and at its start their other ends.
  std::vector<os::Descriptor> room(2 * std::size_t{programs} + 2);
  for (os::Descriptor& descriptor : room) {
    descriptor = os::Descriptor(::fcntl(control_.get(), F_DUPFD_CLOEXEC, 0));
    if (!descriptor) return problem(what, os::last_errno());
  }
  constexpr u32 of_each = 4;  // a shell, and a pipeline
  const MessageHead head{.kind = MessageKind::rehearse, .id = of_each * programs};
  if (auto sent = send_message(control_.get(), head); !sent) return problem(what, sent.error());
  const auto answer = receive_message(control_.get(), 0);
  if (!answer) return problem(what, answer.error());
  if (!*answer || (*answer)->head.kind != MessageKind::rehearsed) {
    return problem(what, Errno::protocol_error);
  }
  const int error = (*answer)->head.error;
  return error == 0 ? std::nullopt : std::optional(problem(what, Errno{error}));
}

Result<u32> Namespace::start(const ProcessSpec& spec, ProcessDone done) {
  if (!control_) return Unexpected(Errno::broken_pipe);
  auto process = std::make_unique<Process>(poller_, spec, std::move(done));
  const auto output = process->output.open();
  if (!output) return Unexpected(output.error());
  const auto error_output = process->error_output.open();
  if (!error_output) return Unexpected(error_output.error());
  const MessageHead head{.kind = MessageKind::start, .id = next_process_};
  if (auto sent =
          send_message(control_.get(), head, spec.command, {output->get(), error_output->get()});
      !sent) {
    return Unexpected(sent.error());
  }
  processes_[next_process_] = std::move(process);
  return next_process_++;
}

void Namespace::kill(u32 process, int signal) {
  if (!control_ || !processes_.contains(process)) return;
  static_cast<void>(
      send_message(control_.get(), {.kind = MessageKind::kill, .id = process, .status = signal}));
}

const Process* Namespace::running(u32 process) const {
  const auto found = processes_.find(process);
  return found == processes_.end() ? nullptr : found->second.get();
}

void Namespace::await_port(u16 port, std::function<void()> listens) {
  if (!control_) return;
  awaited_ports_[port].push_back(std::move(listens));
  static_cast<void>(send_message(control_.get(), {.kind = MessageKind::await_port, .id = port}));
}

void Namespace::finish(std::span<const std::unique_ptr<Namespace>> namespaces, os::Poller& poller) {
  for (const auto& each : namespaces) {
    if (!each || !each->control_) continue;
    each->awaited_ports_.clear();
    each->ticks_.stop();
    const auto sent = send_message(each->control_.get(), {.kind = MessageKind::finish});
    if (!sent && sent.error() != Errno::again) each->finish_all(each->how_it_ended());
  }
  const auto busy = [&] {
    return std::ranges::any_of(
        namespaces, [](const auto& each) { return each && each->control_ && !each->finished_; });
  };
  // Their own patience, and as much again.
  const i64 deadline = monotonic_ms() + 2 * (grace_ms + kill_ms);
  while (busy() && monotonic_ms() < deadline) {
    if (poller.wait(100_ms)) poller.dispatch();
  }
  for (const auto& each : namespaces) {
    if (!each || !each->control_ || each->finished_) continue;
    each->left_over_.emplace_back(mute);
    each->finish_all(mute);
  }
}

void Namespace::on_ready(bool, bool) {
  auto message = receive_message(control_.get(), MSG_DONTWAIT);
  if (!message && message.error() == Errno::again) return;
  if (!message || !*message) return finish_all(how_it_ended());
  asked_ = false;
  const MessageHead& head = (*message)->head;
  if (head.kind == MessageKind::exited) on_exited(**message);
  if (head.kind == MessageKind::listens) {
    if (auto node = awaited_ports_.extract(static_cast<u16>(head.id))) {
      for (const auto& listens : node.mapped()) listens();
    }
  }
  if (head.kind == MessageKind::finished) {
    std::istringstream lines((*message)->text);
    for (std::string line; std::getline(lines, line);) left_over_.push_back(line);
    finished_ = true;
  }
}

void Namespace::on_tick() {
  if (!control_) return;
  if (!asked_) {
    unanswered_ticks_ = 0;
    asked_ = send_message(control_.get(), {.kind = MessageKind::ping}).has_value();
  } else if (++unanswered_ticks_ >= patience_s) {
    finish_all(mute);
  }
}

void Namespace::on_exited(const Message& message) {
  const MessageHead& head = message.head;
  ProcessOutcome outcome;
  outcome.signal = WIFSIGNALED(head.status) ? WTERMSIG(head.status) : 0;
  outcome.exit = outcome.signal > 0 ? 128 + outcome.signal : WEXITSTATUS(head.status);
  outcome.user_time = Duration::microseconds(head.user_us);
  outcome.system_time = Duration::microseconds(head.system_us);
  outcome.max_resident_bytes = static_cast<u64>(head.max_resident_kib) * 1'024;
  if (head.error != 0) {
    outcome.exit = 127;
    const std::string why =
        fmt::format("cannot {}: {}", message.text, errno_text(Errno{head.error}));
    outcome.error_output = fmt::format("catenet: {}\n", why);
    outcome.fault = "it was not started: " + why;
  }
  finish_process(head.id, std::move(outcome));
}

void Namespace::finish_process(u32 id, ProcessOutcome outcome) {
  auto node = processes_.extract(id);
  if (!node) return;
  Process& process = *node.mapped();
  outcome.output = process.output.finish();
  outcome.error_output = process.error_output.finish() + outcome.error_output;
  process.done(std::move(outcome));
}

std::string Namespace::how_it_ended() const {
  constexpr int moment_ms = 500;  // between its socket's end and its own
  const os::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
  ::poll(&ended, 1, moment_ms);
  siginfo_t about{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &about, WEXITED | WNOHANG | WNOWAIT);
  const bool killed = about.si_code == CLD_KILLED && about.si_status == SIGKILL;
  return killed ? "its namespace was ended from outside" : "its namespace's first process ended";
}

void Namespace::finish_all(std::string why) {
  ticks_.stop();
  poller_.forget(control_.get());
  control_.reset();
  why_ended_ = std::move(why);
  // Whatever state it is in; the kernel ends the programs with it.
  ::kill(pid_, SIGKILL);
  while (!processes_.empty()) {
    finish_process(processes_.begin()->first, {.exit = 128 + SIGKILL,
                                               .signal = SIGKILL,
                                               .error_output = "catenet: " + why_ended_ + "\n",
                                               .fault = why_ended_});
  }
}

}  // namespace catenet::program
