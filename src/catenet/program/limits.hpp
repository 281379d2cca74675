// Limits of the machine that are in the way, and what to do about them.
#pragma once

#include <array>
#include <string>

#include "catenet/base/errno.hpp"

namespace catenet::program {

// A kind of namespaces, and how many of them there may be: NAME in /proc/sys/user.
struct NamespaceKind {
  const char* name;
  int flag;
  const char* limit;
};
extern const std::array<NamespaceKind, 6> namespace_kinds;

// The first line of a file; empty: there is none.
std::string first_line_of(const std::string& path);

// A sentence about ENOSPC of clone() or unshare(): which kinds may not be made, as far as one is
// at zero.
std::string advice_for_namespace_limits();

// A sentence about what says that there are too many processes or open files, or that a file is too
// large; else empty.
std::string advice_for_limit(Errno error);

// A sentence about /dev/net/tun that cannot be opened; else empty.
std::string advice_for_tun(Errno error);

}  // namespace catenet::program
