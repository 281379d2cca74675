#include "catenet/tcp/isn.hpp"

#include <array>
#include <cstring>

namespace catenet::tcp {
namespace {

u8* put(u8* out, const Endpoint& endpoint) {
  const ByteView address = endpoint.address.bytes();
  std::memcpy(out, address.data(), address.size());
  store16(out + 16, endpoint.port);
  out[18] = static_cast<u8>(endpoint.address.family());
  return out + 19;
}

}  // namespace

u64 hash_pair(SipKey key, const Endpoint& local, const Endpoint& remote, u64 tweak) {
  std::array<u8, 19 + 19 + 8> bytes{};
  u8* at = put(bytes.data(), local);
  at = put(at, remote);
  store64(at, tweak);
  return siphash(key, bytes);
}

wire::Seq initial_sequence(SipKey secret, const Endpoint& local, const Endpoint& remote,
                           Instant now) {
  const u32 m = static_cast<u32>(now.since_start().us() / 4);
  return wire::Seq(m + static_cast<u32>(hash_pair(secret, local, remote, 0)));
}

u32 timestamp_offset(SipKey secret, const Endpoint& local, const Endpoint& remote) {
  return static_cast<u32>(hash_pair(secret, local, remote, 1));
}

}  // namespace catenet::tcp
