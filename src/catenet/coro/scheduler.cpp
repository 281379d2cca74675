#include "catenet/coro/scheduler.hpp"

#include <algorithm>

namespace catenet {

Strand::Strand(detail::Frame root) : top_(root.promise()), root_(std::move(root)) {
  CATENET_ASSERT(top_ != nullptr);
  top_->strand = this;
  top_->owner = &root_;
}

Strand::~Strand() {
  CATENET_ASSERT(!running_);
  unwind();
  if (scheduler_) --scheduler_->strands_;
}

void Strand::unwind() {
  // Innermost first, each taken from its owner: no frame is then left that would destroy another.
  while (top_) {
    detail::PromiseBase* promise = std::exchange(top_, top_->caller);
    promise->owner->release();
    promise->handle.destroy();
  }
}

void Strand::start(Scheduler& scheduler) {
  CATENET_ASSERT(scheduler_ == nullptr);
  scheduler_ = &scheduler;
  ++scheduler.strands_;
  scheduler.make_ready(*this);
}

void Strand::cancel() {
  if (canceled_) return;
  canceled_ = true;
  if (waiting_) waiting_->on_cancel();
}

void Strand::run() {
  CATENET_ASSERT(!running_ && waiting_ == nullptr);
  if (!started_ && drop_unstarted_) {
    unwind();
  } else {
    started_ = running_ = true;
    do {
      switched_ = false;
      top_->handle.resume();
    } while (switched_ && top_);
    running_ = false;
  }
  if (!top_) on_finished();
}

void Waiter::wake() {
  Strand& strand = *strand_;
  detach();
  strand.scheduler_->make_ready(strand);
}

void Waiter::wake_now() {
  Strand& strand = *strand_;
  Scheduler& scheduler = *strand.scheduler_;
  detach();
  scheduler.ready_.push_back(strand);
  scheduler.run_ready();
}

Scheduler::~Scheduler() { CATENET_ASSERT(strands_ == 0); }

void Scheduler::make_ready(Strand& strand) {
  ready_.push_back(strand);
  if (!running_ && !turn_.scheduled()) {
    engine_.schedule_at(engine_.now(), origin_.next_key(), turn_);
  }
}

void Scheduler::run_ready() {
  if (running_) return;
  running_ = true;
  while (!ready_.empty()) ready_.pop_front().run();
  running_ = false;
  turn_.cancel();
}

bool Sleep::begin(detail::PromiseBase& promise) {
  canceled_ = promise.strand->canceled();
  if (canceled_) return false;
  attach(promise);
  Scheduler& scheduler = strand().scheduler();
  scheduler.engine().schedule_at(std::max(when_, scheduler.now()), scheduler.origin().next_key(),
                                 event_);
  return true;
}

void Sleep::on_cancel() {
  event_.cancel();
  canceled_ = true;
  wake();
}

}  // namespace catenet
