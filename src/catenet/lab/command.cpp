#include "catenet/lab/command.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "catenet/service/tool.hpp"

namespace catenet::lab {

void Command::Text::write(std::string_view text) {
  // What a command prints is part of what happened.
  origin_.history().add(as_bytes(text));
  if (cut_) return;
  if (text.size() > room()) {
    text = text.substr(0, room());
    cut_ = true;
  }
  const std::size_t taken = std::min(text.size(), budget_.left);
  budget_.left -= taken;
  taken_ += taken;
  text_ += text;
  if (cut_) text_ += "\n[the rest was cut off]\n";
}

std::size_t Command::Text::room() const {
  const std::size_t floor = output_floor - std::min(text_.size(), output_floor);
  return std::min(std::max(budget_.left, floor), output_limit - text_.size());
}

std::string Command::Text::take() {
  budget_.left += std::exchange(taken_, 0);
  return std::move(text_);
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

void Command::finish(int exit, std::string fault) {
  if (!done_) return;
  timer_.cancel();
  const Done done = std::exchange(done_, {});
  system_.host().node().history().add(static_cast<u64>(exit));
  done({exit, out_.take(), error_.take(), std::move(fault), std::nullopt});
}

}  // namespace catenet::lab
