// Initial sequence numbers (RFC 6528) and timestamp offsets (RFC 7323 §5.4 and its appendix): a
// keyed hash of the four-tuple.
#pragma once

#include "catenet/base/hash.hpp"
#include "catenet/time/time.hpp"
#include "catenet/wire/address.hpp"
#include "catenet/wire/tcp.hpp"

namespace catenet::tcp {

// ISN = M + F(local, remote, secret): M counts 4 us, F is SipHash-2-4 (RFC 6528 §3).
wire::Seq initial_sequence(SipKey secret, const Endpoint& local, const Endpoint& remote,
                           Instant now);

// What is added to the millisecond clock, so that timestamps do not tell how long the host has been
// up.
u32 timestamp_offset(SipKey secret, const Endpoint& local, const Endpoint& remote);

// TSval at `now`: a 1 ms clock (RFC 7323 §5.4).
inline u32 timestamp_at(Instant now, u32 offset) {
  return static_cast<u32>(now.since_start().ms()) + offset;
}

// A keyed hash of the pair of endpoints, each told apart by place; `tweak` separates uses of one
// key.
u64 hash_pair(SipKey key, const Endpoint& local, const Endpoint& remote, u64 tweak);

}  // namespace catenet::tcp
