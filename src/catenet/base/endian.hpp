// Network byte order, with offsets that the compiler checks where the size is known.
#pragma once

#include <bit>
#include <cstring>

#include "catenet/base/types.hpp"

namespace catenet {

template <typename T>
constexpr T byte_swap(T value) {
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
  return value;
}

// Host order to network order, and back: the same swap.
template <typename T>
constexpr T network_order(T value) {
  return std::endian::native == std::endian::little ? byte_swap(value) : value;
}

template <typename T>
inline T load_be(const u8* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return network_order(value);
}

template <typename T>
inline void store_be(u8* at, T value) {
  value = network_order(value);
  std::memcpy(at, &value, sizeof value);
}

inline u16 load16(const u8* at) { return load_be<u16>(at); }
inline u32 load32(const u8* at) { return load_be<u32>(at); }
inline u64 load64(const u8* at) { return load_be<u64>(at); }
inline void store16(u8* at, u16 value) { store_be(at, value); }
inline void store32(u8* at, u32 value) { store_be(at, value); }
inline void store64(u8* at, u64 value) { store_be(at, value); }

// The fixed part of a header, N bytes of it: `load16<12>()` does not compile where 12 is out of
// reach.
template <std::size_t N>
class FixedView {
 public:
  explicit FixedView(const u8* data) : data_(data) {}

  template <std::size_t Offset>
  u8 load8() const {
    static_assert(Offset + 1 <= N);
    return data_[Offset];
  }
  template <std::size_t Offset>
  u16 load16() const {
    static_assert(Offset + 2 <= N);
    return load_be<u16>(data_ + Offset);
  }
  template <std::size_t Offset>
  u32 load32() const {
    static_assert(Offset + 4 <= N);
    return load_be<u32>(data_ + Offset);
  }
  template <std::size_t Offset>
  u64 load64() const {
    static_assert(Offset + 8 <= N);
    return load_be<u64>(data_ + Offset);
  }
  const u8* data() const { return data_; }

 private:
  const u8* data_;
};

// The same for writing.
template <std::size_t N>
class FixedWriter {
 public:
  explicit FixedWriter(u8* data) : data_(data) {}

  template <std::size_t Offset>
  void store8(u8 value) {
    static_assert(Offset + 1 <= N);
    data_[Offset] = value;
  }
  template <std::size_t Offset>
  void store16(u16 value) {
    static_assert(Offset + 2 <= N);
    store_be(data_ + Offset, value);
  }
  template <std::size_t Offset>
  void store32(u32 value) {
    static_assert(Offset + 4 <= N);
    store_be(data_ + Offset, value);
  }
  template <std::size_t Offset>
  void store64(u64 value) {
    static_assert(Offset + 8 <= N);
    store_be(data_ + Offset, value);
  }
  u8* data() { return data_; }

 private:
  u8* data_;
};

}  // namespace catenet
