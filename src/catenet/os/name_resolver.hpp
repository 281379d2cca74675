// NameResolver: asks the machine's resolver, which may take seconds, on a thread of its own, so
// that the loop goes on. Read getaddrinfo(3); its order is that of RFC 6724.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "catenet/coro/task.hpp"
#include "catenet/coro/wait_queue.hpp"
#include "catenet/os/machine_loop.hpp"
#include "catenet/wire/address.hpp"

namespace catenet::os {

class NameResolver final : private FdHandler {
 public:
  using Addresses = Result<std::vector<IpAddress>>;

  explicit NameResolver(MachineLoop& loop) : loop_(loop) {}
  NameResolver(const NameResolver&) = delete;
  NameResolver& operator=(const NameResolver&) = delete;
  // Waits for the question that is being asked, if there is one.
  ~NameResolver();
  FramePool& frame_pool() { return loop_.scheduler().frame_pool(); }

  // Names wait for those asked before. ENOENT: there is no such name, or nobody who knows; EMFILE,
  // EAGAIN: no thread can be had.
  Task<Addresses> resolve(std::string name, std::optional<Family> family);
  // Whether a question is being asked.
  bool busy() const { return asked_ > 0; }

 private:
  struct Question {
    std::string name;
    std::optional<Family> family;
    std::optional<Addresses> answer;
  };
  using Shared = std::shared_ptr<Question>;
  Result<void> start();
  void work();
  void on_ready(bool readable, bool writable) override;

  MachineLoop& loop_;
  Descriptor told_;  // an eventfd: answers lie in `answered_`
  std::mutex mutex_;
  std::condition_variable asked_something_;
  std::deque<Shared> questions_;  // guarded by mutex_, as are the next two
  std::deque<std::pair<Shared, Addresses>> answered_;
  bool over_ = false;
  u32 asked_ = 0;
  WaitQueue waiting_;
  std::thread thread_;
};

}  // namespace catenet::os
