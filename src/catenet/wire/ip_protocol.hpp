// IpProtocol: the number an IPv4 Protocol or an IPv6 Next Header field holds (IANA "Protocol
// Numbers", RFC 9293 for 6 …).
#pragma once

#include <optional>
#include <string_view>

#include "catenet/base/types.hpp"

namespace catenet::wire {

enum class IpProtocol : u8 {
  hop_by_hop = 0,
  icmp = 1,
  igmp = 2,
  ipip = 4,
  tcp = 6,
  udp = 17,
  ipv6 = 41,
  routing = 43,
  fragment = 44,
  gre = 47,
  esp = 50,
  authentication = 51,
  icmpv6 = 58,
  no_next_header = 59,
  destination_options = 60,
  ospf = 89,
  pim = 103,
  vrrp = 112,
  sctp = 132,
};

// The name of /etc/protocols in lower case, "tcp"; empty for numbers without one here.
std::string_view protocol_name(IpProtocol protocol);
// The number of a name as protocol_name gives it.
std::optional<IpProtocol> protocol_by_name(std::string_view name);

}  // namespace catenet::wire
