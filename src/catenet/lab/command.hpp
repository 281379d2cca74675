// Command: one run of a tool on a lab host: its task, what it prints, its time limit.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "catenet/coro/task_group.hpp"
#include "catenet/lab/resource_use.hpp"
#include "catenet/socket/lab_system.hpp"

namespace catenet::lab {

class Command {
 public:
  // What a user of an outcome may keep of each output, in bytes; the rest is cut off and said so.
  static constexpr std::size_t output_limit = 1 << 20;

  struct Outcome {
    int exit = 0;
    std::string output;
    std::string error_output;
    std::string fault;  // why it could not be run, or was stopped; empty: it ended by itself
    std::optional<ResourceUse> resources;  // of a real program
  };
  using Done = std::function<void(Outcome)>;
  struct Printed {
    std::string output;
    std::string error_output;
  };

  // Starts `line` at the system's next turn. `done` is called once, from within its task or when
  // its time is over; the command must outlive that call.
  Command(LabSystem& system, const std::string& line, std::optional<Duration> timeout, Done done);
  ~Command();

  // What it has printed so far.
  Printed printed() const { return {out_.text(), error_.text()}; }

 private:
  class Text final : public Output {
   public:
    explicit Text(Origin& origin) : origin_(origin) {}
    void write(std::string_view text) override;
    std::string take() { return std::move(text_); }
    const std::string& text() const { return text_; }

   private:
    Origin& origin_;
    std::string text_;
    bool cut_ = false;
  };
  static Task<void> run(Command& command);
  void on_timeout();
  void finish(int exit, std::string fault);

  LabSystem& system_;
  Done done_;
  Text out_;
  Text error_;
  Invocation invocation_;
  std::string line_;
  TaskGroup group_;
  MemberEvent<Command, &Command::on_timeout> timer_{*this};
  Duration timeout_ = Duration::infinite();
};

}  // namespace catenet::lab
