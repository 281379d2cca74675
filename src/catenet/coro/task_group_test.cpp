#include "catenet/coro/task_group.hpp"

#include <optional>

#include "catenet/coro/world_test.hpp"

namespace catenet::coro_test {
namespace {

TEST(TaskGroup, tasks_start_in_order_of_spawning_and_sleep_side_by_side) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(sleeper(world, "a", 2_s));
  group.spawn(sleeper(world, "b", 1_s));
  EXPECT_EQ(group.size(), 2u);
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: a starts", "0 s: b starts", "1 s: b ends", "2 s: a ends"}));
  EXPECT_TRUE(group.empty());
}

TEST(TaskGroup, cancel_during_sleep_resumes_with_canceled_at_once) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(sleeper(world, "a", 10_s));
  group.spawn(sleeper(world, "b", 20_s));
  world.run_until(3);
  group.cancel();
  EXPECT_EQ(group.size(), 2u);  // nothing runs inside cancel()
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: a starts", "0 s: b starts", "3 s: a is cancelled",
                                "3 s: b is cancelled"}));
  EXPECT_EQ(world.engine.now(), Instant::at(3_s));
}

TEST(TaskGroup, cancel_before_the_start_drops_the_task) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(sleeper(world, "a", 10_s));
  group.cancel();
  group.spawn(sleeper(world, "b", 10_s));
  world.run();
  EXPECT_TRUE(world.story.empty());
  EXPECT_TRUE(group.empty());
  EXPECT_EQ(world.pool.live(), 0u);
}

Task<void> stubborn(World& world) {
  for (int i = 0; i < 3; ++i) {
    const bool ok = (co_await world.sleep_for(1_s)).has_value();
    world.tell(ok ? "slept" : "not slept");
  }
  world.tell(co_await is_canceled() ? "cancelled" : "not cancelled");
}

TEST(TaskGroup, cancelled_task_finds_everything_it_awaits_cancelled) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(stubborn(world));
  world.engine.run_until(Instant::at(1'500_ms));
  group.cancel();
  world.run();
  EXPECT_EQ(world.story,
            (Story{"1 s: slept", "1 s: not slept", "1 s: not slept", "1 s: cancelled"}));
}

Task<void> cancels_after(World& world, TaskGroup& target, Duration duration) {
  (void)co_await world.sleep_for(duration);
  target.cancel();
}

TEST(TaskGroup, cancel_at_the_instant_of_a_deadline_the_earlier_event_decides) {
  World world;
  TaskGroup group(world.scheduler);
  TaskGroup cancellers(world.scheduler);
  group.spawn(sleeper(world, "a", 1_s));
  cancellers.spawn(cancels_after(world, group, 1_s));
  group.spawn(sleeper(world, "b", 1_s));
  world.run();
  EXPECT_EQ(world.story,
            (Story{"0 s: a starts", "0 s: b starts", "1 s: a ends", "1 s: b is cancelled"}));
}

Task<void> cancels_its_own(World& world, TaskGroup& group) {
  (void)co_await world.sleep_for(1_s);
  group.cancel();
  world.tell("asked");
  world.tell(co_await world.sleep_for(1_s) ? "slept" : "cancelled too");
}

TEST(TaskGroup, cancel_from_within_reaches_the_caller_too) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(cancels_its_own(world, group));
  group.spawn(sleeper(world, "a", 5_s));
  world.run();
  EXPECT_EQ(world.story,
            (Story{"0 s: a starts", "1 s: asked", "1 s: cancelled too", "1 s: a is cancelled"}));
}

Task<void> guarded(World& world, std::string name) {
  const Guard guard(world, name);
  (void)co_await world.sleep_for(100_s);
  world.tell(name + " goes on");
}

TEST(TaskGroup, destroyed_in_flight_destroys_frames_and_leaves_no_event) {
  World world;
  std::optional<TaskGroup> group(std::in_place, world.scheduler);
  group->spawn(guarded(world, "a"));
  group->spawn(guarded(world, "b"));
  world.run_until(1);
  group->spawn(guarded(world, "never started"));
  group.reset();
  EXPECT_EQ(world.story, (Story{"1 s: ~a", "1 s: ~b"}));
  world.run();
  EXPECT_EQ(world.story.size(), 2u);
  EXPECT_EQ(world.pool.live(), 0u);
  EXPECT_EQ(world.scheduler.strands(), 0u);
}

TEST(TaskGroup, destroyed_between_cancel_and_unwinding_is_safe) {
  World world;
  std::optional<TaskGroup> group(std::in_place, world.scheduler);
  group->spawn(guarded(world, "a"));
  world.run_until(1);
  group->cancel();
  group.reset();
  world.run();
  EXPECT_EQ(world.story, (Story{"1 s: ~a"}));
}

Task<void> nursery(World& world) {
  TaskGroup group(world.scheduler);
  group.spawn(sleeper(world, "a", 1_s));
  group.spawn(sleeper(world, "b", 3_s));
  const Result<void> joined = co_await group.join();
  world.tell(joined ? "joined" : "join cancelled");
  EXPECT_TRUE(group.empty());
}

