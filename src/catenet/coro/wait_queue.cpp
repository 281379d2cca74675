#include "catenet/coro/wait_queue.hpp"

namespace catenet {

WaitQueue::~WaitQueue() {
  while (!woken_.empty()) woken_.pop_front().queue_ = nullptr;
  while (!waiting_.empty()) {
    Entry& entry = waiting_.front();
    entry.finish(Entry::Outcome::canceled);
    entry.queue_ = nullptr;
  }
}

bool WaitQueue::wake_one() {
  if (waking_) return again_ = true;
  waking_ = true;
  bool woke = wake_first();
  while (std::exchange(again_, false)) woke = wake_first() || woke;
  waking_ = false;
  return woke;
}

bool WaitQueue::wake_first() {
  for (Entry& entry : waiting_) {
    if (!entry.attempt()) continue;
    entry.finish(Entry::Outcome::woken);
    woken_.push_back(entry);
    return true;
  }
  return false;
}

void WaitQueue::wake_all() {
  again_ = true;
  if (waking_) return;
  waking_ = true;
  while (std::exchange(again_, false)) {
    for (Entry& entry : waiting_) {
      if (entry.attempt()) entry.finish(Entry::Outcome::woken);
    }
  }
  waking_ = false;
}

WaitQueue::Entry::~Entry() {
  if (!linked()) return;
  unlink();
  // Woken by wake_one and destroyed before its task resumed: somebody else must hear of it.
  if (outcome_ == Outcome::woken && queue_) queue_->wake_one();
}

bool WaitQueue::Entry::begin(detail::PromiseBase& promise) {
  if (promise.strand->canceled()) {
    outcome_ = Outcome::canceled;
    return false;
  }
  attach(promise);
  queue_->waiting_.push_back(*this);
  if (deadline_ == Instant::never()) return true;
  Scheduler& scheduler = strand().scheduler();
  scheduler.engine().schedule_at(std::max(deadline_, scheduler.now()),
                                 scheduler.origin().next_key(), timer_);
  return true;
}

Errno WaitQueue::Entry::end() {
  unlink();
  if (outcome_ == Outcome::canceled) return Errno::canceled;
  if (outcome_ == Outcome::timed_out) return Errno::timed_out;
  return Errno::ok;
}

void WaitQueue::Entry::on_deadline() {
  unlink();
  outcome_ = Outcome::timed_out;
  wake_now();
}

void WaitQueue::Entry::finish(Outcome outcome) {
  unlink();
  timer_.cancel();
  outcome_ = outcome;
  wake();
}

}  // namespace catenet
