// TaskGroup: owns tasks that run beside each other. Nothing runs that no group or awaiter owns.
#pragma once

#include "catenet/coro/scheduler.hpp"
#include "catenet/coro/task.hpp"

namespace catenet {

class TaskGroup {
 public:
  class Join;

  explicit TaskGroup(Scheduler& scheduler);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  // Destroys what is left, wherever it waits. Not from within one of its own tasks.
  ~TaskGroup();

  // The task starts at the scheduler's next turn, in the order of spawning. A cancelled group drops
  // it unstarted.
  void spawn(Task<void> task);
  // Asks every task to end (see Strand::cancel) and drops those that have not started. May be
  // called from within one.
  void cancel();
  bool canceled() const { return canceled_; }

  // Tasks that have not finished.
  u32 size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // co_await group.join(): until the group is empty. Errno::canceled when the awaiting task was
  // cancelled: the group was then cancelled too, and has unwound. Not from within one of its own
  // tasks.
  Join join();

 private:
  class Member;
  void finished(Member& member);

  Scheduler& scheduler_;
  IntrusiveList<Member> members_;
  IntrusiveList<Join> joins_;
  u32 size_ = 0;
  bool canceled_ = false;
};

class TaskGroup::Join final : public Waiter, public ListHook<TaskGroup::Join> {
 public:
  explicit Join(TaskGroup& group) : group_(&group) {}
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
  friend class TaskGroup;
  bool begin(detail::PromiseBase& promise);
  void on_cancel() override;
  void finish();
  TaskGroup* group_;
  bool canceled_ = false;
};

inline TaskGroup::Join TaskGroup::join() { return Join(*this); }

}  // namespace catenet
