#include "catenet/lab/command.hpp"

#include <fmt/core.h>
#include <utility>

#include "catenet/service/tool.hpp"

namespace catenet::lab {

void Command::Text::write(std::string_view text) {
  // What a command prints is part of what happened.
  origin_.history().add(as_bytes(text));
  text_.add(text);
}

Command::Command(LabSystem& system, const std::string& line, std::optional<Duration> timeout,
                 OutputBudget& budget, Done done)
    : system_(system),
      done_(std::move(done)),
      out_(system.host().node(), budget),
      error_(system.host().node(), budget),
      invocation_{system, {}, out_, error_},
      line_(line),
      group_(system.scheduler()) {
  if (timeout) {
    timeout_ = *timeout;
    system.host().engine().schedule_at(system.now() + timeout_, system.host().node().next_key(),
                                       timer_);
  }
  group_.spawn(run(*this));
}

Command::~Command() = default;

Task<void> Command::run(Command& command) {
  auto words = split_words(command.line_);
  if (!words || words->empty()) {
    command.finish(2, "the command's quotes do not close, or it is empty");
    co_return;
  }
  const Tool tool = find_tool(words->front());
  if (!tool) {
    command.finish(127, fmt::format("{}: there is no such tool on a lab host", words->front()));
    co_return;
  }
  command.invocation_.arguments = *std::move(words);
  const int exit = co_await tool(command.invocation_);
  command.finish(exit, {});
}

void Command::on_timeout() {
  finish(124, fmt::format("it was stopped after {}", to_string(timeout_)));
  group_.cancel();
}

void Command::stop(int signal) {
  constexpr int interrupt = 2;
  const std::vector<std::string>& words = invocation_.arguments;
  const bool tells = signal == interrupt && !words.empty() && words.front() == "ping";
  if (!tells) finish(128 + signal, {});
  group_.cancel();
}

void Command::finish(int exit, std::string fault) {
  if (!done_) return;
  timer_.cancel();
  const Done done = std::exchange(done_, {});
  system_.host().node().history().add(static_cast<u64>(exit));
  done({exit, out_.take(), error_.take(), std::move(fault), std::nullopt});
}

}  // namespace catenet::lab
