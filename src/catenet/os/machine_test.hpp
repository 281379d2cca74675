// What tests of the machine's own sockets stand on: a System over loopback, and waiting with an
// end.
#pragma once

#include <gtest/gtest.h>
#include <optional>

#include "catenet/coro/task_group.hpp"
#include "catenet/os/machine_system.hpp"
#include "catenet/socket/async.hpp"

namespace catenet::os {

inline Endpoint at(std::string_view address, u16 port) {
  return {*IpAddress::parse(address), port};
}

class Machine : public testing::Test {
 protected:
  // Far beyond what anything here takes.
  static constexpr Duration long_enough = Duration::seconds(60);

  void SetUp() override {
    auto made = MachineSystem::create();
    ASSERT_TRUE(made.has_value());
    system = *std::move(made);
    tasks = std::make_unique<TaskGroup>(system->scheduler());
  }
  void TearDown() override {
    if (!tasks) return;
    tasks->cancel();
    EXPECT_TRUE(wait_until([&] { return tasks->empty(); }));
  }
  // Runs the loop until `condition` holds; false: it does not within long_enough.
  bool wait_until(const std::function<bool()>& condition) {
    system->loop().run_until(condition, system->now() + long_enough);
    return condition();
  }
  // What `task` gives.
  template <typename T>
  std::optional<T> run(Task<T> task) {
    std::optional<T> result;
    tasks->spawn(keep(std::move(task), result));
    wait_until([&] { return result.has_value(); });
    return result;
  }
  std::unique_ptr<Socket> open(Family family, SocketType type) {
    auto socket = system->open(family, type, 0);
    EXPECT_TRUE(socket.has_value());
    return *std::move(socket);
  }

  std::unique_ptr<MachineSystem> system;
  std::unique_ptr<TaskGroup> tasks;

 private:
  template <typename T>
  static Task<void> keep(Task<T> task, std::optional<T>& result) {
    result = co_await std::move(task);
  }
};

}  // namespace catenet::os
