// The filter, run as the kernel would run it (seccomp(2)).
#include "catenet/program/notify/policy.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

namespace catenet::program::notify {
namespace {

u32 verdict(const std::vector<sock_filter>& filter, const seccomp_data& data) {
  u32 accumulator = 0;
  for (std::size_t at = 0; at < filter.size(); ++at) {
    const sock_filter& step = filter[at];
    bool holds = false;
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const u8*>(&data) + step.k, 4);
        continue;
      case BPF_RET | BPF_K: return step.k;
      case BPF_JMP | BPF_JEQ | BPF_K: holds = accumulator == step.k; break;
      case BPF_JMP | BPF_JGE | BPF_K: holds = accumulator >= step.k; break;
      case BPF_JMP | BPF_JSET | BPF_K: holds = (accumulator & step.k) != 0; break;
      case BPF_JMP | BPF_JGT | BPF_K: holds = accumulator > step.k; break;
      default: ADD_FAILURE() << "code " << step.code; return 0;
    }
    at += holds ? step.jt : step.jf;
  }
  ADD_FAILURE() << "no verdict";
  return 0;
}

u32 network_verdict(long call, const std::vector<u64>& arguments = {},
                    u32 architecture = AUDIT_ARCH_X86_64) {
  seccomp_data data{};
  data.nr = static_cast<int>(call);
  data.arch = architecture;
  for (std::size_t i = 0; i < arguments.size(); ++i) data.args[i] = arguments[i];
  return verdict(compile(network_policy()), data);
}

constexpr u32 not_implemented = SECCOMP_RET_ERRNO | ENOSYS;

TEST(Policy, traps_what_names_the_network) {
  for (const long call : {SYS_socket, SYS_connect, SYS_accept4, SYS_getsockopt, SYS_sendmsg,
                          SYS_recvmmsg, SYS_openat, SYS_openat2, SYS_uname}) {
    EXPECT_EQ(network_verdict(call), SECCOMP_RET_USER_NOTIF) << call;
  }
}

TEST(Policy, bytes_go_by_themselves) {
  for (const long call : {SYS_read, SYS_write, SYS_poll, SYS_epoll_wait, SYS_close, SYS_dup2,
                          SYS_clone, SYS_execve, SYS_sendfile, SYS_splice, SYS_clock_gettime}) {
    EXPECT_EQ(network_verdict(call), SECCOMP_RET_ALLOW) << call;
  }
}

TEST(Policy, address_makes_the_difference) {
  EXPECT_EQ(network_verdict(SYS_sendto, {3, 0x1000, 5, 0, 0, 0}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(network_verdict(SYS_sendto, {3, 0x1000, 5, 0, 0x2000, 16}), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(network_verdict(SYS_recvfrom, {3, 0x1000, 5, 0, 0, 0}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(network_verdict(SYS_recvfrom, {3, 0x1000, 5, MSG_ERRQUEUE | MSG_DONTWAIT, 0, 0}),
            SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(network_verdict(SYS_recvfrom, {3, 0x1000, 5, MSG_PEEK, 0x2000, 0}),
            SECCOMP_RET_USER_NOTIF);
  // Its low half alone is zero.
  EXPECT_EQ(network_verdict(SYS_recvfrom, {3, 0x1000, 5, 0, 0x7f00'0000'0000, 0}),
            SECCOMP_RET_USER_NOTIF);
}

TEST(Policy, requests_about_interfaces_are_trapped_and_others_are_not) {
  constexpr u64 fionread = 0x541b;
  EXPECT_EQ(network_verdict(SYS_ioctl, {3, 0x8912}), SECCOMP_RET_USER_NOTIF);  // SIOCGIFCONF
  EXPECT_EQ(network_verdict(SYS_ioctl, {3, 0x8900}), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(network_verdict(SYS_ioctl, {3, 0x8bff}), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(network_verdict(SYS_ioctl, {3, 0x88ff}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(network_verdict(SYS_ioctl, {3, 0x8c00}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(network_verdict(SYS_ioctl, {3, fionread}), SECCOMP_RET_ALLOW);
}

// Traps read memory and descriptors, which an ordinary user may not of who has forbidden it.
TEST(Policy, nobody_hides_from_the_lab) {
  EXPECT_EQ(network_verdict(SYS_prctl, {PR_SET_DUMPABLE, 0}), SECCOMP_RET_ERRNO | 0u);
  EXPECT_EQ(network_verdict(SYS_prctl, {PR_GET_DUMPABLE}), SECCOMP_RET_ALLOW);
}

TEST(Policy, no_way_round) {
  EXPECT_EQ(network_verdict(SYS_io_uring_setup), not_implemented);
  EXPECT_EQ(network_verdict(SYS_userfaultfd), not_implemented);
  EXPECT_EQ(network_verdict(SYS_socket | 0x4000'0000), not_implemented);  // x32
  EXPECT_EQ(network_verdict(359, {}, AUDIT_ARCH_I386), not_implemented);  // its socket()
}

}  // namespace
}  // namespace catenet::program::notify
