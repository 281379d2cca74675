// PathMtuCache: how large a packet gets through to a destination, as far as ICMP has told. Read RFC
// 1191 and RFC 8201.
#pragma once

#include <optional>
#include <vector>

#include "catenet/base/types.hpp"
#include "catenet/time/time.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

struct PathMtuLimits {
  Duration lifetime =
      Duration::seconds(600);  // RFC 1191 6.3, RFC 8201 4: then the link's MTU is tried again
  u32 min_ipv4 = 552;          // bytes; claims below are not believed (Linux's min_pmtu: 512 + 40)
  u32 min_ipv6 = 1280;         // RFC 8201 4
  u32 destinations = 256;      // remembered; the oldest goes
};

class PathMtuCache {
 public:
  // `limits` outlives the cache.
  explicit PathMtuCache(const PathMtuLimits& limits = default_limits) : limits_(limits) {}

  // The path MTU to `destination`, bytes from the IP header on: never more than `link_mtu`.
  u32 lookup(const IpAddress& destination, u32 link_mtu, Instant now) const;
  // Whether Don't Fragment is of use to who merely prefers it: not where an IPv4 router claimed
  // less than the floor. Then routers fragment.
  bool dont_fragment(const IpAddress& destination, Instant now) const;

  // A router dropped a packet of `packet_size` bytes to `destination` because its next link takes
  // `mtu` (IPv4, 0: it did not say; the next lower plateau of RFC 1191 section 7 is taken). Returns
  // the new path MTU if it is lower than before. Raises nothing. IPv4 claims under the floor count
  // as the floor; IPv6 claims under 1,280 are ignored (RFC 8201 4). `link_mtu` bounds all.
  std::optional<u32> on_packet_too_big(const IpAddress& destination, u32 mtu, u32 packet_size,
                                       u32 link_mtu, Instant now);

  // Forgets one, or all (a route changed).
  void forget(const IpAddress& destination);
  void clear() {
    entries_.clear();
    ++generation_;
  }
  u32 size() const { return static_cast<u32>(entries_.size()); }
  // Another value whenever lookup may answer otherwise, but for expiry.
  u64 generation() const { return generation_; }
  // Until when what lookup says of `destination` holds; never when it is not in the cache.
  Instant valid_until(const IpAddress& destination) const;

  static const PathMtuLimits default_limits;

 private:
  struct Entry {
    IpAddress destination;
    u32 mtu = 0;
    bool at_floor = false;
    Instant expiry;
  };
  const Entry* find(const IpAddress& destination) const;
  Entry& make(const IpAddress& destination, Instant now);

  const PathMtuLimits& limits_;
  std::vector<Entry> entries_;  // by destination
  u64 generation_ = 1;
};

// The largest plateau below `packet_size` (RFC 1191 section 7.1); 68 when there is none.
u32 mtu_plateau_below(u32 packet_size);

}  // namespace catenet
