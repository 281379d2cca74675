#include "catenet/coro/task.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <memory>

#include "catenet/coro/task_group.hpp"
#include "catenet/coro/world_test.hpp"

namespace catenet::coro_test {
namespace {

Task<int> give(World&, int value) { co_return value; }

Task<void> outer(World& world) {
  world.tell("outer starts");
  const int got = co_await give(world, 42);
  world.tell(fmt::format("got {}", got));
}

TEST(Task, created_does_not_start_until_spawned_and_run) {
  World world;
  TaskGroup group(world.scheduler);
  Task<void> task = outer(world);
  EXPECT_TRUE(world.story.empty());
  group.spawn(std::move(task));
  EXPECT_FALSE(task);
  EXPECT_TRUE(world.story.empty());
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: outer starts", "0 s: got 42"}));
  EXPECT_TRUE(group.empty());
  EXPECT_EQ(world.pool.live(), 0u);
}

Task<void> keep(World&, Guard) { co_return; }

TEST(Task, destroyed_unstarted_destroys_its_arguments) {
  World world;
  {
    Task<void> task = keep(world, Guard(world, "argument"));
    EXPECT_TRUE(world.story.empty());
  }
  EXPECT_EQ(world.story, (Story{"0 s: ~argument"}));
}

TEST(Task, assigned_over_destroys_the_old_one) {
  World world;
  Task<void> task = keep(world, Guard(world, "old"));
  task = keep(world, Guard(world, "new"));
  EXPECT_EQ(world.story, (Story{"0 s: ~old"}));
}

Task<std::unique_ptr<int>> make_unique_int(World& world, int value) {
  (void)co_await world.sleep_for(1_s);
  co_return std::make_unique<int>(value);
}
Task<Result<std::string>> fail(World&) { co_return Unexpected(Errno::connection_refused); }
Task<Result<std::string>> succeed(World&) { co_return "text"; }
Task<Result<void>> succeed_void(World&) { co_return {}; }

Task<void> take_results(World& world) {
  const auto moved = co_await make_unique_int(world, 7);
  EXPECT_EQ(*moved, 7);
  EXPECT_EQ((co_await fail(world)).error(), Errno::connection_refused);
  EXPECT_EQ((co_await succeed(world)).value(), "text");
  EXPECT_TRUE((co_await succeed_void(world)).has_value());
  Task<int> later = give(world, 3);
  (void)co_await world.sleep_for(1_s);
  EXPECT_EQ(co_await std::move(later), 3);
  world.tell("done");
}

TEST(Task, results_of_every_kind_come_through) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(take_results(world));
  world.run();
  EXPECT_EQ(world.story, (Story{"2 s: done"}));
}

Task<int> sum_of(World& world, int n) {
  int sum = 0;
  for (int i = 0; i < n; ++i) sum += co_await give(world, 1);
  co_return sum;
}
Task<void> million(World& world) {
  EXPECT_EQ(co_await sum_of(world, 1'000'000), 1'000'000);
  world.tell("done");
}

TEST(Task, million_synchronous_completions_nest_no_stack_and_allocate_nothing) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(million(world));
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: done"}));
  EXPECT_LE(world.pool.allocated(), 4u);  // the member, million, sum_of, give
  EXPECT_EQ(world.engine.events_run(), 1u);
}

Task<int> deep(World& world, int levels) {
  if (levels == 0) {
    const Result<void> slept = co_await world.sleep_for(1_s);
    co_return slept ? 0 : -1'000'000;
  }
  co_return 1 + co_await deep(world, levels - 1);
}
Task<void> tell_depth(World& world, int levels) {
  const int depth = co_await deep(world, levels);
  world.tell(fmt::format("depth {}", depth));
}

