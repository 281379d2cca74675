#include "catenet/packet/shared_bytes.hpp"

#include <new>

namespace catenet {

SharedBytes SharedBytes::allocate(u32 capacity) {
  void* memory = ::operator new(sizeof(Block) + capacity);
  SharedBytes bytes;
  bytes.block_ = new (memory) Block{1, capacity};
  return bytes;
}

void SharedBytes::release() {
  if (block_ && --block_->references == 0) ::operator delete(block_);
  block_ = nullptr;
}

}  // namespace catenet
