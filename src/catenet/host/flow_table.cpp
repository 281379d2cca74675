#include "catenet/host/flow_table.hpp"

#include <cstring>

namespace catenet {
namespace {

u64 load_word(const u8* at) {
  u64 word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Multiplies to 128 bits and folds: each input bit reaches the whole word.
u64 fold_multiply(u64 a, u64 b) {
  __extension__ using u128 = unsigned __int128;
  const auto product = static_cast<u128>(a) * b;
  return static_cast<u64>(product) ^ static_cast<u64>(product >> 64);
}

u64 mix_address(u64 state, u64 key, const IpAddress& address) {
  const ByteView bytes = address.bytes();
  if (address.is_v4()) return fold_multiply(state ^ load32(bytes.data()), key | 1);
  state = fold_multiply(state ^ load_word(bytes.data()), key | 1);
  return fold_multiply(state ^ load_word(bytes.data() + 8), key | 1);
}

}  // namespace

u64 hash_flow(SipKey secret, const Endpoint& local, const Endpoint& remote) {
  const u64 ports = u64{local.port} << 16 | remote.port;
  u64 state = fold_multiply(ports ^ secret.k0, secret.k1 | 1);
  state = mix_address(state, secret.k0, remote.address);
  return mix_address(state, secret.k1, local.address);
}

}  // namespace catenet
