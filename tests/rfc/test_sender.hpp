// For the tests of RFC 5681 and RFC 6675: a sender whose segments have 1000 bytes.
#pragma once

#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing::sender {

inline constexpr u32 mss = 1000;
constexpr i64 at(i64 segment) { return 1 + segment * mss; }

inline Options with_sack() {
  Options options = plain_options();
  options.sack = true;
  return options;
}

// `count` segments are in flight; what is written beyond waits.
inline void send(Conversation& t, i64 count, i64 waiting) {
  t.env().options.initial_window = static_cast<u32>(count);
  t.establish({.mss = mss, .sack_ok = t.env().options.sack});
  t.write(static_cast<u32>(count + waiting) * mss);
  for (i64 i = 0; i < count; ++i) t.out({.seq = at(i), .len = mss});
  t.silent();
}

}  // namespace catenet::tcp::testing::sender
