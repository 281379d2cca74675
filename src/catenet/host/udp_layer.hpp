// UdpLayer: one host's UDP (RFC 768, RFC 8200 section 8.1): checksums, ports, errors that come
// back.
#pragma once

#include <array>

#include "catenet/host/host_options.hpp"
#include "catenet/ip/ip_layer.hpp"
#include "catenet/udp/datagram_queue.hpp"
#include "catenet/udp/port_space.hpp"

namespace catenet {

// Who holds a port: a datagram socket.
class DatagramUser {
 public:
  // Takes `datagram`, or leaves it and returns false when its buffer is full.
  virtual bool on_datagram(Datagram& datagram) = 0;
  // An ICMP error about a datagram sent from here.
  virtual void on_error(const IcmpError& error, const Endpoint& remote) = 0;
  // Whether IPv6 datagrams without checksum are for it (RFC 6935 section 5).
  virtual bool takes_unchecked6() const { return false; }

 protected:
  ~DatagramUser() = default;
};

enum class UdpChecksum : u8 { made, left_out };

// By the names of RFC 4113.
struct UdpCounters {
  u64 in_datagrams = 0;
  u64 no_ports = 0;
  u64 in_errors = 0;
  u64 in_csum_errors = 0;
  u64 rcvbuf_errors = 0;
  u64 out_datagrams = 0;
};

class UdpLayer {
 public:
  UdpLayer(IpLayer& ip, RandomStream& random, SipKey secret)
      : ip_(ip), random_(random), ports_(secret) {}

  PortSpace& ports() { return ports_; }
  // As PortSpace::bind; `binding.owner` becomes `user`.
  Result<void> bind(PortBinding& binding, DatagramUser& user);
  void unbind(PortBinding& binding) { ports_.unbind(binding); }

  // Sends `payload` from `local` (unspecified address: chosen) to `remote`. Errors as
  // IpLayer::output; EMSGSIZE over 65,507 (IPv4) or 65,527 bytes; EINVAL for port 0.
  Result<void> output(ByteView payload, u16 local_port, const Endpoint& remote, IpSend send,
                      UdpChecksum checksum = UdpChecksum::made);

  // `datagram` begins at the UDP header.
  void input(const IpInfo& info, Packet&& datagram);
  void on_error(const IcmpError& error);
  // As TransportDemux::plausible: the datagram's port is bound, and not connected elsewhere.
  bool plausible(const IcmpError& error) const { return sender(error) != nullptr; }

  const UdpCounters& counters() const { return counters_; }

 private:
  // Who can have sent the datagram that `error` quotes; nullptr: nobody.
  const PortBinding* sender(const IcmpError& error) const;
  [[gnu::cold]] void drop_unsound(const IpInfo& info, Packet datagram);
  void deliver(const IpInfo& info, Packet&& datagram, const Endpoint& local,
               const Endpoint& remote);
  void deliver_to_all(const IpInfo& info, Packet datagram, const Endpoint& local,
                      const Endpoint& remote);

  IpLayer& ip_;
  RandomStream& random_;
  PortSpace ports_;
  UdpCounters counters_;
};

}  // namespace catenet
