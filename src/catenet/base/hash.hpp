// Hashes: SipHash-2-4 where a peer chooses the input, a multiply-mix for everything else, and the
// running event hash.
#pragma once

#include "catenet/base/types.hpp"

namespace catenet {

struct SipKey {
  u64 k0 = 0;
  u64 k1 = 0;
};

// SipHash-2-4 (Aumasson and Bernstein, 2012) of `bytes` under a secret `key`.
u64 siphash(SipKey key, ByteView bytes);

// A bijective mix of 64 bits (the finaliser of SplitMix64).
constexpr u64 mix64(u64 x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ull;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

// A 64-bit hash of a name, the same on every machine: what derives an origin's random stream.
u64 hash_name(std::string_view name);

// What happened so far, folded into 64 bits. Order matters; equal histories give equal values.
class RunningHash {
 public:
  void add(u64 word) {
    state_ = (state_ ^ word) * 0x9e3779b97f4a7c15ull;
    state_ ^= state_ >> 29;
  }
  void add(ByteView bytes);
  u64 value() const { return mix64(state_); }

 private:
  u64 state_ = 0x243f6a8885a308d3ull;
};

}  // namespace catenet
