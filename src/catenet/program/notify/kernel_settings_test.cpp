// What a socket keeps goes with it to the one that takes its place (socket(7), fcntl(2)).
#include "catenet/program/notify/kernel_settings.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "catenet/os/descriptor.hpp"

namespace catenet::program::notify {
namespace {

TEST(KernelSettings, limits_and_owner_go_to_another_socket) {
  const os::Descriptor from(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const os::Descriptor to(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{.tv_sec = 3, .tv_usec = 0};
  ::setsockopt(from.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::fcntl(from.get(), F_SETOWN, ::getpid());
  ::fcntl(from.get(), F_SETSIG, SIGUSR1);
  KernelSettings::of(from.get()).apply_to(to.get());
  timeval got{};
  socklen_t size = sizeof got;
  ::getsockopt(to.get(), SOL_SOCKET, SO_RCVTIMEO, &got, &size);
  EXPECT_EQ(got.tv_sec, 3);
  ::getsockopt(to.get(), SOL_SOCKET, SO_SNDTIMEO, &got, &size);
  EXPECT_EQ(got.tv_sec, 0);
  EXPECT_EQ(::fcntl(to.get(), F_GETOWN), ::getpid());
  EXPECT_EQ(::fcntl(to.get(), F_GETSIG), SIGUSR1);
}

}  // namespace
}  // namespace catenet::program::notify
