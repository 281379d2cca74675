#include "catenet/coro/combine.hpp"

#include <fmt/core.h>

#include "catenet/coro/task_group.hpp"
#include "catenet/coro/world_test.hpp"

namespace catenet::coro_test {
namespace {

std::string text(const Result<int>& result) {
  return result ? std::to_string(*result) : std::string(errno_name(result.error()));
}
std::string text(const Result<void>& result) {
  return result ? "ok" : std::string(errno_name(result.error()));
}

Task<void> limited(World& world, Duration limit, Duration needed) {
  world.tell(text(co_await with_timeout(limit, producer(world, 7, needed))));
}

TEST(WithTimeout, task_in_time_gives_its_result_and_leaves_no_timer) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(limited(world, 5_s, 2_s));
  world.run();
  EXPECT_EQ(world.story, (Story{"2 s: 7"}));
  EXPECT_EQ(world.engine.now(), Instant::at(2_s));
}

TEST(WithTimeout, task_too_slow_is_cancelled_and_times_out) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(limited(world, 2_s, 5_s));
  world.run();
  EXPECT_EQ(world.story, (Story{"2 s: ETIMEDOUT"}));
  EXPECT_EQ(world.engine.now(), Instant::at(2_s));
}

TEST(WithTimeout, infinite_limit_sets_no_timer) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(limited(world, Duration::infinite(), 5_s));
  world.run();
  EXPECT_EQ(world.story, (Story{"5 s: 7"}));
}

TEST(WithTimeout, outer_cancel_unwinds_the_inner_task) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(limited(world, 8_s, 9_s));
  world.run_until(1);
  group.cancel();
  world.run();
  EXPECT_EQ(world.story, (Story{"1 s: ECANCELED"}));
  EXPECT_EQ(world.engine.now(), Instant::at(1_s));
}

TEST(WithTimeout, destroyed_in_flight_leaves_nothing) {
  World world;
  {
    TaskGroup group(world.scheduler);
    group.spawn(limited(world, 8_s, 9_s));
    world.run_until(1);
  }
  EXPECT_TRUE(world.engine.idle());
  EXPECT_EQ(world.pool.live(), 0u);
  EXPECT_EQ(world.scheduler.strands(), 0u);
}

Task<void> plain(World& world, Duration limit) {
  world.tell(text(co_await with_timeout(limit, sleeper(world, "inner", 3_s))));
}

TEST(WithTimeout, task_without_result_tells_the_three_ends_apart) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(plain(world, 5_s));
  world.run();
  group.spawn(plain(world, 1_s));
  world.run();
  group.spawn(plain(world, 5_s));
  world.run_until(5);
  group.cancel();
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: inner starts", "3 s: inner ends", "3 s: ok",
                                "3 s: inner starts", "4 s: inner is cancelled", "4 s: ETIMEDOUT",
                                "4 s: inner starts", "5 s: inner is cancelled", "5 s: ECANCELED"}));
}

Task<Result<int>> finishes_anyway(World& world) {
  (void)co_await world.sleep_for(10_s);
  co_return 9;
}
Task<void> keeps(World& world) {
  world.tell(text(co_await with_timeout(1_s, finishes_anyway(world))));
}

TEST(WithTimeout, value_given_in_spite_of_the_cancel_is_kept) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(keeps(world));
  world.run();
  EXPECT_EQ(world.story, (Story{"1 s: 9"}));
}

Task<Result<int>> nested_timeout(World& world, int depth) {
  if (depth == 0) co_return co_await producer(world, 1, 100_s);
  co_return co_await with_timeout(Duration::seconds(depth), nested_timeout(world, depth - 1));
}
Task<void> tell_nested(World& world) { world.tell(text(co_await nested_timeout(world, 20))); }

TEST(WithTimeout, nested_limits_the_shortest_decides) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(tell_nested(world));
  world.run();
  EXPECT_EQ(world.story, (Story{"1 s: ETIMEDOUT"}));
  EXPECT_EQ(world.engine.now(), Instant::at(1_s));
}

Task<void> racing(World& world, Duration a, Duration b) {
  const auto winner = co_await race(sleeper(world, "a", a), producer(world, 5, b));
  world.tell(fmt::format("winner {}", winner.index()));
  if (winner.index() == 1) world.tell(text(std::get<1>(winner)));
}

TEST(Race, first_wins_and_the_other_has_unwound_before_it_returns) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(racing(world, 9_s, 2_s));
  world.run();
  EXPECT_EQ(world.story,
            (Story{"0 s: a starts", "2 s: a is cancelled", "2 s: winner 1", "2 s: 5"}));
  EXPECT_EQ(world.engine.now(), Instant::at(2_s));
  group.spawn(racing(world, 1_s, 2_s));
  world.run();
  EXPECT_EQ(world.story.back(), "3 s: winner 0");
}

