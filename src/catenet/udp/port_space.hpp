// PortSpace: who is bound to which port of one protocol on one host, and which port a caller who
// asked for any gets. TCP, UDP and SCTP have one each, independent of one another. Read RFC 6335
// section 6 (ranges) and RFC 6056 (choice).
#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/base/hash.hpp"
#include "catenet/engine/random.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

// One socket's claim. Its owner keeps it alive and in place while it is bound.
struct PortBinding {
  Endpoint local;              // unspecified address: the wildcard of its family
  Endpoint remote;             // port 0: not connected
  u32 device = 0;              // interface index it is bound to; 0: any
  bool v6_only = false;        // a wildcard of IPv6 leaves IPv4 alone (RFC 3493 section 5.3)
  bool reuse_address = false;  // SO_REUSEADDR
  bool reuse_port = false;     // SO_REUSEPORT
  bool exclusive_listener =
      false;  // a listening TCP socket: SO_REUSEADDR does not let another in beside it
  void* owner = nullptr;
};

// The first and last port given to who asks for any; RFC 6335 calls them dynamic.
struct PortRange {
  u16 first = 49'152;
  u16 last = 65'535;

  u32 size() const { return static_cast<u32>(last - first) + 1; }
  bool operator==(const PortRange&) const = default;
};

class PortSpace {
 public:
  // `secret` keeps the choice of ports unpredictable to those outside (RFC 6056 section 3.3.3).
  explicit PortSpace(SipKey secret) : secret_(secret) {}

  void set_range(PortRange range) { range_ = range; }
  PortRange range() const { return range_; }

  // Enters `binding`; port 0 becomes a free dynamic port. EADDRINUSE when another's claim is in the
  // way, or no port is left.
  Result<void> bind(PortBinding& binding, RandomStream& random);
  void unbind(PortBinding& binding);
  // Whether a listener has a claim that `binding` would share without SO_REUSEPORT on both.
  bool listener_beside(const PortBinding& binding) const;

  // The best claim on a datagram or SYN from `remote` to `local` that arrived on interface
  // `device`: connected before bound to the address before wildcard. Among equal SO_REUSEPORT
  // claims the flow's hash chooses. nullptr: nobody.
  PortBinding* find(const Endpoint& local, const Endpoint& remote, u32 device) const;
  // The same among listeners alone: a socket that is bound and does not listen hides none.
  PortBinding* find_listener(const Endpoint& local, const Endpoint& remote, u32 device) const;
  // Every claim that would take a multicast or broadcast datagram.
  void for_each(const Endpoint& local, const Endpoint& remote, u32 device,
                const std::function<void(PortBinding&)>& visit) const;

  // A dynamic port for a connection from `local` to `remote` by RFC 6056 algorithm 4 (double-hash):
  // the first of its sequence for which `taken(port)` is false. EADDRNOTAVAIL when all are taken.
  Result<u16> ephemeral(const IpAddress& local, const Endpoint& remote,
                        const std::function<bool(u16)>& taken);

  // Claims in the order of ports, then of their binding: what netstat lists.
  std::vector<const PortBinding*> all() const;

 private:
  bool conflicts(const PortBinding& binding) const;
  PortBinding* best_of(const Endpoint& local, const Endpoint& remote, u32 device,
                       bool listeners) const;

  SipKey secret_;
  PortRange range_;
  std::unordered_map<u16, std::vector<PortBinding*>> ports_;
  std::vector<u16> counters_;  // of the double-hash algorithm, made on first need
};

}  // namespace catenet
