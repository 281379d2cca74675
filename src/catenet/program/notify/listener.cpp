#include "catenet/program/notify/listener.hpp"

#include <algorithm>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "catenet/os/last_error.hpp"

namespace catenet::program::notify {
namespace {

// Since Linux 6.6: a waker and who it wakes share a processor, which makes a call half as dear or
// less. Older kernels say EINVAL.
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
constexpr unsigned long wake_synchronously = 1;

}  // namespace

Listener::Listener(os::Poller& poller, os::Descriptor fd, OnCall on_call,
                   std::function<void()> on_end)
    : poller_(poller),
      fd_(std::move(fd)),
      on_call_(std::move(on_call)),
      on_end_(std::move(on_end)) {}

Listener::~Listener() {
  if (fd_) poller_.forget(fd_.get());
}

Result<void> Listener::begin() {
  ::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_SET_FLAGS, wake_synchronously);
  return poller_.watch(fd_.get(), os::Interest::readable, *this);
}

// Where who was answered shares our processor, it has run, and waits again, by the time our answer
// has been given: a second look is cheaper than a turn of the poller. Not for ever, as others wait.
void Listener::on_ready(bool, bool hung_up) {
  constexpr int most = 8;
  for (int calls = 0; calls < most && !hung_up; ++calls) {
    answer_one();
    pollfd state{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&state, 1, 0) != 1 || (state.revents & POLLIN) == 0) return;
  }
  if (!hung_up) return;
  poller_.forget(fd_.get());
  fd_.reset();
  const auto on_end = std::move(on_end_);
  on_end();
}

// ENOENT, EINTR: a signal or its end was quicker. It does not wait: readable means that there is
// one, and it counts though its thread be gone.
void Listener::answer_one() {
  seccomp_notif call{};
  if (::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) return;
  std::array<u64, 6> arguments;
  std::ranges::copy(call.data.args, arguments.begin());
  on_call_(TrappedCall(fd_.get(), call.id, static_cast<pid_t>(call.pid), call.data.nr, arguments));
}

}  // namespace catenet::program::notify
