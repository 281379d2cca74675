// CRC-32 as Ethernet's frame check sequence uses it (IEEE 802.3 3.2.9): reflected polynomial
// 0xedb88320, all ones first, complemented last. Sliced by eight.
#pragma once

#include "catenet/base/types.hpp"

namespace catenet::wire {

// Over runs that lie apart: add them in wire order.
class Crc32 {
 public:
  Crc32& add(ByteView bytes);
  // The value; on the wire its least significant byte goes first.
  u32 finish() const { return ~state_; }

 private:
  u32 state_ = ~u32{0};
};

inline u32 crc32(ByteView bytes) { return Crc32().add(bytes).finish(); }

}  // namespace catenet::wire
