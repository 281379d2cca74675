// Unheard: answers to calls whose thread a signal took away just then. What they did is done; the
// call comes again once the signal's handler has returned (signal(7), "Interruption of system
// calls"), and must not do it a second time.
#pragma once

#include <vector>

#include "catenet/program/notify/call.hpp"
#include "catenet/time/time.hpp"

namespace catenet::program::notify {

class Unheard {
 public:
  // `value` is what the call was to be told, an error as its negative number.
  void keep(const TrappedCall& call, i64 value, Instant now) {
    kept_.push_back({call, value, now});
  }
  // Answers a call that comes again. False: it is none of those.
  bool answer(const TrappedCall& call, Instant now);
  // Forgets what has not come again for long.
  void forget(Instant now);

 private:
  struct Answer {
    TrappedCall call;
    i64 value;
    Instant since;
  };
  std::vector<Answer> kept_;
};

}  // namespace catenet::program::notify
