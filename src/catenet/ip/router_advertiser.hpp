// RouterAdvertiser: a router's side of router discovery on one interface: advertisements, periodic
// and asked for. Read RFC 4861 section 6.2 and RFC 8106.
#pragma once

#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/ip/interface.hpp"

namespace catenet {

struct AdvertisedPrefix {
  Prefix prefix;
  bool on_link = true;
  bool autonomous = true;
  Duration valid_lifetime = Duration::seconds(2'592'000);    // 30 days
  Duration preferred_lifetime = Duration::seconds(604'800);  // 7 days
};

// The variables of RFC 4861 section 6.2.1.
struct RouterAdvertising {
  Duration max_interval = Duration::seconds(600);  // MaxRtrAdvInterval: 4 to 1,800 s
  Duration min_interval = Duration::seconds(200);  // MinRtrAdvInterval: 3 s to 0.75 of the other
  Duration default_lifetime =
      Duration::seconds(1'800);                // AdvDefaultLifetime; 0: not a default router
  bool managed = false;                        // addresses by DHCPv6
  bool other_config = false;                   // the rest by DHCPv6
  u8 hop_limit = 64;                           // AdvCurHopLimit
  u32 link_mtu = 0;                            // AdvLinkMTU, bytes; 0: not said
  Duration reachable_time = Duration::zero();  // 0: not said
  Duration retransmit_timer = Duration::zero();
  std::vector<AdvertisedPrefix> prefixes;
  std::vector<Ipv6Address> dns_servers;
  Duration dns_lifetime = Duration::seconds(1'800);

  // invalid where RFC 4861 section 6.2.1 sets other bounds.
  Result<void> check() const;
};

class RouterAdvertiser {
 public:
  RouterAdvertiser(IpLayer& layer, Interface& interface, RouterAdvertising settings);

  const RouterAdvertising& settings() const { return settings_; }
  // A valid solicitation came: an advertisement follows within half a second, at most one in 3 s.
  void on_solicitation(Instant now);
  // The last words: not a default router any more (RFC 4861 section 6.2.5).
  void stop();

  Instant next_deadline() const { return due_; }
  void on_timeout(Instant now);

 private:
  void send(bool final);
  u32 message_size() const;
  void write(MutableBytes out, bool final) const;

  IpLayer& layer_;
  Interface& interface_;
  RouterAdvertising settings_;
  Instant due_;
  Instant last_sent_;
  bool sent_any_ = false;
  u8 initial_left_ = 3;  // MAX_INITIAL_RTR_ADVERTISEMENTS
};

}  // namespace catenet
