// CATENET_ASSERT: a broken invariant of ours, never a peer's fault. On in every build; keep its
// condition cheap.
#pragma once

namespace catenet {

// Prints where and what, then aborts.
[[noreturn, gnu::cold]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace catenet

#define CATENET_ASSERT(condition)                    \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::catenet::assertion_failed(#condition, __FILE__, __LINE__))
