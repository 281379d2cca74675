#include "catenet/engine/event_queue.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <tuple>

#include "catenet/engine/random.hpp"

namespace catenet {
namespace {

Instant at_ns(i64 ns) { return Instant::at(Duration::nanoseconds(ns)); }

void insert(EventQueue& queue, QueuedEvent& event, Instant when, u64 key) {
  event.when = when;
  event.key = key;
  queue.insert(event);
}

TEST(EventQueue, from_nanoseconds_to_centuries_the_earliest_comes_first) {
  EventQueue queue{Instant()};
  std::array<QueuedEvent, 63> events;
  for (std::size_t bit = events.size(); bit-- > 0;) {
    insert(queue, events[bit], at_ns(i64{1} << bit), 0);
  }
  for (QueuedEvent& event : events) {
    EXPECT_EQ(queue.first_time(), event.when);
    ASSERT_EQ(queue.first(), &event);
    queue.remove(event);
  }
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.first(), nullptr);
  EXPECT_EQ(queue.first_time(), Instant::never());
}

TEST(EventQueue, what_is_before_the_tick_already_reached_comes_first) {
  EventQueue queue{Instant()};
  QueuedEvent far;
  QueuedEvent near;
  insert(queue, far, at_ns(10'000'000'000), 1);
  EXPECT_EQ(queue.first(), &far);
  insert(queue, near, at_ns(1'000), 2);
  EXPECT_EQ(queue.first(), &near);
  queue.remove(near);
  EXPECT_EQ(queue.first(), &far);
}

TEST(EventQueue, keys_order_an_instant_whether_its_tick_was_reached_or_not) {
  EventQueue queue{Instant()};
  std::array<QueuedEvent, 4> events;
  const Instant when = at_ns(5'000'000);
  insert(queue, events[2], when, 2);
  insert(queue, events[0], when, 0);
  EXPECT_EQ(queue.first(), events.data());
  insert(queue, events[3], when, 3);
  insert(queue, events[1], when, 1);
  for (QueuedEvent& event : events) {
    ASSERT_EQ(queue.first(), &event);
    queue.remove(event);
  }
}

TEST(EventQueue, begins_before_the_epoch) {
  EventQueue queue{at_ns(-1'000'000'000)};
  QueuedEvent after;
  QueuedEvent before;
  insert(queue, after, at_ns(5), 0);
  insert(queue, before, at_ns(-5), 0);
  EXPECT_EQ(queue.first(), &before);
}

// Inserts, removes and takes at random, near and far, and compares with an ordered set.
TEST(EventQueue, at_every_scale_agrees_with_an_ordered_set) {
  for (u64 seed = 1; seed <= 20; ++seed) {
    RandomStream random(seed);
    EventQueue queue{Instant()};
    std::array<QueuedEvent, 100> events;
    std::set<std::tuple<i64, u64, QueuedEvent*>> model;
    const auto entry = [](QueuedEvent& event) {
      return std::tuple(event.when.ns(), event.key, &event);
    };
    i64 now = 0;
    for (u64 key = 0; key < 5'000; ++key) {
      QueuedEvent& event = events[random.below(events.size())];
      if (model.erase(entry(event)) > 0) {
        queue.remove(event);
      } else {
        const i64 ahead = static_cast<i64>(random.next() >> random.between(20, 63));
        insert(queue, event, at_ns(now + ahead), random.below(4) << 40 | key);
        model.insert(entry(event));
      }
      ASSERT_EQ(queue.empty(), model.empty());
      if (model.empty() || random.below(3) == 0) continue;
      ASSERT_EQ(queue.first(), std::get<2>(*model.begin())) << "seed " << seed;
      if (random.below(2) == 0) continue;
      now = queue.first()->when.ns();
      queue.remove(*queue.first());
      model.erase(model.begin());
    }
  }
}

}  // namespace
}  // namespace catenet
