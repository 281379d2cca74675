// For the tests of this room: hosts, links that keep what they carry, and frames made by hand. A
// conversation reads as tcpdump prints it: EXPECT_EQ(alice.said(), Lines{"IP 10.0.0.1 > 10.0.0.2:
// …"}), and silence is EXPECT_EQ(…, Lines{}).
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catenet/ip/ip_layer.hpp"
#include "catenet/trace/dissect.hpp"
#include "catenet/wire/ethernet.hpp"
#include "catenet/wire/tcp.hpp"

namespace catenet::ip_test {

using Lines = std::vector<std::string>;
using Bytes = std::vector<u8>;

inline Ipv4Address v4(std::string_view text) { return *Ipv4Address::parse(text); }
inline Ipv6Address v6(std::string_view text) { return *Ipv6Address::parse(text); }
inline InterfacePrefix at(std::string_view text) { return *InterfacePrefix::parse(text); }
inline Prefix net(std::string_view text) { return *Prefix::parse(text); }
inline MacAddress mac(u8 n) { return {2, 0, 0, 0, 0, n}; }

// What hosts of one test share. It must outlive them.
struct World {
  Engine engine;
  PacketPool pool;

  void pass(Duration time) { engine.run_until(engine.now() + time); }
};

class Lan;

// A port of a host: keeps what is sent, gives it to its Lan if it has one.
class Port final : public Transmitter {
 public:
  Port(World& world, Origin& node, const std::string& name, MacAddress address, u32 mtu)
      : nic(node.name() + ":" + name, address, mtu, world.engine, world.pool, node) {
    nic.connect(this);
    nic.set_carrier(true);
  }
  void transmit(Packet&& frame) override;
  bool takes_super_segments() const override { return true; }
  bool takes_deferred_checksums() const override { return true; }

  Nic nic;
  Lan* lan = nullptr;
  std::vector<Packet> sent;
};

// Carries each frame to every other port, 1 ms later.
class Lan {
 public:
  explicit Lan(World& world) : world_(world) {}
  void connect(Port& port) {
    port.lan = this;
    ports_.push_back(&port);
  }
  void carry(const Port& from, const Packet& frame) {
    flying_.push_back({&from, world_.engine.now() + Duration::milliseconds(1), frame.clone()});
    if (!arrival_.scheduled()) schedule();
  }

 private:
  struct Flight {
    const Port* from;
    Instant when;
    Packet frame;
  };
  void schedule() {
    if (flying_.empty()) return;
    world_.engine.schedule_at(flying_.front().when, origin_.next_key(), arrival_);
  }
  void on_arrival() {
    Flight flight = std::move(flying_.front());
    flying_.erase(flying_.begin());
    for (Port* port : ports_) {
      if (port != flight.from) port->nic.input(flight.frame.clone());
    }
    schedule();
  }
  World& world_;
  Origin origin_{"lan", 1'000, 1};
  std::vector<Port*> ports_;
  std::vector<Flight> flying_;
  MemberEvent<Lan, &Lan::on_arrival> arrival_{*this};
};

inline void Port::transmit(Packet&& frame) {
  if (lan) lan->carry(*this, frame);
  sent.push_back(std::move(frame));
}

struct Datagram {
  IpInfo info;
  Bytes bytes;
};

class Host final : public TransportDemux {
 public:
  explicit Host(World& world, const std::string& name = "alice", const IpOptions& options = {},
                u64 seed = 1)
      : world_(world),
        origin_(name, static_cast<u32>(name[0]), seed),
        layer(world.engine, origin_, world.pool, options) {
    layer.attach(*this);
  }
  ~Host() {
    for (auto& port : ports_) port->nic.connect(nullptr);
  }

