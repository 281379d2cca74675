// TCP options: read RFC 9293 3.1 and 3.2 (MSS), RFC 7323 2 and 3 (window scale, timestamps), RFC
// 2018 and 2883 (SACK), RFC 7413 4.1 (Fast Open cookie).
#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "catenet/base/types.hpp"
#include "catenet/wire/seq.hpp"

namespace catenet::wire {

enum class TcpOptionKind : u8 {
  end = 0,
  no_operation = 1,
  mss = 2,
  window_scale = 3,
  sack_permitted = 4,
  sack = 5,
  timestamps = 8,
  fast_open = 34,
  experiment = 254,  // RFC 6994: its first two bytes say which
};

// Bytes [left, right) are held (RFC 2018 3).
struct SackBlock {
  Seq left{};
  Seq right{};
  bool operator==(const SackBlock&) const = default;
};

// RFC 7323 3.2.
struct TcpTimestamps {
  u32 value = 0;       // TSval
  u32 echo_reply = 0;  // TSecr
  bool operator==(const TcpTimestamps&) const = default;
};

// RFC 7413 4.1.1: 4 to 16 bytes, even; none of them in a request for one.
struct FastOpenCookie {
  static constexpr u32 max_size = 16;
  std::array<u8, max_size> bytes{};
  u8 size = 0;
  bool experimental = false;  // as option 254 with RFC 6994's identifier 0xf989, as before the RFC

  bool is_request() const { return size == 0; }
  // Kind and length included, without padding.
  constexpr u32 option_size() const { return (experimental ? 4u : 2u) + size; }
  ByteView view() const { return {bytes.data(), size}; }
  bool operator==(const FastOpenCookie& other) const {
    return experimental == other.experimental && std::ranges::equal(view(), other.view());
  }
};

struct TcpOptions {
  static constexpr u32 max_size = 40;
  static constexpr u32 max_sack_blocks = 4;
  static constexpr u32 max_window_scale =
      14;  // RFC 7323 2.3: a larger shift received counts as this

  std::optional<u16> mss{};          // bytes
  std::optional<u8> window_scale{};  // shift count, as received
  bool sack_permitted = false;
  std::optional<TcpTimestamps> timestamps{};
  std::optional<FastOpenCookie> fast_open{};
  std::array<SackBlock, max_sack_blocks> sack{};
  u8 sack_count = 0;
  // Set by parse: an option's length was 0 or 1 or reached past the header; what stood before it is
  // kept (RFC 9293 3.1, MUST-7). Never emitted.
  bool malformed = false;

  // SACK blocks that have room beside `timestamps` alone.
  static constexpr u32 sack_room(bool timestamps) { return timestamps ? 3 : 4; }
  // False where there is no room for more blocks.
  constexpr bool add_sack(SackBlock block) {
    if (sack_count == max_sack_blocks) return false;
    sack[sack_count++] = block;
    return true;
  }

  // Of the header, options padded to a multiple of 4: 0 to 40 bytes where the options fit, more
  // where they do not.
  constexpr u32 size() const;

  // Reads any bytes at all. Kinds not known, and known ones of a wrong length, are passed over; the
  // first of a kind wins.
  static TcpOptions parse(ByteView area);
  // Into size() bytes, at most 40, in the order and with the padding that Linux has: receivers'
  // fast paths expect it.
  void emit(MutableBytes out) const;
  bool operator==(const TcpOptions&) const;
};

constexpr u32 TcpOptions::size() const {
  u32 bytes = 0;
  if (mss) bytes += 4;
  if (timestamps) bytes += 12;
  if (sack_permitted && !timestamps) bytes += 4;  // else it stands where the padding would
  if (window_scale) bytes += 4;
  if (sack_count > 0) bytes += 4 + 8u * sack_count;
  if (fast_open) bytes += (fast_open->option_size() + 3) & ~3u;
  return bytes;
}

}  // namespace catenet::wire
