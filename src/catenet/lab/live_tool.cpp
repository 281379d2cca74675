#include <fmt/core.h>

#include "catenet/coro/task_group.hpp"
#include "catenet/lab/diagnostic.hpp"
#include "catenet/lab/live_work.hpp"
#include "catenet/service/tool.hpp"

namespace catenet::lab {
namespace {

// One of the two streams that a tool prints to, on its way to whoever runs it.
class Stream final : public Output {
 public:
  Stream(LiveLine& line, int number) : line_(line), number_(number) {}

  void write(std::string_view text) override {
    constexpr std::size_t most_waiting = 16 << 20;
    constexpr std::size_t part = 32 << 10;  // of one message
    if (cut_) return;
    if (line_.waiting() > most_waiting) {
      cut_ = true;
      text = "\n[the rest was cut off: its reader was too slow]\n";
    }
    while (!text.empty()) {
      line_.send({.stream = number_, .bytes = std::string(text.substr(0, part))});
      text.remove_prefix(std::min(part, text.size()));
    }
  }

 private:
  LiveLine& line_;
  int number_;
  bool cut_ = false;
};

class LiveTool final : public LiveWork {
 public:
  LiveTool(LabSystem& system, LiveLine& line, const LiveRequest& request)
      : host_(request.host),
        since_(system.now()),
        line_(line),
        out_(line, 1),
        error_(line, 2),
        invocation_{system, request.words, out_, error_},
        group_(system.scheduler()) {
    group_.spawn(run(*this));
  }

  // A ping that is interrupted tells first what it has seen.
  void on_word(const LiveWord& word) override {
    constexpr int interrupt = 2;
    if (word.signal == 0 || over_) return;
    if (word.signal != interrupt || invocation_.arguments.front() != "ping") {
      finish(128 + word.signal);
    }
    group_.cancel();
  }
  bool on_gone() override {
    over_ = true;
    return true;
  }
  bool is_over() const override { return over_; }
  std::optional<LiveRow> row() const override {
    std::string command;
    for (const std::string& word : invocation_.arguments)
      command += (command.empty() ? "" : " ") + word;
    return LiveRow{host_, 0, clock_text(since_), std::move(command)};
  }

 private:
  static Task<void> run(LiveTool& self) {
    const Tool tool = find_tool(self.invocation_.arguments.front());
    const int exit = co_await tool(self.invocation_);
    self.finish(exit);
  }
  void finish(int exit) {
    if (over_) return;
    over_ = true;
    line_.send_last({.done = true, .exit = exit});
  }

  std::string host_;
  Instant since_;
  LiveLine& line_;
  Stream out_;
  Stream error_;
  Invocation invocation_;
  bool over_ = false;
  TaskGroup group_;
};

}  // namespace

std::string clock_text(Instant when) {
  constexpr i64 ms = 1'000'000;
  return to_string(Duration::milliseconds(when.since_start().ns() / ms));
}

std::expected<std::unique_ptr<LiveWork>, LiveError> start_live_tool(LabSystem& system,
                                                                    LiveLine& line,
                                                                    const LiveRequest& request) {
  const std::string& name = request.words.front();
  if (find_tool(name)) return std::make_unique<LiveTool>(system, line, request);
  const std::vector<std::string_view> known = tool_names();
  constexpr int no_such_program = 127;  // as a shell says it
  return std::unexpected(LiveError{
      fmt::format("{} runs Catenet's own tools ({}), and '{}' is none of them; with programs: real "
                  "it runs the machine's",
                  request.host, list_words(known, "and"), name),
      request.terminal ? 2 : no_such_program});
}

}  // namespace catenet::lab
