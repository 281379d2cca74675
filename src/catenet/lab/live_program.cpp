#include <csignal>
#include <fmt/core.h>

#include "catenet/lab/live_work.hpp"

namespace catenet::lab {
namespace {

class LiveProgram final : public LiveWork {
 public:
  LiveProgram(program::Programs& where, LiveLine& line) : where_(where), line_(line) {}

  Result<void> start(const LiveRequest& request, std::span<const os::Descriptor> descriptors) {
    program::ProcessSpec spec;
    spec.asked = program::AskedProgram{
        .words = request.words,
        .descriptors = {descriptors[0].get(), descriptors[1].get(), descriptors[2].get()},
        .terminal = request.terminal,
        .terminal_type = request.terminal_type};
    const auto started =
        where_.start(spec, [this](const program::ProcessOutcome& outcome) { finish(outcome); });
    if (!started) return Unexpected(started.error());
    process_ = *started;
    return {};
  }

  void on_word(const LiveWord& word) override {
    if (word.signal != 0) where_.kill(process_, word.signal);
  }
  // As when a terminal is closed; who does not mind that is killed.
  void on_gone() override {
    if (over_) return;
    where_.kill(process_, SIGHUP);
    gone_ = true;
  }
  void settle(Instant now) override {
    if (!gone_ || over_) return;
    if (!gone_at_) gone_at_ = now;
    constexpr Duration grace = 2_s;
    if (now - *gone_at_ >= grace) where_.kill(process_, SIGKILL);
  }
  bool is_over() const override { return over_; }

 private:
  void finish(const program::ProcessOutcome& outcome) {
    over_ = true;
    LiveReply reply{.done = true, .exit = outcome.exit};
    if (!outcome.fault.empty()) reply.error = LiveError{outcome.fault, outcome.exit};
    line_.send_last(reply);
  }

  program::Programs& where_;
  LiveLine& line_;
  u32 process_ = 0;
  bool over_ = false;
  bool gone_ = false;
  std::optional<Instant> gone_at_;
};

}  // namespace

std::expected<std::unique_ptr<LiveWork>, LiveError> start_live_program(
    program::Programs& where, LiveLine& line, const LiveRequest& request,
    std::span<const os::Descriptor> descriptors) {
  // The kernel leaves out what this process has no room for.
  if (descriptors.size() != 3) {
    return std::unexpected(LiveError{"the program's three streams did not come with it", 3});
  }
  auto work = std::make_unique<LiveProgram>(where, line);
  if (const auto started = work->start(request, descriptors); !started) {
    const std::string& ended = where.why_ended();
    return std::unexpected(LiveError{
        fmt::format("it could not be started: {}",
                    ended.empty() ? errno_text(started.error()) : std::string_view(ended)),
        3});
  }
  return work;
}

}  // namespace catenet::lab
