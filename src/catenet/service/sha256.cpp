#include "catenet/service/sha256.hpp"

#include <algorithm>
#include <bit>
#include <fmt/core.h>

#include "catenet/base/endian.hpp"
#include "catenet/base/text.hpp"

namespace catenet {
namespace {

// FIPS 180-4 section 4.2.2.
constexpr std::array<u32, 64> k = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

u32 small_sigma(u32 x, int a, int b, int shift) {
  return std::rotr(x, a) ^ std::rotr(x, b) ^ x >> shift;
}
u32 big_sigma(u32 x, int a, int b, int c) {
  return std::rotr(x, a) ^ std::rotr(x, b) ^ std::rotr(x, c);
}

}  // namespace

void Sha256::add_block(const u8* block) {
  std::array<u32, 64> w;
  for (std::size_t t = 0; t < 16; ++t) w[t] = load32(block + 4 * t);
  for (std::size_t t = 16; t < 64; ++t) {
    w[t] =
        small_sigma(w[t - 2], 17, 19, 10) + w[t - 7] + small_sigma(w[t - 15], 7, 18, 3) + w[t - 16];
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (std::size_t t = 0; t < 64; ++t) {
    const u32 t1 = h + big_sigma(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + k[t] + w[t];
    const u32 t2 = big_sigma(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const std::array<u32, 8> mixed = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i) state_[i] += mixed[i];
}

void Sha256::add(ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t used = size_ % 64;
    const std::size_t n = std::min(bytes.size(), 64 - used);
    std::copy_n(bytes.begin(), n, block_.begin() + static_cast<std::ptrdiff_t>(used));
    size_ += n;
    bytes = bytes.subspan(n);
    if (used + n == 64) add_block(block_.data());
  }
}

Sha256::Digest Sha256::finish() {
  const u64 bits = size_ * 8;
  static constexpr std::array<u8, 64> padding = {0x80};
  const std::size_t used = size_ % 64;
  add(ByteView(padding).first(used < 56 ? 56 - used : 120 - used));
  std::array<u8, 8> length;
  store64(length.data(), bits);
  add(length);
  Digest digest;
  for (std::size_t i = 0; i < 8; ++i) store32(digest.data() + 4 * i, state_[i]);
  return digest;
}

std::string Sha256::finish_hex() {
  std::string text;
  for (u8 byte : finish()) append_format(text, "{:02x}", byte);
  return text;
}

}  // namespace catenet
