// What an event history keeps of a frame: when, which, how long, its headers, what became of it.
// Folded in at a few nanoseconds a frame, so the history may stay on in every run.
#pragma once

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "catenet/base/hash.hpp"
#include "catenet/packet/packet.hpp"
#include "catenet/time/time.hpp"
#include "catenet/trace/drop.hpp"

namespace catenet {

// The ends of a transmission and of a frame's stay in a node.
enum class FrameStep : u8 { offered, delivered, dropped };

namespace detail {

// 64 × 64 → 128 bits, folded: mixes two words in one multiplication.
inline u64 fold_multiply(u64 a, u64 b) {
  __extension__ using u128 = unsigned __int128;
  const u128 product = u128{a} * b;
  return static_cast<u64>(product) ^ static_cast<u64>(product >> 64);
}

inline u64 load_word(const u8* at) {
  u64 word;
  std::memcpy(&word, at, 8);
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

}  // namespace detail

// A frame's first 64 bytes (Ethernet, IP and the numbers of TCP), in 64 bits: lanes of 16 bytes,
// independent of each other. The last lane overlaps the one before rather than end in the middle.
// The same however the frame lies in memory: one that crossed to another shard is linear.
inline u64 digest_headers(const Packet& frame) {
  static constexpr u64 salt[] = {0xa0761d6478bd642full, 0xe7037ed1a0b428dbull,
                                 0x8ebc6af09c88c6e3ull, 0x589965cc75374cc3ull,
                                 0x1d8e4e27c47d124full};
  constexpr std::size_t lane = 16;
  const std::size_t size = std::min<std::size_t>(frame.size(), (std::size(salt) - 1) * lane);
  u8 gathered[(std::size(salt) - 1) * lane];
  ByteView linear = frame.linear_bytes();
  if (linear.size() < size) {
    frame.copy_out(0, {gathered, size});
    linear = {gathered, size};
  }
  const auto mix = [](const u8* at, u64 with) {
    return detail::fold_multiply(detail::load_word(at) ^ with, detail::load_word(at + 8) + with);
  };
  u64 digest = size;
  if (size == sizeof gathered) [[likely]] {
    const u8* at = linear.data();
    return digest ^ mix(at, salt[0]) ^ mix(at + lane, salt[1]) ^ mix(at + 2 * lane, salt[2]) ^
           mix(at + 3 * lane, salt[3]);
  }
  if (size < lane) {
    u8 padded[lane] = {};
    if (size > 0) std::memcpy(padded, linear.data(), size);
    return digest ^ mix(padded, salt[0]);
  }
  const std::size_t lanes = size / lane;
  for (std::size_t i = 0; i < lanes; ++i) digest ^= mix(linear.data() + i * lane, salt[i]);
  if (size % lane != 0) digest ^= mix(linear.data() + size - lane, salt[lanes]);
  return digest;
}

inline void fold_frame(RunningHash& history, Instant now, const Packet& frame, FrameStep step,
                       std::optional<Drop> reason = std::nullopt) {
  const FrameId id = frame.meta().id;
  const u64 outcome = u64{frame.size()} << 16 |
                      u64{reason ? static_cast<u8>(*reason) : u8{0xff}} << 8 |
                      static_cast<u64>(step);
  const u64 who = detail::fold_multiply(u64{id.origin} << 32 ^ id.counter ^ 0xeb44accab455d165ull,
                                        static_cast<u64>(now.ns()) ^ 0x2d358dccaa6c78a5ull);
  history.add(who ^ digest_headers(frame));
  history.add(outcome);
}

}  // namespace catenet