TEST(TaskGroup, join_waits_for_all) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(nursery(world));
  world.run();
  EXPECT_EQ(world.story,
            (Story{"0 s: a starts", "0 s: b starts", "1 s: a ends", "3 s: b ends", "3 s: joined"}));
}

TEST(TaskGroup, join_cancelled_cancels_the_group_and_waits_until_it_has_unwound) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(nursery(world));
  world.run_until(2);
  group.cancel();
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: a starts", "0 s: b starts", "1 s: a ends",
                                "2 s: b is cancelled", "2 s: join cancelled"}));
}

Task<void> nursery_after_sleep(World& world) {
  TaskGroup group(world.scheduler);
  group.spawn(sleeper(world, "a", 50_s));
  (void)co_await world.sleep_for(10_s);
  const Result<void> joined = co_await group.join();
  world.tell(joined ? "joined" : "join cancelled");
}

TEST(TaskGroup, join_entered_by_a_cancelled_task_cancels_the_group_first) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(nursery_after_sleep(world));
  world.run_until(2);
  group.cancel();
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: a starts", "2 s: a is cancelled", "2 s: join cancelled"}));
}

TEST(TaskGroup, nested_groups_destroyed_in_flight_leave_nothing) {
  World world;
  {
    TaskGroup group(world.scheduler);
    group.spawn(nursery(world));
    group.spawn(nursery(world));
    world.run_until(2);
  }
  EXPECT_EQ(world.pool.live(), 0u);
  EXPECT_TRUE(world.engine.idle());
}

Task<void> joins(World& world, TaskGroup& group) {
  world.tell(co_await group.join() ? "joined" : "group gone");
}

TEST(TaskGroup, destroyed_under_a_join_wakes_it_with_canceled) {
  World world;
  TaskGroup watchers(world.scheduler);
  std::optional<TaskGroup> group(std::in_place, world.scheduler);
  group->spawn(sleeper(world, "a", 5_s));
  watchers.spawn(joins(world, *group));
  world.run_until(1);
  group.reset();
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: a starts", "1 s: group gone"}));
}

TEST(TaskGroup, join_of_an_empty_group_returns_at_once) {
  World world;
  TaskGroup watchers(world.scheduler);
  TaskGroup group(world.scheduler);
  watchers.spawn(joins(world, group));
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: joined"}));
}

Task<void> spawner(World& world, TaskGroup& group, int generation) {
  (void)co_await world.sleep_for(1_s);
  if (generation > 0) group.spawn(spawner(world, group, generation - 1));
}

TEST(TaskGroup, task_may_spawn_into_its_own_group_without_new_memory) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(spawner(world, group, 2));
  world.run();
  const u64 allocated = world.pool.allocated();
  group.spawn(spawner(world, group, 1000));
  world.run();
  EXPECT_EQ(world.engine.now(), Instant::at(1004_s));
  EXPECT_EQ(world.pool.allocated(), allocated);
}

TEST(Scheduler, yield_lets_everything_due_run_first) {
  World world;
  struct Yielder {
    static Task<void> run(World& w, std::string name) {
      for (int i = 0; i < 2; ++i) {
        w.tell(name);
        EXPECT_TRUE((co_await w.scheduler.yield()).has_value());
      }
    }
  };
  TaskGroup group(world.scheduler);
  group.spawn(Yielder::run(world, "a"));
  group.spawn(Yielder::run(world, "b"));
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: a", "0 s: b", "0 s: a", "0 s: b"}));
  EXPECT_EQ(world.engine.now(), Instant());
}

TEST(Scheduler, run_ready_runs_spawned_tasks_without_an_event) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(sleeper(world, "a", 1_s));
  world.scheduler.run_ready();
  EXPECT_EQ(world.story, (Story{"0 s: a starts"}));
  world.run();
  EXPECT_EQ(world.engine.events_run(), 1u);  // the sleep alone
}

TEST(Scheduler, sleep_until_a_passed_time_resumes_now) {
  World world;
  struct Late {
    static Task<void> run(World& w) {
      (void)co_await w.sleep_for(5_s);
      EXPECT_TRUE((co_await w.scheduler.sleep_until(Instant::at(2_s))).has_value());
      w.tell("back");
    }
  };
  TaskGroup group(world.scheduler);
  group.spawn(Late::run(world));
  world.run();
  EXPECT_EQ(world.story, (Story{"5 s: back"}));
}

Task<void> destroys(std::optional<TaskGroup>& group) {
  group.reset();
  co_return;
}

TEST(TaskGroupDeathTest, group_destroyed_from_within_is_a_broken_invariant) {
  EXPECT_DEATH(
      {
        World world;
        std::optional<TaskGroup> group(std::in_place, world.scheduler);
        group->spawn(destroys(group));
        world.run();
      },
      "broken invariant");
}

}  // namespace
}  // namespace catenet::coro_test
