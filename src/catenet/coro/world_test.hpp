// What the tests of this room stand on: one engine, one scheduler, and the story its tasks tell.
#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "catenet/coro/scheduler.hpp"
#include "catenet/coro/task.hpp"

namespace catenet::coro_test {

using Story = std::vector<std::string>;

struct World {
  Engine engine;
  Origin origin{"host", 0, 1};
  FramePool pool;
  Scheduler scheduler{engine, origin, pool};
  Story story;

  // What a task's first argument offers.
  FramePool& frame_pool() { return pool; }
  Sleep sleep_for(Duration duration) { return scheduler.sleep_for(duration); }
  void tell(std::string_view text) {
    story.push_back(fmt::format("{} s: {}", engine.now().since_start().s(), text));
  }
  void run() { engine.run_until_idle(); }
  void run_until(i64 s) { engine.run_until(Instant::at(Duration::seconds(s))); }
};

// Tells when it is destroyed.
class Guard {
 public:
  Guard(World& world, std::string name) : world_(&world), name_(std::move(name)) {}
  Guard(Guard&& other) noexcept
      : world_(std::exchange(other.world_, nullptr)), name_(std::move(other.name_)) {}
  ~Guard() {
    if (world_) world_->tell(fmt::format("~{}", name_));
  }

 private:
  World* world_;
  std::string name_;
};

// Sleeps, and tells how that ended.
inline Task<void> sleeper(World& world, std::string name, Duration duration) {
  world.tell(fmt::format("{} starts", name));
  const Result<void> slept = co_await world.sleep_for(duration);
  world.tell(fmt::format("{} {}", name, slept ? "ends" : "is cancelled"));
}

// The same as a result: `value`, or the error.
inline Task<Result<int>> producer(World& world, int value, Duration duration) {
  if (auto slept = co_await world.sleep_for(duration); !slept) co_return Unexpected(slept.error());
  co_return value;
}

}  // namespace catenet::coro_test
