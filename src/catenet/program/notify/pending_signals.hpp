// PendingSignals: the signals that wait for threads which cannot take them while they wait with us.
// Nobody is told when one comes, so it is looked at. Read signal(7), proc_pid_status(5).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <sys/types.h>

#include "catenet/base/types.hpp"

namespace catenet::program::notify {

// What /proc says of a thread.
struct ThreadStatus {
  pid_t process = 0;
  bool stopped = false;
  u32 threads = 1;  // of the process
  u64 own = 0;      // signals pending for it alone; bit 0 is signal 1
  u64 shared = 0;   // for any thread of its process
  u64 blocked = 0;

  static std::optional<ThreadStatus> parse(std::string_view text);
  u64 takes(u64 signals) const { return signals & ~blocked; }
};

enum class Interruption : u8 {
  none,
  certain,   // the kernel has woken it for a signal
  possible,  // it, or another thread that cannot take the signal either
};

// Of a thread that is not `main`, which is its process's first; nullopt: there is none.
Interruption interruption_of(const ThreadStatus& thread, const std::optional<ThreadStatus>& main);

class PendingSignals {
 public:
  // Of `thread`, which waits. `possible` is told of one thread of a process after the other, and of
  // none at first sight: another may be about to take the signal.
  Interruption look_at(pid_t thread);
  // All have been looked at.
  void end_round();

 private:
  // Of a process: which of its threads has been woken for a signal.
  struct Doubt {
    pid_t guess = 0;         // 0: none
    std::set<pid_t> others;  // that were guessed before
  };
  const std::optional<ThreadStatus>& main_of(const ThreadStatus& thread);
  bool is_guess(pid_t process, pid_t thread);

  std::map<pid_t, std::optional<ThreadStatus>> mains_;  // of this round
  std::map<pid_t, Doubt> doubts_;                       // of the round before
  std::map<pid_t, Doubt> doubts_now_;
};

}  // namespace catenet::program::notify
