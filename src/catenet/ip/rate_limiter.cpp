#include "catenet/ip/rate_limiter.hpp"

#include <algorithm>

namespace catenet {

const IcmpLimits IcmpRateLimiter::default_limits{};

Duration TokenBucket::credit_at(Instant now) const {
  return std::min(limit_, credit_ + (now - filled_));
}

bool TokenBucket::take(Instant now, u32 tokens) {
  credit_ = credit_at(now);
  filled_ = now;
  const Duration price = interval_ * tokens;
  if (credit_ < price) return false;
  credit_ -= price;
  return true;
}

u32 TokenBucket::available(Instant now) const {
  return static_cast<u32>(credit_at(now) / interval_);
}

IcmpRateLimiter::IcmpRateLimiter(RandomStream& random, const IcmpLimits& limits)
    : random_(random), limits_(limits), host_(limits.host_burst, limits.host_interval) {}

bool IcmpRateLimiter::allow(const IpAddress& destination, Instant now) {
  // The destination's own limit first: who floods one source of errors does not use up everybody's.
  if (!peer(destination, now).bucket.take(now)) return false;
  return host_.take(now, 1 + static_cast<u32>(random_.below(3)));
}

IcmpRateLimiter::Peer& IcmpRateLimiter::peer(const IpAddress& destination, Instant now) {
  constexpr std::size_t ways = 4;
  if (peers_.empty()) {
    peers_.resize(std::max<std::size_t>(limits_.peers, ways));
    key_ = random_.next();
  }
  const std::size_t sets = peers_.size() / ways;
  Peer* const set = &peers_[mix64(destination.hash() ^ key_) % sets * ways];
  Peer* oldest = set;
  for (Peer* at = set; at != set + ways; ++at) {
    if (at->used && at->address == destination) {
      at->last = now;
      return *at;
    }
    if (!at->used ? oldest->used : oldest->used && at->last < oldest->last) oldest = at;
  }
  *oldest = {destination, true, now, TokenBucket(limits_.peer_burst, limits_.peer_interval)};
  return *oldest;
}

}  // namespace catenet
