// with_timeout, race and when_all: a task that waits for other tasks which run beside each other.
// All of them have ended before the waiting task goes on.
#pragma once

#include <deque>
#include <tuple>
#include <variant>
#include <vector>

#include "catenet/coro/scheduler.hpp"
#include "catenet/coro/task.hpp"

namespace catenet {

namespace detail {

template <typename T>
using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <typename T>
struct IsResult : std::false_type {};
template <typename T>
struct IsResult<Result<T>> : std::true_type {};

// A waiter for strands of its own.
class Parent : public Waiter {
 protected:
  ~Parent() override = default;

 public:
  virtual void on_branch_finished(Strand& branch) = 0;
};

template <typename T>
struct Seed {
  Task<T> task;
  Parent& parent;
};

// One of them; runs the task, and keeps its result until it is taken.
template <typename T>
class Branch final : public Strand {
 public:
  explicit Branch(Seed<T> seed) : Strand(std::move(seed.task).release()), parent_(seed.parent) {}

  // `canceled`: the parent was cancelled before.
  void begin(Scheduler& scheduler, bool canceled) {
    start(scheduler);
    if (canceled) cancel();
  }
  Value<T> take() {
    auto& promise = static_cast<Promise<T>&>(root());
    if constexpr (std::is_void_v<T>) {
      promise.take();
      return {};
    } else {
      return promise.take();
    }
  }

 private:
  void on_finished() override { parent_.on_branch_finished(*this); }
  Parent& parent_;
};

}  // namespace detail

// What with_timeout gives for a Task<T>: a Result stays what it is.
template <typename T>
using TimeoutResult = std::conditional_t<detail::IsResult<T>::value, T, Result<T>>;

template <typename T>
class Timeout final : public detail::Parent {
 public:
  Timeout(Duration duration, Task<T> task)
      : duration_(duration), branch_({std::move(task), *this}) {}

  bool await_ready() const { return false; }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) {
    attach(caller.promise());
    Scheduler& scheduler = strand().scheduler();
    branch_.begin(scheduler, strand().canceled());
    if (duration_ >= Duration::infinite()) return;
    scheduler.engine().schedule_at(scheduler.now() + duration_, scheduler.origin().next_key(),
                                   timer_);
  }
  [[nodiscard]] TimeoutResult<T> await_resume() {
    if constexpr (detail::IsResult<T>::value) {
      T result = branch_.take();
      if (expired_ && !result) return Unexpected(Errno::timed_out);
      return result;
    } else {
      if (expired_) return Unexpected(Errno::timed_out);
      if (branch_.canceled()) return Unexpected(Errno::canceled);
      if constexpr (std::is_void_v<T>) return {};
      if constexpr (!std::is_void_v<T>) return branch_.take();
    }
  }

 private:
  void on_branch_finished(Strand&) override {
    timer_.cancel();
    wake();
  }
  void on_cancel() override { branch_.cancel(); }
  void on_time() {
    expired_ = true;
    Scheduler& scheduler = strand().scheduler();
    branch_.cancel();
    scheduler.run_ready();
  }

  Duration duration_;
  detail::Branch<T> branch_;
  MemberEvent<Timeout, &Timeout::on_time> timer_{*this};
  bool expired_ = false;
};

// Gives the task `duration`, then cancels it and waits until it has unwound. The result is the
// task's own, or Errno::timed_out (a Result that holds a value in spite of the cancelling is kept:
// what was done is not lost), or for a task whose T is no Result Errno::canceled when the waiting
// task was cancelled.
template <typename T>
Timeout<T> with_timeout(Duration duration, Task<T> task) {
  return Timeout<T>(duration, std::move(task));
}

namespace detail {

// What race and when_all share: branches that start together.
template <typename... T>
class Branches : public Parent {
 public:
  bool await_ready() const { return false; }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) {
    attach(caller.promise());
    each([&](auto& branch) { branch.begin(strand().scheduler(), strand().canceled()); });
  }

 protected:
  explicit Branches(Task<T>... tasks) : branches_(Seed<T>{std::move(tasks), *this}...) {}
  ~Branches() override = default;

