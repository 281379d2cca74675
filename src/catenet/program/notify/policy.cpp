#include "catenet/program/notify/policy.hpp"

#include <cstddef>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

namespace catenet::program::notify {
namespace {

constexpr u32 word_of(std::size_t offset) { return static_cast<u32>(offset); }
constexpr u32 number_at = word_of(offsetof(seccomp_data, nr));
constexpr u32 architecture_at = word_of(offsetof(seccomp_data, arch));
// x86-64 is little-endian: the low half first.
constexpr u32 low_half_at(u32 index) { return word_of(offsetof(seccomp_data, args)) + 8 * index; }
constexpr u32 high_half_at(u32 index) { return low_half_at(index) + 4; }

constexpr u32 refuse_with(Errno error) {
  return SECCOMP_RET_ERRNO | (static_cast<u32>(error) & SECCOMP_RET_DATA);
}

class Assembler {
 public:
  void load(u32 offset) { add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offset); }
  void give(u32 verdict) { add(BPF_RET | BPF_K, 0, 0, verdict); }
  // Skips so many instructions where the condition holds, and others where it does not.
  void jump_if_equal(u32 value, u8 then, u8 otherwise) {
    add(BPF_JMP | BPF_JEQ | BPF_K, then, otherwise, value);
  }
  void jump_if_at_least(u32 value, u8 then, u8 otherwise) {
    add(BPF_JMP | BPF_JGE | BPF_K, then, otherwise, value);
  }
  void jump_if_any_of(u32 bits, u8 then, u8 otherwise) {
    add(BPF_JMP | BPF_JSET | BPF_K, then, otherwise, bits);
  }
  void jump_if_greater(u32 value, u8 then, u8 otherwise) {
    add(BPF_JMP | BPF_JGT | BPF_K, then, otherwise, value);
  }
  std::vector<sock_filter> take() { return std::move(program_); }

 private:
  void add(int code, u8 then, u8 otherwise, u32 value) {
    program_.push_back({static_cast<u16>(code), then, otherwise, value});
  }
  std::vector<sock_filter> program_;
};

// The call's number is loaded, and is again afterwards where nothing was given.
void add_trap(Assembler& to, const Trap& trap) {
  const u32 number = static_cast<u32>(trap.call);
  switch (trap.only) {
    case Trap::Only::always:
      to.jump_if_equal(number, 0, 1);
      to.give(SECCOMP_RET_USER_NOTIF);
      return;
    case Trap::Only::nonzero:
      to.jump_if_equal(number, 0, 6);
      to.load(low_half_at(trap.index));
      to.jump_if_equal(0, 0, 2);
      to.load(high_half_at(trap.index));
      to.jump_if_equal(0, 1, 0);
      to.give(SECCOMP_RET_USER_NOTIF);
      to.give(SECCOMP_RET_ALLOW);
      return;
    case Trap::Only::nonzero_or_bits:
      to.jump_if_equal(number, 0, 8);
      to.load(low_half_at(trap.bits_index));
      to.jump_if_any_of(trap.bits, 4, 0);
      to.load(low_half_at(trap.index));
      to.jump_if_equal(0, 0, 2);
      to.load(high_half_at(trap.index));
      to.jump_if_equal(0, 1, 0);
      to.give(SECCOMP_RET_USER_NOTIF);
      to.give(SECCOMP_RET_ALLOW);
      return;
    case Trap::Only::in_range:
      to.jump_if_equal(number, 0, 5);
      to.load(low_half_at(trap.index));
      to.jump_if_at_least(trap.low, 0, 2);
      to.jump_if_greater(trap.high, 1, 0);
      to.give(SECCOMP_RET_USER_NOTIF);
      to.give(SECCOMP_RET_ALLOW);
      return;
  }
}

void add_pretence(Assembler& to, const Pretence& pretence) {
  to.jump_if_equal(static_cast<u32>(pretence.call), 0, 4);
  to.load(low_half_at(0));
  to.jump_if_equal(pretence.first, 0, 1);
  to.give(refuse_with(Errno::ok));
  to.give(SECCOMP_RET_ALLOW);
}

}  // namespace

Policy network_policy() {
  using Only = Trap::Only;
  constexpr u32 first_network_request = 0x8900;  // SIOC… of <linux/sockios.h>
  constexpr u32 last_network_request = 0x8bff;   // … of <linux/wireless.h>
  Policy policy;
  for (const long call :
       {SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4, SYS_getsockname,
        SYS_getpeername, SYS_getsockopt, SYS_setsockopt, SYS_shutdown, SYS_sendmsg, SYS_recvmsg,
        SYS_sendmmsg, SYS_recvmmsg, SYS_open, SYS_openat, SYS_openat2, SYS_uname}) {
    policy.traps.push_back({.call = call});
  }
  policy.traps.push_back({.call = SYS_sendto, .only = Only::nonzero, .index = 4});
  // The queue of errors is none that a Unix socket has.
  policy.traps.push_back({.call = SYS_recvfrom,
                          .only = Only::nonzero_or_bits,
                          .index = 4,
                          .bits_index = 3,
                          .bits = MSG_ERRQUEUE});
  policy.traps.push_back({.call = SYS_ioctl,
                          .only = Only::in_range,
                          .index = 1,
                          .low = first_network_request,
                          .high = last_network_request});
  // What is done by it would not be seen; without it, programs use epoll.
  policy.refusals.push_back({SYS_io_uring_setup, Errno::function_not_supported});
  // Memory whose pages another process of the lab provides could keep the lab waiting for ever.
  policy.refusals.push_back({SYS_userfaultfd, Errno::function_not_supported});
  // Who is not to be looked at could not be answered: neither its memory nor its descriptors are to
  // be seen by an ordinary user then.
  policy.pretences.push_back({SYS_prctl, PR_SET_DUMPABLE});
  return policy;
}

std::vector<sock_filter> compile(const Policy& policy) {
  constexpr u32 x32_bit = 0x4000'0000;
  Assembler to;
  to.load(architecture_at);
  to.jump_if_equal(AUDIT_ARCH_X86_64, 1, 0);
  to.give(refuse_with(Errno::function_not_supported));
  to.load(number_at);
  to.jump_if_at_least(x32_bit, 0, 1);
  to.give(refuse_with(Errno::function_not_supported));
  for (const Refusal& refusal : policy.refusals) {
    to.jump_if_equal(static_cast<u32>(refusal.call), 0, 1);
    to.give(refuse_with(refusal.error));
  }
  for (const Pretence& pretence : policy.pretences) add_pretence(to, pretence);
  for (const Trap& trap : policy.traps) add_trap(to, trap);
  to.give(SECCOMP_RET_ALLOW);
  return to.take();
}

}  // namespace catenet::program::notify
