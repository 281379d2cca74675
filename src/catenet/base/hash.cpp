#include "catenet/base/hash.hpp"

#include <bit>
#include <cstring>

namespace catenet {
namespace {

// Little-endian by definition, so that a hash means the same everywhere.
u64 load_le64(const u8* at, std::size_t n = 8) {
  u64 word = 0;
  for (std::size_t i = 0; i < n; ++i) word |= u64{at[i]} << (8 * i);
  return word;
}

struct SipState {
  u64 v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(u64 word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

}  // namespace

u64 siphash(SipKey key, ByteView bytes) {
  SipState s{key.k0 ^ 0x736f6d6570736575ull, key.k1 ^ 0x646f72616e646f6dull,
             key.k0 ^ 0x6c7967656e657261ull, key.k1 ^ 0x7465646279746573ull};
  const std::size_t whole = bytes.size() & ~std::size_t{7};
  for (std::size_t i = 0; i < whole; i += 8) s.absorb(load_le64(bytes.data() + i));
  s.absorb(load_le64(bytes.data() + whole, bytes.size() - whole) | u64{bytes.size()} << 56);
  s.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) s.round();
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

u64 hash_name(std::string_view name) {
  return siphash({0x636174656e657400ull, 0x6e616d6573747265ull}, as_bytes(name));
}

void RunningHash::add(ByteView bytes) {
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    u64 word;
    std::memcpy(&word, bytes.data() + i, 8);
    add(std::endian::native == std::endian::little ? word : __builtin_bswap64(word));
  }
  if (i < bytes.size()) add(load_le64(bytes.data() + i, bytes.size() - i) | u64{1} << 63);
}

}  // namespace catenet