  // Adds an interface "eth<n>" whose MAC ends in `number`.
  Port& plug(u8 number, std::initializer_list<std::string_view> addresses = {}, u32 mtu = 1'500) {
    const std::string name = "eth" + std::to_string(ports_.size());
    ports_.push_back(std::make_unique<Port>(world_, origin_, name, mac(number), mtu));
    Interface& interface = layer.add_interface(name, ports_.back()->nic);
    for (std::string_view address : addresses) {
      EXPECT_TRUE(layer.add_address(interface, at(address)));
    }
    return *ports_.back();
  }
  Port& port(std::size_t n = 0) { return *ports_[n]; }
  Interface& eth(u32 n = 0) { return *layer.interface(n + 2); }

  void route(std::string_view prefix, std::string_view gateway) {
    EXPECT_TRUE(layer.add_route({.prefix = net(prefix), .gateway = IpAddress::parse(gateway)}));
  }
  // So that nobody need be asked.
  void knows(std::string_view address, u8 number, u32 interface = 0) {
    const IpAddress neighbour = *IpAddress::parse(address);
    auto& table = neighbour.is_v4() ? eth(interface).neighbours4() : eth(interface).neighbours6();
    EXPECT_TRUE(table.add_permanent(neighbour, mac(number), world_.engine.now()));
  }
  void hears(Packet frame, std::size_t n = 0) { port(n).nic.input(std::move(frame)); }

