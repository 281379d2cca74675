// SHA-256: read FIPS 180-4. For checking what was fetched, not for secrets.
#pragma once

#include <array>
#include <string>

#include "catenet/base/types.hpp"

namespace catenet {

class Sha256 {
 public:
  using Digest = std::array<u8, 32>;

  void add(ByteView bytes);
  // Ends the message; once.
  Digest finish();
  // The digest in lower-case hexadecimal; once.
  std::string finish_hex();

 private:
  void add_block(const u8* block);

  std::array<u32, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<u8, 64> block_{};
  u64 size_ = 0;  // bytes so far
};

}  // namespace catenet
