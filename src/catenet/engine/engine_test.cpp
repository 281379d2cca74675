#include "catenet/engine/engine.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <set>

#include "catenet/engine/origin.hpp"

namespace catenet {
namespace {

// An event that runs any function: tests only.
class Call : public Event {
 public:
  explicit Call(std::function<void()> function)
      : Event(&Call::run), function_(std::move(function)) {}

 private:
  static void run(Event& event) {
    auto function = static_cast<Call&>(event).function_;  // the event may go away in it
    function();
  }
  std::function<void()> function_;
};

struct Recorder {
  std::vector<int> seen;
  std::vector<std::unique_ptr<Call>> calls;
  Call& note(int n) {
    calls.push_back(std::make_unique<Call>([this, n] { seen.push_back(n); }));
    return *calls.back();
  }
};

using Seen = std::vector<int>;
Instant at(i64 ms) { return Instant::at(Duration::milliseconds(ms)); }

TEST(Engine, events_run_by_time_then_key) {
  Engine engine;
  Recorder recorder;
  engine.schedule_at(at(2), 1, recorder.note(3));
  engine.schedule_at(at(1), 9, recorder.note(2));
  engine.schedule_at(at(1), 5, recorder.note(1));
  engine.schedule_at(at(3), 0, recorder.note(4));
  EXPECT_EQ(engine.next_time(), at(1));
  engine.run_until_idle();
  EXPECT_EQ(recorder.seen, (Seen{1, 2, 3, 4}));
  EXPECT_EQ(engine.now(), at(3));
  EXPECT_EQ(engine.events_run(), 4u);
  EXPECT_TRUE(engine.idle());
  EXPECT_EQ(engine.next_time(), Instant::never());
}

TEST(Engine, run_until_includes_its_end_and_sets_the_clock) {
  Engine engine;
  Recorder recorder;
  engine.schedule_at(at(1), 1, recorder.note(1));
  engine.schedule_at(at(2), 2, recorder.note(2));
  engine.schedule_at(at(3), 3, recorder.note(3));
  engine.run_until(at(2));
  EXPECT_EQ(recorder.seen, (Seen{1, 2}));
  engine.run_until(Instant::at(2'500_us));
  EXPECT_EQ(engine.now(), Instant::at(2'500_us));
  EXPECT_EQ(recorder.seen, (Seen{1, 2}));
}

TEST(Engine, run_before_excludes_its_end_and_leaves_the_clock) {
  Engine engine;
  Recorder recorder;
  engine.schedule_at(at(1), 1, recorder.note(1));
  engine.schedule_at(at(2), 2, recorder.note(2));
  engine.run_before(at(2));
  EXPECT_EQ(recorder.seen, (Seen{1}));
  EXPECT_EQ(engine.now(), at(1));
}

TEST(Engine, scheduling_again_moves_the_event_both_ways) {
  Engine engine;
  Recorder recorder;
  Call& mover = recorder.note(0);
  for (int i = 1; i <= 5; ++i) engine.schedule_at(at(i), i, recorder.note(i));
  engine.schedule_at(at(1), 0, mover);
  engine.schedule_at(at(9), 10, mover);
  EXPECT_EQ(mover.when(), at(9));
  engine.schedule_at(at(3), 11, mover);
  EXPECT_EQ(mover.when(), at(3));
  engine.run_until_idle();
  EXPECT_EQ(recorder.seen, (Seen{1, 2, 3, 0, 4, 5}));
}

TEST(Engine, cancelled_or_destroyed_event_never_runs) {
  Engine engine;
  Recorder recorder;
  engine.schedule_at(at(1), 1, recorder.note(1));
  engine.schedule_at(at(2), 2, recorder.note(2));
  engine.schedule_at(at(3), 3, recorder.note(3));
  recorder.calls[0]->cancel();
  recorder.calls[0]->cancel();
  EXPECT_FALSE(recorder.calls[0]->scheduled());
  recorder.calls[2].reset();
  engine.run_until_idle();
  EXPECT_EQ(recorder.seen, (Seen{2}));
  EXPECT_EQ(engine.now(), at(2));
}

TEST(Engine, action_may_cancel_move_and_schedule) {
  Engine engine;
  Recorder recorder;
  Call& later = recorder.note(2);
  Call& gone = recorder.note(3);
  Call& fresh = recorder.note(4);
  Call first([&] {
    recorder.seen.push_back(1);
    gone.cancel();
    engine.schedule_at(engine.now(), 50, fresh);
    engine.schedule_at(at(8), 51, later);
  });
  engine.schedule_at(at(1), 1, first);
  engine.schedule_at(at(2), 2, later);
  engine.schedule_at(at(3), 3, gone);
  engine.run_until_idle();
  EXPECT_EQ(recorder.seen, (Seen{1, 4, 2}));
}

TEST(Engine, action_may_schedule_its_own_event_again) {
  Engine engine;
  int runs = 0;
  Call* self = nullptr;
  Call ticker([&] {
    EXPECT_FALSE(self->scheduled());
    if (++runs < 5) engine.schedule_at(engine.now() + 1_ms, static_cast<u64>(runs), *self);
  });
  self = &ticker;
  engine.schedule_at(at(0), 0, ticker);
  engine.run_until_idle();
  EXPECT_EQ(runs, 5);
  EXPECT_EQ(engine.now(), at(4));
}

TEST(Engine, action_may_destroy_its_own_event) {
  Engine engine;
  std::unique_ptr<Call> owner;
  owner = std::make_unique<Call>([&] { owner.reset(); });
  engine.schedule_at(at(1), 1, *owner);
  engine.run_until_idle();
  EXPECT_EQ(owner, nullptr);
}

TEST(Engine, engine_destroyed_first_leaves_events_unscheduled) {
  Recorder recorder;
  {
    Engine engine;
    engine.schedule_at(at(1), 1, recorder.note(1));
    EXPECT_TRUE(recorder.calls[0]->scheduled());
  }
  EXPECT_FALSE(recorder.calls[0]->scheduled());
  recorder.calls[0]->cancel();
}

TEST(Engine, stop_after_returns_after_so_many_events_and_can_go_on) {
  Engine engine;
  Recorder recorder;
  for (int i = 1; i <= 4; ++i) engine.schedule_at(at(1), static_cast<u64>(i), recorder.note(i));
  engine.stop_after(3);
  engine.run_until(at(5));
  EXPECT_TRUE(engine.stopped());
  EXPECT_EQ(recorder.seen, (Seen{1, 2, 3}));
  EXPECT_EQ(engine.now(), at(1));
  engine.run_until(at(5));
  EXPECT_FALSE(engine.stopped());
  EXPECT_EQ(recorder.seen, (Seen{1, 2, 3, 4}));
}

TEST(Engine, stop_returns_after_the_running_event) {
  Engine engine;
  Recorder recorder;
  Call stopper([&] { engine.stop(); });
  engine.schedule_at(at(1), 1, stopper);
  engine.schedule_at(at(1), 2, recorder.note(1));
  engine.run_until(at(5));
  EXPECT_TRUE(engine.stopped());
  EXPECT_TRUE(recorder.seen.empty());
  EXPECT_EQ(engine.now(), at(1));
  engine.run_until(at(5));
  EXPECT_EQ(recorder.seen, (Seen{1}));
  EXPECT_EQ(engine.now(), at(5));
}

TEST(Engine, run_until_never_leaves_the_clock_at_the_last_event) {
  Engine engine;
  Recorder recorder;
  engine.schedule_at(at(1), 1, recorder.note(1));
  engine.run_until(Instant::never());
  EXPECT_EQ(engine.now(), at(1));
}

TEST(EngineDeathTest, past_time_and_foreign_engine_are_broken_invariants) {
  Engine engine;
  Engine other;
  Recorder recorder;
  Call& event = recorder.note(1);
  engine.run_until(at(5));
  EXPECT_DEATH(engine.schedule_at(at(4), 1, event), "broken invariant");
  engine.schedule_at(at(6), 1, event);
  EXPECT_DEATH(other.schedule_at(at(6), 1, event), "broken invariant");
  EXPECT_DEATH(engine.advance_to(at(7)), "broken invariant");
}

// Schedules, moves and cancels at random and compares with an ordered set.
TEST(Engine, random_program_agrees_with_an_ordered_set) {
  for (u64 seed = 1; seed <= 20; ++seed) {
    RandomStream random(seed);
    Engine engine;
    Recorder recorder;
    std::set<std::tuple<i64, u64, int>> model;
    std::vector<std::tuple<i64, u64, int>> entry(200, {-1, 0, 0});
    for (int i = 0; i < 200; ++i) recorder.note(i);
    for (u64 key = 0; key < 2000; ++key) {
      const auto i = static_cast<int>(random.below(200));
      if (std::get<0>(entry[i]) >= 0) model.erase(entry[i]);
      entry[i] = {-1, 0, 0};
      if (random.below(4) == 0) {
        recorder.calls[i]->cancel();
        continue;
      }
      entry[i] = {random.between(0, 30), random.below(4) << 40 | key, i};
      model.insert(entry[i]);
      engine.schedule_at(at(std::get<0>(entry[i])), std::get<1>(entry[i]), *recorder.calls[i]);
    }
    Seen expected;
    for (const auto& [when, key, i] : model) expected.push_back(i);
    engine.run_until_idle();
    ASSERT_EQ(recorder.seen, expected) << "seed " << seed;
  }
}

// The same from inside the actions, which also ask what comes next.
TEST(Engine, actions_at_random_agree_with_an_ordered_set) {
  constexpr int events = 40;
  for (u64 seed = 1; seed <= 20; ++seed) {
    RandomStream random(seed);
    Engine engine;
    using Entry = std::tuple<i64, u64, int>;
    std::set<Entry> model;
    std::vector<Entry> entry(events, {-1, 0, 0});
    std::vector<std::unique_ptr<Call>> calls;
    int ran = 0;
    u64 key = 0;
    const auto forget = [&](int i) {
      if (std::get<0>(entry[i]) >= 0) model.erase(entry[i]);
      entry[i] = {-1, 0, 0};
    };
    const auto schedule = [&](int i, i64 from) {
      forget(i);
      entry[i] = {from + random.between(0, 3), random.below(4) << 40 | ++key, i};
      model.insert(entry[i]);
      engine.schedule_at(at(std::get<0>(entry[i])), std::get<1>(entry[i]), *calls[i]);
    };
    const auto act = [&](int i) {
      ASSERT_EQ(*model.begin(), entry[i]) << "seed " << seed;
      const i64 now = std::get<0>(entry[i]);
      forget(i);
      for (u64 n = ++ran < 3'000 ? random.below(4) : 0; n > 0; --n) {
        const auto other = static_cast<int>(random.below(events));
        if (random.below(4) != 0) {
          schedule(other, now);
        } else {
          calls[other]->cancel();
          forget(other);
        }
        ASSERT_EQ(engine.idle(), model.empty());
        if (model.empty()) continue;
        ASSERT_EQ(engine.next_time(), at(std::get<0>(*model.begin())));
      }
    };
    for (int i = 0; i < events; ++i) calls.push_back(std::make_unique<Call>([&act, i] { act(i); }));
    for (int i = 0; i < events; ++i) schedule(i, 0);
    engine.run_until_idle();
    EXPECT_TRUE(model.empty()) << "seed " << seed;
    EXPECT_GE(ran, events) << "seed " << seed;
  }
}

TEST(Origin, keys_order_by_rank_then_count_and_never_repeat) {
  Origin alice("alice", 0, 1);
  Origin bob("bob", 1, 1);
  const u64 b0 = bob.next_key();
  const u64 a0 = alice.next_key();
  const u64 a1 = alice.next_key();
  EXPECT_LT(a0, a1);
  EXPECT_LT(a1, b0);
  EXPECT_EQ(alice.next_frame(), 0u);
  EXPECT_EQ(alice.next_frame(), 1u);
  EXPECT_EQ(bob.next_frame(), 0u);
}

TEST(Origin, streams_depend_on_seed_name_and_purpose_only) {
  const u64 first = Origin("alice", 0, 1).random("loss").next();
  EXPECT_EQ(Origin("alice", 7, 1).random("loss").next(), first);
  EXPECT_NE(Origin("alice", 0, 2).random("loss").next(), first);
  EXPECT_NE(Origin("bob", 0, 1).random("loss").next(), first);
  EXPECT_NE(Origin("alice", 0, 1).random("delay").next(), first);
}

}  // namespace
}  // namespace catenet
