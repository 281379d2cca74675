#include "catenet/os/poller.hpp"

#include <algorithm>
#include <ctime>
#include <poll.h>

#include "catenet/base/assert.hpp"
#include "catenet/os/last_error.hpp"

namespace catenet::os {
namespace {

timespec to_timespec(Duration duration) {
  const Duration wait = std::clamp(duration, Duration::zero(), Duration::seconds(86'400));
  return {.tv_sec = wait.s(), .tv_nsec = wait.ns() % 1'000'000'000};
}

u32 events_of(Interest interest) {
  if (interest == Interest::changes) {
    return u32{EPOLLIN} | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;
  }
  const auto bits = static_cast<u32>(interest);
  return ((bits & 1) != 0 ? u32{EPOLLIN} : 0) | ((bits & 2) != 0 ? u32{EPOLLOUT} : 0);
}

}  // namespace

Result<std::unique_ptr<Poller>> Poller::create() {
  Descriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return last_error();
  return std::unique_ptr<Poller>(new Poller(std::move(epoll)));
}

int Poller::control(int operation, int fd, Interest interest) {
  const Slot& slot = slots_[static_cast<u32>(fd)];
  epoll_event event{};
  event.events = events_of(interest);
  event.data.u64 = u64{slot.generation} << 32 | static_cast<u32>(fd);
  return ::epoll_ctl(epoll_.get(), operation, fd, &event);
}

Result<void> Poller::watch(int fd, Interest interest, FdHandler& handler) {
  CATENET_ASSERT(fd >= 0);
  if (slots_.size() <= static_cast<u32>(fd)) slots_.resize(static_cast<u32>(fd) + 1);
  Slot& slot = slots_[static_cast<u32>(fd)];
  if (slot.handler) return Unexpected(Errno::exists);
  ++slot.generation;
  if (control(EPOLL_CTL_ADD, fd, interest) != 0) return last_error();
  slot.handler = &handler;
  return {};
}

void Poller::change(int fd, Interest interest) {
  const int changed = control(EPOLL_CTL_MOD, fd, interest);
  CATENET_ASSERT(changed == 0);
}

void Poller::forget(int fd) {
  if (fd < 0 || slots_.size() <= static_cast<u32>(fd)) return;
  Slot& slot = slots_[static_cast<u32>(fd)];
  if (!slot.handler) return;
  slot.handler = nullptr;
  control(EPOLL_CTL_DEL, fd, Interest::nothing);
}

bool Poller::wait(Duration timeout) {
  if (ready_count_ > 0) return true;  // nobody was told of the last ones, who are told but once
  const timespec time = to_timespec(timeout);
  const int room = static_cast<int>(ready_.size());
  int count = ::epoll_pwait2(epoll_.get(), ready_.data(), room, &time, nullptr);
  // Linux before 5.11, or a container whose filter does not know the call.
  if (count < 0 && (errno == ENOSYS || errno == EPERM)) {
    pollfd readable{.fd = epoll_.get(), .events = POLLIN, .revents = 0};
    count = ::ppoll(&readable, 1, &time, nullptr);
    if (count > 0) count = ::epoll_wait(epoll_.get(), ready_.data(), room, 0);
  }
  CATENET_ASSERT(count >= 0 || errno == EINTR);
  ready_count_ = static_cast<u32>(std::max(count, 0));
  return ready_count_ > 0;
}

void Poller::dispatch() {
  const u32 count = std::exchange(ready_count_, 0);
  for (u32 i = 0; i < count; ++i) {
    const epoll_event event = ready_[i];
    // By value: a handler may watch more, and the slots move.
    const Slot slot = slots_[static_cast<u32>(event.data.u64)];
    if (!slot.handler || slot.generation != event.data.u64 >> 32) continue;
    const bool over = (event.events & (EPOLLHUP | EPOLLERR)) != 0;
    slot.handler->on_ready(over || (event.events & EPOLLIN) != 0,
                           over || (event.events & EPOLLOUT) != 0);
  }
}

}  // namespace catenet::os
