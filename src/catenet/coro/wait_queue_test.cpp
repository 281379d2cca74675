#include "catenet/coro/wait_queue.hpp"

#include <fmt/core.h>
#include <memory>

#include "catenet/coro/task_group.hpp"
#include "catenet/coro/world_test.hpp"

namespace catenet::coro_test {
namespace {

Task<void> waiter(World& world, WaitQueue& queue, std::string name,
                  Instant deadline = Instant::never()) {
  const Result<void> woken = co_await queue.wait(deadline);
  world.tell(fmt::format("{} {}", name, woken ? "woken" : errno_name(woken.error())));
}

struct Waiting : World {
  WaitQueue queue;
  TaskGroup group{scheduler};

  explicit Waiting(int n) {
    for (int i = 0; i < n; ++i) {
      group.spawn(waiter(*this, queue, std::string(1, static_cast<char>('a' + i))));
    }
    run();
  }
};

TEST(WaitQueue, wake_one_wakes_in_order_of_arrival) {
  Waiting world(3);
  EXPECT_TRUE(world.queue.wake_one());
  EXPECT_TRUE(world.story.empty());  // nothing runs inside the wake
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: a woken"}));
  EXPECT_TRUE(world.queue.wake_one());
  EXPECT_TRUE(world.queue.wake_one());
  EXPECT_FALSE(world.queue.wake_one());
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: a woken", "0 s: b woken", "0 s: c woken"}));
  EXPECT_TRUE(world.queue.empty());
}

TEST(WaitQueue, wake_all_wakes_everybody_by_one_event) {
  Waiting world(3);
  const u64 events = world.engine.events_run();
  world.queue.wake_all();
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: a woken", "0 s: b woken", "0 s: c woken"}));
  EXPECT_EQ(world.engine.events_run(), events + 1);
}

TEST(WaitQueue, wake_without_waiters_is_not_remembered) {
  World world;
  WaitQueue queue;
  TaskGroup group(world.scheduler);
  queue.wake_all();
  EXPECT_FALSE(queue.wake_one());
  group.spawn(waiter(world, queue, "a"));
  world.run();
  EXPECT_TRUE(world.story.empty());
  EXPECT_EQ(group.size(), 1u);
}

TEST(WaitQueue, deadline_passes_and_the_waiter_is_gone_from_the_queue) {
  World world;
  WaitQueue queue;
  TaskGroup group(world.scheduler);
  group.spawn(waiter(world, queue, "a", Instant::at(2_s)));
  group.spawn(waiter(world, queue, "b", Instant::at(5_s)));
  world.run_until(3);
  EXPECT_EQ(world.story, (Story{"2 s: a ETIMEDOUT"}));
  EXPECT_TRUE(queue.wake_one());
  world.run();
  EXPECT_EQ(world.story, (Story{"2 s: a ETIMEDOUT", "3 s: b woken"}));
  EXPECT_EQ(world.engine.now(), Instant::at(3_s));  // b's deadline went with it
}

TEST(WaitQueue, wake_at_the_instant_of_the_deadline_wins_when_it_is_first) {
  World world;
  WaitQueue queue;
  TaskGroup group(world.scheduler);
  struct Waker {
    WaitQueue& queue;
    void on_time() { queue.wake_all(); }
    MemberEvent<Waker, &Waker::on_time> event{*this};
  } waker{queue};
  world.engine.schedule_at(Instant::at(2_s), world.origin.next_key(), waker.event);
  group.spawn(waiter(world, queue, "a", Instant::at(2_s)));
  world.run();
  EXPECT_EQ(world.story, (Story{"2 s: a woken"}));
}

TEST(WaitQueue, cancelled_waiter_leaves_the_queue) {
  Waiting world(2);
  world.group.cancel();
  EXPECT_TRUE(world.queue.empty());
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: a ECANCELED", "0 s: b ECANCELED"}));
}

TEST(WaitQueue, waiter_destroyed_before_it_resumes_passes_the_wake_on) {
  World world;
  WaitQueue queue;
  TaskGroup survivors(world.scheduler);
  {
    TaskGroup group(world.scheduler);
    group.spawn(waiter(world, queue, "a"));
    world.run();
    survivors.spawn(waiter(world, queue, "b"));
    world.run();
    EXPECT_TRUE(queue.wake_one());
  }
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: b woken"}));
}

TEST(WaitQueue, destroyed_queue_gives_its_waiters_canceled) {
  World world;
  auto queue = std::make_unique<WaitQueue>();
  TaskGroup group(world.scheduler);
  for (const char* name : {"a", "b", "c"}) group.spawn(waiter(world, *queue, name));
  world.run();
  queue->wake_one();
  queue.reset();
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: a woken", "0 s: b ECANCELED", "0 s: c ECANCELED"}));
}

// A counter that tasks take from, as they take bytes from a socket.
struct Store {
  WaitQueue queue;
  int units = 0;

