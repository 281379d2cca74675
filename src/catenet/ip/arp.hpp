// Arp: finds Ethernet addresses for IPv4 ones. Read RFC 826 (the packet reception algorithm), RFC
// 1122 section 2.3.2 (cache and flood), RFC 5227 (conflicts) and RFC 1027 (proxy).
#pragma once

#include "catenet/ip/interface.hpp"
#include "catenet/wire/arp.hpp"

namespace catenet {

class Arp {
 public:
  explicit Arp(IpLayer& layer) : layer_(layer) {}

  // `packet` begins at the ARP packet.
  void input(Interface& interface, Packet&& packet);
  void output(Interface& interface, const wire::ArpPacket& arp, MacAddress destination);

  // Who has `target`? To `station`, or to all.
  void solicit(Interface& interface, Ipv4Address target,
               MacAddress station = MacAddress::broadcast());
  // May I have `target`? (RFC 5227 section 2.1.1)
  void probe(Interface& interface, Ipv4Address target);
  // I have `address` (RFC 5227 section 2.3), a gratuitous ARP.
  void announce(Interface& interface, Ipv4Address address);

 private:
  bool sane(const Interface& interface, const wire::ArpPacket& arp) const;
  bool conflicts(Interface& interface, const wire::ArpPacket& arp);
  void learn(Interface& interface, const wire::ArpPacket& arp, bool for_us);
  bool answers_for(Interface& interface, Ipv4Address target) const;
  bool proxies_for(Interface& interface, const wire::ArpPacket& arp) const;

  IpLayer& layer_;
};

}  // namespace catenet
