#include "catenet/os/machine_loop.hpp"

#include <algorithm>

namespace catenet::os {

MachineLoop::MachineLoop(std::unique_ptr<Poller> poller, std::string name, u64 seed)
    : poller_(std::move(poller)), origin_(std::move(name), 0, seed) {}

Result<std::unique_ptr<MachineLoop>> MachineLoop::create(std::string name, u64 seed) {
  auto poller = Poller::create();
  if (!poller) return Unexpected(poller.error());
  return std::unique_ptr<MachineLoop>(new MachineLoop(*std::move(poller), std::move(name), seed));
}

Instant MachineLoop::instant_of(const timespec& real) const {
  timespec at{};
  ::clock_gettime(CLOCK_REALTIME, &at);
  const Duration ago =
      Duration::seconds(at.tv_sec - real.tv_sec) + Duration::nanoseconds(at.tv_nsec - real.tv_nsec);
  return now() - ago;
}

void MachineLoop::run_after_others(Event& event) {
  // Later than the batch that runs, whose clock stands still: the poller is asked in between.
  const Instant later = std::max(now(), scheduler_.now() + Duration::nanoseconds(1));
  shards_.engine(0).schedule_at(later, origin_.next_key(), event);
}

void MachineLoop::run_until(const std::function<bool()>& stop, Instant end) {
  clock_.run_until(end, stop);
}

}  // namespace catenet::os