TEST(Task, chain_of_100000_that_ends_later_nests_no_stack) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(tell_depth(world, 100'000));
  world.run();
  EXPECT_EQ(world.story, (Story{"1 s: depth 100000"}));
  EXPECT_EQ(world.pool.live(), 0u);
}

TEST(Task, chain_of_100000_cancelled_unwinds) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(tell_depth(world, 100'000));
  world.engine.run_until(Instant());
  group.cancel();
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: depth -900000"}));
  EXPECT_TRUE(group.empty());
}

TEST(Task, chain_of_100000_destroyed_while_it_waits_nests_no_stack) {
  World world;
  {
    TaskGroup group(world.scheduler);
    group.spawn(tell_depth(world, 100'000));
    world.engine.run_until(Instant());
    EXPECT_GT(world.pool.live(), 100'000u);
  }
  EXPECT_EQ(world.pool.live(), 0u);
  EXPECT_TRUE(world.engine.idle());
  EXPECT_TRUE(world.story.empty());
}

Task<void> nest(World& world, int level) {
  const Guard guard(world, fmt::format("frame {}", level));
  if (level > 0) co_await nest(world, level - 1);
  (void)co_await world.sleep_for(1_s);
}

TEST(Task, frames_destroyed_while_waiting_go_innermost_first) {
  World world;
  {
    TaskGroup group(world.scheduler);
    group.spawn(nest(world, 2));
    world.engine.run_until(Instant());
  }
  EXPECT_EQ(world.story, (Story{"0 s: ~frame 0", "0 s: ~frame 1", "0 s: ~frame 2"}));
}

// Where GCC 12 once destroyed temporaries twice or never.
Task<std::string> echo(World& world, std::string text, Guard) {
  (void)co_await world.sleep_for(1_s);
  co_return text;
}
Task<void> awkward(World& world) {
  const std::string large(100, 'x');
  if (const std::string s = co_await echo(world, large + "1", Guard(world, "if"));
      s.size() != 101) {
    world.tell("lost in an if");
  }
  int turns = 0;
  for (; turns < 2; ++turns) {
    const std::string s = co_await echo(world, large, Guard(world, "loop"));
    if (s.size() != 100) break;
  }
  const std::string joined = (co_await echo(world, large + "a", Guard(world, "left"))) +
                             (co_await echo(world, large + "b", Guard(world, "right")));
  EXPECT_EQ(joined, large + "a" + large + "b");
  std::string chosen;
  if (turns == 2) chosen = co_await echo(world, large + "c", Guard(world, "then"));
  EXPECT_EQ(chosen, large + "c");
  world.tell("done");
}

TEST(Task, temporaries_of_an_awaiting_expression_live_and_die_once) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(awkward(world));
  world.run();
  std::vector<std::string> ends;
  for (const std::string& line : world.story) ends.push_back(line.substr(line.find(':') + 2));
  ASSERT_EQ(ends.size(), 7u);
  EXPECT_EQ(std::count(ends.begin(), ends.end(), "~loop"), 2);
  for (const char* once : {"~if", "~left", "~right", "~then", "done"}) {
    EXPECT_EQ(std::count(ends.begin(), ends.end(), once), 1) << once;
  }
}

Task<int> no_pool(int value) { co_return value; }
Task<int> pool_behind(int value, World&) { co_return value; }
struct Service {
  World& world;
  FramePool& frame_pool() { return world.pool; }
  Task<int> method(int value) { co_return value; }
};

TEST(Task, frame_comes_from_the_first_argument_that_has_a_pool) {
  World world;
  Service service{world};
  {
    const auto machine = no_pool(1);
    EXPECT_EQ(world.pool.live(), 0u);
    const auto behind = pool_behind(1, world);
    EXPECT_EQ(world.pool.live(), 1u);
    const auto member = service.method(1);
    EXPECT_EQ(world.pool.live(), 2u);
  }
  EXPECT_EQ(world.pool.live(), 0u);
}

TEST(FramePool, second_pass_allocates_nothing_and_large_frames_go_back) {
  FramePool pool;
  u64 first = 0;
  for (int pass = 0; pass < 3; ++pass) {
    std::vector<std::pair<void*, std::size_t>> held;
    for (std::size_t bytes = 1; bytes <= 4096; bytes += 61) {
      held.emplace_back(pool.allocate(bytes), bytes);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(held.back().first) % 16, 0u);
    }
    for (auto [memory, bytes] : held) pool.release(memory, bytes);
    if (pass == 0) first = pool.allocated();
  }
  EXPECT_EQ(pool.allocated(), first);
  pool.release(pool.allocate(100'000), 100'000);
  EXPECT_EQ(pool.live(), 0u);
}

Task<void> await_twice(World& world) {
  Task<int> task = give(world, 1);
  (void)co_await std::move(task);
  (void)co_await std::move(task);
}

TEST(TaskDeathTest, awaiting_a_used_task_is_a_broken_invariant) {
  EXPECT_DEATH(
      {
        World world;
        TaskGroup group(world.scheduler);
        group.spawn(await_twice(world));
        world.run();
      },
      "broken invariant");
}

}  // namespace
}  // namespace catenet::coro_test
