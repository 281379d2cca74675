#include "catenet/coro/frame_pool.hpp"

#include <new>
#include <utility>

#include "catenet/base/assert.hpp"

namespace catenet {

FramePool::~FramePool() {
  CATENET_ASSERT(live_ == 0);
  for (Free* block : free_) {
    while (block) ::operator delete(std::exchange(block, block->next));
  }
}

void* FramePool::allocate(std::size_t bytes) {
  const std::size_t size_class = (bytes + step - 1) / step - 1;
  ++live_;
  if (size_class < classes && free_[size_class]) {
    Free* block = free_[size_class];
    free_[size_class] = block->next;
    return block;
  }
  ++allocated_;
  return ::operator new(size_class < classes ? (size_class + 1) * step : bytes);
}

void FramePool::release(void* memory, std::size_t bytes) {
  const std::size_t size_class = (bytes + step - 1) / step - 1;
  --live_;
  if (size_class >= classes) return ::operator delete(memory);
  free_[size_class] = new (memory) Free{free_[size_class]};
}

namespace detail {
namespace {
// Keeps the frame behind it as aligned as operator new made the block.
struct alignas(__STDCPP_DEFAULT_NEW_ALIGNMENT__) FrameHeader {
  FramePool* pool;
};
}  // namespace

void* allocate_frame(FramePool* pool, std::size_t bytes) {
  const std::size_t whole = bytes + sizeof(FrameHeader);
  void* block = pool ? pool->allocate(whole) : ::operator new(whole);
  return new (block) FrameHeader{pool} + 1;
}

void release_frame(void* frame, std::size_t bytes) {
  FrameHeader* header = static_cast<FrameHeader*>(frame) - 1;
  if (header->pool) {
    header->pool->release(header, bytes + sizeof(FrameHeader));
  } else {
    ::operator delete(header);
  }
}
}  // namespace detail

}  // namespace catenet
