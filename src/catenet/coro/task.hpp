// Task<T>: a coroutine that starts when it is awaited (or spawned into a TaskGroup) and gives a T.
//
// Rules for whoever writes one (usage_test.cpp looks for breaches of 2 to 4 in the whole tree):
//  1. Arguments by value, or references to what outlives the task (System&, Scheduler&). Never a
//     reference or view of a temporary: a task starts later than its call.
//  2. No lambda with captures as a coroutine: the closure dies before the body runs. A free or
//     member function instead.
//  3. No co_await in the condition of if, switch, while, do or for (GCC 12.2 jumps into nothing),
//     nor behind ?, && or || (it destroys temporaries twice). Name the result on a line before, or
//     in `if (auto r = co_await f(); !r)`.
//  4. No aggregate in braces in the expression of a co_await where a member of it has a destructor,
//     as a string has: `co_await f({"name"})` or `co_await f(Options{})` (GCC 12.2 destroys the
//     members twice). Name the aggregate on a line before. Classes with constructors are safe.
//  5. Await a task where it is made: `co_await fetch(system, name)`. An awaited task is used up.
//  6. Errors are results (`Task<Result<T>>`). An exception that escapes a task ends the program. No
//     co_await inside a catch block.
//  7. Errno::canceled from anything awaited means: return. Everything awaited later says the same,
//     so a loop that ignores it never ends. Clean up in destructors, which cannot await.
//  8. What a task refers to is still there when it resumes, or is looked up again: other tasks ran
//     meanwhile.
//  9. Give the System& or Scheduler& as the first argument: the frame then comes from a pool.
#pragma once

#include <concepts>
#include <exception>
#include <optional>
#include <type_traits>

#include "catenet/coro/frame_pool.hpp"
#include "catenet/coro/strand.hpp"

namespace catenet {

template <typename T = void>
class Task;

// The last suspension of a task: its caller is resumed by the scheduler's loop, not from here.
struct FinalSuspend {
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> task) const noexcept {
    task.promise().strand->return_from(task.promise());
  }
  void await_resume() const noexcept {}
};

namespace detail {

template <typename T>
struct PromiseCommon : PromiseBase {
  Task<T> get_return_object();
  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalSuspend final_suspend() const noexcept { return {}; }
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }

  static void* operator new(std::size_t bytes) { return allocate_frame(nullptr, bytes); }
  // Not a variadic template: GCC 12 then takes operator delete for a mismatch.
  static void* operator new(std::size_t bytes, FrameSource a, FrameSource b = {},
                            FrameSource c = {}, FrameSource d = {}, FrameSource e = {},
                            FrameSource f = {}) {
    for (const FrameSource& source : {a, b, c, d, e, f}) {
      if (source.pool) return allocate_frame(source.pool, bytes);
    }
    return allocate_frame(nullptr, bytes);
  }
  static void operator delete(void* frame, std::size_t bytes) { release_frame(frame, bytes); }
};

template <typename T>
struct Promise : PromiseCommon<T> {
  template <typename U = T>
    requires std::constructible_from<T, U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() { return std::move(*value); }
  std::optional<T> value;
};

template <>
struct Promise<void> : PromiseCommon<void> {
  void return_void() const noexcept {}
  void take() const {}
};

}  // namespace detail

// What `co_await task` waits with: owns the callee's frame until the caller has its result.
template <typename T>
class TaskAwaiter {
 public:
  explicit TaskAwaiter(detail::Frame callee) : callee_(std::move(callee)) {
    CATENET_ASSERT(callee_.promise() != nullptr);
  }
  TaskAwaiter(const TaskAwaiter&) = delete;
  TaskAwaiter& operator=(const TaskAwaiter&) = delete;

  bool await_ready() const { return false; }
  template <std::derived_from<detail::PromiseBase> Caller>
  void await_suspend(std::coroutine_handle<Caller> caller) {
    caller.promise().strand->call(*callee_.promise(), callee_);
  }
  T await_resume() { return static_cast<detail::Promise<T>*>(callee_.promise())->take(); }

 private:
  detail::Frame callee_;
};

template <typename T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;

  Task(Task&&) noexcept = default;
  Task& operator=(Task&&) noexcept = default;

  // A task is awaited once: co_await f(), or co_await std::move(task).
  TaskAwaiter<T> operator co_await() && { return TaskAwaiter<T>(std::move(frame_)); }

  // False once it was moved from, awaited or spawned.
  explicit operator bool() const { return frame_.promise() != nullptr; }
  // Gives the frame up to whoever runs it.
  detail::Frame release() && { return std::move(frame_); }

 private:
  friend detail::PromiseCommon<T>;
  explicit Task(detail::PromiseBase& promise) : frame_(promise) {}
  detail::Frame frame_;
};

template <typename T>
Task<T> detail::PromiseCommon<T>::get_return_object() {
  auto& promise = static_cast<Promise<T>&>(*this);
  this->handle = std::coroutine_handle<Promise<T>>::from_promise(promise);
  return Task<T>(promise);
}

}  // namespace catenet
