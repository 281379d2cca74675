#include "catenet/coro/task_group.hpp"

#include <new>

namespace catenet {

// One task of a group; its memory comes from the pool that its frame comes from.
class TaskGroup::Member final : public Strand, public ListHook<TaskGroup::Member> {
 public:
  Member(TaskGroup& group, detail::Frame frame) : Strand(std::move(frame)), group_(group) {
    start(group.scheduler_);
  }

  static Member& make(TaskGroup& group, Task<void> task) {
    void* memory = group.scheduler_.frame_pool().allocate(sizeof(Member));
    return *new (memory) Member(group, std::move(task).release());
  }
  void destroy() {
    FramePool& pool = scheduler().frame_pool();
    this->~Member();
    pool.release(this, sizeof(Member));
  }

 private:
  void on_finished() override { group_.finished(*this); }
  TaskGroup& group_;
};

TaskGroup::TaskGroup(Scheduler& scheduler) : scheduler_(scheduler) {}

TaskGroup::~TaskGroup() {
  canceled_ = true;
  while (!members_.empty()) members_.pop_front().destroy();
  while (!joins_.empty()) {
    joins_.front().canceled_ = true;
    joins_.front().finish();
  }
}

void TaskGroup::spawn(Task<void> task) {
  Member& member = Member::make(*this, std::move(task));
  members_.push_back(member);
  ++size_;
  if (canceled_) member.abandon();
}

void TaskGroup::cancel() {
  if (canceled_) return;
  canceled_ = true;
  for (Member& member : members_) member.abandon();
}

void TaskGroup::finished(Member& member) {
  static_cast<ListHook<Member>&>(member).unlink();
  member.destroy();
  if (--size_ > 0) return;
  while (!joins_.empty()) joins_.front().finish();
}

bool TaskGroup::Join::begin(detail::PromiseBase& promise) {
  canceled_ = promise.strand->canceled();
  if (canceled_) group_->cancel();
  if (group_->empty()) return false;
  attach(promise);
  group_->joins_.push_back(*this);
  return true;
}

void TaskGroup::Join::on_cancel() {
  canceled_ = true;
  group_->cancel();
}

void TaskGroup::Join::finish() {
  unlink();
  wake();
}

}  // namespace catenet
