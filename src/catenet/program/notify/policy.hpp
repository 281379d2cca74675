// Policy: which system calls of a program are answered by its lab host, and which are refused; all
// others are the kernel's. As a filter of seccomp(2). Read seccomp_unotify(2).
#pragma once

#include <linux/filter.h>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/base/types.hpp"

namespace catenet::program::notify {

// A call that is trapped, but not where one of its arguments tells that it is none of our business.
struct Trap {
  enum class Only : u8 {
    always,
    nonzero,          // where argument `index` is not zero: an address that is asked for or given
    nonzero_or_bits,  // or argument `bits_index` has one of `bits`
    in_range,         // where argument `index` lies in [low, high], its low 32 bits
  };

  long call = 0;
  Only only = Only::always;
  u32 index = 0;
  u32 low = 0;
  u32 high = 0;
  u32 bits_index = 0;
  u32 bits = 0;
};

struct Refusal {
  long call = 0;
  Errno error = Errno::not_permitted;
};

// A call that does nothing and says that it has succeeded, where its first argument is `first`.
struct Pretence {
  long call = 0;
  u32 first = 0;
};

struct Policy {
  std::vector<Trap> traps;
  std::vector<Refusal> refusals;
  std::vector<Pretence> pretences;
};

// The network is the lab host's; time, files and processes are the machine's.
Policy network_policy();

// Calls of other architectures than x86-64, and those by the x32 numbers, give ENOSYS: they would
// get round the rest.
std::vector<sock_filter> compile(const Policy& policy);

}  // namespace catenet::program::notify
