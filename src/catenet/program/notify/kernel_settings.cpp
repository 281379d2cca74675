#include "catenet/program/notify/kernel_settings.hpp"

#include <sys/socket.h>

namespace catenet::program::notify {
namespace {

template <typename T>
void get(int fd, int name, T& value) {
  socklen_t size = sizeof value;
  ::getsockopt(fd, SOL_SOCKET, name, &value, &size);
}

template <typename T>
void set(int fd, int name, const T& value) {
  ::setsockopt(fd, SOL_SOCKET, name, &value, sizeof value);
}

}  // namespace

KernelSettings KernelSettings::of(int fd) {
  KernelSettings settings;
  get(fd, SO_RCVTIMEO, settings.receive_limit_);
  get(fd, SO_SNDTIMEO, settings.send_limit_);
  get(fd, SO_RCVLOWAT, settings.least_to_receive_);
  get(fd, SO_OOBINLINE, settings.urgent_inline_);
  ::fcntl(fd, F_GETOWN_EX, &settings.owner_);
  settings.signal_ = ::fcntl(fd, F_GETSIG);
  return settings;
}

void KernelSettings::apply_to(int fd) const {
  set(fd, SO_RCVTIMEO, receive_limit_);
  set(fd, SO_SNDTIMEO, send_limit_);
  set(fd, SO_RCVLOWAT, least_to_receive_);
  set(fd, SO_OOBINLINE, urgent_inline_);
  if (owner_.pid != 0) ::fcntl(fd, F_SETOWN_EX, &owner_);
  if (signal_ > 0) ::fcntl(fd, F_SETSIG, signal_);
}

}  // namespace catenet::program::notify