  // What was sent since the last time, as lines; of port `n`.
  Lines said(std::size_t n = 0) {
    Lines lines;
    for (const Packet& frame : port(n).sent) lines.push_back(dissect_line(frame));
    port(n).sent.clear();
    return lines;
  }
  Packet take_frame(std::size_t n = 0) {
    EXPECT_FALSE(port(n).sent.empty()) << "nothing was sent";
    if (port(n).sent.empty()) return world_.pool.copy_of(Bytes(1'500));
    Packet frame = std::move(port(n).sent.front());
    port(n).sent.erase(port(n).sent.begin());
    return frame;
  }
  u64 drops(Drop reason, std::size_t n = 0) {
    return port(n).nic.counters().drops[static_cast<std::size_t>(reason)];
  }
  std::vector<Datagram> take_datagrams() { return std::exchange(datagrams, {}); }

  Result<void> send(std::string_view destination, u8 protocol, Bytes payload, IpSend send = {}) {
    send.destination = *IpAddress::parse(destination);
    send.protocol = protocol;
    return layer.output(world_.pool.copy_of(payload), send);
  }
  Result<void> ping(std::string_view destination, std::size_t size = 8, u16 sequence = 1) {
    Bytes message(8 + size, 0x61);
    wire::Icmpv4Header::echo_request(7, sequence).emit(message);
    wire::store_icmpv4_checksum(message);
    return send(destination, 1, message);
  }
  Result<void> ping6(std::string_view destination, std::size_t size = 8,
                     Interface* bound = nullptr) {
    Bytes message(8 + size, 0x61);
    wire::Icmpv6Header::echo_request(7, 1).emit(message);
    IpSend send{.destination = *IpAddress::parse(destination), .interface = bound};
    return layer.icmpv6().output(world_.pool.copy_of(message), send);
  }

  void on_datagram(const IpInfo& info, Packet&& transport) override {
    const bool icmp = info.protocol == 1 || info.protocol == 58;
    datagrams.push_back({info, Bytes(transport.size())});
    transport.copy_out(0, datagrams.back().bytes);
    datagrams.back().info.options = {};
    if (!icmp && refuses) layer.refuse(info, std::move(transport), *refuses);
  }
  void on_error(const IcmpError& error) override {
    errors.push_back(error);
    quotes.emplace_back(error.transport.begin(), error.transport.end());
    errors.back().transport = {};
  }
  bool plausible(const IcmpError&) const override { return believes; }

 private:
  World& world_;
  Origin origin_;
  std::vector<std::unique_ptr<Port>> ports_;

 public:
  IpLayer layer;
  std::vector<Datagram> datagrams;
  std::vector<IcmpError> errors;
  std::vector<Bytes> quotes;
  std::optional<Refusal> refuses;  // what every datagram but ICMP gets
  bool believes = true;
};

// --- Frames made by hand ---

struct Frame {
  u8 from = 2;  // number of the sender's MAC
  MacAddress to = mac(1);
};

inline Packet frame(World& world, const Frame& link, wire::EtherType type, ByteView payload) {
  Packet packet = world.pool.copy_of(payload);
  u8* header = packet.prepend(wire::ethernet::header_size);
  link.to.store(header);
  mac(link.from).store(header + 6);
  store16(header + 12, static_cast<u16>(type));
  return packet;
}

inline Bytes ipv4_bytes(wire::Ipv4Header header, const Bytes& payload) {
  header.total_length = static_cast<u16>(header.size() + payload.size());
  Bytes bytes(header.size());
  header.emit(bytes);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}
inline Packet ipv4_frame(World& world, const wire::Ipv4Header& header, const Bytes& payload,
                         const Frame& link = {}) {
  return frame(world, link, wire::EtherType::ipv4, ipv4_bytes(header, payload));
}
inline Bytes ipv6_bytes(wire::Ipv6Header header, const Bytes& payload) {
  header.payload_length = static_cast<u16>(payload.size());
  Bytes bytes(wire::Ipv6Header::size);
  header.emit(bytes);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}
inline Packet ipv6_frame(World& world, const wire::Ipv6Header& header, const Bytes& payload,
                         const Frame& link = {}) {
  return frame(world, link, wire::EtherType::ipv6, ipv6_bytes(header, payload));
}
// UDP, checksum left out (IPv4) or wrong (IPv6): the transport is not under test.
inline Bytes udp(u16 source, u16 destination, std::size_t size = 8) {
  Bytes bytes(8 + size, 0x62);
  store16(bytes.data(), source);
  store16(bytes.data() + 2, destination);
  store16(bytes.data() + 4, static_cast<u16>(bytes.size()));
  store16(bytes.data() + 6, 0);
  return bytes;
}
// A TCP super-segment of `size` payload bytes, cut every `segment` bytes, its checksum deferred.
inline Packet super_segment(World& world, const IpAddress& source, const IpAddress& destination,
                            u32 size, u16 segment) {
  Bytes bytes(wire::tcp::min_header_size + size, 0x61);
  wire::TcpHeader{.source_port = 1, .destination_port = 9}.emit(bytes);
  const auto sum = wire::pseudo_header(source, destination, wire::IpProtocol::tcp,
                                       static_cast<u32>(bytes.size()));
  store16(bytes.data() + wire::TcpHeader::checksum_offset, sum.folded());
  Packet packet = world.pool.copy_of(bytes);
  packet.meta().segment_size = segment;
  packet.meta().checksum = ChecksumState::deferred;
  packet.meta().checksum_offset = wire::TcpHeader::checksum_offset;
  return packet;
}
inline Bytes echo4(std::size_t size = 8, u16 sequence = 1) {
  Bytes message(8 + size, 0x61);
  wire::Icmpv4Header::echo_request(7, sequence).emit(message);
  wire::store_icmpv4_checksum(message);
  return message;
}
inline Bytes icmp4(const wire::Icmpv4Header& header, const Bytes& body) {
  Bytes message(wire::Icmpv4Header::size);
  header.emit(message);
  message.insert(message.end(), body.begin(), body.end());
  wire::store_icmpv4_checksum(message);
  return message;
}
inline Bytes icmp6(const wire::Icmpv6Header& header, const Bytes& body, const Ipv6Address& source,
                   const Ipv6Address& destination) {
  Bytes message(wire::Icmpv6Header::size);
  header.emit(message);
  message.insert(message.end(), body.begin(), body.end());
  wire::store_icmpv6_checksum(message, source, destination);
  return message;
}
inline Packet arp_frame(World& world, const wire::ArpPacket& arp,
                        MacAddress to = MacAddress::broadcast()) {
  Bytes bytes(wire::ArpPacket::size);
  arp.emit(bytes);
  Packet packet = frame(world, {.to = to}, wire::EtherType::arp, bytes);
  arp.sender_mac.store(packet.data() + 6);
  return packet;
}

}  // namespace catenet::ip_test
