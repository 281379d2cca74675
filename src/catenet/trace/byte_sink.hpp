// ByteSink: where a capture's bytes go. Files live in os/ and the tools; here is the interface and
// the one in memory.
#pragma once

#include <vector>

#include "catenet/base/types.hpp"

namespace catenet {

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  // Takes all of `bytes`. A sink that can fail remembers its first error and swallows the rest:
  // looking changes nothing.
  virtual void write(ByteView bytes) = 0;
};

class MemorySink final : public ByteSink {
 public:
  void write(ByteView bytes) override { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  const std::vector<u8>& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  std::vector<u8> bytes_;
};

}  // namespace catenet
