#include "catenet/program/capabilities.hpp"

#include <algorithm>
#include <array>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "catenet/base/types.hpp"
#include "catenet/os/last_error.hpp"

namespace catenet::program {
namespace {

// Absent, beside those whose name says why: SYS_ADMIN would take private places away by umount,
// DAC_READ_SEARCH would open by its handle what lies under them, SYS_RESOURCE and SYS_NICE would
// lift the limits that protect the machine, MKNOD would make its devices, SYS_PTRACE would hold the
// first process still.
constexpr std::array<int, 17> kept = {
    CAP_CHOWN,       CAP_DAC_OVERRIDE,     CAP_FOWNER,        CAP_FSETID,    CAP_KILL,
    CAP_SETGID,      CAP_SETUID,           CAP_SETPCAP,       CAP_SETFCAP,   CAP_SYS_CHROOT,
    CAP_AUDIT_WRITE, CAP_NET_BIND_SERVICE, CAP_NET_BROADCAST, CAP_NET_ADMIN, CAP_NET_RAW,
    CAP_IPC_LOCK,    CAP_IPC_OWNER};

constexpr u32 word_of(int capability) { return static_cast<u32>(capability) / 32; }
constexpr u32 bit_of(int capability) { return u32{1} << (capability % 32); }

}  // namespace

Result<void> give_up_capabilities() {
  // The kernel says EINVAL behind its last.
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability) >= 0; ++capability) {
    if (std::ranges::find(kept, capability) != kept.end()) continue;
    if (::prctl(PR_CAPBSET_READ, capability) == 0) continue;
    if (::prctl(PR_CAPBSET_DROP, capability) != 0) return os::last_error();
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return os::last_error();
  std::array<u32, _LINUX_CAPABILITY_U32S_3> mask{};
  for (const int capability : kept) mask[word_of(capability)] |= bit_of(capability);
  for (u32 i = 0; i < sets.size(); ++i) {
    sets[i].permitted &= mask[i];
    sets[i].effective = sets[i].permitted;
    sets[i].inheritable = 0;
  }
  if (::syscall(SYS_capset, &header, sets.data()) != 0) return os::last_error();
  return {};
}

}  // namespace catenet::program
