// RouterDiscovery: ICMP router discovery for IPv4, both sides: hosts learn default routes, routers
// that are told to advertise themselves. Read RFC 1256 sections 4 and 5.
#pragma once

#include <vector>

#include "catenet/ip/interface.hpp"
#include "catenet/wire/icmpv4.hpp"

namespace catenet {

// RFC 1256 section 4.1.
struct RouterDiscoverySettings {
  Duration max_interval = Duration::seconds(600);  // MaxAdvertisementInterval: 4 to 1,800 s
  i32 preference = 0;                              // PreferenceLevel
};

class RouterDiscovery {
 public:
  explicit RouterDiscovery(IpLayer& layer) : layer_(layer) {}

  // A router begins to advertise the addresses of `interface`.
  void advertise(Interface& interface, const RouterDiscoverySettings& settings);
  // Says goodbye (lifetime 0) and stops.
  void stop(Interface& interface);
  // A host asks for routers, up to three times.
  void solicit(Interface& interface);
  void forget(const Interface& interface);
  // Its link went down: nobody is to be asked there, and a router goes on when it is up again.
  void on_down(const Interface& interface);

  void on_advertisement(const IpInfo& info, const wire::Icmpv4RouterAdvertisement& advertisement);
  void on_solicitation(const IpInfo& info);

  Instant next_deadline() const;
  void on_timeout(Instant now);

 private:
  struct Advertiser {
    Interface* interface = nullptr;
    RouterDiscoverySettings settings;
    u8 initial_left = 3;  // MAX_INITIAL_ADVERTISEMENTS
    Instant due;
  };
  struct Solicitation {
    Interface* interface = nullptr;
    u8 left = 0;
    Instant due;
  };
  void send_advertisement(const Advertiser& advertiser, u16 lifetime_s);
  void send_solicitation(Interface& interface);
  void learn(Interface& interface, Ipv4Address router, i32 preference, u16 lifetime_s);
  Duration next_interval(const Advertiser& advertiser);

  IpLayer& layer_;
  std::vector<Advertiser> advertisers_;
  std::vector<Solicitation> solicitations_;
};

}  // namespace catenet
