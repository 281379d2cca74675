// What the fuzz targets share. A target is a namespace with a `run`, which is a libFuzzer program
// of its own under the fuzz preset; in every other build all targets are one program, replay.cpp.
#pragma once

#include <cstdlib>
#include <vector>

#include "catenet/base/types.hpp"

namespace catenet::fuzz {

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

// What `header` writes, and `padding` zero bytes behind it. The oracle beyond a crash: what a
// parser accepts, emitted and parsed again, is the same value.
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

// A target that replay.cpp finds by its name.
class Target {
 public:
  using Run = int (*)(const u8* data, std::size_t size);

  Target(const char* name, Run run) : name_(name), run_(run), next_(first_) { first_ = this; }
  // nullptr where there is none of that name.
  static const Target* find(std::string_view name) {
    const Target* target = first_;
    while (target && target->name_ != name) target = target->next_;
    return target;
  }
  void run(ByteView input) const { run_(input.data(), input.size()); }

 private:
  static inline const Target* first_ = nullptr;
  std::string_view name_;
  Run run_;
  const Target* next_;
};

}  // namespace catenet::fuzz

#ifdef CATENET_FUZZ_REPLAY
#define FUZZ_TARGET(name)                                       \
  namespace catenet::name {                                     \
  static const catenet::fuzz::Target target{#name, &name::run}; \
  }
#else
#define FUZZ_TARGET(name)                                                            \
  extern "C" int LLVMFuzzerTestOneInput(const catenet::u8* data, std::size_t size) { \
    return catenet::name::run(data, size);                                           \
  }
#endif
