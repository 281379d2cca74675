// Conversation: between a script's numbers and the wire's. The script plays the remote side, so the
// remote's numbers are as the script has them; what the host chooses (its initial sequence numbers,
// its timestamps, its ports) is learned when it is first seen where the script expects it.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "catenet/drill/problem.hpp"
#include "catenet/drill/script.hpp"
#include "catenet/drill/setup.hpp"
#include "catenet/wire/address.hpp"
#include "catenet/wire/ip_protocol.hpp"

namespace catenet::drill {

class Conversation {
 public:
  explicit Conversation(const Scene& setup) : setup_(setup) {}

  // Somebody listens anew: the next SYN without ports begins a conversation of its own.
  void on_listen(u16 local_port);
  // A socket is bound: datagrams without ports come to it.
  void on_bind(u16 local_port) { local_port_ = local_port; }

  // The packet on the wire, from its IP header on. Nothing where it cannot be made; the problem
  // says why.
  std::optional<std::vector<u8>> build(const PacketEvent& wanted, Problem& problem);

  // Whether anything urgent came in: then bytes leave a stream out of their order.
  bool urgent_came() const { return urgent_came_; }

  // What the host sent, in the script's numbers. `wanted` is what the script expects here, if
  // anything: first numbers are learned from it.
  PacketEvent translate(ByteView packet, const PacketEvent* wanted);

 private:
  struct Flow {
    wire::IpProtocol protocol = wire::IpProtocol::tcp;
    Endpoint local;
    Endpoint remote;
    // The ports by which the script calls it; 0 while it has not.
    u16 script_local = 0;
    u16 script_remote = 0;
    // Added to the script's number, this is the wire's.
    u32 seq_shift = 0;
    bool seq_known = false;
    u32 iss = 0;             // the host's, on the wire
    u32 irs = 0;             // the script's
    bool irs_known = false;  // the host has acknowledged it: another SYN may be refused
    u32 syn_seq = 0;         // of the script's last SYN, and the length of its text
    u32 syn_length = 0;
    bool new_number_due = true;  // a SYN of the host may bring another initial sequence number
    u32 timestamp_shift = 0;
    bool timestamp_known = false;
    std::map<u32, u32> timestamps{};  // TSvals by the script's
  };

  Flow& flow_for(const PacketEvent& wanted, wire::IpProtocol protocol);
  Flow& begin(wire::IpProtocol protocol, u16 local_port, u16 remote_port);
  Flow* named(wire::IpProtocol protocol, u16 script_local, u16 script_remote);
  Flow& flow_of(wire::IpProtocol protocol, const Endpoint& local, const Endpoint& remote);
  Flow* current(wire::IpProtocol protocol);

  std::vector<u8> segment_bytes(Flow& flow, const PacketEvent& wanted, const Segment& segment);
  std::vector<u8> option_bytes(const Flow& flow, const Segment& segment) const;
  std::vector<u8> datagram_bytes(const Flow& flow, u32 length) const;
  std::vector<u8> icmp_bytes(const PacketEvent& wanted, const IcmpMessage& icmp, Problem& problem);
  std::vector<u8> quoted_bytes(const PacketEvent& wanted, const IcmpMessage& icmp);
  std::vector<u8> with_ip(const IpWanted& ip, wire::IpProtocol protocol, const IpAddress& source,
                          const IpAddress& destination, std::vector<u8> payload) const;
  // Of what goes over the wire.
  Family family() const { return setup_.version == IpVersion::ipv6 ? Family::ipv6 : Family::ipv4; }
  wire::IpProtocol icmp_protocol() const {
    return family() == Family::ipv4 ? wire::IpProtocol::icmp : wire::IpProtocol::icmpv6;
  }

  void read_segment(ByteView bytes, const Endpoint& local, const Endpoint& remote,
                    const PacketEvent* wanted, PacketEvent& into);
  void read_options(ByteView area, Flow& flow, const Segment* wanted, Segment& into);
  void read_timestamps(Flow& flow, const Segment* wanted, TcpOption& option);
  void read_datagram(ByteView bytes, const Endpoint& local, const Endpoint& remote,
                     const PacketEvent* wanted, PacketEvent& into);
  void read_icmp(ByteView bytes, PacketEvent& into);
  void learn_seq(Flow& flow, u32 seq, wire::TcpFlags flags, const Segment* wanted);
  static void learn_irs(Flow& flow, const Segment& came);
  static void name_ports(Flow& flow, const PacketEvent* wanted, PacketEvent& into);

  const Scene& setup_;
  std::deque<Flow> flows_;
  Flow* current_ = nullptr;  // of TCP; nullptr: the next SYN begins one
  u16 local_port_ = 0;
  bool urgent_came_ = false;
};

}  // namespace catenet::drill
