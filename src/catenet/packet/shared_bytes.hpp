// Reference-counted bytes that several packets may point into: a chunk of a send buffer, the body
// of a large frame. Counts are plain integers: a chunk and all who hold it live in one shard.
#pragma once

#include <utility>

#include "catenet/base/types.hpp"

namespace catenet {

class SharedBytes {
 public:
  SharedBytes() = default;
  // `capacity` bytes, not initialised, owned by the returned handle alone.
  static SharedBytes allocate(u32 capacity);
  SharedBytes(const SharedBytes& other) : block_(other.block_) {
    if (block_) ++block_->references;
  }
  SharedBytes(SharedBytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedBytes& operator=(SharedBytes other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~SharedBytes() { release(); }

  explicit operator bool() const { return block_ != nullptr; }
  u8* data() { return reinterpret_cast<u8*>(block_ + 1); }
  const u8* data() const { return reinterpret_cast<const u8*>(block_ + 1); }
  u32 capacity() const { return block_->capacity; }
  // Whether this handle is the only one, so that the bytes may be written again.
  bool unique() const { return block_->references == 1; }

 private:
  struct alignas(16) Block {
    u32 references;
    u32 capacity;
  };
  void release();
  Block* block_ = nullptr;
};

// A view of `length` bytes inside shared bytes; holds them alive.
struct Slice {
  SharedBytes owner;
  const u8* data = nullptr;
  u32 length = 0;

  ByteView view() const { return {data, length}; }
};

}  // namespace catenet
