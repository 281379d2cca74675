// Icmpv6: errors, echo, and the door to Neighbour Discovery. Read RFC 4443, above all section 2.4
// (what must and must not be sent).
#pragma once

#include <optional>

#include "catenet/ip/interface.hpp"
#include "catenet/ip/ip_counters.hpp"
#include "catenet/ip/rate_limiter.hpp"
#include "catenet/wire/icmpv6.hpp"
#include "catenet/wire/ipv6.hpp"

namespace catenet {

class Icmpv6 {
 public:
  explicit Icmpv6(IpLayer& layer);

  // `packet` begins at the ICMPv6 header.
  void input(const IpInfo& info, Packet&& packet);
  // Sends `message`; its checksum is stored here, once the source is known.
  Result<void> output(Packet&& message, IpSend send);
  // Sends an error about `offending`, which begins at its IP header and came by `in` (nullptr: not
  // known), to its source, unless RFC 4443 section 2.4 (e) forbids it or the rate limit is reached.
  [[gnu::cold]] void error(Interface* in, const Packet& offending,
                           const wire::Icmpv6Header& header);
  // Reports an error that this host found itself about a datagram of its own, which begins at its
  // IP header and was to leave by `out`.
  void report_own(const Interface& out, const Packet& offending, const wire::Icmpv6Header& header);

  // Whether `quoted`, a packet as a message that came by `in` quotes it, can have been sent from
  // here to `destination`.
  bool can_be_ours(const Interface& in, ByteView quoted, const Ipv6Address& destination) const;

  const IcmpCounters& counters() const { return counters_; }
  IcmpRateLimiter& limiter() { return limiter_; }

 private:
  std::optional<Drop> act(const IpInfo& info, const wire::Icmpv6Header& header, ByteView message);
  void on_echo_request(const IpInfo& info, ByteView message);
  void on_error_message(const IpInfo& info, const wire::Icmpv6Header& header, ByteView quoted);
  void learn_path_mtu(const IpInfo& info, IcmpError& error, u32 mtu);
  bool may_complain(const Packet& offending, const wire::Icmpv6Header& header) const;

  IpLayer& layer_;
  IcmpRateLimiter limiter_;
  IcmpCounters counters_;
};

}  // namespace catenet
