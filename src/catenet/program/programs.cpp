#include "catenet/program/programs.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "catenet/os/last_error.hpp"
#include "catenet/program/control.hpp"
#include "catenet/program/first_process.hpp"
#include "catenet/program/limits.hpp"
#include "catenet/program/survey.hpp"

namespace catenet::program {

Problem problem_of(std::string_view what, Errno error, std::string advice) {
  if (advice.empty()) advice = advice_for_limit(error);
  return {fmt::format("cannot {}: {}", what, errno_text(error)), std::move(advice)};
}

Programs::~Programs() {
  if (control_) poller_.forget(control_.get());
  processes_.clear();
  control_.reset();
  if (pid_ <= 0) return;
  // What ends with it, the kernel or its own end sees to; it is reaped last.
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<Problem> Programs::rehearse(u32 programs) {
  const std::string what =
      programs == 1 ? "run a program" : fmt::format("run {} programs at once", programs);
  // Of each, the two pipes that it prints to, and at its start their other ends.
  std::vector<os::Descriptor> room(2 * std::size_t{programs} + 2);
  for (os::Descriptor& descriptor : room) {
    descriptor = os::Descriptor(::fcntl(control_.get(), F_DUPFD_CLOEXEC, 0));
    if (!descriptor) return problem_of(what, os::last_errno());
  }
  constexpr u32 of_each = 4;  // a shell, and a pipeline
  const MessageHead head{.kind = MessageKind::rehearse, .id = of_each * programs};
  if (auto sent = send_message(control_.get(), head); !sent) return problem_of(what, sent.error());
  const auto answer = receive_message(control_.get(), 0);
  if (!answer) return problem_of(what, answer.error());
  if (!*answer || (*answer)->head.kind != MessageKind::rehearsed) {
    return problem_of(what, Errno::protocol_error);
  }
  const int error = (*answer)->head.error;
  return error == 0 ? std::nullopt : std::optional(problem_of(what, Errno{error}));
}

std::optional<Problem> Programs::begin() {
  const auto watched = poller_.watch(control_.get(), os::Interest::readable, *this);
  if (!watched) return problem_of(fmt::format("watch a {}", place_), watched.error());
  if (const auto begun = ticks_.every(1_s); !begun) {
    return problem_of("make a timer", begun.error());
  }
  return std::nullopt;
}

Result<u32> Programs::start_with(const ProcessSpec& spec, ProcessDone done, int listener) {
  if (!control_) return Unexpected(Errno::broken_pipe);
  auto process = std::make_unique<Process>(poller_, spec, std::move(done));
  if (spec.asked) return start_asked(*spec.asked, std::move(process), listener);
  const auto output = process->output.open();
  if (!output) return Unexpected(output.error());
  const auto error_output = process->error_output.open();
  if (!error_output) return Unexpected(error_output.error());
  const MessageHead head{.kind = MessageKind::start, .id = next_process_};
  const std::array<int, 3> descriptors{output->get(), error_output->get(), listener};
  const std::span passed(descriptors.data(), listener < 0 ? 2 : 3);
  if (auto sent = send_message(control_.get(), head, spec.command, passed); !sent) {
    return Unexpected(sent.error());
  }
  processes_[next_process_] = std::move(process);
  return next_process_++;
}

Result<u32> Programs::start_asked(const AskedProgram& asked, std::unique_ptr<Process> process,
                                  int listener) {
  std::string text = asked.terminal_type;
  for (const std::string& word : asked.words) text += '\0' + word;
  const StartForm form = asked.terminal ? StartForm::terminal : StartForm::words;
  const MessageHead head{
      .kind = MessageKind::start, .id = next_process_, .status = static_cast<i32>(form)};
  const auto& [input, output, error_output] = asked.descriptors;
  const std::array<int, 4> descriptors{input, output, error_output, listener};
  const std::span passed(descriptors.data(), listener < 0 ? 3 : 4);
  if (auto sent = send_message(control_.get(), head, text, passed); !sent) {
    return Unexpected(sent.error());
  }
  processes_[next_process_] = std::move(process);
  return next_process_++;
}

void Programs::kill(u32 process, int signal) {
  if (!control_ || !processes_.contains(process)) return;
  static_cast<void>(
      send_message(control_.get(), {.kind = MessageKind::kill, .id = process, .status = signal}));
}

const Process* Programs::running(u32 process) const {
  const auto found = processes_.find(process);
  return found == processes_.end() ? nullptr : found->second.get();
}

void Programs::finish(std::span<Programs* const> nodes, os::Poller& poller) {
  for (Programs* const each : nodes) {
    if (!each || !each->control_) continue;
    each->on_finishing();
    each->ticks_.stop();
    const auto sent = send_message(each->control_.get(), {.kind = MessageKind::finish});
    if (!sent && sent.error() != Errno::again) each->finish_all(each->how_it_ended());
  }
  const auto busy = [&] {
    return std::ranges::any_of(
        nodes, [](const Programs* each) { return each && each->control_ && !each->finished_; });
  };
  // Their own patience, and as much again.
  const i64 deadline = monotonic_ms() + 2 * (grace_ms + kill_ms);
  while (busy() && monotonic_ms() < deadline) {
    if (poller.wait(100_ms)) poller.dispatch();
  }
  for (Programs* const each : nodes) {
    if (!each || !each->control_ || each->finished_) continue;
    each->left_over_.push_back(each->mute());
    each->finish_all(each->mute());
  }
}

void Programs::on_ready(bool, bool) {
  auto message = receive_message(control_.get(), MSG_DONTWAIT);
  if (!message && message.error() == Errno::again) return;
  if (!message || !*message) return finish_all(how_it_ended());
  asked_ = false;
  const MessageHead& head = (*message)->head;
  if (head.kind == MessageKind::exited) on_exited(**message);
  on_message(**message);
  if (head.kind == MessageKind::finished) {
    std::istringstream lines((*message)->text);
    for (std::string line; std::getline(lines, line);) left_over_.push_back(line);
    finished_ = true;
  }
}

void Programs::on_tick() {
  if (!control_) return;
  if (!asked_) {
    unanswered_ticks_ = 0;
    asked_ = send_message(control_.get(), {.kind = MessageKind::ping}).has_value();
  } else if (++unanswered_ticks_ >= patience_s) {
    finish_all(mute());
  }
}

void Programs::on_exited(const Message& message) {
  const MessageHead& head = message.head;
  ProcessOutcome outcome;
  outcome.signal = WIFSIGNALED(head.status) ? WTERMSIG(head.status) : 0;
  outcome.exit = outcome.signal > 0 ? 128 + outcome.signal : WEXITSTATUS(head.status);
  outcome.user_time = Duration::microseconds(head.user_us);
  outcome.system_time = Duration::microseconds(head.system_us);
  outcome.max_resident_bytes = static_cast<u64>(head.max_resident_kib) * 1'024;
  if (head.error != 0) {
    const bool there = message.text == run_it && head.error != ENOENT;
    outcome.exit = there ? 126 : 127;  // as shells say that it may not be run
    const std::string why =
        fmt::format("cannot {}: {}", message.text, errno_text(Errno{head.error}));
    outcome.error_output = fmt::format("catenet: {}\n", why);
    outcome.fault = "it was not started: " + why;
  }
  finish_process(head.id, std::move(outcome));
}

void Programs::finish_process(u32 id, ProcessOutcome outcome) {
  auto node = processes_.extract(id);
  if (!node) return;
  Process& process = *node.mapped();
  outcome.output = process.output.finish();
  outcome.error_output = process.error_output.finish() + outcome.error_output;
  process.done(std::move(outcome));
}

std::string Programs::how_it_ended() const {
  constexpr int moment_ms = 500;  // between its socket's end and its own
  const os::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
  ::poll(&ended, 1, moment_ms);
  siginfo_t about{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &about, WEXITED | WNOHANG | WNOWAIT);
  const bool killed = about.si_code == CLD_KILLED && about.si_status == SIGKILL;
  return killed ? fmt::format("its {} was ended from outside", place_)
                : fmt::format("its {}'s first process ended", place_);
}

std::string Programs::mute() const {
  return fmt::format("its {}'s first process did not answer for some seconds, and was killed",
                     place_);
}

void Programs::finish_all(std::string why) {
  ticks_.stop();
  poller_.forget(control_.get());
  control_.reset();
  why_ended_ = std::move(why);
  // Whatever state it is in.
  ::kill(pid_, SIGKILL);
  on_lost();
  while (!processes_.empty()) {
    finish_process(processes_.begin()->first, {.exit = 128 + SIGKILL,
                                               .signal = SIGKILL,
                                               .error_output = "catenet: " + why_ended_ + "\n",
                                               .fault = why_ended_});
  }
}

}  // namespace catenet::program
