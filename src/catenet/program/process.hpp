// Processes in a namespace: what is asked for, what came of it, and what they print meanwhile.
#pragma once

#include <functional>
#include <string>

#include "catenet/os/descriptor.hpp"
#include "catenet/os/poller.hpp"
#include "catenet/time/time.hpp"

namespace catenet::program {

struct ProcessSpec {
  std::string command;  // for /bin/sh -c
  // Bytes kept of standard output and of standard error, each; the rest is read and cut off.
  std::size_t output_limit = 1 << 20;
};

struct ProcessOutcome {
  int exit = 0;    // as a shell says it: 128 + signal for what a signal ended
  int signal = 0;  // that ended it; 0: it ended by itself
  std::string output;
  std::string error_output;
  Duration user_time;  // of its processor
  Duration system_time;
  u64 max_resident_bytes = 0;
};
// Called once, from within Poller::dispatch.
using ProcessDone = std::function<void(ProcessOutcome)>;

// One stream that a process prints to: a pipe, read as it fills.
class OutputPipe final : public os::FdHandler {
 public:
  OutputPipe(os::Poller& poller, std::size_t limit) : poller_(poller), limit_(limit) {}
  OutputPipe(const OutputPipe&) = delete;
  OutputPipe& operator=(const OutputPipe&) = delete;
  ~OutputPipe() { close(); }

  // Begins to read; the result is the end for the process. Errors: EMFILE.
  Result<os::Descriptor> open();
  void on_ready(bool readable, bool writable) override;
  // What was read so far.
  const std::string& text() const { return text_; }
  // Takes what is in the pipe now, then all that was read. What background processes print later
  // is lost.
  std::string finish();

 private:
  // False at the end, or when the pipe is empty.
  bool read_some();
  void keep(std::string_view text);
  void close();

  os::Poller& poller_;
  std::size_t limit_;
  os::Descriptor pipe_;
  std::string text_;
  bool cut_ = false;
};

// What the owner of a namespace keeps of a process that runs.
struct Process {
  Process(os::Poller& poller, std::size_t limit, ProcessDone when_done)
      : output(poller, limit), error_output(poller, limit), done(std::move(when_done)) {}

  OutputPipe output;
  OutputPipe error_output;
  ProcessDone done;
};

}  // namespace catenet::program
