#include "catenet/wire/crc32.hpp"

#include <array>

namespace catenet::wire {
namespace {

using Table = std::array<u32, 256>;

// tables[k][b]: what byte b does to the remainder once k more bytes have followed it.
constexpr std::array<Table, 8> make_tables() {
  std::array<Table, 8> tables{};
  for (u32 b = 0; b < 256; ++b) {
    u32 remainder = b;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0xedb88320 : 0);
    }
    tables[0][b] = remainder;
  }
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (u32 b = 0; b < 256; ++b) {
      const u32 before = tables[k - 1][b];
      tables[k][b] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr std::array<Table, 8> tables = make_tables();

u32 load_le32(const u8* at) {
  return at[0] | u32{at[1]} << 8 | u32{at[2]} << 16 | u32{at[3]} << 24;
}

u32 step8(u32 state, const u8* at) {
  const u32 a = state ^ load_le32(at);
  const u32 b = load_le32(at + 4);
  return tables[7][a & 0xff] ^ tables[6][a >> 8 & 0xff] ^ tables[5][a >> 16 & 0xff] ^
         tables[4][a >> 24] ^ tables[3][b & 0xff] ^ tables[2][b >> 8 & 0xff] ^
         tables[1][b >> 16 & 0xff] ^ tables[0][b >> 24];
}

}  // namespace

Crc32& Crc32::add(ByteView bytes) {
  const u8* at = bytes.data();
  std::size_t left = bytes.size();
  u32 state = state_;
  for (; left >= 8; left -= 8, at += 8) state = step8(state, at);
  for (; left > 0; --left, ++at) state = (state >> 8) ^ tables[0][(state ^ *at) & 0xff];
  state_ = state;
  return *this;
}

}  // namespace catenet::wire
