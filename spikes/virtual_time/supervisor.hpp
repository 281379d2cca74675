// Supervisor: runs one program against a lab in virtual time. One thread at a time; where all wait,
// time goes on to the next event or deadline.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>

#include "catenet/lab/runner.hpp"
#include "catenet/os/poller.hpp"
#include "catenet/program/notify/call.hpp"
#include "catenet/program/notify/switchboard.hpp"

#include "leash.hpp"

namespace spike {

using program::notify::TrappedCall;

struct Settings {
  Held held;
  bool strict = true;     // one thread at a time; else all that can run
  bool trap_all = false;  // every call is told, for the record
  bool gate = true;       // reads and polls wait here, not in the kernel
  int cores_told = 1;     // what sched_getaffinity says
  Duration latency;       // of each trapped call
  int program_core = 0;
  bool blind = false;  // waits for calls alone
  int preempt_ms = 0;  // of the machine's time, after which a thread that says nothing stands aside
  u64 seed = 1;
};

struct CallFigures {
  u64 count = 0;
  i64 first_ns = 0;  // of the machine's clock
  i64 last_ns = 0;
  i64 cpu_ns[2]{};  // of the program and this process, between two of them
  static constexpr u64 from = 200;
  static constexpr u64 to = 2'200;
};

class Supervisor {
 public:
  Supervisor(lab::Runner& runner, lab::NodeIndex node, program::notify::Surroundings surroundings,
             Settings settings, std::FILE* record);
  ~Supervisor();

  // What the program ended with; -1: it could not be run, or stood still.
  int run(const std::vector<std::string>& arguments, const std::string& output);
  const std::map<long, CallFigures>& figures() const { return figures_; }
  u64 calls() const { return calls_; }
  u64 threads_born() const { return next_ordinal_; }
  const Leash& leash() const { return leash_; }
  Instant now() const { return shards_.now(); }
  const std::string& trouble() const { return trouble_; }

 private:
  enum class State : u8 {
    unborn,    // stands by ptrace before its first instruction
    running,   // or on its way to its next call, or to its end
    pending,   // in a call that nobody has looked at
    waiting,   // in a call that is not due
    answered,  // its result is there, and it has not been told
    at_board,  // in a call that the switchboard answers
  };
  struct Thread {
    pid_t tid = 0;
    pid_t process = 0;
    pid_t parent = 0;
    int inner = 0;  // as the program itself knows it
    u64 ordinal = 0;
    State state = State::unborn;
    bool stands = false;
    bool ending = false;  // with its process
    TrappedCall call;
    i64 result = 0;
    std::optional<Instant> deadline;
    std::vector<pollfd> watched;
    std::vector<os::Descriptor> watched_fds;
    u64 written = 0;  // of what it writes, so far
    u64 futex = 0;
    u32 futex_bits = 0;
  };

  // supervisor.cpp: threads and time
  void await_event();
  void receive_call();
  void on_call(const TrappedCall& call);
  void on_born(pid_t parent, pid_t child, bool parent_waits);
  void free_parent(pid_t child);
  void on_process_gone(pid_t process);
  void on_standing(pid_t tid);
  void on_gone(pid_t tid, int status);
  void on_signalled(pid_t tid);
  Thread& thread(pid_t tid);
  bool step();
  bool go_on();
  void settle();
  void look_at_waiting();
  bool pass_time();
  void run(Thread& thread);
  void attempt(Thread& thread);
  void resumed(Thread& thread);
  void wait(Thread& thread, std::optional<Instant> deadline);
  void finish_late(Thread& thread);
  void answer(Thread& thread, i64 result);
  void answer(Thread& thread, Errno error) { answer(thread, -static_cast<i64>(error)); }
  void let_run(Thread& thread);
  void note(const Thread& thread, const char* what);
  void preempt();
  void stuck();

  // answers.cpp: what calls do
  void do_call(Thread& thread);
  void tell_clock(Thread& thread);
  void tell_time_of_day(Thread& thread);
  void sleep(Thread& thread);
  void give_random(Thread& thread);
  void open_file(Thread& thread);
  void poll(Thread& thread);
  void select(Thread& thread);
  void await_epoll(Thread& thread);
  void read(Thread& thread);
  void write(Thread& thread);
  void futex(Thread& thread);
  void wake_futex(Thread& thread, u64 at, u32 most, u32 bits);
  void recheck_futexes(pid_t process);
  void signal(Thread& thread);
  void tell_cores(Thread& thread);
  void end_process(Thread& thread);
  void expect_end(pid_t process);
  void await_child(Thread& thread);
  void await_signal(Thread& thread);
  void ask_board(Thread& thread);
  os::Descriptor copy_of(Thread& thread, int fd);
  bool watch(Thread& thread, int fd, short events);
  void drop_watched(Thread& thread);
  std::optional<Instant> deadline_after_ms(int ms) const;
  std::optional<std::optional<Instant>> deadline_of(Thread& thread, u64 timespec_at, bool absolute,
                                                    bool calendar) const;

  lab::Runner& runner_;
  ShardSet& shards_;
  Engine& engine_;
  Settings settings_;
  RandomStream random_;
  std::FILE* record_;
  std::unique_ptr<os::Poller> poller_;
  program::notify::Switchboard board_;
  Leash leash_;
  os::Descriptor listener_;
  os::Descriptor signals_;
  std::map<pid_t, std::unique_ptr<Thread>> threads_;
  std::map<pid_t, os::Descriptor> processes_;
  std::deque<Thread*> ready_;
  std::deque<Thread*> waiting_;
  std::map<pid_t, pid_t> spawners_;  // by child: who waits for its exec
  std::map<pid_t, u32> to_reap_;     // by process: children that are dead
  Thread* current_ = nullptr;
  u32 running_ = 0;
  pid_t interrupted_ = 0;
  pid_t main_ = 0;
  int status_ = -1;
  u64 next_ordinal_ = 0;
  u64 calls_ = 0;
  u64 without_time_ = 0;  // calls since time last went on
  bool begun_ = false;    // the program itself runs
  std::map<long, CallFigures> figures_;
  std::string trouble_;
};

bool blocks_signal(pid_t tid, int number);
program::notify::Policy policy_of(const Settings& settings);

}  // namespace spike
