// FirstProcess: the one that a node's programs come from. It starts, signals and reaps them for
// Catenet until that is gone, and is the parent of those that lost theirs.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

#include "catenet/program/control.hpp"
#include "catenet/program/start_failure.hpp"
#include "catenet/program/survey.hpp"

namespace catenet::program {

// What a program's shell begins with.
struct Shell {
  std::string path;  // as in PATH
  std::string home;  // HOME and the working directory
  std::string user;
};

// What the names of all first processes begin with.
inline constexpr std::string_view first_process_name = "catenet-";

// Our own PATH, and where an administrator's programs are.
std::string program_path();

// Lets this process have as many descriptors as it may: each socket of a program takes some of
// ours. Programs begin with the limit as it was.
void lift_descriptor_limit();

// In a process just forked, whose end of the socket pair is `control`: it gets a session of its
// own and keeps nothing of Catenet's (descriptors, working directory, environment). What it failed
// with.
Errno begin_first_process(int control, const char* name);

// In the program's own process: becomes the shell that runs what `message` says. `before` is done
// last of all, with the message's descriptors still open; nullptr, or what it failed at, as errno
// says.
[[noreturn]] void become_shell(const Message& message, const Shell& shell, StartFailure& failure,
                               const std::function<const char*()>& before = {});

// What a `start` must come with, beside a listener.
std::size_t descriptors_to_start(const Message& message);
// At what a program failed that is not there, or may not be run.
inline constexpr char run_it[] = "run it";

class FirstProcess {
 public:
  // SIGCHLD is blocked.
  explicit FirstProcess(int control);
  FirstProcess(const FirstProcess&) = delete;
  FirstProcess& operator=(const FirstProcess&) = delete;

  // Until the other end of the control socket is gone.
  void run();

 protected:
  ~FirstProcess() = default;
  // In the program's own process; does not return.
  virtual void become(const Message& message, StartFailure& failure) = 0;
  // Every living process that came from this one.
  virtual std::vector<LivingProcess> others() const = 0;
  virtual void signal_all(int signal) = 0;
  // True: no child is left, and so no process, since orphans are ours.
  bool reap_all(i64 patience_ms);

 private:
  bool obey();
  bool awaits_something() const;
  void rehearse(u32 count);
  void start(const Message& message);
  void kill(u32 id, int signal);
  void look_for_listeners();
  std::string strays() const;
  void finish();
  std::string stubborn() const;
  bool reap();
  void note_end(pid_t pid, int status, const rusage& usage);
  void tell_ended(bool all);
  void tell(const MessageHead& head, std::string_view text = {});

  struct Running {
    u32 id;
    bool line;  // a step's, in a group of its own
    StartFailure failure;
    bool ending = false;               // it was sent a signal
    std::optional<MessageHead> ended;  // what is to be told, once its group is gone too
  };

  int control_;
  int children_;
  bool dead_left_ = false;
  std::map<pid_t, Running> running_;
  std::set<u16> awaited_ports_;
};

}  // namespace catenet::program
