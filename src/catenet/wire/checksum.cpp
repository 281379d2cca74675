#include "catenet/wire/checksum.hpp"

#include <cstring>

namespace catenet::wire::detail {
namespace {

template <typename T>
T load_native(const u8* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// What is left when whole blocks are done, or a header: eight bytes at a time.
u64 sum_words(const u8* bytes, std::size_t size) {
  u64 sum = 0;
  for (; size >= 8; size -= 8, bytes += 8) {
    const u64 word = load_native<u64>(bytes);
    sum += (word & 0xffffffff) + (word >> 32);
  }
  if (size & 4) {
    sum += load_native<u32>(bytes);
    bytes += 4;
  }
  if (size & 2) {
    sum += load_native<u16>(bytes);
    bytes += 2;
  }
  if (size & 1) sum += network_order(static_cast<u16>(*bytes << 8));
  return sum;
}

using Lanes16 = u64 __attribute__((vector_size(16)));
using Lanes32 = u64 __attribute__((vector_size(32)));

// Sums whole blocks of four vectors. 32-bit words go into 64-bit lanes, so that no carry is lost in
// the first 16 GiB and none needs looking at.
template <typename Lanes>
[[gnu::always_inline]] inline u64 sum_blocks(const u8* bytes, std::size_t blocks) {
  constexpr std::size_t width = sizeof(Lanes);
  const Lanes low = Lanes{} + 0xffffffff;
  Lanes even0 = {}, even1 = {}, odd0 = {}, odd1 = {}, a, b;
  for (; blocks > 0; --blocks, bytes += 4 * width) {
    std::memcpy(&a, bytes, width);
    std::memcpy(&b, bytes + width, width);
    even0 += (a & low) + (b & low);
    odd0 += (a >> 32) + (b >> 32);
    std::memcpy(&a, bytes + 2 * width, width);
    std::memcpy(&b, bytes + 3 * width, width);
    even1 += (a & low) + (b & low);
    odd1 += (a >> 32) + (b >> 32);
  }
  const Lanes lanes = even0 + even1 + odd0 + odd1;
  u64 sum = 0;
  for (std::size_t i = 0; i < width / 8; ++i) sum += lanes[i];
  return sum;
}

#if defined(__x86_64__)
// The same sum, so the same run: only faster where the machine has the wider vectors.
[[gnu::target("avx2")]] u64 sum_blocks_avx2(const u8* bytes, std::size_t blocks) {
  return sum_blocks<Lanes32>(bytes, blocks);
}
u64 sum_wide_blocks(const u8* bytes, std::size_t blocks) {
  if (__builtin_cpu_supports("avx2")) return sum_blocks_avx2(bytes, blocks);
  return sum_blocks<Lanes16>(bytes, 2 * blocks);
}
#else
u64 sum_wide_blocks(const u8* bytes, std::size_t blocks) {
  return sum_blocks<Lanes16>(bytes, 2 * blocks);
}
#endif

}  // namespace

u64 sum_native(const u8* bytes, std::size_t size) {
  constexpr std::size_t wide_block = 4 * sizeof(Lanes32);
  u64 sum = 0;
  if (size >= wide_block) {
    const std::size_t blocks = size / wide_block;
    sum = sum_wide_blocks(bytes, blocks);
    bytes += blocks * wide_block;
    size -= blocks * wide_block;
  }
  return sum + sum_words(bytes, size);
}

}  // namespace catenet::wire::detail
