// Processes in a namespace: what is asked for, what came of it, and what they print meanwhile.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "catenet/base/budgeted_text.hpp"
#include "catenet/os/descriptor.hpp"
#include "catenet/os/poller.hpp"
#include "catenet/time/time.hpp"

namespace catenet::program {

// What a program is started with that somebody at a keyboard asked for: his words, and his own
// descriptors, so that not a byte of what it reads and prints passes through Catenet. It leads a
// session of its own.
struct AskedProgram {
  std::vector<std::string> words;
  std::array<int, 3> descriptors{};  // its standard input, output and error; the caller's
  bool terminal = false;             // the first of them is to be its controlling terminal
  std::string terminal_type;         // TERM
};

struct ProcessSpec {
  std::string command;                // for /bin/sh -c
  std::optional<AskedProgram> asked;  // instead of `command`
  // Shared with others, for as long as the process runs; nullptr: each output has its own limit
  // alone. What is beyond is read and cut off.
  OutputBudget* budget = nullptr;
};

struct ProcessOutcome {
  int exit = 0;    // as a shell says it: 128 + signal for what a signal ended
  int signal = 0;  // that ended it; 0: it ended by itself
  std::string output;
  std::string error_output;
  // Why it was not started, or what befell its namespace; empty: it ran, and ended as `exit` says.
  std::string fault;
  Duration user_time;  // of its processor
  Duration system_time;
  u64 max_resident_bytes = 0;
};
// Called once, from within Poller::dispatch.
using ProcessDone = std::function<void(ProcessOutcome)>;

// One stream that a process prints to: a pipe, read as it fills.
class OutputPipe final : public os::FdHandler {
 public:
  OutputPipe(os::Poller& poller, OutputBudget& budget, std::size_t limit = BudgetedText::most)
      : poller_(poller), text_(budget, limit) {}
  OutputPipe(const OutputPipe&) = delete;
  OutputPipe& operator=(const OutputPipe&) = delete;
  ~OutputPipe() { close(); }

  // Begins to read; the result is the end for the process. Errors: EMFILE.
  Result<os::Descriptor> open();
  void on_ready(bool readable, bool writable) override;
  // What was read so far.
  const std::string& text() const { return text_.text(); }
  // Takes what is in the pipe now, then all that was read. What background processes print later
  // is lost.
  std::string finish();

 private:
  // False at the end, or when the pipe is empty.
  bool read_some();
  void close();

  os::Poller& poller_;
  os::Descriptor pipe_;
  BudgetedText text_;
};

// What the owner of a namespace keeps of a process that runs.
struct Process {
  Process(os::Poller& poller, const ProcessSpec& spec, ProcessDone when_done)
      : output(poller, spec.budget ? *spec.budget : own),
        error_output(poller, spec.budget ? *spec.budget : own),
        done(std::move(when_done)) {}

  OutputBudget own;
  OutputPipe output;
  OutputPipe error_output;
  ProcessDone done;
};

}  // namespace catenet::program
