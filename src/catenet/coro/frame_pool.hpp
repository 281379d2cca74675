// FramePool: free lists of coroutine frames by size, so that a task that is awaited often allocates
// once.
#pragma once

#include <array>
#include <concepts>
#include <type_traits>

#include "catenet/base/types.hpp"

namespace catenet {

// One a shard; it must outlive every frame taken from it.
class FramePool {
 public:
  FramePool() = default;
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;
  ~FramePool();

  // `bytes` of memory aligned for anything ordinary; give it back with the same size.
  void* allocate(std::size_t bytes);
  void release(void* memory, std::size_t bytes);

  // Blocks in use now, and blocks ever taken from the machine.
  u64 live() const { return live_; }
  u64 allocated() const { return allocated_; }

 private:
  struct Free {
    Free* next;
  };
  static constexpr std::size_t step = 64;
  static constexpr std::size_t classes =
      64;  // up to 4 KiB; larger frames go to the machine each time
  std::array<Free*, classes> free_{};
  u64 live_ = 0;
  u64 allocated_ = 0;
};

// What a coroutine's frame can come from: the first among six arguments (for a member function,
// `*this` counts as one) that has `frame_pool()`. Without any, the frame comes from the machine.
template <typename T>
concept HasFramePool = requires(T& source) {
  { source.frame_pool() } -> std::same_as<FramePool&>;
};

namespace detail {
// A block from `pool`, or from the machine when null, that remembers which.
void* allocate_frame(FramePool* pool, std::size_t bytes);
void release_frame(void* frame, std::size_t bytes);

// Made from any argument of a coroutine.
struct FrameSource {
  FrameSource() = default;
  template <typename T>
    requires(!std::same_as<std::remove_cv_t<T>, FrameSource>)
  FrameSource(T& argument) {
    if constexpr (HasFramePool<T>) pool = &argument.frame_pool();
  }
  FramePool* pool = nullptr;
};
}  // namespace detail

}  // namespace catenet
