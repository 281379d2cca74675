// Problem: why this machine cannot do what was asked, and what its owner can do about that.
#pragma once

#include <string>

namespace catenet::program {

struct Problem {
  std::string what;    // "cannot open /dev/net/tun: Permission denied"
  std::string advice;  // a whole sentence; empty when there is none

  std::string text() const { return advice.empty() ? what : what + ". " + advice; }
};

}  // namespace catenet::program
