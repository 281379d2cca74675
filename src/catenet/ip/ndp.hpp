// Ndp: Neighbour Discovery between stations of a link: solicitations, advertisements, redirects.
// Router messages go on to Slaac (hosts) and RouterAdvertiser (routers). Read RFC 4861 section 7
// and 8, RFC 4862 section 5.4 (what DAD sees).
#pragma once

#include <optional>

#include "catenet/ip/interface.hpp"
#include "catenet/ip/slaac.hpp"
#include "catenet/wire/ndp.hpp"

namespace catenet {

class Ndp {
 public:
  explicit Ndp(IpLayer& layer) : layer_(layer), slaac_(layer) {}

  // `message` is a whole ICMPv6 message of types 133 to 137, its checksum right. Returns why it is
  // not to be believed.
  std::optional<Drop> input(const IpInfo& info, wire::Icmpv6Type type, ByteView message);

  // Who has `target`? To its solicited-node group, or to `station` alone. `source`: of the packet
  // that made us ask.
  void solicit(Interface& interface, const Ipv6Address& target, std::optional<MacAddress> station,
               const IpAddress& source);
  // May I have `target`? (RFC 4862 section 5.4.2)
  void probe(Interface& interface, const Ipv6Address& target);
  // I have `address`: an unsolicited advertisement (RFC 4861 section 7.2.6).
  void announce(Interface& interface, const Ipv6Address& address);
  // Tells the sender of `offending`, which begins at its IP header, of a better first hop (RFC 4861
  // section 8.2).
  void redirect(Interface& interface, const Packet& offending, const Ipv6Address& next_hop);

  Slaac& slaac() { return slaac_; }
  const Slaac& slaac() const { return slaac_; }

 private:
  // False: a rule of RFC 4861 says not to believe it.
  bool on_solicitation(const IpInfo& info, ByteView message);
  bool on_advertisement(const IpInfo& info, ByteView message);
  std::optional<Drop> on_redirect(const IpInfo& info, ByteView message);
  bool on_router_solicitation(const IpInfo& info, ByteView message);
  bool on_router_advertisement(const IpInfo& info, ByteView message);
  void answer(const IpInfo& info, const Ipv6Address& target);
  void advertise(Interface& interface, const wire::NeighbourAdvertisement& na,
                 const Ipv6Address& destination);
  void send(Interface& interface, Packet&& message, const Ipv6Address& destination,
            const Ipv6Address& source);

  IpLayer& layer_;
  Slaac slaac_;
};

}  // namespace catenet