  template <typename Visit>
  void each(Visit&& visit) {
    std::apply([&](auto&... branch) { (visit(branch), ...); }, branches_);
  }
  // Wakes the parent after the last.
  void count_finished() {
    if (++finished_ == sizeof...(T)) this->wake();
  }
  std::tuple<Branch<T>...>& branches() { return branches_; }

 private:
  void on_cancel() override {
    each([](Strand& branch) { branch.cancel(); });
  }
  std::tuple<Branch<T>...> branches_;
  std::size_t finished_ = 0;
};

}  // namespace detail

template <typename... T>
class Race final : public detail::Branches<T...> {
 public:
  using Winner = std::variant<detail::Value<T>...>;

  explicit Race(Task<T>... tasks) : detail::Branches<T...>(std::move(tasks)...) {}
  [[nodiscard]] Winner await_resume() { return take(std::index_sequence_for<T...>()); }

 private:
  void on_branch_finished(Strand& winner) override {
    if (winner_ == nullptr) {
      winner_ = &winner;
      this->each([&](Strand& branch) {
        if (&branch != &winner) branch.abandon();
      });
    }
    this->count_finished();
  }

  template <std::size_t... I>
  Winner take(std::index_sequence<I...>) {
    std::optional<Winner> result;
    (take_if_winner<I>(result), ...);
    return std::move(*result);
  }
  template <std::size_t I>
  void take_if_winner(std::optional<Winner>& result) {
    auto& branch = std::get<I>(this->branches());
    if (&branch == winner_) result.emplace(std::in_place_index<I>, branch.take());
  }
  Strand* winner_ = nullptr;
};

// Runs the tasks beside each other, started in their order, until the first ends; then cancels the
// others (one that has not started never does) and waits until they have unwound. The result's
// index() says who won; void gives monostate. What a loser returns is lost. When the waiting task
// is cancelled all of them are, and the first to end wins.
template <typename... T>
Race<T...> race(Task<T>... tasks) {
  return Race<T...>(std::move(tasks)...);
}

template <typename... T>
class WhenAll final : public detail::Branches<T...> {
 public:
  explicit WhenAll(Task<T>... tasks) : detail::Branches<T...>(std::move(tasks)...) {}
  std::tuple<detail::Value<T>...> await_resume() {
    return std::apply(
        [](auto&... branch) { return std::tuple<detail::Value<T>...>(branch.take()...); },
        this->branches());
  }

 private:
  void on_branch_finished(Strand&) override { this->count_finished(); }
};

// Runs the tasks beside each other, started in their order, until all have ended, and gives their
// results in order (monostate for void). Cancelling the waiting task cancels all of them.
template <typename... T>
WhenAll<T...> when_all(Task<T>... tasks) {
  return WhenAll<T...>(std::move(tasks)...);
}

template <typename T>
class WhenAllOf final : public detail::Parent {
 public:
  explicit WhenAllOf(std::vector<Task<T>> tasks) {
    for (Task<T>& task : tasks) branches_.emplace_back(detail::Seed<T>{std::move(task), *this});
  }
  bool await_ready() const { return branches_.empty(); }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) {
    attach(caller.promise());
    for (auto& branch : branches_) branch.begin(strand().scheduler(), strand().canceled());
  }
  std::vector<detail::Value<T>> await_resume() {
    std::vector<detail::Value<T>> results;
    results.reserve(branches_.size());
    for (auto& branch : branches_) results.push_back(branch.take());
    return results;
  }

 private:
  void on_branch_finished(Strand&) override {
    if (++finished_ == branches_.size()) wake();
  }
  void on_cancel() override {
    for (auto& branch : branches_) branch.cancel();
  }
  std::deque<detail::Branch<T>> branches_;
  std::size_t finished_ = 0;
};

// The same for any number of tasks of one type.
template <typename T>
WhenAllOf<T> when_all(std::vector<Task<T>> tasks) {
  return WhenAllOf<T>(std::move(tasks));
}

}  // namespace catenet
