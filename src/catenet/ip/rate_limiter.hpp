// Token buckets for what a host may say unasked: ICMP errors, redirects. Read RFC 1812
// section 4.3.2.8 and RFC 4443 section 2.4 (f); the SAD DNS paper (Man et al., 2020)
// for why the burst is not a fixed number.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "catenet/base/types.hpp"
#include "catenet/engine/random.hpp"
#include "catenet/time/time.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

// `burst` tokens at most, a new one every `interval`. Full at first.
class TokenBucket {
 public:
  constexpr TokenBucket(u32 burst, Duration interval)
      : credit_(interval * burst), limit_(interval * burst), interval_(interval) {}

  // Whether `tokens` were there; if so they are gone.
  bool take(Instant now, u32 tokens = 1);
  // Whole tokens at `now`.
  u32 available(Instant now) const;

 private:
  Duration credit_at(Instant now) const;
  Duration credit_;  // tokens, as the time they took to come
  Duration limit_;
  Duration interval_;
  Instant filled_ = Instant::long_ago();
};

struct IcmpLimits {
  u32 host_burst = 50;                                 // as Linux's icmp_msgs_burst
  Duration host_interval = Duration::milliseconds(1);  // icmp_msgs_per_sec 1,000
  u32 peer_burst = 6;                                  // as Linux's peer credit
  Duration peer_interval = Duration::seconds(1);       // icmp_ratelimit
  u32 peers = 256;                                     // remembered; a power of two
};

// The host's limit and one for each destination. The first takes 0 to 2 more than a token, at
// random, so that nobody can count how many are left (Linux 5.10). Allocates with the first error
// only.
class IcmpRateLimiter {
 public:
  // Both outlive the limiter.
  IcmpRateLimiter(RandomStream& random, const IcmpLimits& limits = default_limits);

  // Whether an error may go to `destination` now. Counts it if so.
  bool allow(const IpAddress& destination, Instant now);

  static const IcmpLimits default_limits;

 private:
  struct Peer {
    IpAddress address;
    bool used = false;
    Instant last;
    TokenBucket bucket{0, Duration::zero()};
  };
  Peer& peer(const IpAddress& destination, Instant now);

  RandomStream& random_;
  const IcmpLimits& limits_;
  TokenBucket host_;
  u64 key_ = 0;
  std::vector<Peer> peers_;  // sets of four by hash, the least recently used goes
};

}  // namespace catenet
