#include "catenet/program/notify/pending_signals.hpp"

#include <array>
#include <charconv>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "catenet/os/descriptor.hpp"

namespace catenet::program::notify {
namespace {

template <typename T>
void read_number(std::string_view text, T& into, int base) {
  text.remove_prefix(std::min(text.find_first_not_of('\t'), text.size()));
  std::from_chars(text.data(), text.data() + text.size(), into, base);
}

std::optional<ThreadStatus> status_of(pid_t thread) {
  std::array<char, 32> path{};
  fmt::format_to_n(path.data(), path.size() - 1, "/proc/{}/status", thread);
  const os::Descriptor file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4'096> text;
  const ssize_t size = file ? ::read(file.get(), text.data(), text.size()) : -1;
  if (size <= 0) return std::nullopt;
  return ThreadStatus::parse({text.data(), static_cast<std::size_t>(size)});
}

}  // namespace

std::optional<ThreadStatus> ThreadStatus::parse(std::string_view text) {
  ThreadStatus status;
  bool whole = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = line.find(':');
    if (colon == line.npos) continue;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 1);
    if (name == "State") status.stopped = value.starts_with("\tT");
    if (name == "Tgid") read_number(value, status.process, 10);
    if (name == "Threads") read_number(value, status.threads, 10);
    if (name == "SigPnd") read_number(value, status.own, 16);
    if (name == "ShdPnd") read_number(value, status.shared, 16);
    whole = name == "SigBlk";
    if (whole) read_number(value, status.blocked, 16);
    if (whole) break;
  }
  if (!whole) return std::nullopt;
  return status;
}

// The kernel gives a signal of the process to the first thread, unless that blocks it; to those
// that stop, it says so one by one.
Interruption interruption_of(const ThreadStatus& thread, const std::optional<ThreadStatus>& main) {
  if (thread.takes(thread.own) != 0) return Interruption::certain;
  if (main && main->stopped) return Interruption::certain;
  if (thread.takes(thread.shared) == 0) return Interruption::none;
  if (thread.threads == 1) return Interruption::certain;
  if (main && main->takes(thread.takes(thread.shared)) != 0) return Interruption::none;
  return Interruption::possible;
}

const std::optional<ThreadStatus>& PendingSignals::main_of(const ThreadStatus& thread) {
  const auto [place, is_new] = mains_.try_emplace(thread.process);
  if (is_new) place->second = status_of(thread.process);
  return place->second;
}

Interruption PendingSignals::look_at(pid_t thread) {
  const auto status = status_of(thread);
  if (!status) return Interruption::none;
  if (status->process == thread) {
    const bool any = status->takes(status->own | status->shared) != 0;
    return any ? Interruption::certain : Interruption::none;
  }
  const Interruption found = interruption_of(*status, main_of(*status));
  if (found != Interruption::possible) return found;
  return is_guess(status->process, thread) ? found : Interruption::none;
}

// The kernel looks for a thread in the order in which they were made.
bool PendingSignals::is_guess(pid_t process, pid_t thread) {
  const auto [place, is_new] = doubts_now_.try_emplace(process);
  Doubt& now = place->second;
  const auto before = doubts_.find(process);
  if (is_new && before != doubts_.end()) now.others = before->second.others;
  if (before != doubts_.end() && before->second.guess == thread) {
    now.others.insert(thread);
    return true;
  }
  const bool first = now.guess == 0 || thread < now.guess;
  if (first && !now.others.contains(thread)) now.guess = thread;
  return false;
}

void PendingSignals::end_round() {
  mains_.clear();
  doubts_ = std::exchange(doubts_now_, {});
}

}  // namespace catenet::program::notify
