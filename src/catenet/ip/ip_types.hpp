// What IP and its users tell each other: how a datagram is to be sent, what is known of one that
// came, what an ICMP error said. Read RFC 1122 sections 3.4 and 4.1.4 (the interface to the
// transport layer) and RFC 8200.
#pragma once

#include "catenet/base/errno.hpp"
#include "catenet/base/types.hpp"
#include "catenet/packet/packet.hpp"
#include "catenet/time/time.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

class Interface;
class Neighbour;
class NeighbourCache;
struct Route;

// What the transport learns of a datagram that came for this host.
struct IpInfo {
  IpAddress source{};
  IpAddress destination{};
  Interface* interface =
      nullptr;  // it arrived on; the loopback interface for what this host sent to itself
  u16 header_length =
      0;  // bytes from the IP header to the transport header, still in the packet's headroom
  u8 protocol = 0;         // of the transport header
  u8 ttl = 0;              // hop limit
  u8 dscp_ecn = 0;         // type of service, traffic class
  bool broadcast = false;  // the IP destination is a broadcast address, or the frame came to one
  bool multicast = false;
  bool reassembled = false;
  ByteView options{};  // IPv4 option bytes, in the packet's headroom; empty for IPv6
};

// What an ICMP message, or this host's own ARP and ND, said of a datagram that this host sent.
struct IcmpError {
  Family family = Family::ipv4;
  u8 type = 0;  // of ICMP or ICMPv6
  u8 code = 0;
  Errno error = Errno::ok;  // what a socket reports, as Linux maps types and codes
  bool hard = false;        // it will not get better (RFC 1122 section 4.2.3.9)
  u32 mtu = 0;              // next hop's, as the message says; 0 unless the datagram was too big
  u32 path_mtu = 0;         // what is now believed of the path, where mtu is not 0
  IpAddress offender{};     // who says so
  IpAddress source{};       // of the datagram that is complained about
  IpAddress destination{};
  u8 protocol = 0;
  u32 interface = 0;  // index of the one that the message came by; of our own, the datagram's
  ByteView
      transport;  // its first transport bytes as quoted, 8 or more; only for the length of the call
};

// What a host does with what IP delivers. Protocols without a taker are refused with
// IpLayer::refuse.
class TransportDemux {
 public:
  // `transport` begins at the transport header. Called for ICMP too, after IP has acted on the
  // message (raw sockets).
  virtual void on_datagram(const IpInfo& info, Packet&& transport) = 0;
  virtual void on_error(const IcmpError& error) = 0;
  // Whether this host can have sent the datagram that `error` quotes: UDP looks for a socket, TCP
  // for the sequence number in flight. A path MTU or a redirect is believed only then (RFC 5927
  // section 4, RFC 1122 section 3.2.2.2); an IPv6 redirect need not quote anything.
  virtual bool plausible(const IcmpError& error) const {
    static_cast<void>(error);
    return true;
  }

 protected:
  ~TransportDemux() = default;
};

// How a datagram is to be sent.
struct IpSend {
  IpAddress source{};  // unspecified: chosen (RFC 1122 section 3.3.4.3, RFC 6724)
  IpAddress destination{};
  u8 protocol = 0;
  u8 ttl = 0;  // hop limit; 0: the host's default, 1 for multicast
  u8 dscp_ecn = 0;
  bool dont_fragment = false;  // refused where it does not fit the path, never cut
  bool prefer_whole = false;   // the same, but IPv4 routers may cut what no path MTU can cure
  bool header_included =
      false;  // the packet begins at its own IP header (raw sockets); only its gaps are filled
  bool unspecified_source =
      false;  // from 0.0.0.0 or ::, not chosen: a host that has no address yet (DHCP, DAD)
  bool multicast_loop = true;  // a copy to this host's own members
  Interface* interface =
      nullptr;  // bound to it; required for link-local destinations of several interfaces
  // IPv4: option bytes, at most 40, padded here. IPv6: a whole hop-by-hop options header, its next
  // header filled in here.
  ByteView options{};
};

// Where a datagram to some destination goes.
struct RouteChoice {
  Interface* interface = nullptr;
  IpAddress next_hop{};  // the destination itself when it is on the link
  IpAddress source{};
  u32 mtu = 0;  // of the path as known, bytes from the IP header on
};

// What becomes of a datagram that takes a way.
enum class WayKind : u8 { unicast, local, broadcast, multicast };

// What a sender to one destination, from one source and one bound interface, keeps between
// datagrams, so that the next pays neither route nor neighbour lookup. Filled and checked by
// IpLayer::output; others read source, interface and mtu.
struct RouteCache {
  u64 generation = 0;  // 0: empty
  Interface* interface = nullptr;
  Neighbour* neighbour = nullptr;  // once it is known; nullptr: loopback, broadcast, multicast
  NeighbourCache* neighbours = nullptr;
  u64 neighbour_generation = 0;
  Instant valid_until = Instant::never();
  const Route* route = nullptr;  // counts its uses
  IpAddress destination{};
  IpAddress next_hop{};
  IpAddress source{};
  u32 mtu = 0;  // of the path, bytes
  WayKind kind = WayKind::unicast;
  bool fragments_on_path =
      false;  // a router takes less than a believable MTU: Don't Fragment is of no use
};

}  // namespace catenet
