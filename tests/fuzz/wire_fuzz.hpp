// What the fuzz targets of wire/ share. The oracle beyond a crash: what a parser accepts, emitted
// and parsed again, is the same value.
#pragma once

#include <cstdlib>
#include <vector>

#include "catenet/base/types.hpp"

namespace catenet::wire::fuzz {

inline void check(bool held) {
  if (!held) std::abort();
}

// An input in a buffer of its own size, so that a read past its end is seen.
class Input {
 public:
  Input(const u8* data, std::size_t size) : bytes_(data, data + size) {}
  // The first byte, which chooses, taken off; 0 when there is none.
  u8 take() {
    if (bytes_.empty()) return 0;
    const u8 first = bytes_.front();
    bytes_.erase(bytes_.begin());
    return first;
  }
  ByteView view() const { return bytes_; }

 private:
  std::vector<u8> bytes_;
};

// What `header` writes, and `padding` zero bytes behind it.
template <typename Header>
std::vector<u8> emitted(const Header& header, std::size_t padding = 0) {
  std::size_t size = 0;
  if constexpr (requires { header.size(); }) {
    size = header.size();
  } else {
    size = Header::size;
  }
  std::vector<u8> bytes(size);
  header.emit(bytes);
  bytes.resize(size + padding);
  return bytes;
}

}  // namespace catenet::wire::fuzz
