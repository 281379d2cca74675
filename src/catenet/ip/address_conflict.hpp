// AddressConflict: finds out whether another station has an address before this host uses it, tells
// neighbours once it does, and defends it later. Read RFC 5227 (IPv4: probe, announce, defend) and
// RFC 4862 section 5.4 (IPv6: DAD).
#pragma once

#include <vector>

#include "catenet/ip/interface.hpp"
#include "catenet/time/time.hpp"

namespace catenet {

class AddressConflict {
 public:
  explicit AddressConflict(IpLayer& layer) : layer_(layer) {}

  // Tests a tentative address; it becomes preferred, or duplicated on the first sign of another.
  void probe(Interface& interface, const IpAddress& address);
  // Tells neighbours of an address already in use: two gratuitous ARPs, or one unsolicited
  // advertisement.
  void announce(Interface& interface, const IpAddress& address);
  // Stops what is under way for an address that is being removed, or an interface that went down.
  void forget(const Interface& interface, const IpAddress& address);
  void forget(const Interface& interface);

  // Another station has `address`, tentative here, or asks for it in a probe of its own.
  void on_duplicate(Interface& interface, const IpAddress& address);
  // Another station sends ARP as `address`, which is in use here (RFC 5227 section 2.4).
  void on_conflict(Interface& interface, Ipv4Address address);

  Instant next_deadline() const;
  void on_timeout(Instant now);

 private:
  struct Trial {
    Interface* interface;
    IpAddress address;
    u8 probes_left;
    u8 announcements_left;
    Instant due;
  };
  struct Defence {
    const Interface* interface;
    Ipv4Address address;
    Instant last;
  };
  void begin(Interface& interface, const IpAddress& address, u8 probes, Instant due);
  // One step of `trial`; false when it is done.
  bool step(Trial& trial, Instant now);
  void send_probe(Trial& trial);
  void send_announcement(Trial& trial);
  Instant after_probe(const Trial& trial, Instant now);

  IpLayer& layer_;
  std::vector<Trial> trials_;
  std::vector<Defence> defences_;
};

}  // namespace catenet
