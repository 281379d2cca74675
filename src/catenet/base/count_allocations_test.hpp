// Counts what a test program allocates: included by one source of it, whose operator new this is.
// GoogleTest allocates too, so only differences mean something.
#pragma once

#include <cstdlib>
#include <new>

namespace catenet {

inline unsigned long allocations = 0;

}  // namespace catenet

void* operator new(std::size_t size) {
  ++catenet::allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
