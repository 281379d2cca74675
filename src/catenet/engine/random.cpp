#include "catenet/engine/random.hpp"

#include <bit>

#include "catenet/base/assert.hpp"
#include "catenet/base/hash.hpp"
#include "catenet/engine/random_tables.hpp"

namespace catenet {
namespace {

__extension__ typedef unsigned __int128 Wide;
__extension__ typedef __int128 SignedWide;

// A uniform tail v in (0, 1], split as the tables want it: v = 2^-octave (1 - (knot + fraction /
// 2^24) / 64).
struct Tail {
  u32 octave;
  u32 knot;
  i64 fraction;

  explicit Tail(u64 bits) : octave(static_cast<u32>(std::countl_zero(bits | 1))) {
    const u64 below_one = ~(bits << octave) & (UINT64_MAX >> 1);
    knot = static_cast<u32>(below_one >> 58);
    fraction = static_cast<i64>(below_one >> 34 & 0xffffff);
  }
  i64 between(i64 low, i64 high) const { return low + ((high - low) * fraction >> 24); }
};

// value * scale / 2^bits, to the nearest.
i64 scaled(i64 value, i64 scale, int bits) {
  const SignedWide product = SignedWide{value} * scale;
  return static_cast<i64>((product + (SignedWide{1} << (bits - 1))) >> bits);
}

}  // namespace

RandomStream::RandomStream(u64 seed) {
  for (u64& word : state_) {
    seed += 0x9e3779b97f4a7c15ull;
    word = mix64(seed);
  }
}

u64 RandomStream::next() {
  const u64 result = std::rotl(state_[1] * 5, 7) * 9;
  const u64 t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

u64 RandomStream::below(u64 bound) {
  CATENET_ASSERT(bound > 0);
  Wide product = Wide{next()} * bound;
  if (static_cast<u64>(product) < bound) {
    const u64 unfair = (0 - bound) % bound;  // 2^64 mod bound low parts are one too many
    while (static_cast<u64>(product) < unfair) product = Wide{next()} * bound;
  }
  return static_cast<u64>(product >> 64);
}

i64 RandomStream::between(i64 first, i64 last) {
  CATENET_ASSERT(first <= last);
  const u64 span = static_cast<u64>(last) - static_cast<u64>(first);
  const u64 offset = span == UINT64_MAX ? next() : below(span + 1);
  return static_cast<i64>(static_cast<u64>(first) + offset);
}

bool RandomStream::chance(u32 parts_per_billion) {
  return below(1'000'000'000) < parts_per_billion;
}

i64 RandomStream::normal(i64 scale) {
  using namespace random_tables;
  const u64 bits = next();
  const Tail tail(bits);
  i64 magnitude = random_tables::normal.back();
  if (tail.octave < normal_octaves) {
    const u32 at = tail.octave * knots_per_octave + tail.knot;
    magnitude = tail.between(random_tables::normal[at], random_tables::normal[at + 1]);
  }
  const i64 result = scaled(magnitude, scale, 28);
  return (bits & 1) ? -result : result;  // the lowest bit weighs nothing in the tail
}

i64 RandomStream::exponential(i64 scale) {
  using namespace random_tables;
  const Tail tail(next() | u64{1} << 20);  // ends at 30.5 means
  const auto& table = random_tables::exponential;
  return scaled(tail.octave * ln_2 + tail.between(table[tail.knot], table[tail.knot + 1]), scale,
                30);
}

i64 RandomStream::pareto(i64 scale) {
  using namespace random_tables;
  const Tail tail(next() | u64{1} << 33);  // ends at 1,488 deviations
  const auto& table = random_tables::pareto;
  const i64 inside = tail.between(table[tail.knot], table[tail.knot + 1]);
  const i64 value = scaled(inside, cube_roots[tail.octave % 3], 30) << (tail.octave / 3);
  return scaled(scaled(value - pareto_mean, pareto_per_deviation, 30), scale, 30);
}

}  // namespace catenet
