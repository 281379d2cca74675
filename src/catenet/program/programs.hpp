// Programs: what runs on one node, started, signalled and reaped by a first process that Catenet
// made and speaks to over a socket pair. A Namespace and a Household are the two kinds.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <sys/types.h>
#include <vector>

#include "catenet/os/poller.hpp"
#include "catenet/program/problem.hpp"
#include "catenet/program/process.hpp"
#include "catenet/program/timer.hpp"

namespace catenet::program {

struct Message;

class Programs : public os::FdHandler {
 public:
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;
  // Ends the first process. `done` of those that run is not called.
  virtual ~Programs();

  // Whether `programs` can run at once, by what the machine allows beside all that is there
  // already. Before anything is started.
  std::optional<Problem> rehearse(u32 programs);
  // Starts a program: standard input is /dev/null, the working directory and HOME a private one,
  // the environment a plain one with our PATH. `done` is called when its shell has ended. The
  // result names it. Errors: EMFILE, EMSGSIZE (a command too long), EPIPE (the first process has
  // ended).
  virtual Result<u32> start(const ProcessSpec& spec, ProcessDone done) = 0;
  // Sends `signal`, which is to end it, to the whole process group; one that has ended is left
  // alone. What is left of the group when its shell has ended is killed.
  void kill(u32 process, int signal);
  // What that process, which still runs, has printed so far; nullptr: it has ended.
  const Process* running(u32 process) const;

  // Ends every process of `nodes`, where they are not null, all at once: SIGTERM, and SIGKILL two
  // seconds later. What was still there and no program's own, did not run, or had to be killed is
  // in left_over(). `done` of the programs that ran is called meanwhile. Nothing can be started
  // any more.
  static void finish(std::span<Programs* const> nodes, os::Poller& poller);
  // Sentences: "nginx (process 7) had gone into the background".
  const std::vector<std::string>& left_over() const { return left_over_; }

  // Why it ended before it was finished, "its namespace was ended from outside"; empty: it has not.
  // That somebody killed its first process is one way; that this does not answer any more, because
  // it was stopped, is another: then it is killed, after `patience_s`.
  const std::string& why_ended() const { return why_ended_; }
  static constexpr int patience_s = 5;

  // Of the first process, as seen from here.
  pid_t pid() const { return pid_; }

  void on_ready(bool readable, bool writable) override;

 protected:
  // `place`: what ends with the first process: "namespace".
  Programs(os::Poller& poller, const char* place)
      : poller_(poller), place_(place), ticks_(poller, [this] { on_tick(); }) {}

  // It is set up: listens to it from now on. Errors: no more can be watched.
  std::optional<Problem> begin();
  os::Poller& poller() { return poller_; }
  // With `listener`, a descriptor for who starts the program, unless it is negative.
  Result<u32> start_with(const ProcessSpec& spec, ProcessDone done, int listener);

  os::Descriptor control_;  // our end of the socket pair
  pid_t pid_ = -1;

 private:
  // What it tells beside how programs end.
  virtual void on_message(const Message&) {}
  // Its first process was ended before it was finished.
  virtual void on_lost() {}
  // Nothing will be started any more.
  virtual void on_finishing() {}
  Result<u32> start_asked(const AskedProgram& asked, std::unique_ptr<Process> process,
                          int listener);
  void finish_process(u32 id, ProcessOutcome outcome);
  void finish_all(std::string why);
  void on_exited(const Message& message);
  void on_tick();
  std::string how_it_ended() const;
  std::string mute() const;

  os::Poller& poller_;
  const char* place_;
  std::map<u32, std::unique_ptr<Process>> processes_;
  u32 next_process_ = 1;
  std::vector<std::string> left_over_;
  bool finished_ = false;
  std::string why_ended_;
  Timer ticks_;
  int unanswered_ticks_ = 0;
  bool asked_ = false;
};

// "cannot run a program: Too many open files", with advice where a limit is in the way.
Problem problem_of(std::string_view what, Errno error, std::string advice = {});

}  // namespace catenet::program
