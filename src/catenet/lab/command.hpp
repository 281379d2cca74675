// Command: one run of a tool on a lab host: its task, what it prints, its time limit.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "catenet/base/budgeted_text.hpp"
#include "catenet/coro/task_group.hpp"
#include "catenet/lab/resource_use.hpp"
#include "catenet/socket/lab_system.hpp"

namespace catenet::lab {

class Command {
 public:
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
  // its time is over; the command must outlive that call, and `budget` the command.
  Command(LabSystem& system, const std::string& line, std::optional<Duration> timeout,
          OutputBudget& budget, Done done);
  ~Command();

  // Ends it, as a program that a signal ends; a ping that is interrupted first tells what it has
  // seen.
  void stop(int signal);
  // What it has printed so far.
  Printed printed() const { return {out_.text(), error_.text()}; }

 private:
  class Text final : public Output {
   public:
    Text(Origin& origin, OutputBudget& budget) : origin_(origin), text_(budget) {}
    void write(std::string_view text) override;
    std::string take() { return text_.take(); }
    const std::string& text() const { return text_.text(); }

   private:
    Origin& origin_;
    BudgetedText text_;
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
