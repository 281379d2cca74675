// What a program took of the machine, as wait4(2) gives it.
#pragma once

#include "catenet/base/types.hpp"
#include "catenet/time/time.hpp"

namespace catenet::lab {

struct ResourceUse {
  Duration user;  // of a processor
  Duration system;
  u64 max_resident_bytes = 0;
};

}  // namespace catenet::lab
