// ChunkPool: the blocks that send buffers are made of, handed round so that a steady sender
// allocates nothing.
#pragma once

#include "catenet/base/ring.hpp"
#include "catenet/packet/shared_bytes.hpp"

namespace catenet::tcp {

class ChunkPool {
 public:
  static constexpr u32 small_bytes = 4 * 1024;  // for connections that write little
  static constexpr u32 large_bytes = 64 * 1024;

  // A block nobody else holds, of one of the two sizes.
  SharedBytes take(bool large) {
    Ring<SharedBytes>& retired = large ? large_ : small_;
    // The oldest is the likeliest to have been read by its peer; two tries find out without a
    // search.
    for (int tries = 0; tries < 2 && !retired.empty(); ++tries) {
      SharedBytes chunk = retired.pop_front();
      if (chunk.unique()) return chunk;
      retired.push_back(std::move(chunk));
    }
    return SharedBytes::allocate(large ? large_bytes : small_bytes);
  }
  // Gives a block back; packets may still hold slices of it.
  void retire(SharedBytes chunk) {
    const bool large = chunk.capacity() == large_bytes;
    Ring<SharedBytes>& retired = large ? large_ : small_;
    if (retired.size() < (large ? max_large : max_small)) retired.push_back(std::move(chunk));
  }

 private:
  static constexpr std::size_t max_large = 64;   // 4 MiB
  static constexpr std::size_t max_small = 256;  // 1 MiB
  Ring<SharedBytes> small_;
  Ring<SharedBytes> large_;
};

}  // namespace catenet::tcp
