#include "catenet/coro/wait_queue.hpp"

namespace catenet {

WaitQueue::~WaitQueue() {
  while (!waiting_.empty()) {
    Entry& entry = waiting_.front();
    if (entry.outcome_ == Entry::Outcome::pending) {
      entry.finish(Entry::Outcome::canceled);
    } else {
      entry.unlink();
    }
    entry.queue_ = nullptr;
  }
}

bool WaitQueue::empty() {
  for (const Entry& entry : waiting_) {
    if (entry.outcome_ == Entry::Outcome::pending) return false;
  }
  return true;
}

bool WaitQueue::wake_one() {
  ++ones_;
  return waking_ || wake();
}

void WaitQueue::wake_all() {
  all_ = true;
  if (!waking_) wake();
}

// All that was asked for, and what the attempts ask for meanwhile; whether anybody woke.
bool WaitQueue::wake() {
  bool woke = false;
  waking_ = true;
  while (all_ || ones_ > 0) {
    if (std::exchange(all_, false)) {
      ones_ = 0;
      woke = wake_each() || woke;
    } else {
      --ones_;
      woke = wake_first() || woke;
    }
  }
  waking_ = false;
  return woke;
}

bool WaitQueue::wake_each() {
  bool woke = false;
  for (Entry& entry : waiting_) {
    if (entry.outcome_ != Entry::Outcome::pending || !entry.attempt()) continue;
    entry.finish(Entry::Outcome::woken);
    woke = true;
  }
  return woke;
}

bool WaitQueue::wake_first() {
  for (Entry& entry : waiting_) {
    if (entry.outcome_ != Entry::Outcome::pending || !entry.attempt()) continue;
    entry.finish(Entry::Outcome::woken);
    waiting_.push_front(entry);
    return true;
  }
  return false;
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
