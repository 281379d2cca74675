// WaitingCalls: the calls of programs that wait at one descriptor, in the order in which they came.
#pragma once

#include <deque>
#include <optional>

#include "catenet/program/notify/call.hpp"
#include "catenet/time/time.hpp"

namespace catenet::program::notify {

struct WaitingCall {
  TrappedCall call;
  Instant until = Instant::never();   // SO_RCVTIMEO, SO_SNDTIMEO
  Errno late = Errno::again;          // what it is told then
  u32 got = 0;                        // messages that recvmmsg has, and is told of
  Instant enough = Instant::never();  // after that it asks for no more of them
  bool hears_signals = true;
  bool interrupted = false;

  bool has_limit() const { return until < Instant::never(); }
  void give_up(Errno error) const;
  // As a signal ends it: where there was a limit the kernel does not begin it again (signal(7)).
  void interrupt() const;
};

class WaitingCalls {
 public:
  void add(const WaitingCall& call) { calls_.push_back(call); }
  bool empty() const { return calls_.empty(); }
  // Whether a thread still waits in one.
  bool any() const;
  // Calls serve(WaitingCall&), which answers it and says true, for one after the other, until it
  // says false.
  template <typename Serve>
  void serve(Serve serve) {
    while (!calls_.empty()) {
      if (calls_.front().call.waits() && !serve(calls_.front())) return;
      calls_.pop_front();
    }
  }
  // Answers all of them. False: nobody heard it.
  bool give_all(i64 value);
  // The first is told `error`, and the others that somebody else was.
  bool give_error(Errno error, Errno others);

  bool any_late(Instant now) const;
  // Tells those whose time is over.
  void lose_patience(Instant now);
  // When the next one's time is over.
  Instant next_late() const;

  struct Look {
    bool any = false;       // is to be interrupted
    bool complete = false;  // all have been looked at, and the next look begins anew
  };
  // Goes on where the last look ended, and takes each that it looks at from `looks`. Lets go of
  // those whose thread is gone.
  Look look_for_signals(u32& looks);
  // Does what the look found.
  void interrupt();

 private:
  std::deque<WaitingCall> calls_;
  std::size_t next_look_ = 0;
};

}  // namespace catenet::program::notify