  auto take(int n, Instant deadline = Instant::never()) {
    return queue.until(
        [this, n]() -> std::optional<Result<int>> {
          if (units < 0) return Unexpected(Errno::connection_reset);
          if (units < n) return std::nullopt;
          units -= n;
          return n;
        },
        deadline);
  }
  void put(int n) {
    units += n;
    queue.wake_all();
  }
};

Task<void> taker(World& world, Store& store, std::string name, int n,
                 Instant deadline = Instant::never()) {
  const Result<int> taken = co_await store.take(n, deadline);
  world.tell(name + " " +
             (taken ? std::to_string(*taken) : std::string(errno_name(taken.error()))));
}

TEST(WaitQueue, until_succeeds_at_once_without_suspending) {
  World world;
  Store store;
  store.units = 5;
  TaskGroup group(world.scheduler);
  group.spawn(taker(world, store, "a", 3));
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: a 3"}));
  EXPECT_EQ(store.units, 2);
}

TEST(WaitQueue, until_serves_whoever_can_go_on_in_order) {
  World world;
  Store store;
  TaskGroup group(world.scheduler);
  group.spawn(taker(world, store, "a", 5));
  group.spawn(taker(world, store, "b", 2));
  group.spawn(taker(world, store, "c", 2));
  world.run();
  store.put(3);
  EXPECT_EQ(store.units, 1);  // b has its units already: nobody can take them before it runs
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: b 2"}));
  store.put(7);
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: b 2", "0 s: a 5", "0 s: c 2"}));
  EXPECT_EQ(store.units, 1);
}

TEST(WaitQueue, until_gives_the_attempts_error_the_deadline_or_canceled) {
  World world;
  Store store;
  TaskGroup group(world.scheduler);
  TaskGroup cancelled(world.scheduler);
  group.spawn(taker(world, store, "a", 1, Instant::at(1_s)));
  cancelled.spawn(taker(world, store, "b", 1));
  group.spawn(taker(world, store, "c", 1));
  world.run_until(2);
  cancelled.cancel();
  world.run_until(3);
  store.put(-1);
  world.run();
  EXPECT_EQ(world.story, (Story{"1 s: a ETIMEDOUT", "2 s: b ECANCELED", "3 s: c ECONNRESET"}));
}

TEST(WaitQueue, until_gives_a_cancelled_task_nothing_even_when_there_is_something) {
  World world;
  Store store;
  store.units = 5;
  TaskGroup group(world.scheduler);
  struct Loop {
    static Task<void> run(World& w, Store& s, TaskGroup& own) {
      own.cancel();
      const Result<int> taken = co_await s.take(1);
      w.tell(taken ? "taken" : std::string(errno_name(taken.error())));
    }
  };
  group.spawn(Loop::run(world, store, group));
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: ECANCELED"}));
  EXPECT_EQ(store.units, 5);
}

// An attempt under wake_one that calls wake_all: everybody who can go on does.
TEST(WaitQueue, wake_all_inside_wake_one_reaches_every_waiter) {
  World world;
  WaitQueue queue;
  int open = 0;
  TaskGroup group(world.scheduler);
  struct Gate {
    static Task<void> run(World& w, WaitQueue& q, int& open, int mine) {
      const auto passed = co_await q.until([&q, &open, mine]() -> std::optional<Result<void>> {
        if (open == 0) return std::nullopt;
        if (mine == 1) q.wake_all();
        return Result<void>();
      });
      w.tell(std::to_string(mine) + (passed ? " passed" : " failed"));
    }
  };
  for (int mine : {1, 2, 3, 4}) group.spawn(Gate::run(world, queue, open, mine));
  world.run();
  open = 1;
  queue.wake_one();
  world.run();
  EXPECT_EQ(world.story,
            (Story{"0 s: 1 passed", "0 s: 2 passed", "0 s: 3 passed", "0 s: 4 passed"}));
}

// Each unit taken puts another: what a socket does whose read opens its window.
TEST(WaitQueue, attempt_that_wakes_the_same_queue_is_safe) {
  World world;
  WaitQueue queue;
  int units = 0;
  TaskGroup group(world.scheduler);
  struct Chain {
    static Task<void> run(World& w, WaitQueue& q, int& n, int mine) {
      const auto taken = co_await q.until([&q, &n, mine]() -> std::optional<Result<void>> {
        if (n != mine) return std::nullopt;
        ++n;
        q.wake_all();
        return Result<void>();
      });
      w.tell(std::to_string(mine) + (taken ? " served" : " failed"));
    }
  };
  for (int mine : {3, 1, 2}) group.spawn(Chain::run(world, queue, units, mine));
  world.run();
  units = 1;
  queue.wake_all();
  EXPECT_EQ(units, 4);
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: 1 served", "0 s: 2 served", "0 s: 3 served"}));
}

Task<void> signalled(World& world, Signal& signal, std::string name) {
  world.tell(name + (co_await signal.wait(Instant::at(9_s)) ? " on" : " timed out"));
}

TEST(Signal, set_releases_all_and_stays_set_until_reset) {
  World world;
  Signal signal;
  TaskGroup group(world.scheduler);
  group.spawn(signalled(world, signal, "a"));
  group.spawn(signalled(world, signal, "b"));
  world.run_until(1);
  EXPECT_TRUE(world.story.empty());
  signal.set();
  world.run_until(2);
  group.spawn(signalled(world, signal, "c"));
  world.run_until(3);
  signal.reset();
  group.spawn(signalled(world, signal, "d"));
  world.run();
  EXPECT_EQ(world.story, (Story{"1 s: a on", "1 s: b on", "2 s: c on", "9 s: d timed out"}));
}

}  // namespace
}  // namespace catenet::coro_test
