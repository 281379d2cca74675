// Slaac: a host's side of router discovery: who forwards for us, which prefixes are on the link,
// which addresses we make of them. Read RFC 4861 section 6.3, RFC 4862 section 5.5 (the two-hour
// rule) and RFC 8106 (DNS servers).
#pragma once

#include <vector>

#include "catenet/ip/interface.hpp"
#include "catenet/wire/ndp.hpp"

namespace catenet {

class Slaac {
 public:
  struct DefaultRouter {
    Interface* interface = nullptr;
    Ipv6Address address;
    Instant expiry;
    u32 metric =
        0;  // of its route: by its preference (RFC 4191), and worse while it does not answer
  };
  struct DnsServer {
    Interface* interface = nullptr;
    Ipv6Address address;
    Instant expiry;
  };

  explicit Slaac(IpLayer& layer) : layer_(layer) {}

  // A valid router advertisement came.
  void on_advertisement(const IpInfo& info, const wire::RouterAdvertisement& advertisement);
  // Asks for routers: up to three times, until one answers (RFC 4861 section 6.3.7).
  void solicit(Interface& interface);
  // The neighbour is no router any more (RFC 4861 section 7.2.5).
  void on_router_lost(Interface& interface, const Ipv6Address& router);
  // The router does not answer: others come first (section 6.3.6), until it is heard again.
  void on_router_silent(Interface& interface, const Ipv6Address& router);
  // The interface went down: nothing learned from it holds.
  void forget(Interface& interface);

  std::span<const DefaultRouter> default_routers() const { return routers_; }
  std::span<const DnsServer> dns_servers() const { return servers_; }

  Instant next_deadline() const;
  void on_timeout(Instant now);

 private:
  struct Solicitation {
    Interface* interface = nullptr;
    u8 left = 0;
    Instant due;
  };
  void on_router(const IpInfo& info, const wire::RouterAdvertisement& advertisement);
  DefaultRouter* find(const Interface& interface, const Ipv6Address& router);
  void rank(DefaultRouter& router, u32 metric);
  u32 learned_prefixes() const;
  void adopt_timers(Interface& interface, const wire::RouterAdvertisement& advertisement);
  void on_mtu(Interface& interface, u32 mtu);
  void on_prefix(Interface& interface, const wire::PrefixInformation& information);
  void on_on_link(Interface& interface, const wire::PrefixInformation& information);
  void autoconfigure(Interface& interface, const wire::PrefixInformation& information);
  void on_dns(Interface& interface, const wire::RecursiveDns& dns);
  void send_solicitation(Interface& interface);
  void expire_addresses(Interface& interface, Instant now);

  IpLayer& layer_;
  std::vector<DefaultRouter> routers_;
  std::vector<DnsServer> servers_;
  std::vector<Solicitation> solicitations_;
};

}  // namespace catenet
