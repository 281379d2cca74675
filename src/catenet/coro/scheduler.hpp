// Scheduler: runs the tasks of one origin (a host, as a rule) on an engine.
#pragma once

#include "catenet/coro/frame_pool.hpp"
#include "catenet/coro/strand.hpp"
#include "catenet/engine/engine.hpp"
#include "catenet/engine/origin.hpp"

namespace catenet {

class Sleep;

class Scheduler {
 public:
  // `pool` may be shared by every scheduler of a shard.
  Scheduler(Engine& engine, Origin& origin, FramePool& pool)
      : engine_(engine), origin_(origin), pool_(pool) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  // Every group and awaiter that runs here must be gone.
  ~Scheduler();

  Engine& engine() { return engine_; }
  Origin& origin() { return origin_; }
  FramePool& frame_pool() { return pool_; }
  Instant now() const { return engine_.now(); }

  // Leaf awaiters of Result<void>: Errno::canceled when the task was cancelled meanwhile.
  Sleep sleep_for(Duration duration);
  Sleep sleep_until(Instant when);  // a time that has passed is now
  // Lets everything run that is due at this instant before; itself runs again at the same instant.
  Sleep yield();

  // Runs every strand that can go on, until none can. What becomes ready outside is run by an
  // engine event at the same instant; call this at the end of an event to save that one. Does
  // nothing when called from within a task.
  void run_ready();
  // Puts a strand that waits for nothing on the ready list.
  void make_ready(Strand& strand);

  // Strands that exist here: spawned tasks and branches of race and the like.
  u64 strands() const { return strands_; }

 private:
  friend class Strand;
  friend class Waiter;
  Engine& engine_;
  Origin& origin_;
  FramePool& pool_;
  IntrusiveList<Strand> ready_;
  MemberEvent<Scheduler, &Scheduler::run_ready> turn_{*this};
  u64 strands_ = 0;
  bool running_ = false;
};

// Waits for an instant. Made by Scheduler.
class Sleep final : public Waiter {
 public:
  explicit Sleep(Instant when) : when_(when) {}

  bool await_ready() const { return false; }
  template <typename Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) {
    return begin(caller.promise());
  }
  [[nodiscard]] Result<void> await_resume() const {
    if (canceled_) return Unexpected(Errno::canceled);
    return {};
  }

 private:
  bool begin(detail::PromiseBase& promise);
  void on_cancel() override;
  void on_time() { wake_now(); }
  Instant when_;
  MemberEvent<Sleep, &Sleep::on_time> event_{*this};
  bool canceled_ = false;
};

inline Sleep Scheduler::sleep_for(Duration duration) { return Sleep(now() + duration); }
inline Sleep Scheduler::sleep_until(Instant when) { return Sleep(when); }
inline Sleep Scheduler::yield() { return Sleep(now()); }

}  // namespace catenet
