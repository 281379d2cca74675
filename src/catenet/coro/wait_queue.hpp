// WaitQueue and Signal: what tasks wait on until somebody says that things have changed. Sockets'
// readiness is one.
#pragma once

#include <algorithm>
#include <optional>
#include <type_traits>

#include "catenet/coro/scheduler.hpp"

namespace catenet {

// Waiters in order of arrival. Waking only marks a task ready: none runs inside wake_one() or
// wake_all().
//
//   co_await queue.wait();                        // until woken
//   co_await queue.wait(system.now() + 5_s);      // or Errno::timed_out
//   co_await readable_.until([this] { return try_receive(); });  // until the attempt gives a
//   value, tried at each wake
class WaitQueue {
 public:
  class Wait;
  template <typename Attempt>
  class Until;

  WaitQueue() = default;
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;
  // Whoever still waits gets Errno::canceled and must not touch the queue again.
  ~WaitQueue();

  bool empty();

  // Resumes when woken. Errors: canceled; timed_out at `deadline`.
  Wait wait(Instant deadline = Instant::never());
  // Calls attempt() -> std::optional<Result<T>> now and at each wake, until it gives a value. It
  // runs inside the wake and so may only touch the state it asks about; it takes what it finds,
  // earlier waiters first, so that nothing is given twice or lost. Errors: the attempt's own;
  // canceled; timed_out at `deadline`.
  template <typename Attempt>
  Until<Attempt> until(Attempt attempt, Instant deadline = Instant::never());

  // Wakes the first waiter whose attempt succeeds; false when there is none. A waiter destroyed
  // before it resumes passes its wake on.
  bool wake_one();
  // Wakes every waiter whose attempt succeeds.
  void wake_all();
  // An attempt may itself cause a call of either, which is then done afterwards.

 private:
  class Entry;
  bool wake();
  bool wake_first();
  bool wake_each();
  // Those woken by wake_one and not resumed yet are among them.
  IntrusiveList<Entry> waiting_;
  bool waking_ = false;
  bool all_ = false;  // asked for and not done yet
  u32 ones_ = 0;
};

// One waiter, in its task's frame.
class WaitQueue::Entry : public Waiter, public ListHook<WaitQueue::Entry> {
 protected:
  enum class Outcome : u8 { pending, woken, canceled, timed_out };

  Entry(WaitQueue& queue, Instant deadline) : queue_(&queue), deadline_(deadline) {}
  ~Entry() override;

  // False when the strand was cancelled before: then there is no waiting.
  bool begin(detail::PromiseBase& promise);
  // Called when the task resumes: gives the error, or ok.
  Errno end();

 private:
  friend class WaitQueue;
  // Whether this waiter is to be woken.
  virtual bool attempt() { return true; }
  void on_cancel() override { finish(Outcome::canceled); }
  void on_deadline();
  void finish(Outcome outcome);

  WaitQueue* queue_;
  Instant deadline_;
  MemberEvent<Entry, &Entry::on_deadline> timer_{*this};
  Outcome outcome_ = Outcome::pending;
};

class WaitQueue::Wait final : public Entry {
 public:
  explicit Wait(WaitQueue& queue, Instant deadline) : Entry(queue, deadline) {}
  bool await_ready() const { return false; }
  template <typename Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) {
    return begin(caller.promise());
  }
  [[nodiscard]] Result<void> await_resume() {
    if (const Errno error = end(); error != Errno::ok) return Unexpected(error);
    return {};
  }
};

template <typename Attempt>
class WaitQueue::Until final : public Entry {
  using Attempted = std::invoke_result_t<Attempt&>;
  using Value = typename Attempted::value_type;

 public:
  Until(WaitQueue& queue, Attempt attempt, Instant deadline)
      : Entry(queue, deadline), attempt_(std::move(attempt)) {}
  bool await_ready() const { return false; }
  // A cancelled task takes nothing any more.
  template <typename Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) {
    if (!caller.promise().strand->canceled() && attempt()) return false;
    return begin(caller.promise());
  }
  [[nodiscard]] Value await_resume() {
    const Errno error = end();
    if (value_) return std::move(*value_);
    return Unexpected(error);
  }

 private:
  bool attempt() override {
    value_ = attempt_();
    return value_.has_value();
  }
  Attempt attempt_;
  Attempted value_;
};

inline WaitQueue::Wait WaitQueue::wait(Instant deadline) { return Wait(*this, deadline); }

template <typename Attempt>
WaitQueue::Until<Attempt> WaitQueue::until(Attempt attempt, Instant deadline) {
  return Until<Attempt>(*this, std::move(attempt), deadline);
}

// A flag that tasks wait for. Stays set until reset.
class Signal {
 public:
  bool is_set() const { return set_; }
  void set() {
    set_ = true;
    queue_.wake_all();
  }
  void reset() { set_ = false; }
  // Until it is set; at once when it is. Errors: canceled; timed_out at `deadline`.
  auto wait(Instant deadline = Instant::never()) { return queue_.until(IsSet{this}, deadline); }

 private:
  struct IsSet {
    const Signal* signal;
    std::optional<Result<void>> operator()() const {
      if (signal->set_) return Result<void>();
      return std::nullopt;
    }
  };
  WaitQueue queue_;
  bool set_ = false;
};

}  // namespace catenet
