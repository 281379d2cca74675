// RawLayer: the raw sockets of one host. Each that wants a datagram gets a copy of its own, before
// the protocol itself.
#pragma once

#include <algorithm>
#include <vector>

#include "catenet/ip/ip_types.hpp"
#include "catenet/time/time.hpp"
#include "catenet/udp/datagram_queue.hpp"

namespace catenet {

class RawUser {
 public:
  virtual bool wants(const IpInfo& info) const = 0;
  // Takes `datagram`, or leaves it and returns false when its buffer is full.
  virtual bool on_datagram(Datagram& datagram) = 0;
  // Whether `error` is about something this user can have sent: only then on_error is called.
  virtual bool concerns(const IcmpError& error) const = 0;
  virtual void on_error(const IcmpError& error) = 0;

 protected:
  ~RawUser() = default;
};

class RawLayer {
 public:
  bool empty() const { return users_.empty(); }
  void add(RawUser& user) { users_.push_back(&user); }
  void remove(RawUser& user) { std::erase(users_, &user); }

  // Copies to whoever wants them; whether anybody did. `transport` as it was delivered.
  bool input(Instant now, const IpInfo& info, const Packet& transport);
  void on_error(const IcmpError& error);
  // As TransportDemux::plausible.
  bool plausible(const IcmpError& error) const;

 private:
  std::vector<RawUser*> users_;
};

}  // namespace catenet
