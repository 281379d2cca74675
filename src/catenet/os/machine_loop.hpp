// MachineLoop: one engine that keeps to the machine's clock, and the poller beside it: what the
// machine's sockets and tasks run on. One thread; its 0 s is when it is made.
#pragma once

#include <ctime>

#include "catenet/coro/scheduler.hpp"
#include "catenet/engine/origin.hpp"
#include "catenet/os/wall_clock.hpp"

namespace catenet::os {

class MachineLoop {
 public:
  // `seed` is where all luck comes from. Errors: EMFILE, ENOMEM.
  static Result<std::unique_ptr<MachineLoop>> create(std::string name, u64 seed);
  MachineLoop(const MachineLoop&) = delete;
  MachineLoop& operator=(const MachineLoop&) = delete;

  Poller& poller() { return *poller_; }
  Scheduler& scheduler() { return scheduler_; }
  Origin& origin() { return origin_; }
  // This very moment: a little later than the engine's, which stands still during a batch.
  Instant now() const { return clock_.now(); }
  // When the machine's calendar said `real`.
  Instant instant_of(const timespec& real) const;
  // Runs `event` when everything else that is ready has had its turn.
  void run_after_others(Event& event);

  // Runs tasks, timers and descriptors until `stop`, asked after every batch, says so, or it is
  // `end`.
  void run_until(const std::function<bool()>& stop, Instant end = Instant::never());

 private:
  MachineLoop(std::unique_ptr<Poller> poller, std::string name, u64 seed);

  std::unique_ptr<Poller> poller_;
  ShardSet shards_;
  Origin origin_;
  FramePool frames_;
  Scheduler scheduler_{shards_.engine(0), origin_, frames_};
  WallClock clock_{shards_, *poller_};
};

}  // namespace catenet::os
