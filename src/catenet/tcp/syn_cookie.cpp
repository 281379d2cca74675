#include "catenet/tcp/syn_cookie.hpp"

#include <array>

#include "catenet/tcp/isn.hpp"

namespace catenet::tcp {
namespace {

// What real paths have; the largest that does not exceed the peer's is kept.
constexpr std::array<u16, 8> mss_table = {216, 536, 1220, 1300, 1400, 1440, 1460, 8940};

constexpr u32 hash_bits = 24;
constexpr u32 hash_mask = (1u << hash_bits) - 1;
constexpr u32 no_scale = 15;

u32 minute(Instant now) { return static_cast<u32>(now.since_start().s() / 64); }

u32 hash(SipKey key, const Endpoint& local, const Endpoint& remote, wire::Seq peer_iss, u32 count,
         u32 index) {
  const u64 rest = u64{peer_iss.value()} << 32 | (count & 0x0fffffff) << 3 | index;
  return static_cast<u32>(hash_pair(key, local, remote, rest)) & hash_mask;
}

}  // namespace

wire::Seq syn_cookie(SipKey key, const Endpoint& local, const Endpoint& remote, wire::Seq peer_iss,
                     u16 mss, Instant now) {
  u32 index = 0;
  while (index + 1 < mss_table.size() && mss_table[index + 1] <= mss) ++index;
  const u32 count = minute(now);
  return wire::Seq((count & 31) << 27 | index << hash_bits |
                   hash(key, local, remote, peer_iss, count, index));
}

std::optional<u16> check_syn_cookie(SipKey key, const Endpoint& local, const Endpoint& remote,
                                    wire::Seq peer_iss, wire::Seq cookie, Instant now) {
  const u32 value = cookie.value();
  const u32 age = (minute(now) - (value >> 27)) & 31;
  if (age > 1) return std::nullopt;
  const u32 index = value >> hash_bits & 7;
  const u32 count = minute(now) - age;
  if ((value & hash_mask) != hash(key, local, remote, peer_iss, count, index)) return std::nullopt;
  return mss_table[index];
}

u32 cookie_timestamp(u32 now_ts, const wire::TcpOptions& syn) {
  const u32 scale = syn.window_scale
                        ? std::min<u32>(*syn.window_scale, wire::TcpOptions::max_window_scale)
                        : no_scale;
  const u32 bits = scale | (syn.sack_permitted ? 16u : 0u);
  const u32 stamp = (now_ts & ~63u) | bits;
  return static_cast<i32>(stamp - now_ts) > 0 ? stamp - 64 : stamp;
}

wire::TcpOptions cookie_options(u32 echoed) {
  wire::TcpOptions options;
  const u32 scale = echoed & 15;
  if (scale != no_scale) options.window_scale = static_cast<u8>(scale);
  options.sack_permitted = (echoed & 16) != 0;
  return options;
}

}  // namespace catenet::tcp
