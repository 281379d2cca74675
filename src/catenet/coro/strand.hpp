// Strand: one line of execution, a stack of coroutines each of which awaits the next. It waits for
// at most one thing at a time, its Waiter. Cancelling, resuming and destroying are done to strands.
//
// No compiler's tail calls are relied on: a coroutine that calls or returns only says so and
// suspends, and the scheduler's loop resumes whichever is on top. So no chain of tasks, however
// long, nests on the machine's stack.
#pragma once

#include <coroutine>
#include <utility>

#include "catenet/base/assert.hpp"
#include "catenet/base/errno.hpp"
#include "catenet/base/intrusive_list.hpp"

namespace catenet {

class Scheduler;
class Strand;
class Waiter;

namespace detail {

class Frame;

// What every task's promise has, whatever its result.
struct PromiseBase {
  std::coroutine_handle<> handle;
  Strand* strand = nullptr;       // set when it starts
  PromiseBase* caller = nullptr;  // who awaits it; null at the bottom of a strand
  Frame* owner = nullptr;         // who would destroy it; set when it starts
};

// Owns a coroutine frame.
class Frame {
 public:
  Frame() = default;
  explicit Frame(PromiseBase& promise) : promise_(&promise) {}
  Frame(Frame&& other) noexcept : promise_(std::exchange(other.promise_, nullptr)) {}
  Frame& operator=(Frame&& other) noexcept {
    if (this != &other) {
      destroy();
      promise_ = std::exchange(other.promise_, nullptr);
    }
    return *this;
  }
  ~Frame() { destroy(); }

  PromiseBase* promise() const { return promise_; }
  PromiseBase* release() { return std::exchange(promise_, nullptr); }

 private:
  void destroy() {
    if (PromiseBase* promise = release()) promise->handle.destroy();
  }
  PromiseBase* promise_ = nullptr;
};

}  // namespace detail

class Strand : public ListHook<Strand> {
 public:
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  Scheduler& scheduler() { return *scheduler_; }
  bool started() const { return started_; }
  bool finished() const { return top_ == nullptr; }
  bool canceled() const { return canceled_; }

  // Asks it to end: what it waits for now and everything it waits for later gives Errno::canceled.
  // It still runs until its coroutines return.
  void cancel();
  // The same, and if it has not started yet it never will.
  void abandon() {
    drop_unstarted_ = true;
    cancel();
  }

 protected:
  explicit Strand(detail::Frame root);
  // Destroys its frames, innermost first and without recursion. Not while it runs.
  virtual ~Strand();

  // Lets it run at the scheduler's next turn.
  void start(Scheduler& scheduler);
  detail::PromiseBase& root() { return *root_.promise(); }

 private:
  friend class Scheduler;
  friend class Waiter;
  template <typename>
  friend class TaskAwaiter;
  friend struct FinalSuspend;

  // Every coroutine of it has returned, or it was dropped before it began (then started() is
  // false). May destroy it.
  virtual void on_finished() = 0;

  void call(detail::PromiseBase& callee, detail::Frame& owner) {
    callee.strand = this;
    callee.caller = top_;
    callee.owner = &owner;
    top_ = &callee;
    switched_ = true;
  }
  void return_from(detail::PromiseBase& callee) {
    top_ = callee.caller;
    switched_ = true;
  }
  void run();
  void unwind();

  Scheduler* scheduler_ = nullptr;
  detail::PromiseBase* top_;  // the coroutine to resume
  Waiter* waiting_ = nullptr;
  detail::Frame root_;
  bool started_ = false;
  bool running_ = false;
  bool switched_ = false;  // the coroutine that ran last called another or returned
  bool canceled_ = false;
  bool drop_unstarted_ = false;
};

// The base of every leaf awaiter: what a strand waits for. It lives in the waiting coroutine's
// frame, and so must undo in its destructor whatever registration it made: a frame may be destroyed
// while it waits.
//
// A leaf is a plain class, final, with `await_ready`, a template
// `await_suspend(std::coroutine_handle<P>)` that calls `attach(handle.promise())`, and
// `await_resume`.
class Waiter {
 public:
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

 protected:
  Waiter() = default;
  virtual ~Waiter() { detach(); }

  // Makes this what the promise's strand waits for.
  void attach(detail::PromiseBase& promise) {
    CATENET_ASSERT(promise.strand->waiting_ == nullptr);
    strand_ = promise.strand;
    strand_->waiting_ = this;
  }
  void detach() {
    if (attached()) std::exchange(strand_, nullptr)->waiting_ = nullptr;
  }
  bool attached() const { return strand_ != nullptr; }
  // The strand goes on at the scheduler's next turn. Cancelling it from now on does not reach this
  // waiter.
  void wake();
  // The same at once, when nothing else runs; for the end of an engine event. `this` may be gone
  // afterwards.
  void wake_now();
  Strand& strand() { return *strand_; }

 private:
  friend class Strand;
  // The strand was cancelled while it waits here: undo the registration, remember it for
  // await_resume and wake(), at once or when what must end first has ended.
  virtual void on_cancel() = 0;
  Strand* strand_ = nullptr;
};

// `co_await is_canceled()`: whether the strand has been asked to end. For loops that compute for
// long; never suspends.
class is_canceled {
 public:
  bool await_ready() const { return false; }
  template <typename Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) {
    canceled_ = caller.promise().strand->canceled();
    return false;
  }
  bool await_resume() const { return canceled_; }

 private:
  bool canceled_ = false;
};

}  // namespace catenet