TEST(Race, tie_goes_to_the_one_named_first) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(racing(world, 2_s, 2_s));
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: a starts", "2 s: a ends", "2 s: winner 0"}));
}

Task<void> at_once(World& world) {
  world.tell("runs");
  co_return;
}
Task<void> races_at_once(World& world) {
  const auto winner =
      co_await race(at_once(world), sleeper(world, "b", 1_s), sleeper(world, "c", 1_s));
  world.tell(fmt::format("winner {}", winner.index()));
}

TEST(Race, winner_at_once_keeps_the_others_from_starting) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(races_at_once(world));
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: runs", "0 s: winner 0"}));
  EXPECT_EQ(world.engine.now(), Instant());
}

// Has a task of its own, which has to end before it can.
Task<void> with_inner(World& world) {
  TaskGroup inner(world.scheduler);
  inner.spawn(sleeper(world, "inner", 50_s));
  (void)co_await inner.join();
  world.tell("unwound");
}
Task<void> race_with_inner(World& world) {
  (void)co_await race(with_inner(world), sleeper(world, "b", 1_s));
  world.tell("raced");
}

TEST(Race, loser_with_tasks_of_its_own_unwinds_whole_first) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(race_with_inner(world));
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: b starts", "0 s: inner starts", "1 s: b ends",
                                "1 s: inner is cancelled", "1 s: unwound", "1 s: raced"}));
}

TEST(Race, outer_cancel_cancels_both) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(racing(world, 9_s, 9_s));
  world.run_until(1);
  group.cancel();
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: a starts", "1 s: a is cancelled", "1 s: winner 0"}));
}

TEST(Race, destroyed_in_flight_leaves_nothing) {
  World world;
  {
    TaskGroup group(world.scheduler);
    group.spawn(racing(world, 9_s, 9_s));
    world.run_until(1);
  }
  EXPECT_EQ(world.story, (Story{"0 s: a starts"}));
  EXPECT_TRUE(world.engine.idle());
  EXPECT_EQ(world.pool.live(), 0u);
}

Task<void> race_when_cancelled(World& world) {
  (void)co_await world.sleep_for(9_s);
  const auto winner = co_await race(sleeper(world, "a", 1_s), sleeper(world, "b", 1_s));
  world.tell(fmt::format("winner {}", winner.index()));
}

TEST(Race, entered_by_a_cancelled_task_ends_at_once) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(race_when_cancelled(world));
  world.run_until(1);
  group.cancel();
  world.run();
  EXPECT_EQ(world.story, (Story{"1 s: a starts", "1 s: a is cancelled", "1 s: winner 0"}));
  EXPECT_EQ(world.engine.now(), Instant::at(1_s));
}

Task<void> all_of(World& world) {
  auto [first, second, third] =
      co_await when_all(producer(world, 1, 3_s), sleeper(world, "b", 1_s), producer(world, 2, 2_s));
  world.tell(text(first) + " and " + text(third));
}

TEST(WhenAll, results_come_in_order_when_the_last_has_ended) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(all_of(world));
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: b starts", "1 s: b ends", "3 s: 1 and 2"}));
}

TEST(WhenAll, outer_cancel_cancels_every_one) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(all_of(world));
  world.engine.run_until(Instant::at(2'500_ms));
  group.cancel();
  world.run();
  EXPECT_EQ(world.story.back(), "2 s: ECANCELED and 2");
}

Task<void> all_of_many(World& world, int n) {
  std::vector<Task<Result<int>>> tasks;
  for (int i = 0; i < n; ++i) tasks.push_back(producer(world, i, Duration::seconds(n - i)));
  const auto results = co_await when_all(std::move(tasks));
  int sum = 0;
  for (int i = 0; i < n; ++i) sum += results[i] == i;
  world.tell(fmt::format("{} of {}", sum, n));
}

TEST(WhenAll, any_number_of_one_type_and_none) {
  World world;
  TaskGroup group(world.scheduler);
  group.spawn(all_of_many(world, 0));
  group.spawn(all_of_many(world, 100));
  world.run();
  EXPECT_EQ(world.story, (Story{"0 s: 0 of 0", "100 s: 100 of 100"}));
}

TEST(WhenAll, destroyed_in_flight_leaves_nothing) {
  World world;
  {
    TaskGroup group(world.scheduler);
    group.spawn(all_of(world));
    group.spawn(all_of_many(world, 10));
    world.run_until(1);
  }
  EXPECT_TRUE(world.engine.idle());
  EXPECT_EQ(world.pool.live(), 0u);
}

}  // namespace
}  // namespace catenet::coro_test
