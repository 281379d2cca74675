// What is in packets and writes: bytes that tell their place, so that none can be lost, doubled or
// exchanged without being noticed.
#pragma once

#include <optional>
#include <vector>

#include "catenet/base/types.hpp"

namespace catenet::drill {

// The byte at `position` of a stream, counted from 0, or of a datagram.
constexpr u8 pattern(u32 position) {
  return static_cast<u8>(position * 31 + (position >> 8) * 17 + 7);
}

inline std::vector<u8> pattern_bytes(u32 from, u64 size) {
  std::vector<u8> bytes(size);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = pattern(from + static_cast<u32>(i));
  return bytes;
}

// Where `bytes`, which begin at `from`, first differ from it; nothing: nowhere.
inline std::optional<u32> wrong_byte(ByteView bytes, u32 from) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != pattern(from + static_cast<u32>(i))) return static_cast<u32>(i);
  }
  return std::nullopt;
}

}  // namespace catenet::drill
