#include "catenet/wire/tcp_options.hpp"

#include <algorithm>
#include <cstring>

#include "catenet/base/assert.hpp"
#include "catenet/base/endian.hpp"

namespace catenet::wire {
namespace {

constexpr u8 no_operation = static_cast<u8>(TcpOptionKind::no_operation);

// NOP NOP kind length, as the four bytes of one word.
constexpr u32 padded(TcpOptionKind kind, u32 length) {
  return u32{no_operation} << 24 | u32{no_operation} << 16 | u32{static_cast<u8>(kind)} << 8 |
         length;
}

constexpr u16 fast_open_experiment = 0xf989;
constexpr u32 aligned_timestamps = padded(TcpOptionKind::timestamps, 10);

void read_sack(ByteView data, TcpOptions& options) {
  if (options.sack_count > 0 || data.empty() || data.size() % 8 != 0) return;
  for (; data.size() >= 8; data = data.subspan(8)) {
    options.add_sack({Seq(load32(data.data())), Seq(load32(data.data() + 4))});
  }
}

void read_fast_open(ByteView data, bool experimental, TcpOptions& options) {
  const bool cookie = data.size() >= 4 && data.size() <= FastOpenCookie::max_size;
  if (options.fast_open || data.size() % 2 != 0 || (!data.empty() && !cookie)) return;
  FastOpenCookie& to = options.fast_open.emplace();
  to.experimental = experimental;
  to.size = static_cast<u8>(data.size());
  std::ranges::copy(data, to.bytes.begin());
}

// One option whose length fits; `data` is what follows kind and length.
void read_option(TcpOptionKind kind, ByteView data, TcpOptions& options) {
  switch (kind) {
    case TcpOptionKind::mss:
      if (data.size() == 2 && !options.mss) options.mss = load16(data.data());
      break;
    case TcpOptionKind::window_scale:
      if (data.size() == 1 && !options.window_scale) options.window_scale = data[0];
      break;
    case TcpOptionKind::sack_permitted:
      if (data.empty()) options.sack_permitted = true;
      break;
    case TcpOptionKind::timestamps:
      if (data.size() == 8 && !options.timestamps) {
        options.timestamps = TcpTimestamps{load32(data.data()), load32(data.data() + 4)};
      }
      break;
    case TcpOptionKind::sack: read_sack(data, options); break;
    case TcpOptionKind::fast_open: read_fast_open(data, false, options); break;
    case TcpOptionKind::experiment:
      if (data.size() >= 2 && load16(data.data()) == fast_open_experiment) {
        read_fast_open(data.subspan(2), true, options);
      }
      break;
    default: break;
  }
}

void read_options(ByteView area, TcpOptions& options) {
  std::size_t at = 0;
  while (at < area.size()) {
    const auto kind = static_cast<TcpOptionKind>(area[at]);
    if (kind == TcpOptionKind::end) return;
    if (kind == TcpOptionKind::no_operation) {
      ++at;
      continue;
    }
    const std::size_t left = area.size() - at;
    const std::size_t length = left < 2 ? 0 : area[at + 1];
    if (length < 2 || length > left) {
      options.malformed = true;
      return;
    }
    read_option(kind, area.subspan(at + 2, length - 2), options);
    at += length;
  }
}

// Writes words and keeps the place.
struct Words {
  u8* at;

  void put(u32 word) {
    store32(at, word);
    at += 4;
  }
};

void write_timestamps(Words& out, const TcpOptions& options) {
  // SACK-permitted takes the place of the two no-operations.
  out.put(options.sack_permitted ? 0x04020000u | (aligned_timestamps & 0xffff)
                                 : aligned_timestamps);
  out.put(options.timestamps->value);
  out.put(options.timestamps->echo_reply);
}

void write_fast_open(Words& out, const FastOpenCookie& cookie) {
  const u32 length = cookie.option_size();
  const u32 size = (length + 3) & ~3u;
  const auto kind = cookie.experimental ? TcpOptionKind::experiment : TcpOptionKind::fast_open;
  out.at[0] = static_cast<u8>(kind);
  out.at[1] = static_cast<u8>(length);
  if (cookie.experimental) store16(out.at + 2, fast_open_experiment);
  std::memcpy(out.at + length - cookie.size, cookie.bytes.data(), cookie.size);
  std::memset(out.at + length, no_operation, size - length);
  out.at += size;
}

}  // namespace

TcpOptions TcpOptions::parse(ByteView area) {
  TcpOptions options;
  // What nearly every data segment carries (RFC 7323 appendix A).
  if (area.size() == 12 && load32(area.data()) == aligned_timestamps) {
    options.timestamps = TcpTimestamps{load32(area.data() + 4), load32(area.data() + 8)};
  } else if (!area.empty()) {
    read_options(area, options);
  }
  return options;
}

void TcpOptions::emit(MutableBytes bytes) const {
  CATENET_ASSERT(size() <= max_size && bytes.size() >= size());
  Words out{bytes.data()};
  if (mss) out.put(0x02040000u | *mss);
  if (timestamps) write_timestamps(out, *this);
  if (sack_permitted && !timestamps) out.put(padded(TcpOptionKind::sack_permitted, 2));
  if (window_scale) out.put(0x01030300u | *window_scale);
  if (sack_count > 0) {
    out.put(padded(TcpOptionKind::sack, 2 + 8u * sack_count));
    for (u32 i = 0; i < sack_count; ++i) {
      out.put(sack[i].left.value());
      out.put(sack[i].right.value());
    }
  }
  if (fast_open) write_fast_open(out, *fast_open);
}

bool TcpOptions::operator==(const TcpOptions& other) const {
  return mss == other.mss && window_scale == other.window_scale &&
         sack_permitted == other.sack_permitted && timestamps == other.timestamps &&
         fast_open == other.fast_open && malformed == other.malformed &&
         std::equal(sack.begin(), sack.begin() + sack_count, other.sack.begin(),
                    other.sack.begin() + other.sack_count);
}

}  // namespace catenet::wire
