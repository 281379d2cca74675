// Icmpv4: what this host answers, believes and reports. Read RFC 792, RFC 1122 section 3.2.2, RFC
// 1812 section 4.3, RFC 1191 section 4 (next-hop MTU), RFC 6633 (source quench is ignored).
#pragma once

#include <optional>

#include "catenet/ip/interface.hpp"
#include "catenet/ip/ip_counters.hpp"
#include "catenet/ip/rate_limiter.hpp"
#include "catenet/wire/icmpv4.hpp"
#include "catenet/wire/ipv4.hpp"

namespace catenet {

class Icmpv4 {
 public:
  explicit Icmpv4(IpLayer& layer);

  // `packet` begins at the ICMP header.
  void input(const IpInfo& info, Packet&& packet);
  // Sends `message`, header and body with the checksum already stored. Errors as IpLayer::output.
  Result<void> output(Packet&& message, IpSend send);
  // Sends an error about `offending`, which begins at its IP header, to its source, unless RFC 1122
  // section 3.2.2 forbids it or the rate limit is reached.
  [[gnu::cold]] void error(const Packet& offending, const wire::Icmpv4Header& header);
  // Reports an error that this host found itself about a datagram of its own, which begins at its
  // IP header and was to leave by `out`.
  void report_own(const Interface& out, const Packet& offending, const wire::Icmpv4Header& header);

  const IcmpCounters& counters() const { return counters_; }

 private:
  std::optional<Drop> act(const IpInfo& info, const wire::Icmpv4Header& header,
                          const Packet& packet);
  void on_echo_request(const IpInfo& info, const Packet& packet);
  void on_error_message(const IpInfo& info, const wire::Icmpv4Header& header, ByteView quoted);
  void learn_path_mtu(IcmpError& error, const wire::Icmpv4Header& header, u32 packet_size);
  std::optional<Drop> on_redirect(const IpInfo& info, const wire::Icmpv4Header& header,
                                  ByteView quoted);
  void on_timestamp_request(const IpInfo& info, const Packet& packet);
  void on_mask_request(const IpInfo& info, const Packet& packet);
  void on_router_advertisement(const IpInfo& info, const Packet& packet);
  void reply(const IpInfo& info, Packet message);
  bool may_complain(const Packet& offending) const;
  bool believable_redirect(const IpInfo& info, Ipv4Address gateway, Ipv4Address destination) const;

  IpLayer& layer_;
  IcmpRateLimiter limiter_;
  IcmpCounters counters_;
};

// Milliseconds since midnight UT, as ICMP and IP options stamp it: a lab's 0 s is midnight.
u32 timestamp_ms(Instant now);

}  // namespace catenet
