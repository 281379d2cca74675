#include <fmt/core.h>

#include "catenet/coro/task_group.hpp"
#include "catenet/lab/diagnostic.hpp"
#include "catenet/lab/live_work.hpp"
#include "catenet/service/tool.hpp"

namespace catenet::lab {
namespace {

// What a tool prints, on its way to whoever runs it. It goes out between events: a tool may print
// letter by letter.
class Printed {
 public:
  explicit Printed(LiveLine& line) : line_(line) {}

  // Of what a reader is too slow for, the end is kept.
  void add(int stream, std::string_view text) {
    constexpr std::size_t most_waiting = 16 << 20;
    if (stream != stream_) send();
    stream_ = stream;
    if (line_.waiting() > most_waiting) return skip(text);
    tell_skipped();
    text_ += text;
    constexpr std::size_t part = 32 << 10;  // of one message
    while (text_.size() >= part) {
      line_.send({.stream = stream_, .bytes = text_.substr(0, part)});
      text_.erase(0, part);
    }
  }
  void send() {
    if (!text_.empty()) line_.send({.stream = stream_, .bytes = std::exchange(text_, {})});
  }
  void send_last() {
    tell_skipped();
    send();
  }

 private:
  void skip(std::string_view text) {
    constexpr std::size_t kept = 1 << 10;
    skipped_ += text.size();
    last_skipped_ += text;
    if (last_skipped_.size() > 2 * kept) last_skipped_.erase(0, last_skipped_.size() - kept);
  }
  void tell_skipped() {
    if (skipped_ == 0) return;
    text_ += fmt::format("\n[{} bytes were cut out here: their reader was too slow]\n{}",
                         skipped_ - last_skipped_.size(), last_skipped_);
    skipped_ = 0;
    last_skipped_.clear();
  }

  LiveLine& line_;
  int stream_ = 1;
  std::string text_;
  u64 skipped_ = 0;  // bytes
  std::string last_skipped_;
};

class Stream final : public Output {
 public:
  Stream(Printed& printed, int number) : printed_(printed), number_(number) {}
  void write(std::string_view text) override { printed_.add(number_, text); }

 private:
  Printed& printed_;
  int number_;
};

class LiveTool final : public LiveWork {
 public:
  LiveTool(LabSystem& system, LiveLine& line, const LiveRequest& request)
      : host_(request.host),
        since_(system.now()),
        line_(line),
        printed_(line),
        out_(printed_, 1),
        error_(printed_, 2),
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
  void on_gone() override { over_ = true; }
  void settle(Instant) override {
    if (!over_) printed_.send();
  }
  bool is_over() const override { return over_; }
  std::optional<LiveRow> row() const override {
    if (over_) return std::nullopt;
    std::string command;
    for (const std::string& word : invocation_.arguments)
      command += (command.empty() ? "" : " ") + word;
    return LiveRow{host_, 0, to_ms(since_), std::move(command)};
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
    printed_.send_last();
    line_.send_last({.done = true, .exit = exit});
  }

  std::string host_;
  Instant since_;
  LiveLine& line_;
  Printed printed_;
  Stream out_;
  Stream error_;
  Invocation invocation_;
  bool over_ = false;
  TaskGroup group_;
};

}  // namespace

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
