// Leash: holds a program by ptrace(2), beside the notifications of its calls. It tells births,
// deaths and signals of threads, takes the vDSO away at exec, and answers RDTSC.
#pragma once

#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "catenet/base/types.hpp"
#include "catenet/os/descriptor.hpp"
#include "catenet/program/notify/policy.hpp"

namespace spike {

using namespace catenet;

struct Held {  // what is taken from a program, each for finding out what it is good for
  bool no_vdso = true;
  bool no_tsc = true;
  bool no_aslr = true;
  bool seeded_auxv = true;
  bool own_pids = true;
};

struct Launch {
  std::vector<std::string> arguments;
  std::string output;  // a file
  program::notify::Policy policy;
  Held held;
  int core = 0;
};

struct Launched {
  pid_t pid = -1;
  pid_t init = -1;  // of the program's process namespace
  os::Descriptor listener;
};

// The program stands at its first call afterwards, a sched_yield.
Launched launch(const Launch& launch);

class Leash {
 public:
  struct Events {
    // A parent that waits for its child's exec stands until let_go().
    std::function<void(pid_t parent, pid_t child, bool parent_waits)> born;
    std::function<void(pid_t)> exec;
    std::function<void(pid_t)> standing;  // a newborn, until let_go()
    std::function<void(pid_t, int status)> gone;
    std::function<void(pid_t)> signalled;  // it runs its handler
    std::function<u64()> time_stamp;
    std::function<void(MutableBytes)> random;
  };

  Leash(Held held, Events events) : held_(held), events_(std::move(events)) {}
  bool seize(pid_t pid);
  void let_go(pid_t tid);
  void interrupt(pid_t tid);  // standing() is told
  // Handles all that has happened.
  void look();
  u64 stamps() const { return stamps_; }
  u64 stops() const { return stops_; }

 private:
  void on_stop(pid_t tid, int status);
  void on_exec(pid_t tid);
  bool answer_time_stamp(pid_t tid);

  Held held_;
  Events events_;
  u64 stamps_ = 0;
  u64 stops_ = 0;
};

}  // namespace spike
